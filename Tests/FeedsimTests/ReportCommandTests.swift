import Foundation
import Testing

/// `feedsim report` and `feedsim doctor`, and the page that `run` writes.
@Suite(.serialized) struct ReportCommandTests {
  private static let designs = """
    designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}
    thresholds: [feed.latency.p99 < 1us, delivery.lost == 0]
    """

  /// A document gives every format that the run itself gave.
  @Test(arguments: ["", designs])
  func givesWhatTheRunGave(_ more: String) throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text(more: more))
    let formats = ["json", "csv", "md", "html"]
    func files(_ name: String) -> [String] {
      formats.flatMap { ["--out", scratch.path("\(name).\($0)")] }
    }
    let run = try Command.run(["run", "tiny.yaml"] + files("run"), in: scratch.folder)
    #expect([0, 99].contains(run.status), "\(run.errors)")
    let made = try Command.run(["report", "run.json"] + files("new"), in: scratch.folder)
    #expect(made.status == 0 && made.output.isEmpty && made.errors.isEmpty, "\(made.errors)")
    for format in ["json", "csv"] {
      #expect(scratch.text("new.\(format)") == scratch.text("run.\(format)"), "\(format)")
    }
    let shown = try Command.run(["report", "run.json"], in: scratch.folder)
    #expect(shown.status == 0 && shown.output == run.output)
    // The document knows no file: only the way to reproduce it differs.
    for format in ["md", "html"] {
      let new = scratch.text("new.\(format)").components(separatedBy: "How to reproduce")
      let old = scratch.text("run.\(format)").components(separatedBy: "How to reproduce")
      #expect(new.count == 2 && new[0] == old[0], "\(format)")
      #expect(new[1].contains("feedsim run SCENARIO --seed 7 --replications 2"))
      #expect(old[1].contains("feedsim run tiny.yaml --seed 7 --replications 2"))
    }
  }

  @Test func saysWhatIsWrong() throws {
    let scratch = try Scratch()
    try scratch.write("broken.json", "{\"format_version\": \"1.0\"}")
    try scratch.write("answer.json", "[")
    let cases: [(arguments: [String], status: Int32, words: String)] = [
      (["gone.json"], 66, "cannot read gone.json"),
      (["broken.json"], 65, "broken.json:1:1: is no result document: \"name\" is missing"),
      (["answer.json"], 65, "answer.json:1:1: is no JSON document"),
      (["broken.json", "--out", "x.pdf"], 64, "the extension chooses the format"),
      (["broken.json", "--out", "no/x.html"], 73, "cannot create no/x.html"),
      (["broken.json", "--out", "x.html", "--chart-js", "gone.js"], 66, "cannot read gone.js"),
      (["broken.json", "--out", "x.html", "--chart-js", "answer.json"], 65, "is not Chart.js"),
      ([], 64, "Missing expected argument"),
    ]
    for (arguments, status, words) in cases {
      let result = try Command.run(["report"] + arguments, in: scratch.folder)
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.status)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    #expect(scratch.names.allSatisfy { $0.hasSuffix(".json") || $0.hasPrefix("std") })
  }

  /// An environment's Chart.js goes into the page; one that cannot be used is said at once.
  @Test func takesTheChartJSItIsGiven() throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text())
    try scratch.write("mine.js", "/*! Chart.js v9.8.7 */ var mine;")
    let page = ["run", "tiny.yaml", "--quiet", "--out", "page.html"]
    let path = "PATH=/usr/bin:/bin"
    let mine = try Command.run(
      page, in: scratch.folder, environment: [path, "FEEDSIM_CHART_JS=mine.js"])
    #expect(mine.status == 0, "\(mine.errors)")
    #expect(scratch.text("page.html").contains("/*! Chart.js v9.8.7 */ var mine;"))
    let gone = try Command.run(
      page, in: scratch.folder, environment: [path, "FEEDSIM_CHART_JS=gone.js"])
    #expect(gone.status == 66 && gone.errors.contains("cannot read gone.js"))
  }

  @Test func theDoctorSaysWhatIsThere() throws {
    let here = try Command.run(["doctor"], in: Repository.root)
    #expect(here.status == 0 && here.errors.isEmpty)
    for pattern in [
      "found    feedsim +[0-9.]+\n", "found    GSL +[0-9]+\\.[0-9]+", "found    libarchive +[0-9]",
      "found    Chart.js +[0-9.]+, /", "found    OpenBLAS +[0-9.]+\n",
      "found    Scenarios +[0-9]+ scenarios, [0-9]+ presets, [0-9]+ price sheet",
      "found    memory +[0-9.]+ [MG]B available", "found    cores +[0-9]+\n",
    ] {
      #expect(try here.output.contains(Regex(pattern)), "\(pattern)\n\(here.output)")
    }
    let scratch = try Scratch()
    let bare = try Command.run(["doctor"], in: scratch.folder, environment: ["PATH=/nowhere"])
    #expect(bare.status == 0 && bare.output.contains("missing  Chromium"))
    #expect(bare.output.contains("missing  Scenarios   no folder Scenarios/ here"))
    #expect(bare.output.hasSuffix("\n  apt-get install --no-install-recommends chromium\n"))
    let wrong = try Command.run(
      ["doctor"], in: scratch.folder, environment: ["FEEDSIM_CHART_JS=gone.js"])
    #expect(wrong.status == 0)
    #expect(wrong.output.contains("missing  Chart.js    FEEDSIM_CHART_JS: cannot read gone.js"))
  }
}
