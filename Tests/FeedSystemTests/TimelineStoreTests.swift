import Settings
import Simulation
import Testing

@testable import FeedSystem

struct TimelineStoreTests {
  private func read(
    _ store: borrowing TimelineStore, _ viewer: UInt32, limit: Int = 1000,
    ids: Range<UInt32> = 0..<UInt32.max
  ) -> [UInt32] {
    let out = UnsafeMutablePointer<UInt32>.allocate(capacity: limit + 1)
    defer { out.deallocate() }
    let count = store.read(viewer, limit: limit, ids: ids, into: out)
    return (0..<count).map { out[$0] }
  }

  /// Whatever lies in the head and whatever in the ring: the newest entries, newest first.
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 33, 64])
  func holdsTheNewestAsAnArrayDoes(capacity: Int) throws {
    var stream = RandomStream(seed: UInt64(capacity), purpose: 1)
    let memory = try TimelineMemory()
    for _ in 0..<2 {
      // The second store gets the memory that the first has written to.
      let store = try TimelineStore(users: 5, capacity: capacity, memory: memory)
      var naive = [[UInt32]](repeating: [], count: 5)
      for post in 0..<500 as Range<UInt32> {
        let viewer = UInt32(stream.below(5))
        store.insert(post, into: viewer)
        naive[Int(viewer)].append(post)
        let newest = Array(naive[Int(viewer)].suffix(capacity).reversed())
        let limit = Int(stream.below(70)) + 1
        let count = store.count(of: viewer)
        let held = read(store, viewer, limit: limit)
        #expect(count == newest.count && held == Array(newest.prefix(limit)))
        let some = read(store, viewer, ids: 100..<300)
        #expect(some == newest.filter { (100..<300).contains($0) })
      }
      let entries = store.entries
      #expect(entries == naive.reduce(0) { $0 + min($1.count, capacity) })
    }
  }

  /// One post to many is the same as one after the other.
  @Test func writingToManyIsInserting() throws {
    var stream = RandomStream(seed: 8, purpose: 1)
    let many = try TimelineStore(users: 3000, capacity: 6, memory: TimelineMemory())
    let single = try TimelineStore(users: 3000, capacity: 6, memory: TimelineMemory())
    for post in 0..<60 as Range<UInt32> {
      let share = stream.below(5) + 1
      let viewers = (0..<3000 as Range<UInt32>).filter { _ in stream.below(share) == 0 }
      let written = viewers.withUnsafeBufferPointer {
        many.deliver(
          post, to: $0, measured: true, where: { $0 % 7 != 0 }, invalidate: { _ in })
      }
      for viewer in viewers where viewer % 7 != 0 { single.insert(post, into: viewer) }
      #expect(written == viewers.count { $0 % 7 != 0 })
    }
    for viewer in 0..<3000 as Range<UInt32> {
      let (one, other) = (read(many, viewer), read(single, viewer))
      #expect(one == other)
      let head = many.head(viewer).pointee
      let written = single.head(viewer).pointee.written
      #expect(head.delivered == written && head.written == written)
    }
  }

  @Test(arguments: [1, 3, 8, 100])
  func fillingIsInserting(capacity: Int) throws {
    let filled = try TimelineStore(users: 200, capacity: capacity, memory: TimelineMemory())
    let inserted = try TimelineStore(users: 200, capacity: capacity, memory: TimelineMemory())
    let posts = UnsafeMutablePointer<UInt32>.allocate(capacity: 200)
    defer { posts.deallocate() }
    for index in 0..<200 { posts[index] = UInt32(index) &* 7 &+ 1 }
    for viewer in 0..<200 as Range<UInt32> {
      filled.fill(viewer, with: posts, count: Int(viewer))
      for index in 0..<Int(viewer) { inserted.insert(posts[index], into: viewer) }
      // What comes after must find its place as well.
      for post in 2000..<2003 as Range<UInt32> {
        filled.insert(post, into: viewer)
        inserted.insert(post, into: viewer)
        let (one, other) = (read(filled, viewer), read(inserted, viewer))
        #expect(one == other)
      }
    }
  }

  @Test func aSetOfViewersIsASet() throws {
    var stream = RandomStream(seed: 3, purpose: 1)
    let set = try ViewerSet(users: 300)
    var naive = Set<UInt32>()
    for _ in 0..<500 {
      for _ in 0..<20 {
        let viewer = UInt32(stream.below(300))
        set.insert(viewer)
        naive.insert(viewer)
      }
      // Dense and sparse ones are told by other means.
      let share = stream.below(2) == 0 ? 10 : 2 as UInt64
      let viewers = (0..<300 as Range<UInt32>).filter { _ in stream.below(share) == 0 }
      var removed: [UInt32] = []
      viewers.withUnsafeBufferPointer { set.remove($0) { removed.append($0) } }
      #expect(removed == viewers.filter { naive.contains($0) })
      naive.subtract(viewers)
      let left = (0..<300 as Range<UInt32>).filter { set.contains($0) }
      #expect(left == naive.sorted())
    }
  }
}

