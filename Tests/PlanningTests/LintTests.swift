import Settings
import Testing
import YAMLSettings

@testable import Planning

/// Advice on scenarios: each rule finds what it is about, and what it proposes mends it.
@Suite struct LintTests {
  private static let audience = """
    audience:
      users: 2k
      graph: {kind: powerLaw, meanFollows: 20, exponent: 2.2, maximum: 500}
      activity: {postsPerDay: 0.5, loadsPerDay: 20}
      world: {topics: 8}

    """

  private func lint(
    _ text: String = "", users: Int? = nil, set overrides: [String] = []
  ) throws -> Lint {
    var tree = try SettingsFile.parse(Self.audience + text, file: "lint.yaml")
    for override in overrides { tree = try SettingsFile.applying(override, to: tree) }
    return try Lint(Scenario(tree, fileName: "lint.yaml", question: ""), users: users)
  }

  private static let ranking = "ranking: [{linear: {}}, {network: {features: {}}}, diversity]"
  private static let hybrid =
    "fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 250, activeWindow: 24h}"

  /// A rule, a size, what it finds something in and what not.
  @Test(arguments: [
    ("hybrid-fan-out", 2_000_000, "fanOut: {policy: push}", hybrid),
    ("hybrid-fan-out", 2_000_000, "fanOut: {policy: hybrid, middleTier: nobody}", hybrid),
    ("hybrid-fan-out", 2_000_000, "fanOut: {policy: push}", "fanOut: {policy: adaptive}"),
    ("cache-levels", 1000, "cache: {feed: {size: 0}}", "cache: {edge: {}}"),
    (
      "cache-levels", 1000, "",
      "cache: {levels: {l1: {feed: {size: 10%}}, l2: {feed: {size: 50%}}}}"
    ),
    ("ranking-pipeline", 1000, "ranking: [weighted]", ranking),
    ("ranking-pipeline", 1000, "ranking: [{linear: {}}]", ranking),
    ("celebrity-fan-out", 1000, "fanOut: {policy: push}", hybrid),
    ("celebrity-fan-out", 1000, "", "fanOut: {policy: pull}"),
    ("stream-and-batch", 1000, ranking, ranking + "\npipeline: {bus: {}}"),
    ("stream-and-batch", 1000, "pipeline: {bus: {}}", ranking + "\npipeline: {bus: {}}"),
    ("diversity-and-freshness", 1000, "ranking: [weighted]", "ranking: [weighted, diversity]"),
    ("diversity-and-freshness", 1000, "ranking: [x-2023-heavy, diversity]", ranking),
    (
      "ab-test", 1000, "",
      "experiment: {arms: [{name: a, share: 50%}, {name: b, share: 50%}]}"
    ),
    ("strategy-by-size", 999_999, hybrid, "fanOut: {policy: pull}"),
    (
      "strategy-by-size", 999_999, "fanOut: {policy: pull}\ncache: {feed: {size: 0}}",
      "fanOut: {policy: pull}"
    ),
    ("strategy-by-size", 1_000_000, "fanOut: {policy: pull}", hybrid),
    ("strategy-by-size", 99_999_999, "fanOut: {policy: push}", hybrid),
    ("strategy-by-size", 100_000_000, hybrid, hybrid + "\ncache: {edge: {}}"),
    ("push-or-pull", 1000, "fanOut: {policy: push}", "fanOut: {policy: pull}"),
    ("fallback", 1000, "", "feed: {budget: 100ms}\nranking: [{weighted: {features: {}}}]"),
    ("fallback", 1000, "", "degraded: {ranking: [chronological]}"),
    ("scaling", 1000, "", "tiers: {ranking: {scaling: {}}}"),
    ("scaling", 1000, "", "emergency: {}"),
    ("rate-limits", 1000, "", "limits: {}"),
    ("read-replicas", 1000, "", "tiers: {postStore: {replicas: {}}}"),
    ("alerts", 1000, "", "thresholds: [\"delivery.lost == 0\"]"),
  ])
  func eachRuleKnowsItsOwn(_ rule: String, _ users: Int, _ lacks: String, _ has: String) throws {
    #expect(Lint.rules.contains { $0.name == rule })
    #expect(try lint(lacks, users: users).findings.contains { $0.rule == rule }, "\(lacks)")
    #expect(try !lint(has, users: users).findings.contains { $0.rule == rule }, "\(has)")
  }

  /// S2.7: above 100 reads to a write, and below 10K followers, push is what suits.
  @Test func readsAndWritesDecide() throws {
    let often = ["audience.activity.loadsPerDay=60"]
    func rules(_ policy: String, _ users: Int, _ set: [String]) throws -> [String] {
      try lint("fanOut: {policy: \(policy)}", users: users, set: set).findings.map(\.rule)
    }
    // 20 loads of 1.5 pages for half a post: 60 : 1, and thrice as many 180 : 1.
    #expect(try rules("push", 1000, []).contains("push-or-pull"))
    #expect(try !rules("push", 1000, often).contains("push-or-pull"))
    #expect(try !rules("push", 1000, often).contains("strategy-by-size"))
    #expect(try rules("pull", 2_000_000, often).contains("push-or-pull"))
    #expect(try !rules("pull", 2_000_000, []).contains("push-or-pull"))
  }

  /// Whatever is found is mended by the setting proposed, one after the other, at every size.
  @Test(arguments: [1000, 50_000_000, 3_000_000_000])
  func proposalsMend(_ users: Int) throws {
    var set: [String] = []
    var mended: [String] = []
    while let finding = try lint("fanOut: {policy: push}", users: users, set: set).findings.first {
      // Maps are laid over each other: what is proposed now is in place of what was.
      set.removeAll { $0.hasPrefix("\(finding.key)=") }
      set.append("\(finding.key)=\(finding.value)")
      mended.append(finding.rule)
      let after = try lint("fanOut: {policy: push}", users: users, set: set).findings
      if mended.count > 40 || after.first == finding {
        Issue.record("\(finding.rule) is not mended by \(set)")
        return
      }
    }
    #expect(mended.count >= 8, "\(mended)")
  }

  @Test func everyRuleIsKnownOnceAndSaysWhose() throws {
    let names = Lint.rules.map(\.name)
    #expect(Set(names).count == names.count && names.count == 14)
    #expect(Lint.rules.allSatisfy { $0.seed.hasPrefix("S") })
    #expect(Lint.rules.prefix(7).allSatisfy { $0.seed == "S0.1" })
  }

  /// What all designs lack is one finding that names them; what one lacks names that one.
  @Test func designsAreNamed() throws {
    let findings = try lint("designs: {a: {limits: {}}, b: {}}").findings
    #expect(findings.first { $0.rule == "rate-limits" }?.designs == ["b"])
    #expect(findings.first { $0.rule == "ab-test" }?.designs == ["a", "b"])
  }
}
