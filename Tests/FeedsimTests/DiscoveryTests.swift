import Foundation
import TestSupport
import Testing

/// What a newcomer types first: help, list, init, validate.
@Suite(.serialized) struct DiscoveryTests {
  private func help(_ command: [String]) throws -> [String] {
    let result = try Command.run(command + ["--help"])
    #expect(result.status == 0 && result.errors.isEmpty)
    return result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Every entry of a help text's lists, with the description beside or below it.
  private func entries(_ lines: [String]) -> [(section: String, name: String, text: String)] {
    var entries: [(section: String, name: String, text: String)] = []
    var section = ""
    for line in lines {
      let indent = line.prefix { $0 == " " }.count
      if indent == 0 {
        section = line.hasSuffix(":") ? line : ""
      } else if !section.isEmpty, indent == 2, !line.hasPrefix("  See ") {
        let name = line.dropFirst(2).prefix(24)
        let isLong = line.count > 26 && !line.dropFirst(25).hasPrefix(" ")
        let text = isLong ? "" : line.dropFirst(26)
        entries.append((section, isLong ? line : String(name), String(text)))
      } else if !section.isEmpty, indent >= 26, let last = entries.indices.last {
        entries[last].text += line.dropFirst(26)
      }
    }
    return entries
  }

  @Test func everythingIsDescribed() throws {
    var commands: [[String]] = [[]]
    var seen = 0
    while let command = commands.popLast() {
      let lines = try help(command)
      let overview = lines.first ?? ""
      #expect(overview.hasPrefix("OVERVIEW: ") && overview.count > 20, "\(command)")
      for entry in entries(lines) {
        let letters = entry.text.filter(\.isLetter).count
        #expect(letters > 8, "\(command) \(entry.name): \"\(entry.text)\"")
        seen += 1
        if entry.section.hasSuffix("SUBCOMMANDS:") {
          commands.append(command + [entry.name.trimmingCharacters(in: .whitespaces)])
        }
      }
      #expect(entries(lines).contains { $0.name.contains("--help") }, "\(command)")
    }
    #expect(seen > 80)
  }

  /// The commands whose help says more than a line.
  private static let discussed = [
    ["run"], ["report"], ["queue"], ["sweep"], ["graph", "generate"], ["cache"], ["tune"],
    ["trace", "curve"], ["trace", "stats"], ["cascade", "fit"], ["check"], ["compare"],
    ["explain"], ["lint"], ["plan"], ["plan", "diff"], ["bench"],
  ]

  /// A paragraph is broken where the terminal ends, and not where its source does as well.
  @Test(arguments: discussed) func paragraphsFillTheirLines(_ command: [String]) throws {
    let lines = try help(command).prefix { $0 != "ARGUMENTS:" && !$0.hasPrefix("USAGE:") }
    for (line, next) in zip(lines, lines.dropFirst())
    where ![line, next].contains(where: { $0.isEmpty || $0.hasPrefix(" ") }) {
      let word = next.prefix { $0 != " " }
      #expect(line.count + 1 + word.count >= 80, "\(command): \(line)")
    }
  }

  /// `fleet` is never written, so its options are told without it.
  @Test func planTellsItsOptions() throws {
    let lines = try help(["plan"])
    #expect(lines.contains("USAGE: feedsim plan <scenario> [<option> ...]"))
    let names = entries(lines).map { $0.name.trimmingCharacters(in: .whitespaces) }
    let known = entries(try help(["plan", "fleet"])).map {
      $0.name.trimmingCharacters(in: .whitespaces)
    }
    for name in ["<scenario>", "--users <n>", "--preset <name>", "--threshold <rule>"] {
      #expect(known.contains(name), "\(known)")
    }
    #expect(Set(known).isSubset(of: names), "\(names)")
    #expect(Set(names).count == names.count && names.contains("diff"), "\(names)")
  }

  /// An example that the terminal's width breaks cannot be copied.
  @Test(arguments: discussed) func examplesStayWhole(_ command: [String]) throws {
    let lines = try help(command)
    let examples = lines.indices.filter { lines[$0].hasPrefix("  feedsim ") }
    #expect(!examples.isEmpty)
    for index in examples {
      let next = lines[index + 1]
      let isContinued = lines[index].hasSuffix("\\")
      #expect(next.isEmpty || next.hasPrefix(isContinued ? "    --" : "  feedsim "), "\(next)")
    }
  }

  @Test func suggestsACommand() throws {
    let slip = try Command.run(["rnu", "quickstart"])
    #expect(slip.status == 64 && slip.output.isEmpty)
    #expect(slip.errors.contains("unknown command \"rnu\"; known: run, init, "))
    #expect(slip.errors.contains("did you mean \"run\"?"), "\(slip.errors)")
    #expect(try Command.run(["help", "run"]).status == 0)
  }

  @Test func saysWhereItLooked() throws {
    let scratch = try Scratch()
    let away = try Command.run(["run", "quickstart"], in: scratch.folder)
    #expect(away.status == 66)
    #expect(
      away.errors
        == "feedsim: cannot read quickstart: no such file, and no scenarios in Scenarios/ here\n")
  }

