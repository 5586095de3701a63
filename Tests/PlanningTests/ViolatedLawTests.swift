import Foundation
import Settings
import Testing

@testable import FeedSystem
@testable import Planning

/// An experiment gives no result when any replication of any design breaks a law.
@Suite struct ViolatedLawTests {
  private static let scenario = """
    # Does it balance?
    feedsim: 1
    seed: 3
    duration: 30s
    warmUp: 10s
    replications: 3
    audience:
      users: 200
      graph: {kind: uniform, meanFollows: 5}
      activity: {postsPerDay: 200, loadsPerDay: 200}
    timelines: {lifetime: 1h}
    designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}

    """

  private func experiment() throws -> Experiment {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml").path
    try Self.scenario.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return Experiment(try Scenario(reading: path), threads: 2)
  }

  @Test func lawsHoldUntouched() throws {
    let result = try experiment().run(version: "0")
    #expect(result.designs.map(\.name) == ["push", "pull"])
    #expect(result.designs.allSatisfy { $0.checks.allSatisfy(\.passed) })
  }

  /// One entry too many on the books, and the law that counts them sees it.
  @Test func anEntryTooManyIsSeen() throws {
    var experiment = try experiment()
    experiment.laws = { system in
      system.measurements.entriesWritten += 1
      return system.checkConservation()
    }
    let error = #expect(throws: ViolatedLaw.self) { try experiment.run(version: "0") }
    let violation = try #require(error)
    #expect(violation.design == "push" && violation.replication == 0)
    #expect(violation.check.name == "fan-out balance")
    #expect("\(violation)".hasPrefix("design push, replication 1: fan-out balance does not hold: "))
  }

  @Test func aPostTooManyIsSeen() throws {
    var experiment = try experiment()
    experiment.laws = { system in
      system.measurements.postsOpened += 1
      return system.checkConservation()
    }
    let error = #expect(throws: ViolatedLaw.self) { try experiment.run(version: "0") }
    #expect(error?.check.name == "flow balance: posts")
  }

  /// A law broken by one design alone, in whichever replication, ends the experiment.
  @Test func oneDesignIsEnough() throws {
    var experiment = try experiment()
    experiment.laws = { system in
      let pulls = system.measurements.entriesWritten == 0
      return [Check(name: "planted", passed: !pulls, detail: "1 = 2")]
    }
    let error = #expect(throws: ViolatedLaw.self) { try experiment.run(version: "0") }
    #expect(error?.design == "pull" && error?.check.name == "planted")
  }
}
