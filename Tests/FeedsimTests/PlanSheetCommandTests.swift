import Foundation
import TestSupport
import Testing

/// `feedsim plan --preset` as a user and a script call it.
@Suite(.serialized) struct PlanSheetCommandTests {
  private func document(_ arguments: [String]) throws -> [String: Any] {
    let result = try Command.run(["plan", "--json", "--preset"] + arguments)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    return try RunDocument(result.output).root
  }

  private func value(_ name: String, _ arguments: [String]) throws -> Double {
    let lines = try #require(try document(arguments)["lines"] as? [[String: Any]])
    let line = try #require(lines.first { $0["name"] as? String == name }, "\(name)")
    return try #require(line["value"] as? Double)
  }

  @Test func bothTotalsOfDocument0() throws {
    #expect(try value("cost.month", ["s0"]) == 2_047_062.5)
    #expect(try value("cost.month", ["s0-as-written"]) == 4_093_062.5)
    let text = try Command.run(["plan", "--preset", "s0"])
    #expect(text.status == 0 && text.output.contains("$4,093,062.50 in the document"))
  }

  @Test func inputsCanBeSet() throws {
    // 300 shards, 5209 servers, 58,593,750 GiB, 300,000 GiB.
    #expect(
      try value("cost.month", ["s0", "--users", "3B"]) == 600_000 + 2_604_500 + 2_929_687.5 + 6000)
    let given = ["s0", "--set", "users=10M", "--set", "shardPrice=1500 USD"]
    #expect(try value("cost.month.database", given) == 1500)
    #expect(try value("servers", given) == 18)
    #expect(try value("users.active", ["s1", "--set", "activeShare=25%"]) == 500e6)
  }

  @Test func elasticitiesOnRequest() throws {
    let fields = try document(["s0", "--sensitivity"])
    let sensitivity = try #require(fields["sensitivity"] as? [String: Any])
    let rows = try #require(sensitivity["elasticities"] as? [[String: Any]])
    let first = try #require(rows.first)
    #expect(first["input"] as? String == "users")
    #expect((first["of"] as? [String: Double])?["cost.month"] == 1)
    #expect(try document(["s0"])["sensitivity"] == nil)
    let schema = try SchemaValidator(schema: try Command.run(["schema", "sheet"]).output)
    let text = try Command.run(["plan", "--preset", "s2", "--sensitivity", "--json"]).output
    #expect(try schema.problems(in: text) == [])
  }

  @Test func filesInEachFormat() throws {
    let scratch = try Scratch()
    let result = try Command.run(
      ["plan", "--preset", "s1", "--quiet"]
        + ["a.json", "a.md", "a.csv"].flatMap { ["--out", $0] }, in: scratch.folder)
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
    #expect(scratch.names == ["a.csv", "a.json", "a.md"])
    let json = try Command.run(["plan", "--preset", "s1", "--json"]).output
    #expect(scratch.text("a.json") == json)
    #expect(scratch.text("a.md").hasPrefix("# s1: "))
    #expect(scratch.text("a.csv").hasPrefix("kind,name,"))
  }

  @Test(arguments: [
    ("--preset s9", 64, "feedsim: --preset: unknown estimate \"s9\""),
    ("--preset s0-as-writen", 64, "did you mean \"s0-as-written\"?"),
    ("--preset s0 --users many", 64, "feedsim: --users: \"many\" is not a number"),
    ("--preset s0 --users 0", 64, "must be from 1"),
    ("--preset s0 --users 5 --set users=6", 64, "give one of the two"),
    ("--preset s0 --set usres=6", 65, "did you mean \"users\"?"),
    ("--preset s0 --set users=-6", 65, "feedsim: --set users: \"-6\" is negative"),
    ("--preset s0 --set cachePrice=2", 65, "needs its currency"),
    ("--preset s0 --set users", 64, "is not path=value"),
    ("--preset s0 --threshold a<1", 64, "--threshold is for a scenario"),
    ("--preset s0 --seed 3", 64, "--seed is for a scenario"),
    ("--preset s0 --out a.yaml", 64, "the extension chooses the format: .json, .md, .csv"),
    ("--preset s0 quickstart", 64, "give either a scenario or --preset NAME"),
    ("", 64, "give either a scenario or --preset NAME"),
  ]) func whatCannotBeIsRefused(_ call: String, _ status: Int32, _ words: String) throws {
    let scratch = try Scratch()
    let result = try Command.run(
      ["plan"] + call.split(separator: " ").map(String.init), in: scratch.folder)
    #expect(result.status == status && result.output.isEmpty, "\(call): \(result.errors)")
    #expect(result.errors.contains(words), "\(call): \(result.errors)")
    #expect(scratch.names.isEmpty)
  }

  @Test func estimatesAreListed() throws {
    let list = try Command.run(["list", "estimates"])
    #expect(list.output.hasPrefix("estimates\n  s0  ") && list.output.contains("\n  s2-as-written"))
  }
}
