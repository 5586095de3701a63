import Foundation
import Planning
import Reporting
import Settings
import TestSupport
import Testing

/// The scenario's schema and the scenario's reader say the same.
@Suite struct ScenarioSchemaTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Written once: it takes most of a second, and each case of a test has a suite of its own.
  private static let schema = Swift.Result { try ScenarioSchema.text() }

  private let validator: SchemaValidator

  init() throws { validator = try SchemaValidator(schema: Self.schema.get()) }

  private func problems(_ text: String) throws -> [String] {
    validator.problems(inTree: try EditorTree.read(text))
  }

  @Test func acceptsWhatIsShipped() throws {
    var seen = 0
    for folder in ["Scenarios", "Scenarios/presets"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(Self.root)/\(folder)")
      for name in names where name.hasSuffix(".yaml") {
        let text = try String(contentsOfFile: "\(Self.root)/\(folder)/\(name)", encoding: .utf8)
        #expect(try problems(text) == [], "\(name)")
        seen += 1
      }
    }
    #expect(seen > 5)
  }

  private static let audience = "audience: {users: 1k, graph: {kind: uniform, meanFollows: 5}}\n"

  @Test(arguments: [
    "extends: presets/s1.yaml\n", "extends: [a.yaml, b.yaml]\naudience: {users: 5k}\n",
    "extends: a.yaml\naudience: {graph: {exponent: 2.1}}\nfanOut: {pullFrom: 3k}\n",
    "extends: a.yaml\nreplications: {max: 50}\n",
    "audience: {graph: {edges: follows.txt, direction: both}}\n",
    "audience: {graph: {edges: follows.txt, kind: uniform, exponent: 3}}\n",
    audience + "replications: {until: ±2% at 95%, of: [feed.latency.p99, delivery.lag]}\n",
    audience + "fanOut: {policy: push, pushBelow: 10}\ndesigns: {a: {fanOut: {policy: hybrid}}}\n",
    audience + "ranking: [chronological, {weighted: {time: 1}}]\nwarmUp: 0s\n",
    audience + "tiers: {gateway: {servers: auto, room: 10}, postStore: {servers: 4, shards: 2}}\n",
    audience + "cache: {feed: {size: 20%}}\nname: 7\nseed: 18446744073709551615\n",
  ])
  func accepts(_ text: String) throws { #expect(try problems(text) == []) }

  @Test(arguments: [
    "seed: 1\n", "audience: {users: 5k}\n", "audience: {graph: {kind: uniform, meanFollows: 5}}\n",
    "extends: a.yaml\naudiense: {users: 5k}\n", "extends: a.yaml\nduration: 60\n",
    "audience: {users: 9, graph: {kind: powerLaw, meanFollows: 5}}\n",
    "audience: {users: 9, graph: {kind: uniform, meanFollows: 5, exponent: 3}}\n",
    audience + "fanOut: {policy: push, pushBelow: 10}\n",
    audience + "fanOut: {policy: shove}\n",
    audience + "designs: {a: {fanOut: {policy: push, pushBelow: 3}}}\n",
    audience + "designs: {a: {seed: 3}}\n", audience + "designs: {}\n",
    audience + "traffic: {spikes: [{at: 1m, posts: 2}]}\n",
    audience + "tiers: {feedCache: {room: 10}}\n", audience + "tiers: {gateway: {servers: none}}\n",
    audience + "ranking: [{weighted: {tme: 1}}]\n", audience + "thresholds: [feed.latency.p99]\n",
    audience + "replications: {max: 50}\n", audience + "feedsim: 2\n",
    audience + "cache: {feed: {size: 0.5}}\n", audience + "timelines: {lifetime: 7 days}\n",
    audience + "engagement: {likes: 120}\n", audience + "warmStart: yes\n",
    audience + "tiers: {gateway: {visit: exp(1s)}}\n", audience + "seed: ~\n",
  ])
  func refuses(_ text: String) throws { #expect(try problems(text) != [], "\(text)") }

  /// What the reader says against a scenario; nothing where it is fine, or names a missing file.
  private func refusal(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    do {
      _ = try Scenario(reading: file.path)
      return ""
    } catch is MissingInput {
      return ""
    } catch {
      return "\(error)"
    }
  }

  /// Every key with every kind of value it may have, one at a time: the reader knows it, and the
  /// schema accepts it; spelt otherwise, both refuse it.
  @Test func saysWhatTheReaderReads() throws {
    let keys = try Scenario.keys()
    let known = Set(KeyWalk.names(of: keys))
    var refused: Set<String> = []
    let steps = KeyWalk.walk(keys)
    for step in steps {
      let refusal = try refusal(step.written.text)
      #expect(!refusal.contains("unknown"), "\(step.path): \(refusal)")
      if !refusal.isEmpty { refused.insert(step.path) }
      #expect(try problems(step.written.text) == [], "\(step.written.text)")

      let slip = step.misspelt.text
      let message = try self.refusal(slip)
      #expect(!message.isEmpty, "\(slip)")
      #expect(try problems(slip) != [], "\(slip)")
      // The reader's own list of keys has none that the schema lacks.
      if message.contains("unknown key"), let list = message.firstRange(of: "; known: ") {
        let names = message[list.upperBound...].prefix { $0 != ";" }.split(separator: ", ")
        for name in names { #expect(known.contains(String(name)), "\(name)") }
      }
    }
    #expect(steps.count > 150)
    // Only what the keys say together can be wrong.
    let found = refused.sorted().joined(separator: "\n") + "\n"
    try GoldenTests.compare(found, "needing-others.txt")
  }

  /// Without a key that the schema needs the reader refuses the scenario too. What a design lacks,
  /// the scenario that it is laid over may have, which a schema cannot see.
  @Test func needsWhatTheReaderNeeds() throws {
    var seen = 0
    for step in KeyWalk.walk(try Scenario.keys()) where step.isNeeded {
      if !step.path.hasPrefix("designs.") {
        #expect(try problems(step.without.text) != [], "\(step.without.text)")
      }
      #expect(try !refusal(step.without.text).isEmpty, "\(step.without.text)")
      seen += 1
    }
    #expect(seen > 10)
  }
}
