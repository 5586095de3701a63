import Settings
import Simulation
import Testing

@testable import FeedSystem

/// One cache of objects, what is committed, and the packets of invalidations, each against what it
/// says it does.
struct ObjectCacheTests {
  private func at(_ milliseconds: Int64) -> Instant { .start + .milliseconds(milliseconds) }

  private func cache(
    capacity: Int = 3, lifetime: Duration = .seconds(10),
    _ change: (inout LeaseSettings) -> Void = { _ in }
  ) -> ObjectCache {
    var lease = LeaseSettings()
    change(&lease)
    return ObjectCache(
      policy: LRU(capacity: capacity, keys: 10), lifetime: lifetime, lease: lease)
  }

  /// The token of a miss.
  private func missed(_ answer: ObjectCache.Answer) -> UInt32? {
    if case .missed(let token) = answer { return token }
    return nil
  }

  @Test func oneReaderFetchesAndTheOthersWait() throws {
    var cache = cache()
    let answer = cache.read(4, at: at(0))
    let token = try #require(missed(answer))
    let other = cache.read(4, at: at(1))
    #expect(other == .held(token: token))
    cache.wait(77, for: token)
    let filled = cache.fill(4, 9, token: token, at: at(2))
    #expect(filled.accepted && filled.waited == [77])
    let last = cache.read(4, at: at(3))
    #expect(last == .hit(version: 9))
    let counts = cache.counts
    #expect(counts == ObjectCache.Counts(reads: 3, hits: 1, missed: 1, waits: 1, accepted: 1))
  }

  @Test func withoutLeasesWhoeverMissesFetches() {
    var cache = cache { $0.length = .zero }
    for time in 0..<3 {
      let answer = cache.read(4, at: at(Int64(time)))
      #expect(answer == .missed(token: LeaseTable.none))
    }
    // A fetch from before a write, back after it: the cache takes it.
    cache.invalidate(4, at: at(4))
    let filled = cache.fill(4, CommitLog.original, token: LeaseTable.none, at: at(5))
    let answer = cache.read(4, at: at(6))
    #expect(filled.accepted && answer == .hit(version: CommitLog.original))
  }

  @Test func aFetchFromBeforeAWriteIsRefused() throws {
    var cache = cache()
    let answer = cache.read(4, at: at(0))
    let token = try #require(missed(answer))
    cache.invalidate(4, at: at(1))
    let filled = cache.fill(4, 1, token: token, at: at(2))
    let peeked = cache.peek(4, at: at(2))
    let refused = cache.counts.refused
    #expect(!filled.accepted && refused == 1 && peeked == nil)
  }

  @Test func theOldValueIsServedForAsLongAsALease() throws {
    var cache = cache {
      $0.whenHeld = .stale
      $0.length = .seconds(1)
    }
    cache.put(4, 5, at: at(0))
    cache.invalidate(4, at: at(100))
    let first = cache.read(4, at: at(200))
    let token = try #require(missed(first))
    let second = cache.read(4, at: at(300))
    #expect(second == .stale(version: 5))
    let filled = cache.fill(4, 6, token: token, at: at(400))
    let third = cache.read(4, at: at(500))
    #expect(filled.accepted && third == .hit(version: 6))
    // A lease later the value of before is too old for anybody.
    cache.invalidate(4, at: at(600))
    _ = cache.read(4, at: at(1500))
    let late = cache.read(4, at: at(1600))
    guard case .held = late else {
      Issue.record("\(late)")
      return
    }
  }

  @Test func valuesOutliveNoLifetimeAndNoHold() {
    var cache = cache(lifetime: .seconds(1)) { $0.length = .zero }
    cache.put(1, 5, at: at(0))
    let (young, old) = (cache.read(1, at: at(999)), cache.read(1, at: at(1000)))
    #expect(young == .hit(version: 5) && old == .missed(token: LeaseTable.none))
    cache.holdOff(for: .seconds(2))
    cache.invalidate(1, at: at(2000))
    let held = cache.fill(1, 6, token: LeaseTable.none, at: at(3999))
    let free = cache.fill(1, 6, token: LeaseTable.none, at: at(4001))
    #expect(!held.accepted && free.accepted)
  }

  @Test func aServerThatIsDownTakesNothing() {
    var cache = cache { $0.length = .zero }
    let filled = cache.fill(1, 6, token: LeaseTable.none, isDown: true, at: at(1))
    #expect(!filled.accepted)
    cache.put(1, 6, at: at(2))
    cache.lose(1, at: at(3))
    let peeked = cache.peek(1, at: at(3))
    #expect(peeked == nil)
  }

  /// Against a list of every commit.
  @Test func commitsAreFoundByTime() {
    var log = CommitLog(keys: 4)
    var commits: [[Int64]] = [[], [], [], []]
    var versions: [[UInt32]] = [[], [], [], []]
    var draws = RandomStream(seed: 3, purpose: 1)
    for time in 0..<Int64(400) {
      let key = Int(draws.below(3))
      log.commit(UInt32(key), at: at(time))
      commits[key].append(time)
      versions[key].append(log.newest(of: UInt32(key)))
      let asked = Int64(draws.below(UInt64(time) + 1))
      for key in 0..<4 {
        let count = commits[key].count { $0 <= asked }
        let version = log.version(of: UInt32(key), at: at(asked))
        #expect(version == (count == 0 ? CommitLog.original : versions[key][count - 1]))
        let since = log.superseded(version, of: UInt32(key))
        #expect(since == (count < commits[key].count ? at(commits[key][count]) : nil))
      }
    }
  }

  @Test func packetsAreFullOrDue() {
    var settings = InvalidationSettings()
    settings.batch = 3
    var queue = InvalidationQueue(settings, clusters: 2)
    let first = queue.add(1, to: 0, at: at(0))
    guard case .opens(let packet) = first else {
      Issue.record("\(first)")
      return
    }
    let other = queue.add(8, to: 1, at: at(0))
    let second = queue.add(2, to: 0, at: at(1))
    let third = queue.add(3, to: 0, at: at(2))
    #expect(other != first && second == .joins && third == .fills(packet))
    _ = queue.send(packet)
    let isDue = queue.due(packet)
    #expect(!isDue)
    let next = queue.add(4, to: 0, at: at(3))
    let arrived = queue.arrive(packet)
    #expect(arrived.map(\.key) == [1, 2, 3])
    #expect(arrived.map(\.committed) == [at(0), at(1), at(2)])
    guard case .opens(let later) = next else {
      Issue.record("\(next)")
      return
    }
    let isLaterDue = queue.due(later)
    let before = queue.underWay
    _ = queue.send(later)
    let last = queue.arrive(later)
    #expect(isLaterDue && before == 2 && last.map(\.key) == [4])
    let counts = queue.counts
    let after = queue.underWay
    #expect(counts == InvalidationQueue.Counts(messages: 5, applied: 4, packets: 2) && after == 1)
  }

  @Test func thePeakIsTheBusiestShardsBusiestTenthOfASecond() {
    var rate = PeakRate(shards: 2)
    for time in [0, 10, 99, 100, 150] as [Int64] { rate.count(0, at: at(time)) }
    rate.count(1, at: at(50))
    #expect(rate.peak == 30 && rate.total == 6)
  }
}
