import Simulation

/// Counters and observations as a model sees them: as they are, or as they were at the last
/// refresh.
final class FeatureView {
  /// From one refresh to the next; zero where nothing lags.
  let freshness: Duration
  private var seen: Observations?
  /// Of posts from `first` on, `count` of them; later ones had no counters yet.
  private var counters: UnsafeMutablePointer<PostCounters>?
  private var first = 0
  private var count = 0

  init(freshness: Duration) {
    self.freshness = freshness
  }

  deinit { counters?.deallocate() }

  var isLive: Bool { freshness == .zero }

  /// Takes over what there is now; 16 bytes for each live post, and the observations.
  func refresh(_ observations: Observations, _ posts: borrowing PostStore) {
    seen = observations
    counters?.deallocate()
    first = Int(posts.oldestLive)
    count = posts.count - first
    let copy = UnsafeMutablePointer<PostCounters>.allocate(capacity: max(1, count))
    copy.update(from: posts.counters + first, count: count)
    counters = copy
  }

  func observations(_ live: Observations) -> Observations { seen ?? live }

  /// The counters as they are seen; valid until the next refresh, or until a post is stored.
  func seen(_ context: RankingContext) -> SeenCounters {
    guard let counters else {
      return SeenCounters(base: context.allCounters, first: 0, count: isLive ? .max : 0)
    }
    return SeenCounters(base: UnsafePointer(counters), first: first, count: count)
  }
}

/// The counters of posts in a row; those of all others are 0.
struct SeenCounters: BitwiseCopyable {
  let base: UnsafePointer<PostCounters>
  let first: Int
  let count: Int

  @inline(__always)
  subscript(id: UInt32) -> PostCounters {
    let index = Int(id) &- first
    return UInt(bitPattern: index) < UInt(bitPattern: count) ? base[index] : PostCounters()
  }
}
