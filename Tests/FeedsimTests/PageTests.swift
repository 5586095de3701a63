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
        + ["html", "md"].flatMap { ["--out", scratch.path("made.\($0)")] },
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
    #expect(frames.count == 5 && frames.allSatisfy { $0.output.1 == nil })
    #expect(dom.matches(of: /<canvas [^>]*style="display: block;/).count == 5)
    // A value, as the Markdown has it.
    let lines = scratch.text("made.md").split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("| p99 ") })
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    let row = "p99 <span class=\"unit\">\(cells[1])</span></th>"
    let shown = try #require(dom.components(separatedBy: row).dropFirst().first)
    #expect(shown.prefix(200).contains("<td>\(cells[2])</td>"), "\(shown.prefix(200))")
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
