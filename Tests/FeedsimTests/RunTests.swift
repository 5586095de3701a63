import Foundation
import Glibc
import Testing

/// `feedsim run` as a user or a script calls it: exit codes, streams, files, the same bytes.
@Suite(.serialized) struct RunTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text())
  }

  private func run(_ arguments: String...) throws -> Command.Finished {
    try Command.run(["run", "tiny.yaml"] + arguments, in: scratch.folder)
  }

  // MARK: - Thresholds

  @Test func keepsAThreshold() throws {
    let result = try run("--threshold", "feed.latency.p99 < 10s", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let verdict = try #require(try RunDocument(result.output).thresholds.first)
    #expect(verdict["passed"] as? Bool == true)
    #expect(verdict["rule"] as? String == "feed.latency.p99 < 10s")
  }

  @Test func reportsAThresholdThatFails() throws {
    let result = try run("--threshold", "feed.latency.p99 < 1us", "--out", "a.json")
    #expect(result.status == 99 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("FAIL"))
    #expect(result.output.contains("feed.latency.p99 < 1us"))
    let document = try RunDocument(scratch.text("a.json"))
    #expect(document.thresholds.map { $0["passed"] as? Bool } == [false])
    #expect(document.root["passed"] as? Bool == false)
    #expect(document.metrics["feed.latency"] != nil)
  }

  @Test func countsEveryRule() throws {
    let result = try run(
      "--threshold", "delivery.lost == 0", "--threshold", "publish.posts < 0", "--json")
    #expect(result.status == 99)
    let verdicts = try RunDocument(result.output).thresholds.map { $0["passed"] as? Bool }
    #expect(verdicts == [true, false])
  }

  @Test(arguments: [
    ("feed.latncy.p99 < 1s", "did you mean \"feed.latency.p99\"?"),
    ("feed.latency.p99 < 200", "unit"),
    ("feed.latency.p98 < 1s", "p99"),
    ("feed.latency.p99 = 1s", "did you mean \"==\"?"),
    ("cost.month < 1 USD", "needs prices"),
    ("feed.latency.p99 < baseline + 5%", "feedsim check"),
  ])
  func refusesARule(_ rule: String, _ hint: String) throws {
    let result = try run("--threshold", rule, "--out", "a.json")
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("feedsim: --threshold: rule \"\(rule)\": "), "\(result.errors)")
    #expect(result.errors.contains(hint), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(scratch.names == ["tiny.yaml"])
  }

  // MARK: - Wrong calls

  @Test(arguments: [
    ["--bogus"], ["--threads", "0"], ["--threads", "many"], ["--out", "report.txt"],
    ["--out", "report"], ["--seed"], ["another.yaml"],
  ])
  func refusesUsage(_ arguments: [String]) throws {
    let result = try Command.run(["run", "tiny.yaml"] + arguments, in: scratch.folder)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("Usage: feedsim run <scenario>"), "\(result.errors)")
    #expect(scratch.names == ["tiny.yaml"])
  }

  /// An option's value is part of the call, a value put into the scenario part of the scenario.
  @Test(arguments: [
    (["--seed", "x"], 64, "feedsim: --seed: \"x\" is not a number\n"),
    (["--seed=-1"], 64, "feedsim: --seed: "),
    (["--replications", "0"], 64, "feedsim: --replications: must be from 1 to 10000, not 0\n"),
    (["--set", "nothing"], 64, "feedsim: --set: \"nothing\" is not path=value\n"),
    (["--set", "seed=x"], 65, "feedsim: --set seed: \"x\" is not a number\n"),
    (["--set", "fanOut.polcy=push"], 65, "feedsim: --set fanOut.polcy: unknown key \"polcy\"; "),
    (["--set", "duration=60"], 65, "feedsim: --set duration: "),
  ])
  func refusesAValue(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let result = try Command.run(["run", "tiny.yaml"] + arguments, in: scratch.folder)
    #expect(result.status == status && result.output.isEmpty)
    #expect(result.errors.hasPrefix(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: [
    ["run", "no-such.yaml"], ["run", "."],
    ["run", "tiny.yaml", "--set", "traffic.series.file=none.csv"],
    ["run", "tiny.yaml", "--set", "audience.graph={edges: none.txt}"],
    ["run", "tiny.yaml", "--set", "prices=none"],
  ])
  func missesInput(_ arguments: [String]) throws {
    let result = try Command.run(arguments + ["--out", "a.json"], in: scratch.folder)
    #expect(result.status == 66 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("cannot read "), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(scratch.names == ["tiny.yaml"])
  }

  @Test func missesWhatASettingNames() throws {
    let names = [
      ("traffic: {series: {file: none.csv}}", "series.yaml:15:26: traffic.series.file", "none.csv"),
      ("prices: ./none.yaml", "prices.yaml:15:9: prices", "./none.yaml"),
    ]
    for (setting, place, missing) in names {
      let file = String(place.prefix { $0 != ":" })
      try scratch.write(file, TinyScenario.text(more: setting))
      let result = try Command.run(["run", file], in: scratch.folder)
      #expect(result.status == 66 && result.output.isEmpty)
      let reason = "cannot read \(missing): No such file or directory"
      #expect(result.errors == "feedsim: \(place): \(reason)\n")
    }
    try scratch.write("graph.yaml", TinyScenario.text(graph: "{edges: none.txt}"))
    let graph = try Command.run(["run", "graph.yaml"], in: scratch.folder)
    #expect(graph.status == 66)
    #expect(
      graph.errors.hasPrefix("feedsim: graph.yaml:10:18: audience.graph.edges: cannot read none"),
      "\(graph.errors)")
  }

  // MARK: - Streams

  @Test func writesOneDocumentOnStdout() throws {
    let result = try run("--json")
    #expect(result.status == 0 && result.errors.isEmpty)
    let document = try RunDocument(result.output)
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    #expect(document.root["format_version"] as? String == "1.0")
    #expect(document.root["seed"] as? Int == 7)
    #expect(document.root["replications"] as? Int == 2)
    let scenario = try #require(document.root["scenario"] as? [String: Any])
    #expect(scenario["name"] as? String == "tiny")
    #expect((scenario["sha256"] as? String)?.count == 64)
    #expect(document.fingerprint.count == 16)
    #expect(document.checks.count >= 10)
    #expect(document.checks.allSatisfy { $0["passed"] as? Bool == true })
  }

  @Test func findsAnUnsortedKey() {
    #expect(RunDocument.unsortedKey(in: #"{"b": [{"c": "}\""}], "a": 1}"#) == "a")
    #expect(RunDocument.unsortedKey(in: #"{"a": {"c": 1, "b": 2}}"#) == "b")
    #expect(RunDocument.unsortedKey(in: #"{"a": ["z", "y"], "b": {"a": 1}}"#) == nil)
  }

  @Test func summarisesForAPerson() throws {
    let result = try run()
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.hasPrefix("tiny  2 replications, seed 7\n"))
    #expect(result.output.contains("Does a tiny feed keep up?"))
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func isQuiet() throws {
    let result = try run("--quiet", "--out", "a.json", "--threshold", "publish.posts < 0")
    #expect(result.status == 99 && result.output.isEmpty && result.errors.isEmpty)
    #expect(scratch.names == ["a.json", "tiny.yaml"])
  }

  @Test func noticesAFullDisk() throws {
    symlink("/dev/full", scratch.path("link.json"))
    for path in ["/dev/full", "link.json"] {
      let result = try run("--out", path)
      #expect(result.status == 74 && result.output.isEmpty)
      #expect(result.errors == "feedsim: cannot write \(path): No space left on device\n")
    }
    for arguments in [[], ["--json"]] {
      let result = try Command.run(
        ["run", "tiny.yaml"] + arguments, in: scratch.folder, output: "/dev/full")
      #expect(result.status == 74)
      #expect(result.errors == "feedsim: cannot write standard output: No space left on device\n")
    }
  }

  // MARK: - Files

  @Test func replacesFilesWhole() throws {
    try scratch.write("a.json", String(repeating: "old ", count: 100_000))
    try scratch.write("kept.md", "old")
    symlink("kept.md", scratch.path("b.md"))
    let result = try run("--out", "a.json", "--out", "b.md", "--out", "c.csv", "--json")
    #expect(result.status == 0)
    #expect(scratch.names == ["a.json", "b.md", "c.csv", "kept.md", "tiny.yaml"])
    #expect(scratch.text("a.json") == result.output)
    #expect(scratch.text("kept.md").contains("Does a tiny feed keep up?"))
    let rows = scratch.text("c.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.first?.first == "design" && rows.count > 50)
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("b.md"))
    #expect(target == "kept.md", "the link itself was replaced")
  }

  @Test(arguments: ["no/folder/a.json", "folder.json"])
  func cannotCreate(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: scratch.path("folder.json"), withIntermediateDirectories: true)
    let before = scratch.names
    let result = try run("--out", path)
    #expect(result.status == 73 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("feedsim: cannot create \(path): "), "\(result.errors)")
    #expect(result.processorSeconds < 1, "found out only after the run")
    #expect(scratch.names == before)
  }

  /// A file that may not grow beyond a block is a disk that fills up halfway.
  @Test func leavesTheOldFileWhenTheDiskFills() throws {
    try scratch.write("a.json", "old")
    // Whoever started the tests may ignore the signal, and a child would inherit that.
    signal(SIGXFSZ, SIG_DFL)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.currentDirectoryURL = URL(fileURLWithPath: scratch.folder)
    shell.arguments = [
      "-c", "ulimit -f 1; exec \"$0\" run tiny.yaml --quiet --out a.json", Command.program,
    ]
    let errors = Pipe()
    shell.standardError = errors
    try shell.run()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(shell.terminationReason == .exit && shell.terminationStatus == 74)
    #expect(
      String(decoding: text, as: UTF8.self) == "feedsim: cannot write a.json: File too large\n")
    #expect(scratch.names == ["a.json", "tiny.yaml"] && scratch.text("a.json") == "old")
  }

  @Test func endsWhenInterrupted() throws {
    try scratch.write("a.json", "old")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Command.program)
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.folder)
    process.arguments = ["run", "tiny.yaml", "--replications", "10000", "--out", "a.json"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    sleep(1)
    process.interrupt()
    for _ in 0..<500 where process.isRunning { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    #expect(scratch.names == ["a.json", "tiny.yaml"] && scratch.text("a.json") == "old")
  }

  // MARK: - The same bytes

  @Test func repeatsItself() throws {
    let formats = ["json", "md", "csv"]
    func texts(_ name: String, _ more: String...) throws -> [String] {
      let files = formats.map { "\(name).\($0)" }
      let result = try Command.run(
        ["run", "tiny.yaml", "--quiet"] + files.flatMap { ["--out", $0] } + more,
        in: scratch.folder)
      #expect(result.status == 0, "\(result.errors)")
      return files.map { scratch.text($0) }
    }
    let first = try texts("first")
    #expect(first.allSatisfy { $0.count > 500 })
    #expect(try texts("again") == first)
    #expect(try texts("one", "--threads", "1") == first)
    #expect(try texts("two", "--threads", "2") == first)
    let other = try texts("other", "--seed", "8")
    for (format, (mine, others)) in zip(formats, zip(first, other)) {
      #expect(mine != others, "the seed does not change the .\(format)")
    }
    let prints = try [first[0], other[0]].map { try RunDocument($0).fingerprint }
    #expect(prints[0] != prints[1])
  }

  /// The line under "How to reproduce", given to a shell, gives the same document.
  @Test func aReportSaysHowToReproduceIt() throws {
    let rule = "feed.latency.p99 < 10s"
    let asked = [
      "--set", "audience.users=300", "--set", "thresholds=[\"delivery.lost == 0\"]",
      "--set", "name='it''s'", "--threshold", rule, "--seed", "9",
    ]
    let first = try Command.run(
      ["run", "tiny.yaml", "--quiet", "--out", "first.md"] + asked, in: scratch.folder)
    #expect(first.status == 0, "\(first.errors)")
    let report = scratch.text("first.md")
    #expect(report.hasPrefix("# it's\n") && report.contains(rule))
    let line = try #require(
      report.split(separator: "\n").first { $0.hasPrefix("    feedsim run ") })
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.currentDirectoryURL = URL(fileURLWithPath: scratch.folder)
    shell.arguments = [
      "-c", "feedsim() { \"$0\" \"$@\"; }\n\(line) --quiet --out again.md", Command.program,
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    #expect(scratch.text("again.md") == report)
  }

  @Test func takesTheSeedFromWhoeverNamesItLast() throws {
    let set = try run("--set", "seed=9", "--json")
    let option = try run("--seed", "9", "--json")
    #expect(set.status == 0 && set.output == option.output)
    #expect(try RunDocument(set.output).root["seed"] as? Int == 9)
  }
}
