import Simulation

/// What one replication has counted of the graph's changes.
public struct FollowMeasurements: ~Copyable {
  // Changes since the run's start: opened = completed + rejected + in system.
  public var opened = 0
  public var completed = 0
  public var rejected = 0
  /// Follows begun and ended since the run's start, those that a block ended among them.
  public var begun = 0
  public var ended = 0

  // Of what was opened in the measurement window, and changed something.
  public var follows = 0
  public var unfollows = 0
  public var mutes = 0
  public var blocks = 0
  /// Entries written into new followers' timelines, and taken out of former followers'.
  public var backFilled = 0
  public var removed = 0
  /// Entries and pulled posts that loads left out because their viewer is not to see the author.
  public var hidden = 0
  /// Authors whose number of followers has given them another fan-out plan, in the window.
  public var planSwitches = 0
  /// From a follow's opening until the author's earlier posts are in the feed; none where the
  /// graph stands still.
  public var latency = Bank<Histogram>(count: 0) { _ in Histogram() }

  init() {}

  mutating func open() { latency = Bank<Histogram>(count: 1) { _ in Histogram() } }
}
