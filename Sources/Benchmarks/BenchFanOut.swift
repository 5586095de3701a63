import FeedSystem
import Simulation

extension Benchmark {
  /// What fan-out does all day, entries into the timelines of followers in the follower order of
  /// a power-law graph; and what a star's post asks of it, all timelines in one go.
  public static let fanOut = Benchmark(
    name: "fan-out", summary: "entries written into timelines, and deliveries counted, a second"
  ) { size, _ in
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
    let push = [
      rate("push, \(users) x 64", ">= 140") {
        insert(rounds, store, graph)
      },
      rate("push, \(users) x 64, with audit and cache", ">= 80") {
        deliver(rounds, store, graph, feeds: users / 10)
      },
    ]
    return try push + bulk(users, store)
      + counting(size == .large ? [users, 100_000_000] : [users])
  }

  private static func insert(
    _ rounds: Int, _ store: borrowing TimelineStore, _ graph: FollowerGraph
  ) -> UInt64 {
    var post: UInt32 = 0
    for _ in 0..<rounds {
      for author in 0..<UInt32(graph.userCount) {
        _ = store.insert(
          post, into: graph.followers(of: author), where: { _ in true }, { _, _ in })
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
        hold(1, store.cached, cache, graph.userCount, &readers)
        written += UInt64(
          store.deliver(
            post, to: graph.followers(of: author), measured: true, where: { _ in true },
            invalidate: { cache.invalidate($0) }))
        post += 1
      }
    }
    return written
  }

  /// Puts the feeds of random readers into the cache.
  private static func hold(
    _ feeds: Int, _ cached: borrowing ViewerSet, _ cache: LRU, _ users: Int,
    _ readers: inout RandomStream
  ) {
    for _ in 0..<feeds {
      let reader = UInt32(readers.below(UInt64(users)))
      if cache.access(reader) == nil { _ = cache.admit(reader) }
      cached.insert(reader)
    }
  }

  /// One post after the other into everybody's timeline, by batches of a fan-out job. The other
  /// posts before have left the timelines at different places of their rings; with audit and cache
  /// one reader in a hundred has loaded a feed since the post before.
  private static func bulk(
    _ users: Int, _ store: borrowing TimelineStore
  ) throws -> [BenchLine] {
    let cache = LRU(capacity: users / 10, keys: users)
    var readers = RandomStream(seed: 1, purpose: 2)
    let bare = bulk(
      users, prepare: {},
      insert: { post, batch in
        store.insert(post, into: batch, where: { _ in true }, { _, _ in })
      })
    let whole = bulk(
      users, prepare: { hold(users / 100, store.cached, cache, users, &readers) },
      insert: { post, batch in
        store.deliver(
          post, to: batch, measured: true, where: { _ in true },
          invalidate: { cache.invalidate($0) })
      })
    return [
      BenchLine(
        name: "a post to all of \(users) x 64", value: bare, unit: "M entries/s",
        target: ">= 140"),
      BenchLine(
        name: "a post to all of \(users) x 64, with audit and cache", value: whole,
        unit: "M entries/s", target: ">= 80"),
    ]
  }

  /// Millions of entries a second that `insert` writes, of the fastest of 40 posts to all.
  private static func bulk(
    _ users: Int, prepare: () -> Void,
    insert: (UInt32, UnsafeBufferPointer<UInt32>) -> Int
  ) -> Double {
    let everybody = (0..<UInt32(users)).map { $0 }
    var least = Double.infinity
    for post in 0..<UInt32(40) {
      prepare()
      let start = BenchTimer.cpuNanoseconds()
      let written = everybody.withUnsafeBufferPointer { everybody in
        stride(from: 0, to: users, by: 1000).reduce(0) { sum, first in
          let batch = everybody[first..<min(first + 1000, users)]
          return sum + insert(post, UnsafeBufferPointer(rebasing: batch))
        }
      }
      least = min(least, Double(BenchTimer.cpuNanoseconds() - start) / Double(written))
    }
    return 1000 / least
  }

  /// One post to so many followers, where deliveries are counted and not written.
  private static func counting(_ audiences: [Int]) throws -> [BenchLine] {
    var lines: [BenchLine] = []
    for users in audiences {
      let everybody = [UInt32](unsafeUninitializedCapacity: users) { buffer, count in
        for viewer in 0..<users { buffer[viewer] = UInt32(viewer) }
        count = users
      }
      let cached = try ViewerSet(users: users)
      var readers = RandomStream(seed: 1, purpose: 3)
      var counted = CountedDeliveries(authors: 1)
      var post: UInt32 = 0
      let cost = BenchTimer.nanoseconds(per: users, repeats: users > 10_000_000 ? 3 : 20) {
        for _ in 0..<1000 { cached.insert(UInt32(readers.below(UInt64(users)))) }
        var invalidated: UInt64 = 0
        everybody.withUnsafeBufferPointer { everybody in
          for first in stride(from: 0, to: users, by: 1000) {
            let batch = first..<min(first + 1000, users)
            counted.add(batch, of: post, by: 0, followers: users)
            cached.remove(UnsafeBufferPointer(rebasing: everybody[batch])) { _ in
              invalidated += 1
            }
          }
        }
        post += 1
        return invalidated
      }
      lines.append(
        BenchLine(
          name: "a post to \(users) followers, counted", value: 1000 / cost,
          unit: "M deliveries/s", target: ">= 500"))
      if users == 100_000_000 {
        lines.append(
          BenchLine(
            name: "a post to \(users) followers, counted, in all",
            value: cost * Double(users) / 1e6, unit: "ms", target: "<= 500"))
      }
    }
    return lines
  }
}
