import Planning
import Simulation

/// A comparison as text, and, where it is a check, the verdict on it.
public struct ComparisonReport: Sendable {
  /// What a check is held to besides the comparison.
  public struct Gate: Sendable {
    /// The run's own rules, design by design.
    public var designs: [DesignResult]
    public var failsOnInconclusive: Bool

    public init(designs: [DesignResult], failsOnInconclusive: Bool) {
      self.designs = designs
      self.failsOnInconclusive = failsOnInconclusive
    }
  }

  public var comparison: Comparison
  /// Nil where nothing is decided: `feedsim compare`.
  public var gate: Gate?
  public var feedsimVersion: String
  /// How the two sides came about, where it is not plain.
  public var notes: [String]

  public init(
    _ comparison: Comparison, gate: Gate? = nil, feedsimVersion: String, notes: [String] = []
  ) {
    self.comparison = comparison
    self.gate = gate
    self.feedsimVersion = feedsimVersion
    self.notes = notes
  }

  /// Whether a check holds: nothing has regressed, no rule fails.
  public var passed: Bool {
    guard let gate else { return true }
    return comparison.count(.regressed) == 0
      && (!gate.failsOnInconclusive || comparison.count(.inconclusive) == 0)
      && gate.designs.allSatisfy { $0.verdicts.allSatisfy(\.passed) }
  }

  /// What a reader sees of a pair: regressions first.
  func shown(_ pair: Comparison.Pair) -> [Comparison.Row] {
    let outcomes: [Comparison.Outcome] =
      gate?.failsOnInconclusive == true
      ? [.regressed, .inconclusive, .improved] : [.regressed, .improved]
    return outcomes.flatMap { outcome in pair.rows.filter { $0.outcome == outcome } }
  }

  /// `quickstart` on both sides, or `quickstart → other`.
  var title: String {
    let (base, changed) = (comparison.base.scenario, comparison.changed.scenario)
    return base == changed ? base : "\(base) → \(changed)"
  }

  /// `5 replications, seed 42`
  var runs: String {
    func words(_ side: Comparison.Side) -> String {
      let noun = side.replications == 1 ? "replication" : "replications"
      return "\(side.replications) \(noun), seed \(side.seed)"
    }
    let (base, changed) = (words(comparison.base), words(comparison.changed))
    return base == changed ? base : "\(base) → \(changed)"
  }

  /// `2 figures regressed, 1 improved; 60 did not change within 5 %, 4 are inconclusive`
  var summary: String {
    func count(_ outcome: Comparison.Outcome) -> Int { comparison.count(outcome) }
    let regressed = count(.regressed)
    let noun = regressed == 1 ? "figure" : "figures"
    return "\(regressed) \(noun) regressed, \(count(.improved)) improved; "
      + "\(count(.noChange)) did not change within \(tolerance), "
      + "\(count(.inconclusive)) \(count(.inconclusive) == 1 ? "is" : "are") inconclusive"
  }

  var tolerance: String {
    NumberText.text(Estimate(value: comparison.tolerance), .ratio)
  }

  /// What holds for all rows, sentence by sentence.
  var remarks: [String] {
    var remarks: [String] = []
    var reasons: [String: Int] = [:]
    for row in comparison.rows where row.outcome == .inconclusive {
      reasons[row.reason, default: 0] += 1
    }
    let sorted = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    if !sorted.isEmpty {
      let words = sorted.map { "\($0.key) (\($0.value))" }.joined(separator: "; ")
      remarks.append("Inconclusive: \(words).")
    }
    if let ratio = comparison.varianceRatio {
      let times = NumberText.fixed(ratio, decimals: ratio < 9.95 ? 1 : 0)
      remarks.append(
        "Common random numbers: the variance of a difference is \(times) times smaller "
          + "(the median over latencies and amplifications).")
    } else if !comparison.rows.contains(where: \.isPaired) {
      remarks.append(
        comparison.base.seed == comparison.changed.seed
          ? "The two sides have other numbers of replications, which are not paired."
          : "The two sides have other seeds: other graphs, which the intervals do not cover, and "
            + "replications that are not paired.")
    }
    for pair in comparison.pairs where !pair.notCompared.isEmpty {
      let place = pair.changed.isEmpty ? "" : "\(pair.changed): "
      remarks.append(
        "\(place)On one side only, and not compared: "
          + pair.notCompared.joined(separator: ", ") + ".")
    }
    if !comparison.unpaired.isEmpty {
      remarks.append("Without a counterpart: \(comparison.unpaired.joined(separator: ", ")).")
    }
    return remarks + notes
  }

  /// The name of a pair where there is anything to tell apart.
  func heading(_ pair: Comparison.Pair) -> String? {
    if pair.base.isEmpty, pair.changed.isEmpty { return nil }
    return pair.base == pair.changed ? pair.base : "\(pair.base) → \(pair.changed)"
  }

