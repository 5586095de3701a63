import Foundation
import TestSupport
import Testing

/// `feedsim sweep` as a user calls it: the same bytes however it was run, and nothing lost.
@Suite(.serialized) struct SweepCommandTests {
  private let scratch: Scratch
  private static let points = [
    "--vary", "fanOut.policy=push,pull", "--vary", "audience.users=300..400:lin2",
  ]
  private static let all =
    points + ["--replications", "4", "--threshold", "feed.latency.p99 < 90ms"]

  init() throws {
    scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text())
  }

  private func sweep(_ arguments: [String], environment: [String] = []) throws
    -> Command.Finished
  {
    try Command.run(
      ["sweep", "tiny.yaml"] + arguments, in: scratch.folder,
      environment: ["PATH=/usr/bin:/bin"] + environment)
  }

  /// Every file of a folder by its path.
  private func files(_ folder: String) throws -> [String: Data] {
    let root = scratch.path(folder)
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        (try? Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))).map { (name, $0) }
      })
  }

  /// The files of the whole sweep, run in one process.
  private func whole() throws -> [String: Data] {
    let result = try sweep(Self.all + ["--out", "whole", "--threads", "1"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let files = try files("whole")
    #expect(files.count == 7, "\(files.keys)")
    for format in ["csv", "html", "json"] { #expect(files["sweep.\(format)"] != nil) }
    return files
  }

  private func inode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path(path))
    return try #require(attributes[.systemFileNumber] as? Int)
  }

  // MARK: - The same bytes

  @Test func anyNumberOfThreadsGivesTheSameBytes() throws {
    let expected = try whole()
    for threads in ["2", "8"] {
      let result = try sweep(Self.all + ["--out", threads, "--threads", threads])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try files(threads) == expected)
    }
  }

  /// A point's file is what `run` says of the same scenario.
  @Test func aPointIsARun() throws {
    let files = try whole()
    let plan = try sweep(Self.all + ["--plan", "--json"])
    let points = try #require(try RunDocument(plan.output).root["points"] as? [[String: Any]])
    #expect(points.count == 4 && points.compactMap { $0["index"] as? Int } == [1, 2, 3, 4])
    let hash = try #require(points[2]["sha256"] as? String)
    #expect(
      points[2]["overrides"] as? [String: String] == [
        "fanOut.policy": "pull", "audience.users": "300",
      ])
    let run = try Command.run(
      [
        "run", "tiny.yaml", "--set", "fanOut.policy=pull", "--set", "audience.users=300",
        "--replications", "4", "--threshold", "feed.latency.p99 < 90ms", "--json",
      ], in: scratch.folder)
    #expect(files["points/\(hash).json"] == Data(run.output.utf8))
  }

  @Test func shardsMakeTheWhole() throws {
    let expected = try whole()
    let shards = [
      (["--shard", "2/3"], []),
      (["--shard", "auto"], ["SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_COUNT=3"]),
      (["--shard", "auto/3"], ["JOB_COMPLETION_INDEX=2"]),
    ]
    for (index, (shard, environment)) in shards.enumerated() {
      let result = try sweep(Self.all + ["--out", "parts"] + shard, environment: environment)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let gathered = try sweep(Self.all + ["--out", "parts", "--gather"])
      #expect(gathered.status == (index < 2 ? 65 : 0))
      #expect(gathered.errors.contains("missing: ") == (index < 2), "\(gathered.errors)")
      if index == 0 {
        #expect(gathered.errors.contains("3 of 4 points are missing: 1, 3, 4\n"))
      }
    }
    #expect(try files("parts") == expected)
    let table = try sweep(Self.all + ["--out", "whole", "--gather"])
    #expect(try sweep(Self.all + ["--out", "parts", "--gather"]).output == table.output)
  }

  /// Twenty moments drawn from as long as the sweep takes here, always the same shares of it.
  @Test func resumesAfterEveryKill() throws {
    let expected = try whole()
    var length = try sweep(Self.all + ["--out", "timed", "--threads", "2"]).seconds
    var state: UInt64 = 20
    var killed = 0
    for index in 0..<20 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let moment = length * Double(state >> 11) / 0x1p53
      let folder = "killed-\(index)"
      let first = try Command.run(
        ["sweep", "tiny.yaml", "--threads", "2", "--out", folder] + Self.all, in: scratch.folder,
        limit: moment)
      // One that came to its end tells how long the machine takes when it is less busy.
      if first.status == -9 { killed += 1 } else { length = min(length, first.seconds) }
      let second = try sweep(Self.all + ["--out", folder, "--resume"])
      #expect(second.status == 0, "\(second.errors)")
      #expect(try files(folder) == expected, "after \(moment) s")
    }
    #expect(killed > 5)
  }

  @Test func resumeRunsOnlyWhatIsMissing() throws {
    let expected = try whole()
    let points = expected.keys.filter { $0.hasPrefix("points/") }.sorted()
    let damaged = try scratch.write("whole/\(points[0])", "{\"format_version\": \"1.0\",")
    // Another point's result under this point's name, and what a killed run leaves behind.
    let foreign = try #require(expected[points[2]])
    try foreign.write(to: URL(fileURLWithPath: scratch.path("whole/\(points[1])")))
    try scratch.write("whole/\(points[1]).123.tmp", "{")
    try scratch.write("whole/sweep.csv.123.tmp", "point")
    let kept = try points[2...].map { try inode("whole/\($0)") }
    #expect(FileManager.default.fileExists(atPath: damaged))
    let result = try sweep(Self.all + ["--out", "whole", "--resume"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try files("whole") == expected)
    #expect(try points[2...].map { try inode("whole/\($0)") } == kept)
  }

  /// The files that a scenario names decide its result as much as its own text does.
  @Test(arguments: ["edges", "series", "prices", "preset"])
  func aChangedFileIsRunAnew(_ kind: String) throws {
    let edges = (1..<60).map { "\($0) \($0 / 2)\n\($0) \($0 / 3)\n" }.joined()
    let series = "time,count\n0,1\n30,2\n90,3\n"
    let items = "  c5.2xlarge: {price: 0.34, per: hour, source: a list, date: 2026-08}\n"
    let sheet = "name: s\ncurrency: USD\nregion: r\ndate: 2026-08\nitems:\n\(items)"
    try scratch.write("follows.txt", edges)
    try scratch.write("volume.csv", series)
    try scratch.write("sheet.yaml", sheet)
    let preset = TinyScenario.text(
      users: 60, graph: "{edges: follows.txt}",
      more: "traffic: {series: {file: volume.csv}}\nprices: ./sheet.yaml")
    try scratch.write("preset.yaml", preset)
    try scratch.write("named.yaml", "extends: preset.yaml\n")
    let command = ["sweep", "named.yaml", "--vary", "seed=1,2", "--out", "a"]
    func points() throws -> [String: Data] {
      try files("a").filter { $0.key.hasPrefix("points/") }
    }
    let first = try Command.run(command, in: scratch.folder)
    #expect(first.status == 0, "\(first.errors)")
    let before = try points()
    #expect(before.count == 2)
    #expect(try Command.run(command + ["--resume"], in: scratch.folder).status == 0)
    #expect(try points() == before)

    switch kind {
    case "edges": try scratch.write("follows.txt", edges + "7 50\n")
    case "series": try scratch.write("volume.csv", series.replacing("30,2", with: "30,9"))
    case "prices": try scratch.write("sheet.yaml", sheet.replacing("0.34", with: "0.35"))
    default: try scratch.write("preset.yaml", preset.replacing("n: 60s", with: "n: 61s"))
    }
    let gathered = try Command.run(command + ["--gather"], in: scratch.folder)
    #expect(gathered.status == 65 && gathered.errors.contains("2 of 2 points are missing"))
    let second = try Command.run(command + ["--resume"], in: scratch.folder)
    #expect(second.status == 0, "\(second.errors)")
    let after = try points()
    #expect(after.count == 4 && before.allSatisfy { after[$0.key] == $0.value })
    #expect(second.output != first.output || !["edges", "series"].contains(kind))
    // As a run of the changed files says it.
    let run = try Command.run(["run", "named.yaml", "--seed", "1", "--json"], in: scratch.folder)
    #expect(after.values.contains(Data(run.output.utf8)))
  }

  // MARK: - What goes wrong

  @Test func refusesAFolderWithPoints() throws {
    let expected = try whole()
    for more in [[], ["--shard", "1/2"]] {
      let again = try sweep(Self.all + ["--out", "whole"] + more)
      #expect(again.status == 73 && again.output.isEmpty)
      #expect(
        again.errors
          == "feedsim: cannot create whole/points: File exists; --resume runs only what is "
          + "missing there\n")
    }
    #expect(try files("whole") == expected)
    // Other points beside them are another sweep, or another shard of this one.
    let other = ["--vary", "seed=1,2", "--out", "whole"]
    #expect(try sweep(other).status == 73)
    #expect(try sweep(other + ["--shard", "1/2"]).status == 0)
  }

  @Test func aPointThatFailsIsARow() throws {
    let graph = "{kind: powerLaw, meanFollows: 10, exponent: 2.3}"
    let vary = [
      "--vary", "audience.graph=\(graph),{edges: none.txt},{kind: pwoerLaw}", "--out", "a",
    ]
    let result = try sweep(vary)
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("feedsim: 2 of 3 points failed; the first: "))
    let rows = scratch.text("a/sweep.csv").split(separator: "\n")
    #expect(rows.count == 4)
    #expect(rows[2].contains("cannot read none.txt"), "\(rows[2])")
    #expect(rows[3].contains("did you mean \"\"powerLaw\"\"?"), "\(rows[3])")
    // Whoever gathers knows the failed from the missing.
    let before = try files("a")
    let gathered = try sweep(vary + ["--gather"])
    #expect(gathered.status == 0 && gathered.output == result.output)
    #expect(try files("a") == before)
    // Once the cause is gone, the point can be had.
    try scratch.write("none.txt", "1 2\n2 3\n3 1\n")
    let resumed = try sweep(vary + ["--resume"])
    #expect(resumed.errors.hasPrefix("feedsim: 1 of 3 points failed"), "\(resumed.errors)")
    #expect(try files("a").keys.contains { $0.hasSuffix(".error.json") } == false)
  }

  @Test func allPointsFailing() throws {
    let result = try sweep(["--vary", "audience.graph={edges: a.txt},{edges: b.txt}", "--out", "a"])
    #expect(result.status == 65)
    #expect(result.errors.hasPrefix("feedsim: 2 of 2 points failed; the first: "))
    #expect(scratch.text("a/sweep.csv").split(separator: "\n").count == 3)
  }

  @Test(arguments: [
    (["--vary", "fanOut.polcy=push,pull"], 65, "--vary fanOut.polcy: unknown key \"polcy\"; "),
    (["--vary", "fanOut.policy"], 64, "--vary: \"fanOut.policy\" is not path=values"),
    (["--vary", "seed=1..9:ln3"], 64, "--vary: seed: unknown spacing \"ln\""),
    (["--vary", "seed=1", "--sample", "lsh:3"], 64, "--sample: unknown \"lsh\""),
    (["--vary", "seed=1", "--shard", "4/3"], 64, "--shard: "),
    (["--vary", "seed=1", "--shard", "auto"], 64, "--shard: auto: none of SLURM"),
    (["--vary", "seed=1", "--threshold", "x < 1"], 65, "--threshold: rule \"x < 1\": "),
    (["--vary", "users=1", "--gather"], 65, "--vary users: unknown key"),
    (["--vary", "designs.a.seed=1"], 65, "--vary designs.a.seed: there is no design \"a\""),
    (
      ["--set", "designs={push: {}, pull: {}}", "--vary", "designs.pul.fanOut.policy=push,pull"],
      65,
      "--vary designs.pul.fanOut.policy: there is no design \"pul\"; known: push, pull; did you"
    ),
    (["--vary", "seed=1", "--gather"], 66, "cannot read a/points: No such file"),
    (["--vary", "seed=1", "--out", "no/a"], 73, "cannot create no/a: No such file"),
  ])
  func refuses(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let result = try sweep(["--out", "a"] + arguments)
    #expect(result.status == status && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.hasPrefix("feedsim: \(message)"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(scratch.names == ["tiny.yaml"])
  }

  @Test(arguments: [
    ["--out", "a"], ["--vary", "seed=1"], ["--vary", "seed=1", "--plan", "--gather"],
    ["--vary", "seed=1", "--out", "a", "--gather", "--shard", "1/2"],
    ["--vary", "seed=1", "--out", "a", "--threads", "0"],
  ])
  func refusesUsage(_ arguments: [String]) throws {
    let result = try sweep(arguments)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains("Usage: feedsim sweep"), "\(result.errors)")
    #expect(scratch.names == ["tiny.yaml"])
  }

  // MARK: - What it says

  @Test func writesATidyTable() throws {
    _ = try whole()
    let lines = scratch.text("whole/sweep.csv").split(
      separator: "\n", omittingEmptySubsequences: false)
    let rows = lines.dropLast().map { $0.components(separatedBy: ",") }
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == rows[0].count })
    #expect(rows[0][..<5] == ["point", "fanOut.policy", "audience.users", "design", "error"])
    #expect(rows[0].last == "feed.latency.p99 < 90ms")
    #expect(rows[0].contains("feed.latency.p99") && rows[0].contains("feed.latency.p99.half_width"))
    #expect(rows[1][..<5] == ["1", "push", "300", "", ""])
    #expect(rows.dropFirst().allSatisfy { ["true", "false"].contains($0.last) })
    let column = try #require(rows[0].firstIndex(of: "fan_out.write_amplification.mean"))
    #expect(rows[3][column] == "0" && rows[1][column] != "0")
  }

  /// `feedsim report` makes the page, the table and the document from the folder alone.
  @Test func aFolderIsReportedAgain() throws {
    let files = try whole()
    let formats = ["csv", "html", "json"]
    let outputs = formats.flatMap { ["--out", "new.\($0)"] }
    for folder in ["whole", "whole/sweep.json"] {
      let made = try Command.run(["report", folder] + outputs, in: scratch.folder)
      #expect(made.status == 0 && made.output.isEmpty && made.errors.isEmpty, "\(made.errors)")
      for format in formats {
        #expect(Data(scratch.text("new.\(format)").utf8) == files["sweep.\(format)"], "\(format)")
      }
    }
    let shown = try Command.run(["report", "whole"], in: scratch.folder)
    #expect(try shown.output == sweep(Self.all + ["--out", "whole", "--gather"]).output)
    let cases: [([String], Int32, String)] = [
      (["whole/points"], 66, "cannot read whole/points/sweep.json"),
      (["whole", "--out", "new.md"], 64, "the extension chooses the format: .html, .csv, .json"),
      (["whole", "--out", "new.html", "--chart-js", "none.js"], 66, "cannot read none.js"),
    ]
    for (arguments, status, words) in cases {
      let refused = try Command.run(["report"] + arguments, in: scratch.folder)
      #expect(refused.status == status && refused.output.isEmpty)
      #expect(refused.errors.contains(words), "\(refused.errors)")
    }
    try scratch.write("sweep.json", "{\"format_version\": \"1.0\"}")
    let broken = try Command.run(["report", "sweep.json"], in: scratch.folder)
    #expect(broken.status == 65)
    #expect(broken.errors.contains("sweep.json:1:1: is no sweep's document: \"feedsim_version\""))
  }

  /// A Chart.js that is named goes into the page; one that cannot be read is said at once.
  @Test func takesTheChartJSItIsGiven() throws {
    try scratch.write("mine.js", "/*! Chart.js v9.8.7 */ var mine;")
    let once = Self.points + ["--out", "a", "--chart-js"]
    let gone = try sweep(once + ["gone.js"])
    #expect(gone.status == 66 && gone.errors.contains("cannot read gone.js"))
    #expect(!scratch.names.contains("a"))
    let mine = try sweep(once + ["mine.js"])
    #expect(mine.status == 0, "\(mine.errors)")
    #expect(scratch.text("a/sweep.html").contains("/*! Chart.js v9.8.7 */ var mine;"))
  }

  @Test func aDesignIsARow() throws {
    let designs = "designs: {a: {fanOut: {policy: push}}, b: {fanOut: {policy: pull}}}"
    try scratch.write("two.yaml", TinyScenario.text(more: designs))
    let result = try Command.run(
      ["sweep", "two.yaml", "--vary", "seed=1,2", "--out", "two"], in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    let rows = scratch.text("two/sweep.csv").split(separator: "\n").dropFirst()
    #expect(
      rows.map {
        $0.split(separator: ",", omittingEmptySubsequences: false)[..<3].joined(separator: " ")
      }
        == ["1 1 a", "1 1 b", "2 2 a", "2 2 b"])
  }

  @Test func drawsSamples() throws {
    let vary = ["--vary", "audience.users=100..300", "--vary", "fanOut.policy=push,pull"]
    func values(_ sample: String) throws -> [[String: String]] {
      let plan = try sweep(vary + ["--sample", sample, "--plan", "--json"])
      #expect(plan.status == 0, "\(plan.errors)")
      let points = try RunDocument(plan.output).root["points"] as? [[String: Any]] ?? []
      return points.compactMap { $0["overrides"] as? [String: String] }
    }
    #expect(
      try values("sobol:3") == [
        ["audience.users": "200", "fanOut.policy": "pull"],
        ["audience.users": "250", "fanOut.policy": "push"],
        ["audience.users": "150", "fanOut.policy": "pull"],
      ])
    let drawn = try values("lhs:4")
    #expect(
      Set(drawn.compactMap { Int($0["audience.users"] ?? "").map { ($0 - 100) / 50 } })
        == [0, 1, 2, 3])
    #expect(drawn.filter { $0["fanOut.policy"] == "push" }.count == 2)
    #expect(scratch.names == ["tiny.yaml"])
  }

  @Test func printsOneDocument() throws {
    let result = try sweep(Self.all + ["--out", "a", "--json"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    let root = try RunDocument(result.output).root
    #expect(result.output == scratch.text("a/sweep.json"))
    let schema = try SchemaValidator(schema: try Command.run(["schema", "sweep"]).output)
    let plan = try sweep(Self.all + ["--vary", "replications=1,0", "--plan", "--json"])
    for text in [result.output, plan.output] { #expect(try schema.problems(in: text) == []) }
    #expect(plan.output.contains("\"error\": "), "a point that is no scenario")
    let points = try #require(root["points"] as? [[String: Any]])
    let designs = try #require(points[0]["designs"] as? [[String: Any]])
    let metrics = try #require(designs[0]["metrics"] as? [String: [String: Any]])
    #expect(points.count == 4 && metrics["feed.latency"]?["unit"] as? String == "ms")
  }
}
