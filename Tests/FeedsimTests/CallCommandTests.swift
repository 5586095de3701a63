import Foundation
import Testing

/// Guarded tiers as a user asks for them.
@Suite(.serialized) struct CallCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ tier: String, _ more: [String]) throws -> Command.Finished {
    let path = try scratch.write(
      "tiny.yaml", TinyScenario.text(postsPerDay: "300", more: "tiers: {\(tier)}"))
    return try Command.run(["run", path] + more)
  }

  @Test func whatGuardsDoIsTold() throws {
    let tier =
      "ranking: {servers: 2, visit: constant(50ms), timeout: 40ms, breaker: {minimum: 5}, "
      + "hedge: {after: 1ms}, ejection: {errors: 50%}}"
    let result = try run(tier, ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    let timedOut = try document.value("tier.ranking.failed.timed_out")
    let open = try document.value("tier.ranking.failed.breaker_open")
    let failed = try document.value("tier.ranking.failed")
    #expect(timedOut > 0 && open > 0 && failed > 0.99)
    #expect(abs(timedOut + open - failed) < 1e-9)
    #expect(try document.value("tier.ranking.breaker_open") > 0.5)
    #expect(try document.value("tier.ranking.wasted") > 0.9)
    for name in ["tier.ranking.hedged", "tier.ranking.ejected"] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    #expect(document.metrics["tier.gateway.failed"] == nil)
    for name in ["flow balance: ranking", "calls: ranking"] {
      #expect(document.checks.contains { $0["name"] as? String == name }, "\(name)")
    }
    let one = try run(tier, ["--json", "--threads", "1"])
    #expect(one.output == result.output)
    let summary = try run(tier, [])
    #expect(summary.output.contains("ranking: failed, timed out"))
  }

  @Test func mistakesAreTold() throws {
    for (tier, message) in [
      ("postStore: {hedge: {after: 5ms}}", "tiers.postStore.hedge"),
      ("ranking: {balancing: rnd}", "random"),
      ("ranking: {breaker: {errorRate: 0%}}", "tiers.ranking.breaker.errorRate"),
      ("ranking: {admission: {algorithm: codell}}", "codel"),
    ] {
      let result = try run(tier, [])
      #expect(result.status == 65 && result.output.isEmpty)
      #expect(result.errors.contains(message), "\(result.errors)")
    }
  }

  @Test func balancingIsListed() throws {
    let list = try Command.run(["list"])
    for name in ["power-of-two", "least-outstanding", "codel", "concurrency"] {
      #expect(list.output.contains(name))
    }
  }
}
