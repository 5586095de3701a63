import ArgumentParser
import CArchive
import CGSL
import FeedSystem
import Foundation
import Planning
import Reporting

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what feedsim finds on this machine, and how to get what it does not.",
    discussion: """
      What is missing is optional: it is said, and the exit code is 0. A feedsim without GSL \
      or libarchive would not start.
      """)

  /// One thing looked for.
  private struct Finding {
    var name: String
    var found: String?
    /// What is lost without it.
    var use = ""
    /// Debian's package; nil where there is none to install.
    var package: String?
  }

  func run() throws {
    let findings = [
      Finding(name: "feedsim", found: Feedsim.version),
      Finding(name: "GSL", found: String(cString: gsl_running_version())),
      Finding(name: "libarchive", found: Self.archive),
      Self.charts,
      Finding(
        name: "OpenBLAS", found: Blas.version,
        use: "networks rank several times slower, and no result changes",
        package: "libopenblas0-serial"),
      Finding(
        name: "Chromium", found: Self.browser,
        use: "only for feedsim's own tests, which open a page in it", package: "chromium"),
      Finding(
        name: "Scenarios", found: Self.scenarios,
        use: "no folder Scenarios/ here: scenarios are found by path, not by name"),
      Finding(
        name: "memory", found: MachineMemory.available.map { "\(NumberText.bytes($0)) available" },
        use: "not told by the system: whether a scenario fits is not checked"),
      Finding(name: "cores", found: String(ProcessInfo.processInfo.activeProcessorCount)),
    ]
    try Output.write(Self.text(findings))
  }

  private static func text(_ findings: [Finding]) -> String {
    var lines = findings.map { finding in
      let padding = String(repeating: " ", count: max(1, 12 - finding.name.count))
      let state = finding.found == nil ? "missing" : "found  "
      return "\(state)  \(finding.name)\(padding)\(finding.found ?? finding.use)"
    }
    let packages = findings.filter { $0.found == nil }.compactMap(\.package)
    if !packages.isEmpty {
      lines += [
        "", "To install what is missing:",
        "  apt-get install --no-install-recommends \(packages.joined(separator: " "))",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `3.6.2, zlib/1.2.13, libzstd/1.5.4`: the formats of compressed inputs.
  private static var archive: String {
    String(cString: archive_version_details()).split(separator: " ").dropFirst()
      .joined(separator: ", ")
  }

  private static var charts: Finding {
    var finding = Finding(
      name: "Chart.js", use: "pages (--out answer.html) have tables without charts",
      package: ChartLibrary.package)
    guard let path = ChartLibrary.path() else { return finding }
    do {
      let version = try ChartLibrary.text().flatMap(ChartLibrary.version) ?? ""
      finding.found = "\(version), \(path)"
    } catch {
      // Another file was chosen: no package mends that.
      finding.use = "\(ChartLibrary.variable): \(error)"
      finding.package = nil
    }
    return finding
  }

  /// The first browser in PATH.
  private static var browser: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    return names.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static var scenarios: String? {
    let sections: [(noun: String, section: ScenarioFolder.Section)] = [
      ("scenario", .scenarios), ("preset", .presets), ("price sheet", .prices),
    ]
    let counts = sections.map { (noun: $0.noun, count: ScenarioFolder.files(in: $0.section).count) }
    guard counts.contains(where: { $0.count > 0 }) else { return nil }
    let words = counts.map { "\($0.count) \($0.noun)\($0.count == 1 ? "" : "s")" }
    return "\(words.joined(separator: ", ")) in \(ScenarioFolder.path)/"
  }
}
