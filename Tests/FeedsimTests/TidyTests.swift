import Foundation
import Testing

/// The rules of the code, as tests.
@Suite struct TidyTests {
  private struct File: Sendable {
    let path: String
    let text: String
    let lines: [Substring]

    init(path: String, text: String) {
      self.path = path
      self.text = text
      lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }
  }

  /// The repository this file is part of.
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func files(under folders: [String], ending: String = ".swift") -> [File] {
    folders.flatMap { folder -> [File] in
      let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
      return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }.sorted()
        .compactMap { name in
          let path = "\(folder)/\(name)"
          guard
            let text = try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
          else { return nil }
          return File(path: path, text: text)
        }
    }
  }

  private static let sources = files(under: ["Sources"])
  private static let all = files(under: ["Sources", "Tests"])

  /// Every line of the files that a pattern finds, as `path:line: text`.
  private static func lines(of files: [File], _ pattern: String) throws -> [String] {
    // Whole files at once: line by line takes seconds a pattern.
    let expression = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
    return files.flatMap { file -> [String] in
      let all = NSRange(location: 0, length: file.text.utf16.count)
      let places = expression.matches(in: file.text, range: all).map { found in
        file.text.utf16.prefix(found.range.location).count { $0 == 10 }
      }
      return Set(places).sorted().map { "\(file.path):\($0 + 1): \(file.lines[$0])" }
    }
  }

  @Test func looksAtSomething() {
    #expect(Self.sources.count > 10 && Self.all.count > Self.sources.count)
  }

  @Test func linesAndFilesAreShort() {
    for file in Self.all {
      #expect(file.lines.count <= 500, "\(file.path) has \(file.lines.count) lines")
      for (index, line) in file.lines.enumerated() where line.utf8.count > 100 && line.count > 100 {
        Issue.record("\(file.path):\(index + 1) has \(line.count) characters")
      }
    }
  }

  @Test func nothingIsPutOff() throws {
    // Spelt apart, so that this line does not find itself.
    let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"].joined(separator: "|")
    #expect(try Self.lines(of: Self.all, "\\b(\(words))\\b") == [])
  }

  @Test func inputCannotReachATrap() throws {
    #expect(try Self.lines(of: Self.sources, "\\btry!") == [])
    #expect(try Self.lines(of: Self.sources, "\\bfatalError\\(") == [])
  }

  /// A run is a function of its scenario and its seed.
  @Test func noAmbientClockOrChance() throws {
    let model = Self.files(under: ["Sources/Simulation", "Sources/FeedSystem"])
    #expect(model.count > 5)
    for pattern in [
      "\\bDate\\(", "\\b(Continuous|Suspending)Clock\\b", "\\bSystemRandomNumberGenerator\\b",
      "\\.random\\(in: [^)]*\\)", "\\.shuffled?\\(\\)", "\\.randomElement\\(\\)",
      "\\b(arc4random|drand48|srand)\\b", "\\bclock_gettime\\b", "\\bgettimeofday\\b",
    ] {
      let found = try Self.lines(of: model, pattern)
        .filter { !$0.contains("using:") }
      #expect(found == [], "\(pattern)")
    }
  }

  /// Data goes through `Output`, which notices a full disk.
  @Test func nothingPrints() throws {
    #expect(try Self.lines(of: Self.sources, "^\\s*(print|debugPrint|dump)\\(") == [])
  }

  /// Each module imports only modules to its left.
  @Test func importsPointOneWay() throws {
    let order = [
      "CGSL", "CArchive", "Settings", "YAMLSettings", "Simulation", "ResponseSurfaces",
      "FeedSystem", "Planning", "Reporting", "Benchmarks", "feedsim",
    ]
    for (index, module) in order.enumerated() {
      let allowed = Set(order[..<index])
      for file in Self.files(under: ["Sources/\(module)"]) {
        for line in file.lines {
          let words = line.split { $0 == " " }
          guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count else {
            continue
          }
          let name = String(words[at + 1])
          if order.contains(name) {
            #expect(allowed.contains(name), "\(file.path) imports \(name)")
          }
        }
      }
    }
  }

  /// Paths of one machine and names of its servers have no place in the repository.
  @Test func namesNoMachine() throws {
    let files =
      Self.all
      + Self.files(under: ["Scenarios"], ending: ".yaml")
      + Self.files(under: ["Reports"], ending: ".md")
    let roots = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"].joined(separator: "|")
    #expect(try Self.lines(of: files, "[\"' (](\(roots))") == [])
  }

  @Test func tracksNoPages() throws {
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    git.arguments = ["git", "-C", Self.root.path, "ls-files", "*.html"]
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    try git.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    git.waitUntilExit()
    #expect(String(decoding: data, as: UTF8.self) == "")
  }

  @Test func isFormatted() throws {
    let format = Process()
    format.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    format.currentDirectoryURL = Self.root
    format.arguments = [
      "swift", "format", "lint", "--strict", "-r", "Sources", "Tests", "Package.swift",
    ]
    let output = Pipe()
    format.standardError = output
    try format.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    format.waitUntilExit()
    #expect(format.terminationStatus == 0, "\(String(decoding: data, as: UTF8.self))")
  }
}
