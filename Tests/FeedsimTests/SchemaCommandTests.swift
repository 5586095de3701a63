import Foundation
import TestSupport
import Testing

/// `feedsim schema` against documents that `feedsim run` writes.
@Suite(.serialized) struct SchemaCommandTests {
  private func schema() throws -> String {
    let result = try Command.run(["schema", "result"])
    #expect(result.status == 0 && result.errors.isEmpty)
    return result.output
  }

  @Test func saysWhichThereAre() throws {
    let result = try Command.run(["schema"])
    #expect(result.status == 0 && result.output.hasPrefix("schemas\n  result  "))
    let slip = try Command.run(["schema", "reslt"])
    #expect(slip.status == 64 && slip.output.isEmpty)
    #expect(slip.errors.contains("did you mean \"result\"?"), "\(slip.errors)")
  }

  @Test func isASchema() throws {
    let root = try RunDocument(try schema()).root
    #expect(root["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
    #expect((root["properties"] as? [String: Any])?["metrics"] != nil)
    #expect(try RunDocument.unsortedKey(in: schema()) == nil)
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
