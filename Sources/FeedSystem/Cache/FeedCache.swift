import Simulation

/// The ranked feeds of recent viewers: a cache policy decides who stays, a lifetime when a
/// feed is too old, and a delivery into the viewer's timeline invalidates it.
struct FeedCache: ~Copyable {
  /// A held feed's view of the world.
  struct View: BitwiseCopyable {
    var gatheredMilliseconds: Int64
    /// Posts from this id on were not yet stored.
    var asOf: UInt32
    var count: UInt32
    /// The age, when it was gathered, of the oldest post that its leaves did not have yet.
    var behindMilliseconds: Int64 = 0
    /// The version of the viewer's timeline that it was made from.
    var timelineVersion: UInt32 = 0
    /// Measured posts that pages of it have been seen to lack.
    var hidden: UInt32 = 0
  }

  let policy: any CachePolicy
  let lifetimeMilliseconds: Int64
  private let length: Int
  /// Nil where feeds are made only when somebody asks.
  private let madeAhead: MadeAhead?
  /// Nil where nobody is told of feeds that have become stale.
  private let outdated: OutdatedFeeds?
  private let views: UnsafeMutablePointer<View>
  private let pages: UnsafeMutablePointer<UInt32>
  /// Where feeds are held in levels: those.
  private let levels: CacheLevels?
  /// Which feeds the policy is offered at all; nil for all.
  private var filter: (any AdmissionFilter)?

  /// - Parameters:
  ///   - length: posts held of a feed.
  ///   - filter: which feeds the policy is offered; nil for all.
  init(
    policy: any CachePolicy, lifetime: Duration, length: Int,
    filter: (any AdmissionFilter)? = nil, madeAhead: MadeAhead? = nil,
    outdated: OutdatedFeeds? = nil
  ) {
    self.policy = policy
    self.filter = filter
    self.length = length
    self.madeAhead = madeAhead
    self.outdated = outdated
    lifetimeMilliseconds = lifetime.nanoseconds / 1_000_000
    levels = nil
    views = .allocate(capacity: policy.capacity)
    pages = .allocate(capacity: policy.capacity * length)
  }

  /// Whatever holds feeds, as those see it who drop them: levels are asked and filled by loads.
  init?(levels: CacheLevels?) {
    guard let levels, let policy = levels.feedPolicy else { return nil }
    self.policy = policy
    self.levels = levels
    length = 0
    madeAhead = nil
    outdated = nil
    lifetimeMilliseconds = 0
    views = .allocate(capacity: 1)
    pages = .allocate(capacity: 1)
  }

  deinit {
    views.deallocate()
    pages.deallocate()
  }

  /// The viewer's feed, unless it is not held or has outlived its lifetime.
  ///
  /// - Parameter lifetime: in place of the usual one; nil for that.
  func lookUp(
    _ viewer: UInt32, at milliseconds: Int64, lifetime: Duration? = nil
  ) -> (view: UnsafeMutablePointer<View>, ids: UnsafeMutablePointer<UInt32>)? {
    policy.advance(to: milliseconds)
    guard let slot = policy.access(viewer) else {
      madeAhead?.lose(viewer)
      return nil
    }
    let age = milliseconds - views[slot].gatheredMilliseconds
    guard age < lifetime.map({ $0.nanoseconds / 1_000_000 }) ?? lifetimeMilliseconds else {
      policy.invalidate(viewer)
      madeAhead?.lose(viewer)
      return nil
    }
    return (views + slot, pages + slot * length)
  }

  /// Holds a viewer's feed from now on; whether there is room for it.
  func fill(_ viewer: UInt32, _ view: View, ids: UnsafeMutablePointer<UInt32>) -> Bool {
    guard let slot = policy.access(viewer) ?? admit(viewer) else { return false }
    madeAhead?.hold(viewer, until: view.gatheredMilliseconds + lifetimeMilliseconds)
    views[slot] = view
    views[slot].count = min(view.count, UInt32(length))
    (pages + slot * length).update(from: ids, count: Int(views[slot].count))
    return true
  }

  private func admit(_ viewer: UInt32) -> Int? {
    filter.map { $0.admits(viewer, bytes: 1) } ?? true ? policy.admit(viewer) : nil
  }

  /// A node is lost, and what it had of a viewer.
  func lose(_ viewer: UInt32) {
    policy.invalidate(viewer)
    madeAhead?.lose(viewer)
  }

  @inline(__always)
  func invalidate(_ viewer: UInt32) {
    if let levels { levels.dropFeed(of: viewer) } else { policy.invalidate(viewer) }
    madeAhead?.lose(viewer)
    outdated?.note(viewer)
  }
}
