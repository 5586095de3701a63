import Simulation
import Testing

@testable import FeedSystem

/// Where the time of loads goes, held to what is known exactly.
@Suite struct LatencyPartsTests {
  private typealias Slot = LatencyParts.Slot

  @Test(arguments: ConservationTests.policies, [nil, 1, 3])
  func partsSumToTheLatency(_ yaml: String, _ servers: Int?) throws {
    var small = SmallSystem()
    small.yaml = yaml
    small.servers = servers
    small.length = .seconds(900)
    try small.run { system in
      let latency = system.measurements.feedLatency.exactSum
      let parts = system.measurements.latencyParts.total
      let count = Int(system.measurements.latencyParts.count)
      let hasNegative = system.measurements.latencyParts.hasNegative
      #expect(count > 300 && count == system.measurements.loadsMeasured)
      #expect(parts == Int128(latency))
      #expect(!hasNegative)
      let mean = system.measurements.latencyParts.slowest(1)
      let expected = system.measurements.feedLatency.mean
      #expect(abs(mean.latency - expected) < 1e-9 * expected)
      let slow = system.measurements.latencyParts.slowest(0.01).latency
      let p99 = system.measurements.feedLatency.quantile(0.99)
      let most = Double(system.measurements.feedLatency.maximum)
      // The bucket that the share ends in is a sixteenth wide.
      #expect(slow > p99 * 15 / 17 && slow <= most)
      let missed = misses(system.measurements)
      #expect(abs(mean.missed - missed) < 1e-12)
      let afterMiss = mean.latency - mean.afterMiss
      #expect(afterMiss > 50e6, "the way to the client is before any miss")
    }
  }

  private func misses(_ measurements: borrowing Measurements) -> Double {
    let lookups = measurements.feedCacheHits + measurements.feedCacheMisses
    return Double(measurements.feedCacheMisses) / Double(lookups)
  }

  /// Only loads come to the ranking and the feed cache, so the tiers' own books of waiting and
  /// service must say the same to the nanosecond, where all loads are measured.
  @Test(arguments: [1, 2])
  func tiersBookTheSame(_ servers: Int) throws {
    var small = SmallSystem()
    small.yaml = """
      fanOut: {policy: push}
      tiers: {ranking: {visit: exponential(mean 100ms)}, feedCache: {visit: constant(80ms)}}
      """
    small.servers = servers
    small.warmUp = .zero
    try small.run { system in
      #expect(system.measurements.loadsCompleted == system.measurements.loadsMeasured)
      for tier in [TierName.ranking, .feedCache] {
        let books = system.tiers[tier.rawValue].books
        let waiting = system.measurements.latencyParts.total(of: Slot.waiting(tier))
        let service = system.measurements.latencyParts.total(of: Slot.service(tier))
        #expect(books.waited > 0)
        #expect(waiting == Int128(books.waited))
        #expect(service == Int128(books.service))
        let offered = system.offeredTime(tier)
        #expect(offered.nanoseconds == books.service)
      }
      // Deliveries come to the timelines too.
      let timelines = system.measurements.latencyParts.total(of: Slot.service(.timelineStore))
      let all = system.tiers[TierName.timelineStore.rawValue].books.service
      #expect(timelines > 0 && timelines < Int128(all))
    }
  }

  /// Tiers without limit: nobody waits, and what is left of pull is service and fan-in.
  @Test func whereNobodyWaitsThereIsNoWaiting() throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: pull}"
    try small.run { system in
      let parts = system.measurements.latencyParts.slowest(1)
      for tier in TierName.ofLoads { #expect(parts.waiting(tier) == 0) }
      #expect(parts.fanIn > 0 && parts.service(.postStore) > 0)
      #expect(parts.service(.timelineStore) == 0 && parts.service(.fanOutWorkers) == 0)
      // 50 ms to the client, and half a millisecond a visit: two, and three more after a miss.
      let network = 51e6 + 1.5e6 * parts.missed
      // Who follows nobody has nothing to gather.
      #expect(parts.network <= network + 1 && parts.network > network - 0.1e6)
    }
  }

  /// With one shard there is nothing to wait for but that one.
  @Test func oneShardHasNoFanIn() throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: pull}\ntiers: {postStore: {shards: 1}}"
    small.servers = 3
    try small.run { system in
      let parts = system.measurements.latencyParts.slowest(1)
      #expect(parts.fanIn == 0 && parts.service(.postStore) > 0)
    }
  }

  @Test func theSlowestAreTakenApart() {
    var breakdown = LatencyBreakdown()
    let loads: [(latency: Int64, slot: Int, times: Int)] = [
      (1000, Slot.service(.gateway), 97), (50_000, Slot.fanIn, 2),
      (800_000_000_000, Slot.waiting(.ranking), 1),
    ]
    for (latency, slot, times) in loads {
      var parts = LatencyParts()
      parts.values[slot] = latency
      for _ in 0..<times { breakdown.record(Duration(nanoseconds: latency), parts) }
    }
    let one = breakdown.slowest(0.01)
    #expect(one.waiting(.ranking) == 8e11 && one.fanIn == 0 && one.latency == 8e11)
    // Two in a hundred are the slowest and half of the bucket below it, each weighing half.
    let two = breakdown.slowest(0.02)
    #expect(two.waiting(.ranking) == 4e11 && two.fanIn == 25_000)
    let all = breakdown.slowest(1)
    #expect(all.service(.gateway) == 970 && all.fanIn == 1000)
    let total = breakdown.total
    #expect(total == 800_000_000_000 + 100_000 + 97_000)
    let none = LatencyBreakdown()
    let nothing = none.slowest(0.01).latency
    #expect(nothing == 0)
  }

  /// Booked right in sum and wrong in part: the law sees it.
  @Test func aNegativePartBreaksTheLaw() throws {
    try SmallSystem().run { system in
      var parts = LatencyParts()
      parts.values[Slot.waiting(.gateway)] = -1
      parts.values[Slot.service(.gateway)] = 1001
      system.measurements.latencyParts.record(Duration(nanoseconds: 1000), parts)
      system.measurements.feedLatency.record(1000)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.map(\.name) == ["latency balance"])
      #expect(broken.first?.detail.hasSuffix("; some are negative") == true)
    }
  }

  /// Every tier that loads visit has its two places in the vector, and no part another's.
  @Test func slotsAreApart() {
    let slots =
      TierName.ofLoads.flatMap { [Slot.waiting($0), Slot.service($0)] } + [
        Slot.fanIn, Slot.leafFanIn, Slot.network, Slot.afterMiss, Slot.missed,
      ]
    // Only what is told beside the parts stands where no part is summed.
    let beside = slots.filter { $0 >= Slot.partCount }
    #expect(Set(slots).count == slots.count && slots.allSatisfy { (0..<Slot.count).contains($0) })
    #expect(Set(beside) == [Slot.afterMiss, Slot.missed])
  }

  /// The work of the busiest shard over the mean: two of three visits to one of four.
  @Test func theBusiestShardIsFound() {
    var tier = ShardedTier(shards: 4)
    let empty = tier.skew
    tier.resize(servers: 4)
    let idle = tier.skew
    #expect(empty == 1 && idle == 1)
    for shard in [0, 1, 0, 0, 2, 0] {
      _ = tier.arrive(shard, at: .start, service: .milliseconds(5))
    }
    let skew = tier.skew
    #expect(skew == 4 * 4.0 / 6)
  }
}
