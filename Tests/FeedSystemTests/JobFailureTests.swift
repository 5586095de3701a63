import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Jobs that fail: what they cost, when they are tried again, and that none is ever forgotten.
struct JobFailureTests {
  /// Fails after 0.5, 2 and 4.5 s with a wait of 1 and of 2 s between; mended after 10 s and
  /// replayed after 20, it is delivered after 20.5 s.
  @Test func poisonIsADeadLetterUntilItIsReplayed() throws {
    var system = FanOutSystem()
    system.visit = "constant(500ms)"
    system.workers = 20
    system.pipeline =
      "{failures: {poison: 100%, poisonUntil: 10s, attempts: 3, backOff: 1s, jitter: 0%, "
      + "replayAt: 20s}}"
    try system.run(until: 4.4) { system in
      #expect(system.auditDeliveries().pending == 20 && system.measurements.backlog == 20)
    }
    try system.run(until: 15) { system in
      let audit = system.auditDeliveries()
      #expect(audit.deadLettered == 20 && audit.pending == 0 && audit.lost == 0)
      #expect(system.measurements.backlog == 0 && system.deadLetters.count == 20)
      #expect(system.measurements.pipeline.retries == 40)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
    try system.run { system in
      #expect(system.lagToLastMost == 20.5 && system.delivered == 20)
      #expect(system.measurements.pipeline.entriesDeadLettered == 20)
      #expect(system.measurements.pipeline.entriesReplayed == 20)
      #expect(system.auditDeliveries().deadLettered == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// What is poison stays so: replayed, it fails as often again.
  @Test func poisonThatIsNotMendedComesBack() throws {
    var system = FanOutSystem()
    system.workers = 20
    system.pipeline = "{failures: {poison: 100%, attempts: 2, replayAt: [10m, 20m]}}"
    try system.run { system in
      #expect(system.measurements.pipeline.entriesDeadLettered == 60)
      #expect(system.measurements.pipeline.postsIncomplete == 1 && system.delivered == 0)
      let audit = system.auditDeliveries()
      #expect(audit.deadLettered == 20 && audit.due == 20 && audit.lost == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// With every second attempt failing, an eighth of the jobs fails three times, after ½ + ¼
  /// retries each; within four standard deviations.
  @Test func chanceDeadLettersAsManyAsItShould() throws {
    var system = FanOutSystem()
    system.followers = [20_000]
    system.workers = 100
    system.visit = "constant(1ms)"
    system.pipeline = "{failures: {share: 50%, attempts: 3, backOff: 10ms}}"
    try system.run { system in
      let dead = Double(system.deadLetters.count)
      #expect(abs(dead - 2500) < 4 * 46.8)
      #expect(abs(Double(system.measurements.pipeline.retries) - 15_000) < 4 * 118)
      #expect(system.delivered == 20_000 - system.deadLetters.count)
    }
  }

  /// A failure costs its worker's time: of jobs that fail every second time it takes twice.
  @Test func failuresTakeTime() throws {
    func busy(_ pipeline: String) throws -> Double {
      var system = FanOutSystem()
      system.followers = [10_000]
      system.workers = 10
      system.visit = "constant(10ms)"
      system.pipeline = pipeline
      return try system.run { $0.busyTime(.fanOutWorkers).seconds }
    }
    let failing = try busy("{failures: {share: 50%, attempts: 1000, backOff: 1ms, longest: 1s}}")
    #expect(try busy("{}") == 100)
    #expect(abs(failing - 200) < 8)
  }

  @Test func waitsGrowAndJitterOnlyShortens() throws {
    var parameters = try Parameters(
      SettingsFile.parse("{backOff: 3s, factor: 2, longest: 20s, jitter: 50%}", file: "a.yaml"))
    let backOff = try FailureSettings(&parameters).backOff
    #expect((1...5).map { backOff.wait(after: $0, chance: 0).seconds } == [3, 6, 12, 20, 20])
    #expect(backOff.wait(after: 2, chance: 1).seconds == 3)
    #expect(backOff.wait(after: 1000, chance: 0.5).seconds == 15)
  }
}
