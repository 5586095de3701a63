import Simulation
import Testing

@testable import FeedSystem

/// Messages, offsets and lags, where the answer is exact: a consumer of one second a message.
struct EventBusTests {
  private static let ten = (0..<10).map { _ in (author: 0, seconds: 0.0) }

  private func system(_ bus: String, service: String = "constant(0s)") -> FanOutSystem {
    var system = FanOutSystem()
    system.followers = [5]
    system.batch = 5
    system.posts = Self.ten
    system.visit = service
    system.pipeline = "{bus: {partitions: 1, consume: constant(1s), \(bus)}}"
    return system
  }

  @Test func aConsumerTakesOneMessageAfterTheOther() throws {
    try system("key: author").run { system in
      #expect(system.measurements.pipeline.consumerLagPeak == 10)
      let delays = system.measurements.pipeline.busDelay.exactSum
      #expect(delays == 55 * 1_000_000_000)
      #expect(system.lagToLastMost == 10)
      #expect(system.bus.partitions[0].end == 10 && system.bus.partitions[0].committed == 10)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Its consumer comes to the fifth message after 4 s: that and all behind it are too old.
  @Test func whatIsTooOldIsLostAndSaidToBe() throws {
    try system("retention: 3500ms").run { system in
      let audit = system.auditDeliveries()
      #expect(audit.due == 50 && audit.expired == 30)
      #expect(audit.lost == 0 && audit.pending == 0 && audit.exact)
      #expect(system.delivered == 20 && system.measurements.pipeline.postsIncomplete == 6)
      #expect(system.bus.lag == 0 && system.bus.partitions[0].committed == 10)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// What waits within the retention when the run stops is pending, not lost.
  @Test func whatStillWaitsIsPending() throws {
    try system("retention: 1h").run(until: 3.5) { system in
      let audit = system.auditDeliveries()
      #expect(audit.pending == 35 && audit.expired == 0 && system.delivered == 15)
      #expect(system.bus.lag == 7)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  @Test func publishersAreTurnedAway() throws {
    try system("lagLimit: 4, whenBehind: refuse").run { system in
      #expect(system.measurements.postsRejected == 6 && system.measurements.postsStored == 4)
      #expect(system.measurements.pipeline.partitionLagPeak == 4)
      #expect(system.measurements.pipeline.postsRejected == 6 && system.delivered == 20)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// The fifth publisher is let in after 1 s, the tenth after 6; each then waits for four.
  @Test func publishersAreSlowed() throws {
    try system("lagLimit: 4, whenBehind: slow").run { system in
      #expect(system.measurements.pipeline.partitionLagPeak == 4)
      let slowest = system.measurements.publishLatency.maximum
      let delays = system.measurements.pipeline.busDelay.exactSum
      #expect(slowest == 6_000_000_000)
      #expect(delays == 34 * 1_000_000_000)
      #expect(system.delivered == 50)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Consumers leave on the bus what the workers cannot take: one job in service, one waiting.
  @Test func consumersPause() throws {
    var paused = system("jobsWaiting: 1", service: "constant(1s)")
    paused.pipeline = "{bus: {partitions: 1, consume: constant(0s), jobsWaiting: 1}}"
    try paused.run { system in
      let delays = system.measurements.pipeline.busDelay.exactSum
      let peak = system.measurements.waitingPeak[TierName.fanOutWorkers.rawValue]
      #expect(delays == 36 * 1_000_000_000)
      #expect(peak == 1 && system.delivered == 50 && system.lagToLastMost == 10)
    }
  }

  /// One consumer for two partitions has them in turn; two consumers take half as long.
  @Test(arguments: [(1, 20), (2, 10), (3, 10)])
  func consumersShareThePartitions(_ consumers: Int, _ seconds: Int) throws {
    var shared = FanOutSystem()
    // Authors whose posts go to different partitions.
    let other = try #require((1..<50).first { mix64(UInt64($0)) % 2 != mix64(0) % 2 })
    shared.followers = (0...other).map { 100 - $0 }
    shared.batch = 100
    shared.visit = "constant(0s)"
    shared.posts = Self.ten + Self.ten.map { _ in (author: other, seconds: 0) }
    shared.pipeline = "{bus: {partitions: 2, consumers: \(consumers), consume: constant(1s)}}"
    try shared.run { system in
      #expect(system.lagToLastMost == Double(seconds))
      #expect(system.bus.partitions.map(\.end) == [10, 10])
      #expect(system.measurements.pipeline.consumerLagPeak == 20)
      #expect(system.measurements.pipeline.partitionLagPeak == 10)
    }
  }
}
