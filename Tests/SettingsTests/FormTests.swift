import Foundation
import Settings
import Testing
import YAMLSettings

/// What readers tell of themselves is what they read.
@Suite struct FormTests {
  private struct Reader: Sendable {
    let name: String
    let shape: Shape
    let accepts: @Sendable (Setting) throws -> Void
  }

  private static func reader<Value>(
    _ name: String, _ form: @escaping @Sendable () -> Form<Value>
  ) throws -> Reader {
    let keys = try Parameters.describe { try $0.read("a", form()) }.keys
    return Reader(name: name, shape: keys.list[0].shape) { _ = try form().read($0) }
  }

  private static func readers() throws -> [Reader] {
    [
      try reader("count") { Form<Int>.count() }, try reader("bytes") { Form<Int>.bytes() },
      try reader("time") { Form<Int64>.nanoseconds() },
      try reader("number") { Form<Double>.number() },
      try reader("share") { Form<Double>.share() },
      try reader("portion") { Form<Portion>.portion() },
      try reader("unsigned") { Form<UInt64>.unsigned },
    ]
  }

  /// What a pattern lets through is refused for its size alone, and nothing that is read does not
  /// match.
  @Test func patternsAreTheGrammar() throws {
    let pieces = [
      "0", "1", "7", "10", ".5", ".", "e3", "e", "E-2", "-", "+", " ", "k", "M", "%", "s", "ms",
      "m", "h", "d", "B", "kB", "MiB", "x", ",", "us", "µs", "T",
    ]
    var state: UInt64 = 7
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let sizes = ["too large", "fraction", "finer than", "not whole bytes", "from 0%", "must be"]
    var accepted = 0
    for reader in try Self.readers() {
      guard case .scalar(let scalar) = reader.shape, let pattern = scalar.pattern else {
        Issue.record("\(reader.name) has no pattern")
        continue
      }
      for _ in 0..<1500 {
        let text = (0...below(4)).map { _ in pieces[below(pieces.count)] }.joined()
        // A reader of YAML has no blanks at the ends; and -0 is 0, to a share as well.
        guard !text.hasPrefix(" "), !text.hasSuffix(" "), !text.hasPrefix("-0") else { continue }
        let matches = text.range(of: pattern, options: .regularExpression) != nil
        let setting = Setting(.scalar(text), location: SourceLocation(argument: ""))
        do {
          try reader.accepts(setting)
          #expect(matches, "\(reader.name) reads \"\(text)\"")
          accepted += 1
        } catch {
          let isSize = sizes.contains { "\(error)".contains($0) }
          #expect(!matches || isSize, "\(reader.name) matches \"\(text)\": \(error)")
        }
      }
    }
    #expect(accepted > 150)
  }

  private struct Sides {
    var kind: String
    var length: Int

    init(_ parameters: inout Parameters) throws {
      length = try parameters.read("length", .count(in: 1...9), default: 3, "A side.")
      kind =
        try parameters.branch(
          "kind", "Which.",
          [
            ("plain", { _ in "plain" }),
            ("tall", { "tall \(try $0.require("height", .number(in: 0...5)))" }),
          ] as [(String, (inout Parameters) throws -> String)]) ?? "none"
    }
  }

  @Test func tellsKeysDefaultsAndBranches() throws {
    let keys = try Parameters.describe { parameters in
      _ = try parameters.section("box", "A box.", Sides.init)
      _ = try parameters.require("boxes", .list(of: .keys { try Sides(&$0) }))
      _ = try parameters.read("word", .choice([("one", 1), ("two", 2)]), default: 2)
    }.keys
    #expect(keys.list.map(\.name) == ["box", "boxes", "word"])
    #expect(keys.list.map(\.isNeeded) == [false, true, false])
    #expect(keys.list[2].standard == "two" && keys.list[2].shape == .words(["one", "two"]))
    guard case .keys(let box) = keys.list[0].shape else {
      Issue.record("no map")
      return
    }
    #expect(keys.list[1].shape == .list(.keys(box)))
    #expect(box.list.map(\.name) == ["length", "kind"] && box.list[0].standard == "3")
    #expect(box.branches[0].cases.map(\.name) == ["plain", "tall"])
    #expect(box.branches[0].cases.map { $0.keys.list.map(\.name) } == [[], ["height"]])
  }

  @Test func readsWhatItTells() throws {
    func read(_ text: String) throws -> (String, Int)? {
      var parameters = try Parameters(SettingsFile.parse(text, file: "x"))
      let sides = try parameters.section("box", "", Sides.init)
      try parameters.finish()
      return sides.map { ($0.kind, $0.length) }
    }
    #expect(try read("box: {}\n")! == ("none", 3))
    #expect(try read("box: {kind: tall, height: 2, length: 4}\n")! == ("tall 2.0", 4))
    for wrong in ["{kind: tall}", "{kind: plain, height: 2}", "{kind: tal}", "{length: 10}"] {
      #expect(throws: InvalidInput.self) { try read("box: \(wrong)\n") }
    }
  }
}
