import Foundation
import TestSupport
import Testing

/// `explain`, as a user runs it.
@Suite(.serialized) struct ExplainCommandTests {
  /// The ranking has one server that is mostly busy, and is waited for.
  private static let planted = TinyScenario.text(
    graph: "{kind: uniform, meanFollows: 10}", loadsPerDay: "40k", replications: 6,
    fanOut: "{policy: pull}",
    more: """
      cache: {feed: {size: 100}}
      network: {client: 0ms}
      tiers:
        gateway: {servers: 8}
        feedCache: {servers: 8}
        postStore: {servers: 64, shards: 4}
        ranking: {servers: 1, visit: exponential(mean 5ms), perUnit: 0s}
      prices: aws-us-east-1-2026-08
      """)

  /// A folder with the scenario and the result that a run of it gave.
  private struct Answered {
    let scratch: Scratch
    let result: String

    init(_ more: [String] = [], text: String = ExplainCommandTests.planted) throws {
      scratch = try Scratch()
      try scratch.write("tiny.yaml", text)
      result = scratch.path("answer.json")
      let run = try Command.run(
        ["run", scratch.path("tiny.yaml"), "--quiet", "--out", result] + more,
        in: Repository.root)
      #expect(run.status == 0, "\(run.errors)")
    }

    var scenario: [String] { ["--scenario", scratch.path("tiny.yaml")] }

    func explain(_ more: [String] = []) throws -> Command.Finished {
      try Command.run(["explain", result] + more, in: Repository.root)
    }
  }

  @Test func aResultIsExplainedByRunningItsScenarioAgain() throws {
    let answered = try Answered()
    let comment = answered.scratch.path("why.md")
    let arguments = answered.scenario + ["--json", "--out", comment]
    let command = try answered.explain(arguments + ["--threads", "1"])
    #expect(command.status == 0, "\(command.errors)")
    let schema = try Command.run(["schema", "explanation"]).output
    #expect(try SchemaValidator(schema: schema).problems(in: command.output) == [])
    #expect(RunDocument.unsortedKey(in: command.output) == nil)
    let root = try RunDocument(command.output).root
    #expect(root["helps_most"] as? String == "tiers.ranking.servers")
    let tiers = try #require(root["tiers"] as? [[String: Any]])
    #expect(tiers.first?["tier"] as? String == "ranking")
    let answer = try #require((root["answer"] as? [String])?.first)
    #expect(answer.contains(" waiting at the ranking, "), "\(answer)")
    #expect(answered.scratch.text("why.md").contains("**\(answer)**"))
    // The same bytes for any number of threads, and from the scenario alone.
    let people = try Command.run(
      [
        "explain", answered.scratch.path("tiny.yaml"), "--threads", "2", "--out",
        answered.scratch.path("alone.json"),
      ], in: Repository.root)
    #expect(answered.scratch.text("alone.json") == command.output, "\(people.errors)")
    #expect(people.output.contains("tiers.ranking.servers=2 instead of 1 helps most: p99 falls by"))
  }

  /// A result says what it holds wherever it is read.
  @Test func withoutItsScenarioAResultTellsWhatItHolds() throws {
    let answered = try Answered()
    let found = try answered.explain()
    #expect(found.status == 0 && found.output.contains("p99 of "))
    let words = found.output.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("Nothing was changed and run again: no scenario tiny is found here"))
    #expect(words.contains("--scenario") && !words.contains("one change at a time"))
    let held = try answered.explain(["--without-changes"])
    #expect(held.status == 0 && !held.output.contains("Nothing was changed"))
    #expect(found.output.hasPrefix(held.output.dropLast()))
    // One of that name that asks another question is not it.
    let other = try Answered(text: Self.planted.replacing("name: tiny", with: "name: quickstart"))
    let another = try other.explain()
    #expect(another.status == 0 && another.output.contains("is another than the result is of"))
  }

  /// What was put in then must be put in again, but for the seed and the replications.
  @Test func theScenarioMustBeTheOneOfTheResult() throws {
    let answered = try Answered([
      "--seed", "9", "--replications", "2", "--set", "duration=30s",
    ])
    let scenario = answered.scenario
    let wrong = try answered.explain(scenario)
    #expect(wrong.status == 65 && wrong.output.isEmpty, "\(wrong.output)")
    #expect(wrong.errors.contains("is not the scenario of") && wrong.errors.contains("--set"))
    let right = try answered.explain(scenario + ["--set", "duration=30s", "--json"])
    #expect(right.status == 0, "\(right.errors)")
    let root = try RunDocument(right.output).root
    #expect(root["seed"] as? Double == 9 && root["replications"] as? Double == 2)
    #expect((root["changes"] as? [[String: Any]])?.count == 5)
    // A document of another program has other events.
    let text = answered.scratch.text("answer.json")
    let events = try RunDocument(text).fingerprint
    try answered.scratch.write(
      "answer.json", text.replacing(events, with: "0123456789abcdef"))
    let foreign = try answered.explain(scenario + ["--set", "duration=30s"])
    #expect(foreign.status == 0 && foreign.output.contains("otherwise than the"))
    #expect(!foreign.output.contains("one change at a time"))
  }

  @Test func oneOfSeveralDesignsIsExplained() throws {
    let text = TinyScenario.text(
      more: "designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}")
    let answered = try Answered(text: text)
    let first = try answered.explain()
    #expect(first.output.hasPrefix("tiny  design push, 2 replications"))
    let scenario = answered.scenario
    let second = try answered.explain(scenario + ["--design", "pull", "--json"])
    #expect(second.status == 0, "\(second.errors)")
    let changes = try #require(try RunDocument(second.output).root["changes"] as? [[String: Any]])
    let paths = changes.compactMap { $0["path"] as? String }
    #expect(paths.contains("tiers.postStore.servers"))
    #expect(!paths.contains("tiers.fanOutWorkers.servers"), "nobody pushes")
    let slip = try answered.explain(["--design", "pul"])
    #expect(slip.status == 64 && slip.errors.contains("did you mean \"pull\"?"), "\(slip.errors)")
  }

  @Test func badInputIsOneClearError() throws {
    let answered = try Answered()
    let scenario = answered.scratch.path("tiny.yaml")
    func status(_ arguments: [String]) throws -> Int32 {
      let command = try Command.run(["explain"] + arguments, in: Repository.root)
      #expect(command.output.isEmpty && !command.errors.isEmpty, "\(arguments)")
      return command.status
    }
    #expect(try status(["no-such.json"]) == 66)
    #expect(try status(["no-such-scenario"]) == 66)
    #expect(try status([answered.result, "--scenario", "no-such.yaml"]) == 66)
    #expect(try status([scenario, "--set", "fanOut.polcy=push"]) == 65)
    #expect(try status([answered.scratch.write("half.json", "{")]) == 65)
    #expect(try status([answered.result, "--seed", "3"]) == 64)
    #expect(try status([answered.result, "--without-changes", "--scenario", scenario]) == 64)
    #expect(try status([scenario, "--scenario", scenario]) == 64)
    #expect(try status([scenario, "--step", "0%"]) == 64)
    #expect(try status([scenario, "--step", "4"]) == 64)
    #expect(try status([scenario, "--threads", "0"]) == 64)
    #expect(try status([scenario, "--out", "why.csv"]) == 64)
    #expect(try status([scenario, "--out", "no-such-folder/why.md"]) == 73)
    #expect(try status([]) == 64)
  }
}
