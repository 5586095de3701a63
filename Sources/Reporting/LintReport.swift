import Planning

/// What a scenario lacks, as a text for people and a document for scripts.
public struct LintReport {
  private let lint: Lint
  private let scenario: Scenario
  private let version: String

  public init(_ lint: Lint, of scenario: Scenario, feedsimVersion: String) {
    (self.lint, self.scenario, version) = (lint, scenario, feedsimVersion)
  }

  public var text: String {
    let users = NumberText.fixed(Double(lint.users), decimals: 0)
    guard !lint.findings.isEmpty else {
      return "\(scenario.name): nothing to add, at \(users) users\n"
    }
    var text = "\(scenario.name), at \(users) users: \(count)\n"
    for finding in lint.findings {
      let designs = finding.designs.isEmpty ? "" : " (\(finding.designs.joined(separator: ", ")))"
      text += "\n\(finding.rule)  \(finding.seed)\(designs)\n"
      text += "  \(finding.what)\n  why: \(finding.why)\n"
      text += "  --set '\(finding.key)=\(finding.value)'\n"
    }
    return text
  }

  private var count: String {
    let findings = lint.findings.count
    return "\(findings) \(findings == 1 ? "finding" : "findings") of \(Lint.rules.count) rules"
  }

  /// Every finding names its rule, whose advice it is, and a setting that mends it.
  public var document: String {
    let body: [String: JSONValue] = [
      "users": .whole(lint.users), "rules": .list(Lint.rules.map { .text($0.name) }),
      "findings": .list(
        lint.findings.map { finding in
          .map([
            "rule": .text(finding.rule), "seed": .text(finding.seed), "what": .text(finding.what),
            "why": .text(finding.why), "key": .text(finding.key), "value": .text(finding.value),
            "designs": .list(finding.designs.map { .text($0) }),
          ])
        }),
    ]
    return DocumentHead.text(
      version: version, scenario: ["name": scenario.name, "sha256": scenario.hash], body: body)
  }
}
