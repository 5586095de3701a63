import Settings
import Simulation
import Testing

@testable import FeedSystem

struct EngineTests {
  @Test func eventsStaySmall() {
    #expect(MemoryLayout<Event>.size <= 8)
    #expect(MemoryLayout<TimelineHead>.stride == 32)
    #expect(MemoryLayout<ViewerRow>.stride == 16)
    #expect(MemoryLayout<PostRecord>.stride == 16)
  }

  @Test func feedsOutliveTheirLifetimeByNothing() {
    let ids = UnsafeMutablePointer<UInt32>.allocate(capacity: 4)
    defer { ids.deallocate() }
    ids.initialize(repeating: 9, count: 4)
    let cache = FeedCache(policy: LRU(capacity: 2, keys: 10), lifetime: .seconds(300), length: 4)
    _ = cache.fill(3, .init(gatheredMilliseconds: 1000, asOf: 5, count: 4), ids: ids)
    #expect(cache.lookUp(3, at: 300_999) != nil)
    #expect(cache.lookUp(3, at: 301_000) == nil)
    #expect(cache.policy.count == 0)
  }

  /// A viewer's feed is held from the second miss on.
  @Test func feedsAreLetInAtTheSecondRequest() {
    let ids = UnsafeMutablePointer<UInt32>.allocate(capacity: 4)
    defer { ids.deallocate() }
    ids.initialize(repeating: 9, count: 4)
    let policy = LRU(capacity: 2, keys: 10)
    let rule = SecondRequest(falsePositives: 1e-9, remembers: 5)
    let cache = FeedCache(
      policy: policy, lifetime: .seconds(300), length: 4,
      filter: rule.makeFilter(for: policy.space))
    let view = FeedCache.View(gatheredMilliseconds: 1000, asOf: 5, count: 4)
    for viewer: UInt32 in [3, 4, 5, 3] { _ = cache.fill(viewer, view, ids: ids) }
    #expect(cache.lookUp(3, at: 2000) != nil)
    #expect(cache.lookUp(4, at: 2000) == nil && policy.count == 1)
    cache.invalidate(3)
    _ = cache.fill(3, view, ids: ids)
    #expect(cache.lookUp(3, at: 2000) != nil)
  }

  struct Example {
    var age: Double
    var likes: Int
    var comments: Int
    var interactions: Double
    var score: Double
  }

  /// Hand-computed from seed 2's formula; the last post's engagement outweighs all recency.
  @Test(arguments: [
    Example(age: 0.0, likes: 0, comments: 0, interactions: 0.0, score: 0.4),
    Example(age: 172_800.0, likes: 0, comments: 0, interactions: 50.0, score: 0.297151776468577),
    Example(age: 3600.0, likes: 10, comments: 5, interactions: 100.0, score: 1.605109603849523),
    Example(age: 604_800.0, likes: 3, comments: 0, interactions: 200.0, score: 0.727967261704895),
    Example(age: 0.0, likes: 1_000_000, comments: 0, interactions: 0.0, score: 4.544653467389132),
  ])
  func weightsAsTheSeedDoes(
    _ example: Example
  ) throws {
    var none = Parameters.empty
    let stage = try Weighted(&none)
    var counters = PostCounters()
    counters.likes = UInt32(example.likes)
    counters.comments = UInt32(example.comments)
    let score = stage.score(
      age: example.age, counters: counters, interactions: example.interactions)
    #expect(abs(score - example.score) < 1e-9)
  }

  @Test func theTopIsTheTopOfASort() {
    var stream = RandomStream(seed: 11, purpose: 2)
    let ids = UnsafeMutablePointer<UInt32>.allocate(capacity: 2000)
    let scores = UnsafeMutablePointer<Float>.allocate(capacity: 2000)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: 2000)
    let sources = UnsafeMutablePointer<CandidateSource>.allocate(capacity: 2000)
    defer {
      ids.deallocate()
      scores.deallocate()
      sources.deallocate()
      keys.deallocate()
    }
    sources.initialize(repeating: .inNetwork, count: 2000)
    for round in 0..<300 {
      let count = Int(stream.below(2000))
      for index in 0..<count {
        ids[index] = UInt32(index) &* 7919 % 2003
        // Few distinct scores, so that ties are common; negative ones too.
        scores[index] = Float(Int(stream.below(round % 3 == 0 ? 5 : 1000)) - 2)
      }
      let scored = (0..<count).map { (score: scores[$0], id: ids[$0]) }
      let expected = scored.sorted { one, other in
        one.score == other.score ? one.id > other.id : one.score > other.score
      }.map(\.id)
      let limit = Int(stream.below(UInt64(count + 2)))
      var candidates = Candidates(
        ids: ids, scores: scores, sources: sources, count: count, capacity: 2000, keys: keys)
      candidates.sort(keeping: limit)
      let kept = candidates.count
      #expect(kept == min(limit, count))
      #expect((0..<kept).map { ids[$0] } == Array(expected.prefix(kept)))
    }
  }

  @Test func pullingWalksEveryAuthorNewestFirst() {
    var posts = PostStore(users: 3, expectedPosts: 16)
    for (author, time) in [(0, 0), (1, 1), (0, 2), (2, 3), (0, 4), (1, 5)] {
      _ = posts.append(author: UInt32(author), at: Int64(time), measured: false)
    }
    var scratch = Scratch()
    let authors: [UInt32] = [0, 1]
    authors.withUnsafeBufferPointer { authors in
      let two = scratch.pull(authors, from: posts, ids: 0..<6, perAuthor: 2, after: 0)
      #expect((0..<two).map { scratch.ids[$0] }.sorted() == [1, 2, 4, 5])
      let live = scratch.pull(authors, from: posts, ids: 2..<5, perAuthor: 5, after: 0)
      #expect((0..<live).map { scratch.ids[$0] }.sorted() == [2, 4])
    }
  }

  @Test func historiesAreExponentialOnAverage() {
    let store = AffinityStore(seed: 1)
    var total = 0.0
    for viewer in 0..<100_000 as Range<UInt32> {
      total += store.interactions(of: viewer, with: 17)
    }
    #expect(abs(total / 100_000 - AffinityStore.meanHistory) < 0.15)
    store.record(5, with: 17)
    let before = AffinityStore(seed: 1).interactions(of: 5, with: 17)
    #expect(store.interactions(of: 5, with: 17) == before + 1)
  }

  /// A delivery makes the feeds stale that the cache may hold, those and once each.
  @Test func deliveryInvalidatesHeldFeeds() throws {
    let store = try TimelineStore(users: 100, capacity: 4, memory: TimelineMemory())
    for held in stride(from: UInt32(0), to: 100, by: 3) { store.cached.insert(held) }
    let followers: [UInt32] = [3, 4, 6, 50, 99]
    var invalidated: [UInt32] = []
    for post in 0..<UInt32(2) {
      let written = followers.withUnsafeBufferPointer {
        store.deliver(
          post, to: $0, measured: true, where: { $0 != 6 }, invalidate: { invalidated.append($0) })
      }
      #expect(written == 4)
    }
    #expect(invalidated == [3, 99])
    let held = [3, 6].map { store.cached.contains($0) }
    #expect(held == [false, true])
  }
}
