import Foundation
import TestSupport
import Testing

/// `feedsim tune` as a user calls it.
@Suite(.serialized) struct TuneCommandTests {
  private let scratch: Scratch
  private static let vary = ["--vary", "fanOut.pushBelow=2..200"]
  private static let goal = ["--minimise", "fan_out.write_amplification"]
  private static let few = ["--replications", "3", "--runs", "14"]

  init() throws {
    scratch = try Scratch()
    // Between pushBelow and pullFrom only those who have just been there are written to.
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(
        postsPerDay: "2000",
        fanOut: "{policy: hybrid, pushBelow: 20, pullFrom: 1k, activeWindow: 30s}",
        more: "cache: {feed: {ttl: 10s}}"))
  }

  private func tune(_ arguments: [String], in folder: String? = nil) throws -> Command.Finished {
    try Command.run(["tune", "tiny.yaml"] + arguments, in: folder ?? scratch.folder, limit: 60)
  }

  private func document(_ arguments: [String]) throws -> (root: [String: Any], status: Int32) {
    let result = try tune(arguments + ["--json"])
    #expect(RunDocument.unsortedKey(in: result.output) == nil, "\(result.errors)")
    let schema = try Command.run(["schema", "tune"]).output
    #expect(try SchemaValidator(schema: schema).problems(in: result.output) == [])
    return (try RunDocument(result.output).root, result.status)
  }

  private func settings(_ root: [String: Any]) throws -> [[String: Any]] {
    try #require(root["settings"] as? [[String: Any]])
  }

  /// The less is pushed, the less is written: the best threshold is the lowest.
  @Test func saysThatTheOptimumIsAtTheEdge() throws {
    let result = try tune(Self.vary + Self.goal + Self.few)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("BEST  fanOut.pushBelow 2, 3 or less: "), "\(result.output)")
    #expect(result.output.contains("at the low end of the range"))
    #expect(result.output.contains("Today's fanOut.pushBelow=20 has "))
    #expect(result.output.contains("a regret of "))

    let (root, _) = try document(Self.vary + Self.goal + Self.few)
    #expect(root["format_version"] as? String == "1.0" && root["feasible"] as? Bool == true)
    let setting = try #require(settings(root).first)
    #expect(setting["path"] as? String == "fanOut.pushBelow" && setting["best"] as? String == "2")
    #expect(setting["whole"] as? Bool == true && setting["scale"] as? String == "log")
    #expect(setting["today"] as? String == "20")
    let interval = try #require(setting["interval"] as? [String: Any])
    #expect(interval["open_below"] as? Bool == true && interval["open_above"] as? Bool == false)
    #expect((root["regret"] as? [String: Any])?["value"] as? Double ?? 0 > 0)
    let points = try #require(root["points"] as? [[String: Any]])
    let values = points.compactMap { $0["overrides"] as? [String: String] }
      .compactMap { Double($0["fanOut.pushBelow"] ?? "") }
    #expect(values.count == points.count && values.allSatisfy { $0 == $0.rounded() })
  }

  /// What is said of a point is what `run` says of it.
  @Test func aPointIsARun() throws {
    let (root, _) = try document(Self.vary + Self.goal + ["--replications", "3", "--runs", "12"])
    let best = try #require(root["best"] as? Double)
    let points = try #require(root["points"] as? [[String: Any]])
    let point = points[Int(best) - 1]
    let text = try #require((point["overrides"] as? [String: String])?["fanOut.pushBelow"])
    let run = try Command.run(
      [
        "run", "tiny.yaml", "--set", "fanOut.pushBelow=\(text)", "--replications", "3", "--json",
      ], in: scratch.folder)
    let value = try RunDocument(run.output).value("fan_out.write_amplification")
    #expect((point["objective"] as? [String: Any])?["value"] as? Double == value)
  }

  @Test func anyNumberOfThreadsGivesTheSameBytes() throws {
    let arguments =
      Self.vary + Self.goal + Self.few + ["--json", "--out", "a.md", "--out", "a.csv"]
    let one = try tune(arguments + ["--threads", "1"])
    let files = [scratch.text("a.md"), scratch.text("a.csv")]
    #expect(one.status == 0 && files.allSatisfy { !$0.isEmpty }, "\(one.errors)")
    let two = try tune(arguments + ["--threads", "2"])
    #expect(two.output == one.output && [scratch.text("a.md"), scratch.text("a.csv")] == files)
    let rows = files[1].split(separator: "\n").count
    #expect(rows == 1 + (try points(one.output)))
    #expect(files[0].hasPrefix("# tiny: least fan_out.write_amplification\n"))
  }

  /// Every point of the document is in the page's table, and in the chart of the setting.
  @Test func thePageShowsEveryPoint() throws {
    try scratch.write("mine.js", "/*! Chart.js v9.8.7 */ var mine;")
    let (root, status) = try document(
      Self.vary + Self.goal + Self.few + ["--out", "a.html", "--chart-js", "mine.js"])
    let page = scratch.text("a.html")
    #expect(page.contains("/*! Chart.js v9.8.7 */ var mine;"))
    let points = try #require(root["points"] as? [[String: Any]])
    #expect(status == 0 && page.utf8.count < 1 << 20)
    #expect(page.contains("<strong>BEST</strong> fanOut.pushBelow 2, 3 or less: "))
    #expect(page.contains("<caption>The Pareto front</caption>"))
    let table = try #require(page.components(separatedBy: "<caption>Every point</caption>").last)
    let body = try #require(table.components(separatedBy: "</tbody>").first)
    let rows = body.components(separatedBy: "<tr><th scope=\"row\">").dropFirst()
    #expect(rows.count == points.count)
    for (row, point) in zip(rows, points) {
      let text = try #require((point["overrides"] as? [String: String])?["fanOut.pushBelow"])
      #expect(row.contains("</th><td>\(text)</td>"), "\(row)")
    }
    let data = try #require(
      page.components(separatedBy: "id=\"charts\">").last?.components(separatedBy: "</script>")
        .first)
    let charts = try #require(
      try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [[String: Any]])
    let curve = try #require(charts.first { $0["id"] as? String == "curve-1" })
    let series = try #require(curve["series"] as? [[String: Any]])
    let marks = series.flatMap { $0["positions"] as? [Double] ?? [] }
    let values = points.compactMap { $0["overrides"] as? [String: String] }
      .compactMap { Double($0["fanOut.pushBelow"] ?? "") }
    #expect(marks.count == points.count && Set(marks) == Set(values))
    let today = try #require(series.first { $0["name"] as? String == "today" })
    #expect(today["positions"] as? [Double] == [20])
  }

  private func points(_ json: String) throws -> Int {
    try #require(try RunDocument(json).root["points"] as? [Any]).count
  }

  @Test func whatNoSettingKeepsFails() throws {
    let rules = ["--subject-to", "feed.latency.p99 < 1us"]
    let result = try tune(Self.vary + Self.goal + Self.few + rules)
    #expect(result.status == 99 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("NONE  none of "))
    #expect(result.output.contains("The nearest miss is fanOut.pushBelow="))
    #expect(result.output.contains("breaks feed.latency.p99 < 1us, observed "))
    let quiet = try tune(Self.vary + Self.goal + Self.few + rules + ["--quiet", "--out", "x.json"])
    #expect(quiet.status == 99 && quiet.output.isEmpty)
    let root = try RunDocument(scratch.text("x.json")).root
    #expect(root["feasible"] as? Bool == false && root["best"] is NSNull)
    #expect(root["nearest_miss"] is Double)
    let schema = try SchemaValidator(schema: try Command.run(["schema", "tune"]).output)
    #expect(try schema.problems(in: scratch.text("x.json")) == [])
  }

  /// A limit of 7 entries a post lies inside the range; more push is then less latency at best.
  @Test func aRuleBinds() throws {
    let rules = ["--subject-to", "fan_out.write_amplification < 7"]
    let goal = ["--maximise", "fan_out.write_amplification"]
    let (root, status) = try document(
      Self.vary + goal + rules + ["--replications", "3", "--runs", "30"])
    #expect(status == 0)
    let list = try #require(root["rules"] as? [[String: Any]])
    #expect(list.count == 1 && list[0]["binding"] as? Bool == true)
    #expect(list[0]["passed"] as? Bool == true)
  }

  @Test func whatDoesNotMatterIsLeftAlone() throws {
    let (root, status) = try document(
      ["--vary", "post.mediaBytes=10kB..1MB"] + Self.vary + Self.goal
        + ["--replications", "3", "--runs", "40"])
    #expect(status == 0)
    let settings = try settings(root)
    #expect(settings.map { $0["matters"] as? Bool } == [false, true])
    #expect(settings[0]["best"] is NSNull && settings[1]["best"] as? String == "2")
    let notes = try #require(root["notes"] as? [String])
    #expect(notes[0].hasPrefix("post.mediaBytes was left at today's default: screening found"))
  }

  @Test func mistakesAreNamed() throws {
    let whole = Self.vary + Self.goal
    let cases: [([String], Int32, String)] = [
      (Self.vary, 64, "--minimise METRIC or --maximise METRIC"),
      (whole + ["--maximise", "feed.throughput"], 64, "--minimise METRIC or --maximise METRIC"),
      (Self.goal, 64, "--vary"),
      (Self.vary + ["--minimise", "feed.latncy"], 64, "did you mean \"feed.latency\"?"),
      (Self.vary + ["--minimise", "cost.month"], 64, "cost.month needs prices"),
      (["--vary", "fanOut.policy=push,pull"] + Self.goal, 64, "write a range"),
      (["--vary", "fanOut.pushBelow=2..9:log4"] + Self.goal, 64, "write a range"),
      (["--vary", "fanOut.pushBelow=9..2"] + Self.goal, 64, "goes nowhere"),
      (Self.vary + Self.vary + Self.goal, 64, "fanOut.pushBelow is varied twice"),
      (["--vary", "fanOut.pushBelw=2..9"] + Self.goal, 65, "did you mean \"pushBelow\"?"),
      (whole + ["--set", "fanOut.pushBelw=3"], 65, "did you mean \"pushBelow\"?"),
      (whole + ["--subject-to", "feed.latency.p99 < 5"], 65, "needs a unit"),
      (whole + ["--runs", "5"], 64, "takes from 12"),
      (whole + ["--replications", "1"], 64, "at least two"),
      (whole + ["--threads", "0"], 64, "--threads 0"),
      (whole + ["--out", "a.pdf"], 64, "the extension chooses the format"),
      (whole + ["--out", "no/such/a.md"], 73, "cannot create"),
      (whole + ["--out", "a.html", "--chart-js", "gone.js"], 66, "cannot read gone.js"),
      (whole + ["--set", "designs={a: {fanOut: {policy: push}}, b: {}}"], 65, "2 designs"),
      (whole + ["--set", "replications=1"], 65, "at least two"),
    ]
    for (arguments, status, message) in cases {
      let result = try tune(arguments)
      #expect(result.status == status, "\(arguments): \(result.status) \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let missing = try Command.run(["tune", "no-such"] + whole, in: scratch.folder)
    #expect(missing.status == 66)
    #expect(scratch.names == ["tiny.yaml"])
  }
}