  @Test func findsPresetsByName() throws {
    for name in ["s0", "presets/s0", "Scenarios/presets/s0.yaml"] {
      let result = try Command.run(["validate", name], in: Repository.root)
      #expect(result.output == "Scenarios/presets/s0.yaml: fine\n", "\(result.errors)")
    }
    for name in ["s9", "presets/s9"] {
      let unknown = try Command.run(["run", name], in: Repository.root)
      #expect(unknown.status == 66 && unknown.output.isEmpty)
      #expect(unknown.errors.contains("known: ab-test, "), "\(unknown.errors)")
      #expect(unknown.errors.hasSuffix("s0, s1, s2; did you mean \"s0\"?\n"), "\(unknown.errors)")
    }
  }

  /// A folder of results that has a scenario's name does not hide it.
  @Test func aFolderHidesNoScenario() throws {
    let scratch = try Scratch()
    for folder in ["Scenarios", "tiny"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: true)
    }
    try scratch.write("Scenarios/tiny.yaml", TinyScenario.text())
    let result = try Command.run(["validate", "tiny"], in: scratch.folder)
    #expect(result.output == "Scenarios/tiny.yaml: fine\n", "\(result.errors)")
    #expect(try Command.run(["validate", "Scenarios"], in: scratch.folder).status == 66)
  }

  private static let shipped = Repository.files(in: "Scenarios", ending: ".yaml")
    .map { $0 + ".yaml" }

  @Test func listsAllThereIs() throws {
    let result = try Command.run(["list"], in: Repository.root)
    #expect(result.status == 0 && result.errors.isEmpty)
    var sections: [String: [String]] = [:]
    var section = ""
    for line in result.output.split(separator: "\n") {
      if line.hasPrefix("  ") {
        sections[section, default: []].append(String(line.split(separator: " ")[0]))
      } else {
        section = String(line)
      }
    }
    let policies = ["push", "pull", "hybrid", "per-edge-optimal", "lossy", "adaptive"]
    #expect(sections["fan-out"] == policies)
    #expect(sections["cache"]?.contains("lru") == true)
    #expect(sections["ranking"]?.prefix(2) == ["chronological", "weighted"])
    #expect(sections["arrivals"] == ["800/s", "erlang(k", "recorded(FILE)"])
    #expect(sections["distributions"]?.count == 8)
    #expect(Self.shipped.count > 5)
    for path in Self.shipped {
      let parts = path.dropLast(5).split(separator: "/").map(String.init)
      let folder = parts.count > 1 ? parts[0] : "scenarios"
      #expect(sections[folder]?.contains(parts[parts.count - 1]) == true, "\(path)")
    }
    #expect(!result.output.contains("(seed"), "a scenario's author knows no seed documents")
    // Each has its summary: a scenario the question of its first comment.
    for line in result.output.split(separator: "\n") where line.hasPrefix("  ") {
      #expect(line.split(separator: " ").count > 2, "\(line)")
    }
  }

  @Test(arguments: shipped.filter { !$0.hasPrefix("prices/") })
  func validatesWhatIsShipped(_ path: String) throws {
    let result = try Command.run(["validate", "Scenarios/\(path)"], in: Repository.root)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "Scenarios/\(path): fine\n")
  }

  /// An editor finds the schema beside the scenario, and is content with it.
  @Test func startsAScenarioThatEditorsCheck() throws {
    let scratch = try Scratch()
    let schema = "feedsim.schema.json"
    let first = try Command.run(["init", "my.yaml"], in: scratch.folder)
    #expect(first.status == 0 && scratch.names == [schema, "my.yaml"], "\(first.errors)")
    #expect(scratch.text("my.yaml").contains("\n# yaml-language-server: $schema=\(schema)\n"))
    #expect(try scratch.text(schema) == Command.run(["schema", "scenario"]).output)
    let validator = try SchemaValidator(schema: scratch.text(schema))
    let text = scratch.text("my.yaml")
    #expect(try validator.problems(inTree: EditorTree.read(text)) == [])
    let slip = text.replacing("pushBelow:", with: "pushBleow:")
    #expect(try validator.problems(inTree: EditorTree.read(slip)) != [])
    // One schema serves all scenarios of a folder; another version's is not overwritten.
    #expect(try Command.run(["init", "other.yaml"], in: scratch.folder).status == 0)
    try scratch.write(schema, "{}")
    let third = try Command.run(["init", "third.yaml"], in: scratch.folder)
    #expect(third.status == 73)
    #expect(
      third.errors
        == "feedsim: cannot create \(schema): File exists; feedsim schema scenario > \(schema) "
        + "brings it up to date\n")
    #expect(scratch.names == [schema, "my.yaml", "other.yaml"])
    #expect(scratch.text(schema) == "{}")
  }

  @Test func startsAScenarioThatRuns() throws {
    let scratch = try Scratch()
    #expect(try Command.run(["init"], in: scratch.folder).status == 0)
    #expect(try Command.run(["validate", "scenario.yaml"], in: scratch.folder).status == 0)
    let smaller = [
      "audience.users=2k", "audience.graph.meanFollows=20", "audience.graph.maximum=500",
      "fanOut.pushBelow=100", "fanOut.pullFrom=500",
    ]
    let result = try Command.run(
      ["run", "scenario.yaml", "--replications", "1", "--json"]
        + smaller.flatMap { ["--set", $0] },
      in: scratch.folder)
    #expect([0, 99].contains(result.status), "\(result.errors)")
    let document = try RunDocument(result.output)
    #expect(document.thresholds.count == 2)
    #expect(!document.notes.contains { $0.contains("WARNING") }, "\(document.notes)")
    #expect(try document.value("delivery.lost") == 0)
  }
}
