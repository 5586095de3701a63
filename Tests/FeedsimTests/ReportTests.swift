import Foundation
import Testing

/// The committed answer of every shipped scenario, byte by byte, and README's own output.
/// `FEEDSIM_RECORD=1` writes them anew, to be read before they are committed.
@Suite struct ReportTests {
  /// `quickstart`, `presets/s0`: found in the folder, so that a new one needs an answer.
  private static let scenarios = Repository.files(in: "Scenarios", ending: ".yaml")
    .filter { !$0.hasPrefix("prices/") }

  private static let records = ProcessInfo.processInfo.environment["FEEDSIM_RECORD"] == "1"

  @Test(arguments: scenarios)
  func answersAsRecorded(_ scenario: String) throws {
    let scratch = try Scratch()
    let result = try Command.run(
      [
        "run", "Scenarios/\(scenario).yaml", "--out", scratch.path("new.md"),
        "--out", scratch.path("new.json"),
      ], in: Repository.root, limit: 300)
    #expect([0, 99].contains(result.status) && result.errors.isEmpty, "\(result.errors)")
    try compare(scratch.text("new.md"), "Reports/\(scenario).md")
    try compare(scratch.text("new.json"), "Reports/\(scenario).json")
    let readme = try Readme()
    if readme.shows(scenario) {
      try compare(readme.showing(result.output, of: scenario), "README.md")
    }
  }

  /// Scenarios that say what a plan of theirs has to hold, and those whose size is the question.
  private static let planned = scenarios.filter { name in
    let path = "\(Repository.root)/Scenarios/\(name).yaml"
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return slowPlans.contains(name) || text?.contains("\nplan:") ?? false
  }

  /// Those whose search takes more than 20 s of a processor (four minutes, 40 and 120):
  /// planned where FEEDSIM_THOROUGH is set.
  private static let slowPlans = ["startup-growth", "instagram-scale", "three-billion"]
  private static let isThorough =
    ProcessInfo.processInfo.environment["FEEDSIM_THOROUGH"] != nil

  @Test(arguments: planned.filter { isThorough || !slowPlans.contains($0) })
  func plansAsRecorded(_ scenario: String) throws {
    let scratch = try Scratch()
    let result = try Command.run(
      [
        "plan", "Scenarios/\(scenario).yaml", "--quiet", "--out", scratch.path("new.md"),
        "--out", scratch.path("new.json"),
      ], in: Repository.root, limit: 20_000)
    #expect([0, 99].contains(result.status) && result.errors.isEmpty, "\(result.errors)")
    try compare(scratch.text("new.md"), "Reports/\(scenario).plan.md")
    try compare(scratch.text("new.json"), "Reports/\(scenario).plan.json")
  }

  private func compare(_ text: String, _ path: String) throws {
    let file = URL(fileURLWithPath: "\(Repository.root)/\(path)")
    if Self.records {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    guard text != recorded else { return }
    let difference = Self.firstDifference(text, recorded)
    Issue.record("\(path) is not what a run gives now: \(difference)")
  }

  private static func firstDifference(_ text: String, _ recorded: String) -> String {
    let now = text.split(separator: "\n", omittingEmptySubsequences: false)
    let then = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(now, then).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let index = line ?? min(now.count, then.count)
    func shown(_ lines: [Substring]) -> String {
      index < lines.count ? "\"\(lines[index])\"" : "nothing"
    }
    return "line \(index + 1)\n  recorded: \(shown(then))\n  now:      \(shown(now))"
  }

  @Test func saysWhereTextsDiffer() {
    #expect(Self.firstDifference("a\nb\n", "a\nc\n").hasPrefix("line 2\n  recorded: \"c\""))
    #expect(Self.firstDifference("a\n", "").hasPrefix("line 1\n  recorded: \"\""))
    #expect(Self.firstDifference("a\nb", "a").hasSuffix("nothing\n  now:      \"b\""))
  }

  /// An answer whose scenario is gone answers nothing.
  @Test func answersOnlyWhatIsAsked() {
    #expect(Self.scenarios.count > 6)
    let answers = (Self.scenarios + Self.planned.map { "\($0).plan" }).sorted()
    for format in [".md", ".json"] {
      #expect(Repository.files(in: "Reports", ending: format) == answers)
    }
  }

  /// A tier's servers come, and go again: more changes of direction would be a control loop that
  /// swings. Each replication of each design tells its own.
  @Test func controlLoopsDoNotSwing() throws {
    var tiers = 0
    for scenario in Self.scenarios {
      let path = "\(Repository.root)/Reports/\(scenario).json"
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let designs = document?["designs"] as? [[String: Any]] ?? [document ?? [:]]
      for figures in designs.compactMap({ $0["each_replication"] as? [String: Any] }) {
        for (name, turns) in figures where name.hasPrefix("control.turns.") {
          tiers += 1
          #expect((turns as? [Double])?.allSatisfy { $0 <= 1 } == true, "\(scenario): \(name)")
        }
      }
    }
    #expect(tiers >= 12)
  }

  @Test func readmeNamesEveryScenario() throws {
    let readme = try Readme()
    let rows = readme.lines.filter { $0.hasPrefix("| ") }.joined(separator: "\n")
    for scenario in Self.scenarios {
      #expect(rows.contains("](Scenarios/\(scenario).yaml)"), "\(scenario)")
    }
    #expect(readme.shown.count == 1 && readme.shown.allSatisfy(Self.scenarios.contains))
  }

  @Test func readmeLinksToWhatIsThere() throws {
    let text = try Readme().lines.joined(separator: "\n")
    let links = text.matches(of: /\]\(([^):]+)\)/).map { String($0.output.1) }
    #expect(links.count > 7)
    for link in links {
      #expect(FileManager.default.fileExists(atPath: "\(Repository.root)/\(link)"), "\(link)")
    }
  }
}

/// The README, whose line `<!-- output: feedsim run NAME -->` stands above the run's output in
/// a fenced block.
private struct Readme {
  let lines: [String]

  init() throws {
    let text = try String(contentsOfFile: "\(Repository.root)/README.md", encoding: .utf8)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func mark(_ scenario: String) -> String {
    "<!-- output: feedsim run \(scenario) -->"
  }

  /// The scenarios whose output it shows.
  var shown: [String] {
    lines.compactMap { $0.wholeMatch(of: /<!-- output: feedsim run (\S+) -->/)?.output.1 }
      .map(String.init)
  }

  func shows(_ scenario: String) -> Bool { shown.contains(scenario) }

  /// The whole text, with this output in the block below the scenario's mark.
  func showing(_ output: String, of scenario: String) -> String {
    guard let mark = lines.firstIndex(of: Self.mark(scenario)) else { return "" }
    let fence = "```"
    var rest = lines[(mark + 1)...].drop { $0.isEmpty }
    if rest.first?.hasPrefix(fence) == true {
      rest = rest.dropFirst().drop { $0 != fence }.dropFirst().drop { $0.isEmpty }
    }
    let block =
      ["", "\(fence)text"]
      + output.split(
        separator: "\n", omittingEmptySubsequences: false
      ).map(String.init).dropLast() + [fence, ""]
    return (lines[...mark] + block + rest).joined(separator: "\n")
  }
}
