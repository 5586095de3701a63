import FeedSystem
import Foundation
import Testing

@testable import Planning
@testable import feedsim

/// A run that breaks a conservation law is a bug, and its figures are worth nothing.
@Suite struct ViolationTests {
  private static let broken = Check(
    name: "fan-out balance", passed: false, detail: "9 written + 0 pending = 10 due")

  @Test func describesABrokenLaw() {
    let violation = ViolatedLaw(design: "push", replication: 1, check: Self.broken)
    let (code, message) = Ending.describe(violation)
    #expect(code.rawValue == 1)
    #expect(
      message == "feedsim: internal error: design push, replication 2: fan-out balance does not "
        + "hold: 9 written + 0 pending = 10 due; no report is given")
    let queue = Ending.describe(ConservationFailure(what: "flow balance of the queue"))
    #expect(queue.0.rawValue == 1 && queue.1.hasPrefix("feedsim: internal error: flow balance"))
  }

  /// The whole way: a run whose books are short ends the process with 1, one message on stderr,
  /// nothing on stdout and no file.
  @Test func endsWithoutAReport() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1),
      observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let folder = try FileManager.default.url(
        for: .itemReplacementDirectory, in: .userDomainMask,
        appropriateFor: FileManager.default.temporaryDirectory, create: true)
      let path = try ScenarioFolder.find("quickstart")
      let out = folder.appendingPathComponent("a.json").path
      let run = try Run.parse([path, "--json", "--out", out])
      let small = ["audience.users=3k", "duration=60s", "warmUp=30s", "replications=2"]
      var experiment = Experiment(try Scenario(reading: path, overrides: small), threads: 2)
      experiment.laws = { _ in [ViolationTests.broken] }
      do {
        try run.answer(experiment, run.outputs.prepared())
      } catch {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        try? FileManager.default.removeItem(at: folder)
        guard names.isEmpty else { exit(2) }
        Ending.end(with: error)
      }
    }
    let output = try #require(result)
    #expect(!String(decoding: output.standardOutputContent, as: UTF8.self).contains("{"))
    let lines = String(decoding: output.standardErrorContent, as: UTF8.self)
      .split(separator: "\n").filter { $0.hasPrefix("feedsim: ") }
    #expect(
      lines == [
        "feedsim: internal error: replication 1: fan-out balance does not hold: "
          + "9 written + 0 pending = 10 due; no report is given"
      ])
  }
}
