import Simulation
import Testing

@testable import FeedSystem

/// Faults of the event bus where the answer is exact: ten messages at once, a second each.
struct BusFaultTests {
  private func system(_ faults: String, bus: String = "partitions: 1") -> FanOutSystem {
    var system = FanOutSystem()
    system.followers = [5]
    system.batch = 5
    system.posts = (0..<10).map { _ in (author: 0, seconds: 0.0) }
    system.visit = "constant(0s)"
    system.pipeline = "{bus: {consume: constant(1s), \(bus)}}\nfaults: [\(faults)]"
    return system
  }

  @Test func withoutFaultsNothingIsDifferent() throws {
    var fingerprints: [UInt64] = []
    for faults in ["", "{partition-stalled: {partition: 0, at: 50m, for: 0s}}"] {
      try system(faults).run { system in
        fingerprints.append(system.fingerprint)
        #expect(system.lagToLastMost == 10 && system.delivered == 50)
      }
    }
    var plain = system("")
    plain.pipeline = "{bus: {consume: constant(1s), partitions: 1}}"
    let fingerprint = try plain.run { $0.fingerprint }
    #expect(fingerprint == fingerprints[0] && fingerprint != fingerprints[1])
  }

  /// The message under way is finished at 3 s; the next is begun at 12.5 s.
  @Test func aStalledPartitionWaits() throws {
    try system("{partition-stalled: {partition: 0, at: 2500ms, for: 10s}}").run { system in
      let delays = system.measurements.pipeline.busDelay.exactSum
      #expect(delays == 121_500_000_000)
      #expect(system.lagToLastMost == 19.5 && system.delivered == 50)
      let audit = system.auditDeliveries()
      #expect(audit.lostInAll == 0 && audit.duplicate == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
      let figures = system.faultFigures
      #expect(figures.count == 1 && figures[0].count == 1)
      #expect(abs(figures[0].time - 10.0 / 3600) < 1e-12)
    }
  }

  /// Two stalls that overlap end with the later: 2.5 to 20 s.
  @Test func stallsOverlap() throws {
    let one = "{partition-stalled: {partition: 0, at: 2500ms, for: 10s}}"
    let other = "{partition-stalled: {partition: 0, at: 5s, for: 15s}}"
    try system("\(one), \(other)").run { system in
      #expect(system.lagToLastMost == 27)
      let broken = system.brokenLaws()
      #expect(broken == [])
      #expect(abs(system.faultFigures[0].time - 17.5 / 3600) < 1e-12)
    }
  }

  /// Four messages are handled and three committed when the consumer dies at the fifth: the fourth
  /// is read again, for five followers, and the fifth begun anew.
  @Test func aCrashReadsAgain() throws {
    let crash = "{consumer-crash: {consumer: 0, at: 4500ms, for: 2s, commitEvery: 3}}"
    try system(crash, bus: "partitions: 1, consumers: 1").run { system in
      let audit = system.auditDeliveries()
      #expect(audit.due == 50 && audit.lostInAll == 0 && audit.exact && audit.pending == 0)
      #expect(audit.duplicate == 5 && audit.repeated == 5 && audit.viewersAffected == 5)
      #expect(system.delivered == 50 && system.measurements.entriesWritten == 55)
      #expect(system.faults.measurements.messagesReplayed == 1)
      #expect(system.lagToLastMost == 13.5)
      let delays = system.measurements.pipeline.busDelay.exactSum
      #expect(delays == 76_000_000_000)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Offsets stored after each message: nothing is read again.
  @Test func whoCommitsEachMessageRepeatsNone() throws {
    let crash = "{consumer-crash: {consumer: 0, at: 4500ms, for: 2s, commitEvery: 1}}"
    try system(crash, bus: "partitions: 1, consumers: 1").run { system in
      let audit = system.auditDeliveries()
      #expect(audit.duplicate == 0 && audit.lostInAll == 0)
      #expect(system.lagToLastMost == 12.5)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// As the run stops in the middle of it, what is read again is neither pending nor lost.
  @Test func theAuditHoldsInTheMiddle() throws {
    let crash = "{consumer-crash: {consumer: 0, at: 4500ms, for: 2s, commitEvery: 100}}"
    for stop in [5.0, 7, 9.2, 11] {
      try system(crash, bus: "partitions: 1, consumers: 1").run(until: stop) { system in
        let audit = system.auditDeliveries()
        #expect(audit.lostInAll == 0, "\(stop)")
        #expect(audit.pending == 50 - system.delivered, "\(stop)")
        let broken = system.brokenLaws()
        #expect(broken == [], "\(stop)")
      }
    }
  }

  /// The fourth message is taken at 3 s, fails at 4, 10 and 16 s, and is skipped.
  @Test func poisonBlocksAndIsSkipped() throws {
    let poison = "{poison-message: {partition: 0, at: 2500ms, attempts: 3, retryAfter: 5s}}"
    try system(poison).run { system in
      let audit = system.auditDeliveries()
      #expect(audit.skipped == 5 && audit.lost == 0 && audit.lostInAll == 5 && audit.exact)
      #expect(system.delivered == 45)
      #expect(system.measurements.pipeline.postsIncomplete == 1)
      #expect(system.lagToLastMost == 22)
      let delays = system.measurements.pipeline.busDelay.exactSum
      #expect(delays == 139_000_000_000)
      #expect(abs(system.faultFigures[0].time - 13.0 / 3600) < 1e-12)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  @Test func poisonMayBeADeadLetter() throws {
    let poison =
      "{poison-message: {partition: 0, at: 2500ms, attempts: 2, retryAfter: 1s, then: deadLetter}}"
    try system(poison).run { system in
      let audit = system.auditDeliveries()
      #expect(audit.deadLettered == 5 && audit.lostInAll == 0 && audit.pending == 0)
      #expect(system.deadLetters.count == 1 && system.delivered == 45)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// What a stall keeps for too long is lost to the retention, and told by that reason.
  @Test func aStallBeyondTheRetentionLoses() throws {
    let stall = "{partition-stalled: {partition: 0, at: 2500ms, for: 1m}}"
    try system(stall, bus: "partitions: 1, retention: 20s").run { system in
      let audit = system.auditDeliveries()
      #expect(audit.expired == 35 && audit.lost == 0 && system.delivered == 15)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }
}
