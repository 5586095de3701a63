import Foundation
import Testing

/// A browser of this machine, if there is one.
private enum Browser {
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    return names.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Opens a page from disk and ends.
  ///
  /// - Returns: what it printed, and what it logged: the page's console is part of that.
  static func open(_ page: String, _ arguments: [String]) throws -> (output: String, log: String) {
    let scratch = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path))
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--user-data-dir=\(scratch.path("profile"))", "--enable-logging=stderr",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=3000",
      ] + arguments + ["file://\(page)"]
    for name in ["output", "log"] { try scratch.write(name, "") }
    process.standardOutput = try FileHandle(
      forWritingTo: URL(fileURLWithPath: scratch.path("output")))
    process.standardError = try FileHandle(
      forWritingTo: URL(fileURLWithPath: scratch.path("log")))
    try process.run()
    let end = ContinuousClock.now + .seconds(60)
    while process.isRunning, .now < end { usleep(10_000) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return (scratch.text("output"), scratch.text("log"))
  }
}

@Suite(.serialized, .enabled(if: Browser.path != nil, "no Chromium: apt-get install chromium"))
struct PageTests {
  /// The page of a run of two designs, changed as asked, beside the same as Markdown.
  private func page(_ change: (String) -> String = { $0 }) throws -> Scratch {
    let scratch = try Scratch()
    let more = """
      prices: aws-us-east-1-2026-08
      designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}
      """
    try scratch.write("tiny.yaml", TinyScenario.text(more: more))
    let made = try Command.run(
      ["run", scratch.path("tiny.yaml"), "--quiet"]
        + ["html", "md", "json"].flatMap { ["--out", scratch.path("made.\($0)")] },
      in: Repository.root)
    #expect(made.status == 0, "\(made.errors)")
    try scratch.write("page.html", change(scratch.text("made.html")))
    return scratch
  }

