import Foundation
import Glibc
import Testing

/// The contract of the command line: exit codes, and where output goes.
@Suite(.serialized) struct CommandLineTests {
  @Test func saysItsVersionAtOnce() throws {
    let result = try Command.run(["--version"])
    #expect(result.status == 0)
    #expect(result.output.split(separator: ".").count == 3)
  }

  @Test(arguments: [["--help"], ["help", "trace"], ["trace", "replay", "--help"]])
  func helps(_ arguments: [String]) throws {
    let result = try Command.run(arguments)
    #expect(result.status == 0 && result.output.contains("USAGE: feedsim"))
    #expect(result.errors.isEmpty)
  }

  @Test(arguments: [
    ["bogus"], ["--bogus"], ["validate"], ["list", "bogus"], ["trace", "replay", "x.csv"],
    ["trace", "replay", "x.csv", "--policy", "lru", "--size", ","],
  ])
  func refusesUsage(_ arguments: [String]) throws {
    let result = try Command.run(arguments)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("Usage: feedsim"))
  }

  private static let graph = "graph generate --out a --exponent 2.3 "

  /// The same code for every command, whoever reads the value.
  @Test(arguments: [
    ("trace replay x.csv --size 1 --policy lur", "--policy: unknown \"lur\"; known: "),
    ("trace replay x.csv --policy lru --size 5MX", "--size: \"5MX\": "),
    ("trace replay x.csv --policy lru --size 5 --ttl 0", "--ttl: must be above 0"),
    ("trace replay x.csv --policy lru --size 0", "--size: a cache holds at least 1 object"),
    (graph + "--mean-follows 2 --users ten", "--users: \"ten\" is not a number"),
    (graph + "--mean-follows 2 --users 9 --kind x", "--kind: unknown \"x\"; known: "),
    (graph + "--mean-follows 20 --users 9", "--mean-follows: 20"),
    (graph + "--mean-follows 2 --users 9 --celebrity a", "--celebrity: write NAME"),
    ("queue --arrivals 5 --service constant(1s)", "--arrivals: \"5\" needs a unit"),
    ("run quickstart --seed x", "--seed: \"x\" is not a number"),
  ])
  func refusesAnOptionsValue(_ line: String, _ start: String) throws {
    let arguments = line.split(separator: " ").map(String.init)
    let result = try Command.run(arguments, in: Repository.root)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.hasPrefix("feedsim: \(start)"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  @Test(arguments: [
    ["validate", "no-such.yaml"], ["trace", "stats", "no-such.csv"], ["validate", "."],
    ["trace", "stats", "."],
  ])
  func missesInput(_ arguments: [String]) throws {
    let result = try Command.run(arguments)
    #expect(result.status == 66 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("feedsim: cannot read "), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func noticesAFullDisk() throws {
    for arguments in [["--version"], ["--help"], ["list"]] {
      let result = try Command.run(arguments, output: "/dev/full")
      #expect(result.status == 74, "\(arguments)")
      #expect(result.errors == "feedsim: cannot write standard output: No space left on device\n")
    }
    #expect(try Command.run(["init", "/dev/full"]).status == 74)
  }

  @Test func startsAScenario() throws {
    let scratch = try Scratch()
    let first = try Command.run(["init", "mine.yaml"], in: scratch.folder)
    #expect(first.status == 0 && first.output.isEmpty)
    #expect(scratch.names == ["feedsim.schema.json", "mine.yaml"])
    #expect(try Command.run(["validate", "mine.yaml"], in: scratch.folder).status == 0)
    let text = scratch.text("mine.yaml")
    let again = try Command.run(["init", "mine.yaml"], in: scratch.folder)
    #expect(again.status == 73 && scratch.text("mine.yaml") == text)
    #expect(again.errors == "feedsim: cannot create mine.yaml: File exists\n")
    #expect(try Command.run(["init", "no/such/folder.yaml"], in: scratch.folder).status == 73)
    #expect(scratch.names == ["feedsim.schema.json", "mine.yaml"])
  }

  @Test func findsScenariosByName() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path("Scenarios/presets"), withIntermediateDirectories: true)
    let text = "# Is it fast enough? A long story.\n" + HostileCorpus.scenario()
    try scratch.write("Scenarios/quick-look.yaml", text)
    try scratch.write("Scenarios/presets/small.yaml", HostileCorpus.scenario())
    #expect(try Command.run(["validate", "quick-look"], in: scratch.folder).status == 0)
    let slip = try Command.run(["validate", "quick-loko"], in: scratch.folder)
    #expect(slip.status == 66 && slip.errors.contains("did you mean \"quick-look\"?"))
    let list = try Command.run(["list"], in: scratch.folder)
    #expect(list.output.contains("  quick-look  Is it fast enough?\n"))
    #expect(list.output.contains("  small\n"))
    let presets = try Command.run(["list", "presets"], in: scratch.folder)
    #expect(presets.output == "presets\n  small\n")
    let policies = try Command.run(["list", "fan-out"], in: scratch.folder)
    #expect(policies.output.hasPrefix("fan-out\n") && policies.output.contains("  hybrid"))
  }

  @Test func validatesEachScenario() throws {
    let scratch = try Scratch()
    try scratch.write("good.yaml", HostileCorpus.scenario())
    try scratch.write("bad.yaml", "a: *x\n")
    let result = try Command.run(["validate", "bad.yaml", "good.yaml"], in: scratch.folder)
    #expect(result.status == 65)
    #expect(result.output.hasPrefix("good.yaml: "))
    #expect(
      result.errors == "feedsim: bad.yaml:1:4: a: an alias (*) is not accepted; quote the text\n")
    let set = try Command.run(
      ["validate", "good.yaml", "--set", "seed=[&x 1]"], in: scratch.folder)
    #expect(set.status == 65)
    #expect(set.errors == "feedsim: --set seed: an anchor (&) is not accepted; quote the text\n")
  }

  @Test func endsWithAPipeThatCloses() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c", "{ sleep 0.2; \"$0\" --help; echo $? >&2; } | true", Command.program,
    ]
    let errors = Pipe()
    shell.standardError = errors
    try shell.run()
    shell.waitUntilExit()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(text == "74\n")
  }

  /// A pipe nobody writes to holds the program up until the signal comes.
  @Test func endsWhenInterrupted() throws {
    let scratch = try Scratch()
    #expect(mkfifo(scratch.path("trace.csv"), 0o600) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Command.program)
    process.arguments = ["trace", "stats", scratch.path("trace.csv")]
    try process.run()
    // A signal that comes before the program is ready ends it as signals do.
    sleep(1)
    process.interrupt()
    for _ in 0..<500 where process.isRunning { usleep(10_000) }
    let ended = !process.isRunning
    if !ended { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(ended && process.terminationStatus == 130)
  }
}
