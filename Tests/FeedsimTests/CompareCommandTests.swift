import Foundation
import Testing

/// `compare` and `check`, as a user and a CI server run them.
@Suite struct CompareCommandTests {
  /// A tiny scenario and the result that main has of it.
  private struct Baseline {
    let scratch: Scratch
    let result: String

    init(users: Int = 400, duration: String = "60s") throws {
      scratch = try Scratch()
      let text = TinyScenario.text(
        users: users, duration: duration, replications: 3, fanOut: "{policy: pull}",
        more: "prices: aws-us-east-1-2026-08")
      try scratch.write("tiny.yaml", text)
      result = scratch.path("main.json")
      let run = try Command.run(
        [
          "run", scratch.path("tiny.yaml"), "--quiet", "--out", result, "--out",
          scratch.path("run.xml"),
        ], in: Repository.root)
      #expect(run.status == 0, "\(run.errors)")
    }

    /// A check with those arguments more.
    func check(_ more: [String] = []) throws -> Command.Finished {
      try Command.run(
        ["check", scratch.path("tiny.yaml"), "--baseline", result] + more, in: Repository.root)
    }
  }

  /// A post store that takes 20 % longer for everything.
  private static let slower = [
    "--set", "tiers.postStore.visit=exponential(mean 6ms)", "--set", "tiers.postStore.perUnit=6ms",
  ]

  @Test func aPlantedRegressionFailsAndTheSameRunDoesNot() throws {
    let baseline = try Baseline()
    #expect(try elements(baseline.scratch.text("run.xml"), "testcase") > 3)
    let comment = baseline.scratch.path("comment.md")
    let junit = baseline.scratch.path("junit.xml")
    let same = try baseline.check(["--out", comment, "--out", junit])
    #expect(same.status == 0, "\(same.output)\(same.errors)")
    #expect(same.output.contains("PASS  0 figures regressed, 0 improved"))
    #expect(!baseline.scratch.text("comment.md").contains("| figure"))
    #expect(try elements(baseline.scratch.text("junit.xml"), "failure") == 0)

    let worse = try baseline.check(Self.slower + ["--out", comment, "--out", junit])
    #expect(worse.status == 99, "\(worse.output)\(worse.errors)")
    #expect(worse.output.contains("FAIL  "))
    let table = baseline.scratch.text("comment.md")
    #expect(table.contains("| `feed.latency.posts`") && table.contains("**regressed**"))
    #expect(!table.contains("| no change"))
    let xml = baseline.scratch.text("junit.xml")
    #expect(try elements(xml, "failure") > 0)
    #expect(xml.contains("name=\"feed.latency.posts\""))
    let attribute = "failures=\"\(try elements(xml, "failure"))\""
    #expect(xml.contains("<testsuites name=\"feedsim\" ") && xml.contains(attribute))
  }

  @Test func rulesMayCompareWithTheBaseline() throws {
    let baseline = try Baseline()
    let rules = [
      ("cost.month <= baseline + 5%", 0), ("feed.latency.p99 <= baseline", 0),
      ("feed.latency.p99 < baseline", 99), ("feed.latency < baseline - 1ms", 99),
      ("feed.latency < baseline + 1ms", 0), ("feed.latency < baseline times 2", 65),
      ("fan_out.caught_up < baseline + 5ms", 65),
    ]
    for (rule, status) in rules {
      let check = try baseline.check(["--threshold", rule])
      #expect(check.status == status, "\(rule): \(check.output)\(check.errors)")
    }
    let run = try Command.run(
      ["run", baseline.scratch.path("tiny.yaml"), "--threshold", rules[0].0],
      in: Repository.root)
    #expect(run.status == 65 && run.errors.contains("feedsim check"))
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    let baseline = try Baseline()
    let other = try Baseline(users: 500)
    let path = baseline.scratch.path("tiny.yaml")
    func status(_ arguments: [String]) throws -> Int32 {
      let command = try Command.run(arguments, in: Repository.root)
      #expect(command.status == 0 || !command.errors.isEmpty)
      return command.status
    }
    #expect(try status(["check", path, "--baseline", other.result]) == 65)
    #expect(try status(["compare", baseline.result, other.result]) == 65)
    #expect(try status(["compare", path, path, "--set", "duration=61s"]) == 65)
    #expect(try status(["check", path, "--baseline", "no-such.json"]) == 66)
    #expect(try status(["check", path, "--baseline", path]) == 65)
    let text = baseline.scratch.text("main.json")
    let old = text.replacing("\"format_version\": \"1.0\"", with: "\"format_version\": \"0.9\"")
    let schema = try baseline.scratch.write("old.json", old)
    #expect(text != old)
    #expect(try status(["check", path, "--baseline", schema]) == 65)
    #expect(try status(["check", path, "--baseline", baseline.result, "--tolerance", "5"]) == 64)
    #expect(try status(["compare", path]) == 64)
    #expect(try status(["compare", baseline.result, baseline.result, "--set", "seed=2"]) == 64)
    #expect(try status(["compare", baseline.result, path, "--threads", "0"]) == 64)
  }

  @Test func twoScenariosShareTheirRandomNumbers() throws {
    let baseline = try Baseline()
    let path = baseline.scratch.path("tiny.yaml")
    let arguments = ["compare", path, path] + Self.slower + ["--json"]
    let command = try Command.run(arguments, in: Repository.root)
    #expect(command.status == 0, "\(command.errors)")
    #expect(RunDocument.unsortedKey(in: command.output) == nil)
    let root = try RunDocument(command.output).root
    let designs = try #require(root["designs"] as? [[String: Any]])
    let figures = try #require(designs.first?["figures"] as? [[String: Any]])
    #expect(figures.allSatisfy { $0["paired"] as? Bool == true || $0["unit"] as? String == "USD" })
    let stage = try #require(figures.first { $0["metric"] as? String == "feed.latency.posts" })
    #expect(stage["verdict"] as? String == "regressed")
    // A result made before says the same as the scenario it was made from.
    let again = try Command.run(
      ["compare", baseline.result, path] + Self.slower + ["--json"], in: Repository.root)
    #expect(again.output == command.output)
    let alone = try Command.run(arguments + ["--threads", "1"], in: Repository.root)
    #expect(alone.output == command.output)
  }

  /// How many elements of a name a document has.
  ///
  /// - Throws: where its tags are not balanced.
  private func elements(_ xml: String, _ name: String) throws -> Int {
    var open: [Substring] = []
    var count = 0
    for part in xml.split(separator: "<").dropFirst() {
      let tag = try #require(part.split(separator: ">", maxSplits: 1).first)
      let word = tag.prefix { $0 != " " && $0 != "/" }
      if word == name { count += 1 }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == tag.dropFirst())
      } else if !tag.hasSuffix("/") {
        open.append(word)
      }
    }
    #expect(open.isEmpty && xml.hasPrefix("<?xml "))
    return count
  }
}
