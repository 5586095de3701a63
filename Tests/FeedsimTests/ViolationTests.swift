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
      let scratch = try Scratch()
      let path = try scratch.write("tiny.yaml", TinyScenario.text())
      let out = scratch.path("a.json")
      let run = try Run.parse([path, "--json", "--out", out])
      var experiment = Experiment(try Scenario(reading: path), threads: 2)
      experiment.laws = { _ in [ViolationTests.broken] }
      do {
        try run.answer(experiment, run.outputs.prepared())
      } catch {
        let names = scratch.names
        // Ending runs no deinit, which would take the folder away.
        try? FileManager.default.removeItem(atPath: scratch.folder)
        guard names == ["tiny.yaml"] else { exit(2) }
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
