import FeedSystem
import Simulation

extension Benchmark {
  /// What push does all day: entries into the timelines of followers, in the follower order of
  /// a power-law graph.
  static let timelines = Benchmark(
    name: "timelines", summary: "entries written into timelines a second"
  ) { size in
    let users = size == .large ? 1_000_000 : 50_000
    let graph = try GraphModel.powerLaw(meanFollows: 20, exponent: 2.276, maximum: users / 10)
      .build(users: users, seed: 1)
    let store = try TimelineStore(users: users, capacity: 64, memory: TimelineMemory())
    // All authors post in turn until every timeline has been given 64 entries on average.
    let rounds = (users * 64 + graph.edgeCount - 1) / graph.edgeCount
    let entries = rounds * graph.edgeCount
    func rate(_ name: String, _ target: String, _ body: () -> UInt64) -> BenchLine {
      let cost = BenchTimer.nanoseconds(per: entries, body)
      return BenchLine(name: name, value: 1000 / cost, unit: "M entries/s", target: target)
    }
    return [
      rate("push, \(users) x 64", ">= 140") {
        insert(rounds, store, graph)
      },
      rate("push, \(users) x 64, with audit and cache", ">= 80") {
        deliver(rounds, store, graph, feeds: users / 10)
      },
    ]
  }

  private static func insert(
    _ rounds: Int, _ store: borrowing TimelineStore, _ graph: FollowerGraph
  ) -> UInt64 {
    var post: UInt32 = 0
    for _ in 0..<rounds {
      for author in 0..<UInt32(graph.userCount) {
        store.forEach(graph.followers(of: author)) { store.insert(post, into: $0) }
        post += 1
      }
    }
    return UInt64(post)
  }

  /// As a fan-out worker does it; before each post one viewer's feed is put into the cache.
  private static func deliver(
    _ rounds: Int, _ store: borrowing TimelineStore, _ graph: FollowerGraph, feeds: Int
  ) -> UInt64 {
    let cache = LRU(capacity: feeds, keys: graph.userCount)
    var readers = RandomStream(seed: 1, purpose: 1)
    var written: UInt64 = 0
    var post: UInt32 = 0
    for _ in 0..<rounds {
      for author in 0..<UInt32(graph.userCount) {
        let reader = UInt32(readers.below(UInt64(graph.userCount)))
        if cache.access(reader) == nil { _ = cache.admit(reader) }
        store.viewer(reader).pointee.cached = 1
        written += UInt64(
          store.deliver(
            post, to: graph.followers(of: author), measured: true, where: { _ in true },
            invalidate: { cache.invalidate($0) }))
        post += 1
      }
    }
    return written
  }
}
