import Simulation

/// What one replication has counted of its leaves, over what began in the measurement window.
public struct LeafMeasurements: ~Copyable {
  /// From a stored post until its leaf has it.
  public var lag = Histogram()
  /// Loads that asked authors for posts; the leaves that they asked; of these loads those that
  /// asked the post store for what a leaf being rebuilt had, and those that went without.
  public var gathers = 0
  public var requests = 0
  public var gathersInstead = 0
  public var gathersWithGap = 0
  /// Posts that these loads were given, and those that a leaf did not have.
  public var found = 0
  public var missing = 0
  /// From a leaf's failure until it was in rotation again; of the whole run.
  public var rebuilds: [Duration] = []

  init() {}
}

/// What the leaves hold.
public struct LeafFigures: Sendable, Equatable {
  public var entries = 0
  /// Posts that wait for their tailers.
  public var waiting = 0
  /// The most that did at once.
  public var waitingPeak = 0
}
