import Foundation
import Settings
import Testing
import YAMLSettings

/// Seeded changes of a valid file: each is read or refused with a place, and never crashes,
/// hangs, or gets an anchor past the scan to the parser.
@Suite struct FuzzTests {
  private static let valid = """
    # Does hybrid fan-out keep p99 under 200 ms?
    feedsim: 1
    name: "celebrity: post"
    audience:
      users: 100k
      graph: {kind: powerLaw, meanFollows: 100, exponent: 2.05}   # or edges
      celebrities:
      - name: 'star''s'
        followers: 50%
      - {name: other, followers: [1, 2, {a: b}]}
    note: |
      several lines & more
        *indented
    folded: >-
      one

      two
    traffic:
      spikes: [{at: 20m, for: 10m}, {at: 30m,
        for: 5m}]
    thresholds: ["a < 1", "delivery.lost == 0"]

    """

  private struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(sides))
    }
  }

  private static let pieces: [String] = [
    "&x ", "*x", "&", "*", "!", "!!str ", "? ", ": ", ":", "- ", "-", "[", "]", "{", "}", ",",
    "#", " #", "\"", "'", "|", ">", "|2\n", ">-\n", "\n", "\n\n", " ", "  ", "\t", "%", "---\n",
    "\n---\n", "...", "<<: ", "~", "\\", "\r", "\u{0}", "\u{85}", "\u{FEFF}", "é", "a: ", "\n  ",
    "\n    ", "&a [*a]: b\n", "*x : y\n", "'\n", "\"\n",
  ]

  private static func mutated(_ seed: Int) -> [UInt8] {
    var dice = Dice(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
    var bytes = Array(valid.utf8)
    for _ in 0...dice.roll(6) {
      let at = dice.roll(bytes.count + 1)
      switch dice.roll(6) {
      case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + dice.roll(8)))
      case 1: if at < bytes.count { bytes[at] = UInt8(dice.roll(256)) }
      case 2:
        let from = dice.roll(bytes.count)
        let piece = Array(bytes[from..<min(bytes.count, from + 1 + dice.roll(40))])
        bytes.insert(contentsOf: piece, at: at)
      default: bytes.insert(contentsOf: pieces[dice.roll(pieces.count)].utf8, at: at)
      }
    }
    return bytes
  }

  @Test func neverCrashes() {
    let count = ProcessInfo.processInfo.environment["FEEDSIM_FUZZ"].flatMap(Int.init) ?? 2000
    var accepted = 0
    for seed in 0..<count {
      let bytes = Self.mutated(seed)
      do {
        let root = try SettingsFile.parse(bytes, file: "x.yaml")
        accepted += 1
        // What was read can be written and compared.
        #expect(root == root && root.canonicalText.first == "{")
      } catch let problem as InvalidInput {
        #expect(problem.location != nil, "seed \(seed)")
        #expect(problem.message != "an anchor is not accepted", "seed \(seed)")
        #expect(problem.message != "not valid YAML: found undefined alias", "seed \(seed)")
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
    #expect(accepted > 0 && accepted < count)
  }
}