  /// A figure of one side, in the unit that suits both.
  static func figure(_ estimate: Estimate?, _ row: Comparison.Row) -> String {
    guard let estimate, estimate.value.isFinite else { return "–" }
    if let currency = row.unit.currency { return currency.text(estimate.value) }
    let sizes = [row.base, row.changed].compactMap { $0.map { abs($0.value) } }
    let scale = NumberText.scale(row.unit, isShare: row.isShare, of: sizes.filter { $0 > 0 })
    let value = estimate.value / scale.divisor
    let text = NumberText.fixed(value, decimals: NumberText.decimals(value))
    let unit = scale.symbol.isEmpty ? "" : " \(scale.symbol)"
    return text + unit + (estimate.resolved ? "" : " ?")
  }

  /// `+8.3 ± 0.4 %`, beyond ten times `898 ± 52 ×`, where the base is nothing the difference
  /// itself; or why there is none.
  static func change(_ row: Comparison.Row) -> String {
    guard let difference = row.difference, let base = row.base, difference.value.isFinite else {
      return row.reason
    }
    let sign = difference.value > 0 ? "+" : ""
    guard base.value != 0 else {
      return sign + NumberText.text(difference, row.unit, isShare: row.isShare)
    }
    let size = abs(base.value)
    var share = Estimate(
      value: difference.value / size, halfWidth: difference.halfWidth.map { $0 / size })
    guard share.value >= 10 else { return sign + NumberText.text(share, .ratio) }
    share.value += 1
    return NumberText.text(share, .ratio, isShare: false)
  }
}

extension Comparison.Row {
  fileprivate var isShare: Bool { MetricNames.entry(metric)?.isShare ?? true }
}

