import Foundation
import TestSupport
import Testing

/// `feedsim schema` against documents that `feedsim run` writes.
@Suite(.serialized) struct SchemaCommandTests {
  private func schema(_ name: String = "result") throws -> String {
    let result = try Command.run(["schema", name])
    #expect(result.status == 0 && result.errors.isEmpty)
    return result.output
  }

  @Test func saysWhichThereAre() throws {
    let result = try Command.run(["schema"])
    #expect(result.status == 0 && result.output.hasPrefix("schemas\n  result  "))
    #expect(result.output.contains("\n  scenario  "))
    let slip = try Command.run(["schema", "reslt"])
    #expect(slip.status == 64 && slip.output.isEmpty)
    #expect(slip.errors.contains("did you mean \"result\"?"), "\(slip.errors)")
  }

  @Test(arguments: [
    ("result", "metrics"), ("scenario", "audience"), ("sweep", "points"), ("tune", "settings"),
    ("sheet", "lines"),
  ])
  func isASchema(_ name: String, _ key: String) throws {
    let root = try RunDocument(try schema(name)).root
    #expect(root["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
    #expect((root["properties"] as? [String: Any])?[key] != nil)
    #expect(try RunDocument.unsortedKey(in: schema(name)) == nil)
  }

  /// A schema sees one value at a time, as an editor has resolved it: 010 is 10 to it, and whether
  /// two keys go together it cannot tell.
  private static let unseen: Set<String> = [
    "y20_octal_users", "y24_hex", "y30_plus", "y32_seed_above", "y34_gamma",
    "y42_gamma_2_endless", "y50_thr_reversed", "y56_weights",
  ]

  @Test func refusesWhatIsHostile() throws {
    let validator = try SchemaValidator(schema: try schema("scenario"))
    var refused = 0
    for input in HostileCorpus.values {
      let text = String(decoding: input.bytes, as: UTF8.self)
      let problems = validator.problems(inTree: try EditorTree.read(text))
      if case .refused = input.expected, !Self.unseen.contains(input.name) {
        #expect(!problems.isEmpty, "\(input.name)")
        refused += 1
      } else if case .accepted = input.expected {
        #expect(problems == [], "\(input.name)")
      }
    }
    #expect(refused > 10)
  }

  /// Every leaf's description says how it is written.
  @Test func describesEveryKey() throws {
    var bare: [String] = []
    func visit(_ schema: Any, _ path: String) {
      guard let object = schema as? [String: Any] else { return }
      for (name, property) in object["properties"] as? [String: Any] ?? [:] {
        let fields = property as? [String: Any] ?? [:]
        let isLeaf = fields["type"] != nil && fields["properties"] == nil
        if isLeaf, (fields["description"] as? String ?? "").count < 10 {
          bare.append("\(path).\(name)")
        }
        visit(property, "\(path).\(name)")
      }
      for (name, definition) in object["definitions"] as? [String: Any] ?? [:] {
        visit(definition, name)
      }
    }
    visit(try RunDocument(try schema("scenario")).root, "")
    #expect(bare == [])
  }

  /// The contract: what a queue prints is a result document.
  @Test(arguments: [
    ["--arrivals", "8/s", "--service", "exponential(mean 100ms)"],
    ["--arrivals", "20/s", "--service", "exponential(mean 1s)"],
    ["--arrivals", "20/s", "--servers", "4", "--capacity", "8", "--service", "constant(1s)"],
    ["--class", "0.2/s constant(500ms)", "--class", "0.6/s exponential(mean 1s)"],
    ["--arrivals", "8/s", "--service", "gamma(mean 100ms, cv 2)", "--patience", "constant(1s)"],
  ])
  func describesAQueue(_ arguments: [String]) throws {
    let queue = try Command.run(
      ["queue", "--json", "--jobs", "500", "--replications", "3"] + arguments)
    #expect(queue.status == 0, "\(queue.errors)")
    #expect(try SchemaValidator(schema: try schema()).problems(in: queue.output) == [])
    #expect(RunDocument.unsortedKey(in: queue.output) == nil)
  }

  @Test(arguments: [
    "", "designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}",
    "thresholds: [feed.latency.p99 < 1us, delivery.lost == 0]",
  ])
  func describesARealRun(_ more: String) throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text(more: more))
    let run = try Command.run(["run", "tiny.yaml", "--json"], in: scratch.folder)
    #expect([0, 99].contains(run.status), "\(run.errors)")
    let validator = try SchemaValidator(schema: try schema())
    #expect(try validator.problems(in: run.output) == [])
    // And sees what is not so.
    let seed = run.output.replacing("\"seed\": 7", with: "\"seed\": \"7\"")
    #expect(seed != run.output)
    #expect(try validator.problems(in: seed) == ["/seed: is not [\"integer\"]"])
  }
}