  @Test func opensFromDiskWithoutAWord() throws {
    let scratch = try page()
    let (dom, log) = try Browser.open(scratch.path("page.html"), ["--dump-dom"])
    #expect(!log.contains("CONSOLE"), "\(log)")
    // Each chart is drawn, and its frame shown.
    let frames = dom.matches(of: /<figure( hidden="")?>/)
    #expect(frames.count == 11 && frames.allSatisfy { $0.output.1 == nil })
    #expect(dom.matches(of: /<canvas [^>]*style="display: block;/).count == 11)
    // A value, as the Markdown has it.
    let lines = scratch.text("made.md").split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("| p99 ") })
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    let row = "p99 <span class=\"unit\">\(cells[1])</span></th>"
    let shown = try #require(dom.components(separatedBy: row).dropFirst().first)
    #expect(shown.prefix(200).contains("<td>\(cells[2])</td>"), "\(shown.prefix(200))")
  }

  /// What the browser has drawn is what the document says, second by second.
  @Test func timeLinesAreTheDocuments() throws {
    let scratch = try page { page in
      page.replacing(
        "</body>",
        with: """
          <script>addEventListener("load", function () {
          document.title = "drawn " + JSON.stringify(["time-loads", "time-utilisation-2"].map(
          function (id) { return Chart.getChart(id).data.datasets.map(function (one) {
          return one.data.map(function (pair) { return pair.y; }); }); })); });</script></body>
          """)
    }
    let (dom, log) = try Browser.open(scratch.path("page.html"), ["--dump-dom"])
    #expect(!log.contains("CONSOLE"), "\(log)")
    let title = try #require(dom.firstMatch(of: /<title>drawn (.*)<\/title>/)).output.1
    let drawn = try JSONDecoder().decode([[[Double?]]].self, from: Data(title.utf8))
    let designs = try #require(
      try RunDocument(scratch.text("made.json")).root["designs"] as? [[String: Any]])
    func values(_ design: Int, _ line: String) throws -> [Double?] {
      let series = try #require(designs[design]["series"] as? [String: Any])
      let lines = try #require(series["lines"] as? [String: [String: Any]])
      return try #require(lines[line]?["values"] as? [Any]).map { $0 as? Double }
    }
    #expect(try drawn[0] == [values(0, "feed.arrival_rate"), values(1, "feed.arrival_rate")])
    #expect(drawn[0][0].count == 60 && drawn[0][0].contains { ($0 ?? 0) > 0 })
    let gateway = try values(1, "tier.gateway.utilisation")
    for (one, other) in zip(drawn[1][0], gateway) {
      #expect(abs((one ?? -1) - 100 * (other ?? -2)) < 1e-9)
    }
  }

  /// A sweep's page: what is drawn and every cell of a heat map is in its CSV.
  @Test(arguments: [
    ["--vary", "network.client=10ms..30ms:lin3"],
    ["--vary", "feed.page=5,10", "--vary", "fanOut.policy=push,pull"],
  ])
  func aSweepsPageOpensToo(_ vary: [String]) throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text(more: "prices: aws-us-east-1-2026-08"))
    let made = try Command.run(
      ["sweep", scratch.path("tiny.yaml"), "--out", scratch.path("a")] + vary,
      in: Repository.root)
    #expect(made.status == 0, "\(made.errors)")
    let (dom, log) = try Browser.open(scratch.path("a/sweep.html"), ["--dump-dom"])
    #expect(!log.contains("CONSOLE"), "\(log)")
    let frames = dom.matches(of: /<figure( hidden="")?>/)
    let isLine = vary.count == 2
    #expect(frames.count >= (isLine ? 3 : 2) && frames.allSatisfy { $0.output.1 == nil })
    let heat = dom.matches(of: /<td class="heat/).count
    #expect(isLine ? heat == 0 : heat >= 8 && heat % 4 == 0)
    let rows = scratch.text("a/sweep.csv").split(separator: "\n").map {
      $0.components(separatedBy: ",")
    }
    let column = try #require(rows[0].firstIndex(of: "feed.latency.p99"))
    let table = try #require(
      dom.components(separatedBy: "<caption>feed.latency.p99").dropFirst().first)
    let cells = table.components(separatedBy: "</table>")[0]
      .matches(of: /<td[^>]*>([0-9.,]+) ±/).map { $0.output.1.replacing(",", with: "") }
    let figures = rows.dropFirst().compactMap { Double($0[column]) }
    #expect(cells.count == figures.count)
    for (cell, figure) in zip(cells, figures) {
      // A cell has as many decimals as its half-width allows.
      let decimals = cell.contains(".") ? cell.reversed().prefix { $0 != "." }.count : 0
      let unit = pow(10, -Double(decimals))
      #expect(abs(try #require(Double(cell)) - figure) <= 0.5001 * unit, "\(cell) for \(figure)")
    }
  }

  /// The test above would see a script that fails and a page that asks the network.
  @Test(arguments: [
    ("\"use strict\";\n  const charts", "undefined.planted;\n  const charts"),
    ("<main>", "<main><img src=\"https://example.org/planted.png\" alt=\"\">"),
  ])
  func aFaultIsSeen(_ right: String, _ wrong: String) throws {
    let scratch = try page { $0.replacing(right, with: wrong) }
    let (_, log) = try Browser.open(scratch.path("page.html"), ["--dump-dom"])
    #expect(log.contains("CONSOLE") && log.contains("planted"), "\(log)")
  }

  @Test func canBePictured() throws {
    let scratch = try page()
    _ = try Browser.open(
      scratch.path("page.html"),
      ["--screenshot=\(scratch.path("page.png"))", "--window-size=1000,1600"])
    let picture = FileManager.default.contents(atPath: scratch.path("page.png")) ?? Data()
    #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 20_000)
  }

  /// On a phone nothing is wider than the page: tables scroll in boxes of their own.
  @Test func fitsAPhone() throws {
    let measure = """
      <script>addEventListener("load", function () { document.title =
      "width " + document.documentElement.scrollWidth + " of " +
      document.documentElement.clientWidth; });</script></body>
      """
    let scratch = try page { $0.replacing("</body>", with: measure) }
    let (dom, _) = try Browser.open(
      scratch.path("page.html"), ["--dump-dom", "--window-size=500,900"])
    let title = try #require(dom.firstMatch(of: /<title>width (\d+) of (\d+)<\/title>/))
    #expect(title.output.1 == title.output.2 && Int(title.output.1) ?? 0 <= 500)
  }
}
