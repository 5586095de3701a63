import Foundation
import Testing

/// A warm-up that is to be found, as a user asks for it.
@Suite struct WarmUpCommandTests {
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text(duration: "10m"))
    return scratch
  }

  private func run(_ arguments: [String], _ scratch: Scratch) throws -> Command.Finished {
    try Command.run(arguments, in: scratch.folder)
  }

  private func horizon(_ text: String) throws -> [String: Any] {
    try #require(try RunDocument(text).root["horizon"] as? [String: Any])
  }

  /// The length found is in the document and in words, and gives the same run when written down.
  @Test func isReported() throws {
    let scratch = try folder()
    let found = try run(
      ["run", "tiny.yaml", "--set", "warmUp=auto", "--json", "--out", "auto.md"], scratch)
    #expect(found.status == 0, "\(found.errors)")
    let span = try horizon(found.output)
    #expect(span["warm_up_rule"] as? String == "MSER-5", "\(found.output.suffix(900))")
    let seconds = try #require(span["warm_up_s"] as? Double)
    #expect(seconds >= 60 && seconds <= 600)
    let notes = try RunDocument(found.output).notes
    #expect(notes.contains { $0.hasPrefix("Warm-up: ") && $0.contains("MSER-5") })
    #expect(scratch.text("auto.md").contains("Warm-up: "))
    let given = try run(
      ["run", "tiny.yaml", "--set", "warmUp=\(Int(seconds * 1000))ms", "--json"], scratch)
    #expect(try RunDocument(given.output).fingerprint == RunDocument(found.output).fingerprint)
    #expect(try horizon(given.output)["warm_up_rule"] == nil)
  }

  /// Two that are compared have one warm-up, and so has a run that is checked.
  @Test func isThatOfTheOtherSide() throws {
    let scratch = try folder()
    try scratch.write(
      "auto.yaml",
      TinyScenario.text(duration: "10m").replacing("warmUp: 30s", with: "warmUp: auto"))
    let pull = ["--set", "fanOut.policy=pull"]
    for (base, changed) in [("auto.yaml", "auto.yaml"), ("auto.yaml", "tiny.yaml")] {
      let compared = try run(["compare", base, changed] + pull, scratch)
      #expect(compared.status == 0, "\(compared.errors)")
    }
    let recorded = try run(["run", "auto.yaml", "--quiet", "--out", "main.json"], scratch)
    #expect(recorded.status == 0, "\(recorded.errors)")
    let same = try run(["check", "auto.yaml", "--baseline", "main.json"], scratch)
    #expect(same.status == 0 && same.output.contains("0 figures regressed"), "\(same.errors)")
    let other = try run(["check", "tiny.yaml", "--baseline", "main.json"], scratch)
    #expect(other.status == 65 && other.errors.contains("only results of one horizon"))
  }

  @Test func aWrongWordIsRefused() throws {
    let scratch = try folder()
    let wrong = try run(["run", "tiny.yaml", "--set", "warmUp=automatic"], scratch)
    #expect(wrong.status == 65 && wrong.errors.contains("warmUp"), "\(wrong.errors)")
    #expect(wrong.output.isEmpty)
  }
}
