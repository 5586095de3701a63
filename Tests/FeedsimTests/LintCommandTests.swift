import Foundation
import Testing

/// `feedsim lint` as a user and a script call it.
@Suite(.serialized) struct LintCommandTests {
  @Test func shippedScenariosAreLinted() throws {
    let names = Repository.files(in: "Scenarios", ending: ".yaml")
      .filter { !$0.hasPrefix("prices/") }
    #expect(names.count > 20)
    for name in names {
      let result = try Command.run(["lint", name, "--json"], in: Repository.root)
      #expect(result.status == 0 && result.errors.isEmpty, "\(name): \(result.errors)")
      let document = try RunDocument(result.output)
      #expect(RunDocument.unsortedKey(in: result.output) == nil)
      let findings = try #require(document.root["findings"] as? [[String: Any]])
      let rules = try #require(document.root["rules"] as? [String])
      for finding in findings {
        let rule = try #require(finding["rule"] as? String)
        #expect(rules.contains(rule))
        for key in ["what", "why", "key", "value", "seed"] {
          #expect((finding[key] as? String)?.isEmpty == false, "\(name): \(rule): \(key)")
        }
      }
    }
  }

  @Test func itIsAdviceUnlessStrict() throws {
    let advice = try Command.run(["lint", "quickstart"], in: Repository.root)
    #expect(advice.status == 0 && advice.output.contains("ab-test  S0.1"))
    #expect(advice.output.contains("--set 'experiment={"))
    let strict = try Command.run(["lint", "quickstart", "--strict"], in: Repository.root)
    #expect(strict.status == 99 && strict.output == advice.output)
  }

  @Test func sizeDecides() throws {
    let small = try Command.run(["lint", "quickstart"], in: Repository.root)
    let large = try Command.run(
      ["lint", "quickstart", "--users", "3B"], in: Repository.root)
    #expect(small.output != large.output && large.output.contains("3,000,000,000 users"))
    #expect(large.output.contains("hundred million users"))
  }

  @Test(arguments: [
    (["lint", "no-such"], Int32(66), "no such file"),
    (["lint", "quickstart", "--users", "many"], 64, "--users"),
    (["lint", "quickstart", "--users", "0"], 64, "at least 1"),
    (["lint", "quickstart", "--set", "fanOut.policy=no"], 65, "fanOut.policy"),
  ]) func whatCannotBeIsRefused(_ call: [String], _ status: Int32, _ words: String) throws {
    let result = try Command.run(call, in: Repository.root)
    #expect(result.status == status && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