/// Deliveries counted by post against deliveries written entry by entry.
struct CountedDeliveryTests {
  private func system(_ keep: String, _ settings: String) -> SmallSystem {
    var small = SmallSystem()
    small.yaml = """
      fanOut: \(settings)
      timelines: {capacity: 4000, read: 4000, keep: \(keep)}
      """
    small.length = .seconds(900)
    return small
  }

  private struct Outcome: Equatable {
    var fingerprint: UInt64
    var figures: [Int]
    var latency: Double
    var lag: Double
    var entries: Int
    var audit: DeliveryAudit
  }

  private func outcome(_ small: SmallSystem) throws -> Outcome {
    try small.run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let m = system.measurements.figures
      var audit = system.auditDeliveries()
      // Counted by post, deliveries are not told apart by viewer.
      audit.viewers = nil
      return Outcome(
        fingerprint: system.fingerprint, figures: m,
        latency: system.measurements.feedLatency.mean, lag: system.measurements.deliveryLag.mean,
        entries: system.timelineFigures().entries, audit: audit)
    }
  }

  /// Where every post is one batch, a post is seen by all its followers at once either way, and
  /// the whole run is the same, event for event.
  @Test(arguments: [
    "{policy: push, batch: 1M}", "{policy: hybrid, pushBelow: 100, pullFrom: 100, batch: 1M}",
  ])
  func isTheSameRun(_ fanOut: String) throws {
    let written = try outcome(system("entries", fanOut))
    let counted = try outcome(system("counts", fanOut))
    #expect(written == counted)
    #expect(written.audit.due > 3000 && written.audit.lost == 0 && written.entries > 100_000)
  }

  /// With many batches a post the counts are the same, and every pair is accounted for.
  @Test func countsTheSameByBatches() throws {
    let written = try outcome(system("entries", "{policy: push, batch: 7}"))
    let counted = try outcome(system("counts", "{policy: push, batch: 7}"))
    #expect(written.audit == counted.audit)
    #expect(counted.audit.lost == 0 && counted.audit.duplicate == 0 && counted.audit.exact)
    #expect(written.figures[0] == counted.figures[0] && written.entries == counted.entries)
  }

  /// A batch that never came, one that came twice, and one in another's place.
  @Test func missesLostAndDoubledBatches() throws {
    try system("counts", "{policy: push, batch: 20}").run { system in
      let measured = (0..<UInt32(system.posts.count)).filter { system.posts[$0].measured != 0 }
      let followers = measured.map {
        (post: $0, system.audience.graph.followerCount(of: system.posts[$0].author))
      }
      let many = followers.filter { $0.1 > 60 }
      try #require(many.count > 3)
      func lose(_ index: Int, _ batch: Range<Int>) {
        let place = Int(many[index].post - system.counted.firstPost)
        let lost = CountedDeliveries.Account(batch)
        system.counted.accounts[place].count -= lost.count
        system.counted.accounts[place].sum &-= lost.sum
      }
      func deliver(_ index: Int, _ batch: Range<Int>) {
        let (post, count) = many[index]
        system.counted.add(batch, of: post, by: system.posts[post].author, followers: count)
      }
      var audit = system.auditDeliveries()
      #expect(audit.duplicate == 0 && audit.lost == 0)
      deliver(0, 20..<40)
      audit = system.auditDeliveries()
      #expect(audit.duplicate == 20 && audit.lost == 0 && audit.exact)
      lose(1, 20..<40)
      audit = system.auditDeliveries()
      #expect(audit.duplicate == 20 && audit.lost == 20 && audit.viewersAffected == 40)
      lose(2, 0..<20)
      deliver(2, 20..<40)
      audit = system.auditDeliveries()
      #expect(audit.duplicate == 21 && audit.lost == 21 && !audit.exact)
    }
  }

  @Test func refusesWhoIsWrittenToByActivity() throws {
    #expect(throws: InvalidInput.self) {
      try system("counts", "{policy: hybrid, pushBelow: 100, pullFrom: 200}").settings()
    }
  }
}

extension Measurements {
  /// Entries written first.
  fileprivate var figures: [Int] {
    [
      entriesWritten, entriesDue, postsStored, loadsCompleted, engagementsCounted, feedCacheHits,
      feedCacheMisses, entriesFetched, candidates, postsShown, late, Int(backlogPeak),
    ]
  }
}