extension ComparisonReport {
  public func console(colour: Bool) -> String {
    let ink = ConsoleReport.Ink(isOn: colour)
    var blocks = [[ink.bold(title) + ink.dim("  \(runs)")]]
    if gate != nil {
      let margin = "      "
      var lines = ConsoleReport.wrapped(summary + ".", first: margin, next: margin)
      let word = passed ? ink.green("PASS") : ink.red("FAIL")
      lines[0] = "\(word)  " + lines[0].dropFirst(margin.count)
      blocks.append(lines + rules(ink))
    } else {
      blocks.append(ConsoleReport.wrapped(summary + ".", first: "", next: ""))
    }
    for pair in comparison.pairs {
      let rows = shown(pair)
      if !rows.isEmpty { blocks.append(Self.lines(rows, heading(pair) ?? "", ink)) }
    }
    let remarks = remarks.flatMap { ConsoleReport.wrapped($0, first: "· ", next: "  ") }
    if !remarks.isEmpty { blocks.append(remarks) }
    return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private func rules(_ ink: ConsoleReport.Ink) -> [String] {
    (gate?.designs ?? []).flatMap { design in
      design.verdicts.map { verdict in
        let name = design.name.isEmpty ? "" : "\(design.name): "
        let sign = verdict.passed ? ink.green("✓") : ink.red("✗")
        return "  \(sign) \(name)\(verdict.rule): \(verdict.observedText)"
      }
    }
  }

  private static func lines(
    _ rows: [Comparison.Row], _ heading: String, _ ink: ConsoleReport.Ink
  ) -> [String] {
    let cells = rows.map { [$0.name, figure($0.base, $0), figure($0.changed, $0), change($0)] }
    let titles = [heading, "base", "changed", "change"]
    let widths = titles.indices.map { column in
      ([titles] + cells).map { $0[column].count }.max() ?? 0
    }
    var lines: [String] = []
    var latest: Comparison.Outcome?
    for (row, cells) in zip(rows, cells) {
      if row.outcome != latest {
        if latest == nil { lines.append(ink.bold(line(titles, widths))) }
        let isBad = row.outcome == .regressed
        lines.append(isBad ? ink.red(row.outcome.rawValue) : ink.bold(row.outcome.rawValue))
        latest = row.outcome
      }
      lines.append(line(cells, widths))
    }
    return lines
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    "  " + cells[0].padded(after: widths[0])
      + zip(cells, widths).dropFirst().map { "   " + $0.padded(before: $1) }.joined()
  }

  /// A comment for a pull request: what has changed, and nothing else.
  public var markdown: String {
    var parts: [String] = []
    if gate != nil {
      parts = ["### feedsim check: \(title)", "**\(passed ? "PASS" : "FAIL")**: \(summary)."]
    } else {
      parts = ["### feedsim compare: \(title)", summary + "."]
    }
    for design in gate?.designs ?? [] where !design.verdicts.isEmpty {
      let name = design.name.isEmpty ? "" : "\(design.name): "
      parts.append(
        design.verdicts.map { verdict in
          "- \(verdict.passed ? "✓" : "✗ **FAIL**") \(name)`\(verdict.rule)`: "
            + verdict.observedText
        }.joined(separator: "\n"))
    }
    for pair in comparison.pairs {
      let rows = shown(pair)
      guard !rows.isEmpty else { continue }
      if let heading = heading(pair) { parts.append("**\(heading)**") }
      var table = MarkdownReport.Table(
        ["figure", "base", "changed", "change", "verdict"], rightAligned: 1...3)
      for row in rows {
        let word = row.outcome.rawValue
        table.add([
          "`\(row.name)`", Self.figure(row.base, row), Self.figure(row.changed, row),
          Self.change(row), row.outcome == .regressed ? "**\(word)**" : word,
        ])
      }
      parts.append(table.text)
    }
    let closing = ["\(runs); the change is ± half the width of its 95 % interval."] + remarks
    parts.append(closing.map { "- \($0)" }.joined(separator: "\n"))
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// JUnit: a case for each rule and each compared figure; what is inconclusive is skipped.
  public var xml: String {
    let rules = (gate?.designs ?? []).map { design in
      TestSuite(
        name: design.name.isEmpty ? "thresholds" : "thresholds.\(design.name)",
        cases: design.verdicts.map(TestCase.init))
    }
    let figures = comparison.pairs.map { pair in
      TestSuite(
        name: heading(pair).map { "comparison.\($0)" } ?? "comparison",
        cases: pair.rows.map(testCase))
    }
    return TestSuite.document(rules.filter { !$0.cases.isEmpty } + figures)
  }

  private func testCase(_ row: Comparison.Row) -> TestCase {
    let figures = "\(Self.figure(row.base, row)) → \(Self.figure(row.changed, row))"
    let message = "\(row.outcome.rawValue): \(figures), \(Self.change(row))"
    let fails =
      row.outcome == .regressed
      || row.outcome == .inconclusive && gate?.failsOnInconclusive == true
    if fails { return TestCase(name: row.name, outcome: .failed(message, detail: row.reason)) }
    return TestCase(
      name: row.name,
      outcome: row.outcome == .inconclusive ? .skipped("\(message); \(row.reason)") : .passed)
  }

  public var json: String {
    var document: [String: JSONValue] = [
      "base": Self.value(of: comparison.base), "changed": Self.value(of: comparison.changed),
      "tolerance": .number(comparison.tolerance),
      "designs": .list(comparison.pairs.map(Self.value)),
      "unpaired": .list(comparison.unpaired.map { .text($0) }),
      "verdicts": .map(
        Dictionary(
          uniqueKeysWithValues: Comparison.Outcome.allCases.map {
            ($0.rawValue.replacing(" ", with: "_"), .whole(comparison.count($0)))
          })),
      "variance_ratio": .finite(comparison.varianceRatio),
      "notes": .list(notes.map { .text($0) }),
    ]
    if let gate {
      document["passed"] = .flag(passed)
      document["thresholds"] = .list(
        gate.designs.flatMap { design in
          design.verdicts.map { verdict in
            guard case .map(var fields) = JSONReport.value(of: verdict) else { return .null }
            fields["design"] = .text(design.name)
            return .map(fields)
          }
        })
    }
    return DocumentHead.text(version: feedsimVersion, body: document)
  }

  private static func value(of side: Comparison.Side) -> JSONValue {
    .map([
      "name": .text(side.scenario), "sha256": .text(side.scenarioHash),
      "seed": .unsigned(side.seed), "replications": .whole(side.replications),
    ])
  }

  private static func value(of pair: Comparison.Pair) -> JSONValue {
    .map([
      "base": .text(pair.base), "changed": .text(pair.changed),
      "figures": .list(pair.rows.map(value)),
      "not_compared": .list(pair.notCompared.map { .text($0) }),
    ])
  }

  private static func value(of row: Comparison.Row) -> JSONValue {
    var fields: [String: JSONValue] = [
      "metric": .text(row.metric), "statistic": .text(row.statistic),
      "unit": .text(row.unit.rawValue), "base": .finite(row.base?.value),
      "changed": .finite(row.changed?.value), "difference": .finite(row.difference?.value),
      "paired": .flag(row.isPaired), "verdict": .text(row.outcome.rawValue),
    ]
    if let width = row.difference?.halfWidth { fields["half_width"] = .finite(width) }
    if let ratio = row.varianceRatio { fields["variance_ratio"] = .finite(ratio) }
    if !row.reason.isEmpty { fields["reason"] = .text(row.reason) }
    return .map(fields)
  }
}
