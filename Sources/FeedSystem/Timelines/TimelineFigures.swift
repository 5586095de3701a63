import Simulation

/// What the timelines hold, as a store's operator would count it.
public struct TimelineFigures: Sendable, Equatable {
  /// Entries held in all timelines.
  public var entries = 0
  /// Of these, those in timelines whose viewers never load a feed: memory that nobody reads.
  public var orphaned = 0
  /// Entries beyond the capacity in a full timeline, on average; nil where none is full.
  public var overshoot: Double?
}

extension FeedSystem {
  public func timelineFigures() -> TimelineFigures {
    var figures = TimelineFigures()
    let first = design.timelines.window.map { firstKept($0) } ?? 0
    var full = 0
    var beyond = 0
    for viewer in 0..<UInt32(audience.graph.userCount) {
      let held = entriesHeld(for: viewer)
      let from = max(first, keptFrom(timelines.viewer(viewer).pointee))
      let kept = from == 0 ? held : entries(of: viewer, from: from, held: held)
      figures.entries += kept
      if audience.activity.loadRate(of: viewer) == 0 { figures.orphaned += kept }
      if held >= timelines.capacity {
        full += 1
        beyond += held - timelines.capacity
      }
    }
    if full > 0 { figures.overshoot = Double(beyond) / Double(full) }
    return figures
  }

  /// The oldest post whose entries are still stored where windows of this length are dropped as
  /// wholes, once the last of their entries has outlived its lifetime: S2.4's time-window
  /// compaction.
  func firstKept(_ window: Duration) -> UInt32 {
    let length = max(1, window.nanoseconds / 1_000_000)
    let oldest = nowMilliseconds - design.timelines.lifetime.nanoseconds / 1_000_000
    let opened = oldest - ((oldest % length) + length) % length
    return posts.first(storedFrom: opened)
  }

  /// Of the entries held for a viewer, those of posts from an id on.
  func entries(of viewer: UInt32, from first: UInt32, held: Int) -> Int {
    if countsDeliveries { return min(held, pullDelivered(to: viewer, from: first)) }
    scratch.reserve(candidates: held, authors: 0)
    return timelines.read(
      viewer, limit: held, ids: first..<UInt32(posts.count), into: scratch.ids)
  }
}
