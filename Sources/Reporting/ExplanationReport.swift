import Planning
import Simulation

/// An explanation as text: the answer first, then the tables it comes from.
public struct ExplanationReport: Sendable {
  public var explanation: Explanation
  public var feedsimVersion: String

  public init(_ explanation: Explanation, feedsimVersion: String) {
    self.explanation = explanation
    self.feedsimVersion = feedsimVersion
  }

  /// Figures below their titles; the first column says whose they are.
  struct Table {
    var titles: [String]
    var rows: [[String]]
    /// What a reader must know to read it; may be empty.
    var legend = ""

    /// The table, and its legend if it has one.
    var markdown: [String] {
      var text = MarkdownReport.Table(titles, rightAligned: 1...max(1, titles.count - 1))
      for row in rows {
        // Leading spaces, which show what belongs to what, are no spaces in Markdown.
        let indent = row[0].prefix { $0 == " " }.count
        text.add(
          [String(repeating: "&nbsp;", count: indent) + row[0].dropFirst(indent)]
            + row.dropFirst())
      }
      return [text.text] + (legend.isEmpty ? [] : [legend])
    }
  }

  var tables: [Table] { [causes, tiers, changes].compactMap { $0 } }

  private var head: String {
    let count = explanation.replications
    let runs = count == 1 ? "1 replication" : "\(count) replications"
    let design = explanation.design.isEmpty ? "" : "design \(explanation.design), "
    return "\(design)\(runs), seed \(explanation.seed)"
  }

  public func console(colour: Bool) -> String {
    let ink = ConsoleReport.Ink(isOn: colour)
    var blocks = [[ink.bold(explanation.scenario) + ink.dim("  \(head)")]]
    var sentences = ExplanationText(explanation).sentences
    let answer = ConsoleReport.wrapped(sentences.removeFirst(), first: "", next: "")
    blocks.append(answer.map(ink.bold))
    blocks.append(
      sentences.flatMap { ConsoleReport.wrapped($0, first: "", next: "") })
    for table in tables { blocks.append(Self.lines(table, ink)) }
    blocks.append(
      explanation.notes.flatMap { ConsoleReport.wrapped($0, first: "· ", next: "  ") })
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
      .joined(separator: "\n\n") + "\n"
  }

  static func lines(_ table: Table, _ ink: ConsoleReport.Ink) -> [String] {
    let all = [table.titles] + table.rows
    let widths = table.titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    let lines = all.map { row in
      ConsoleReport.trimmed(
        "  " + row[0].padded(after: widths[0])
          + zip(row, widths).dropFirst().map { "   " + $0.padded(before: $1) }.joined())
    }
    return [ink.bold(lines[0])] + lines.dropFirst()
      + ConsoleReport.wrapped(table.legend, first: "  ", next: "  ").map(ink.dim)
  }

  public var markdown: String {
    let name = explanation.design.isEmpty ? "" : ", \(explanation.design)"
    var sentences = ExplanationText(explanation).sentences
    var parts = ["# Why p99 is what it is: \(explanation.scenario)\(name)"]
    parts.append("**\(sentences.removeFirst())**")
    if !sentences.isEmpty { parts.append(sentences.map { "- \($0)" }.joined(separator: "\n")) }
    for table in tables { parts += table.markdown }
    parts.append(([head + "."] + explanation.notes).map { "- \($0)" }.joined(separator: "\n"))
    return parts.joined(separator: "\n\n") + "\n"
  }
}

extension ExplanationReport {
  /// All loads beside the slowest, part by part.
  private var causes: Table? {
    guard let causes = explanation.causes else { return nil }
    let (mean, slow) = (causes.mean, causes.p99)
    let scale = NumberText.scale(.milliseconds, largest: slow.latency.value)
    func cells(_ label: String, _ all: Estimate?, _ slowest: Estimate?) -> [String] {
      let more = (slowest?.value ?? 0) - (all?.value ?? 0)
      return [
        label, Self.figure(all, scale), Self.figure(slowest, scale),
        ExplanationText.percent((slowest?.value ?? 0) / slow.latency.value),
        (more > 0 ? "+" : "") + Self.figure(Estimate(value: more), scale),
      ]
    }
    func matters(_ part: Causes.Part) -> Bool {
      [mean, slow].contains { $0.time(of: part.kind, part.tier) >= 0.001 * $0.latency.value }
    }
    let parts = Causes.Part.united([mean.parts, slow.parts]).filter(matters)
    var rows: [[String]] = []
    for kind in Causes.Kind.allCases {
      let (all, slowest) = (mean.total(kind), slow.total(kind))
      guard let shown = slowest ?? all else { continue }
      rows.append(cells(shown.words, all?.time, slowest?.time))
      for part in parts where part.kind == kind && kind != .fanIn {
        guard let tier = part.tier else { continue }
        rows.append(
          cells(
            "  " + MetricNames.words(tier.metric), mean.parts.first(where: part.isLike)?.time,
            slow.parts.first(where: part.isLike)?.time))
      }
    }
    rows.append(cells("latency", mean.latency, slow.latency))
    return Table(
      titles: [
        "time by cause, \(scale.symbol)", "all loads", "slowest 1 %", "share", "difference",
      ],
      rows: rows,
      legend: "Means, which sum to the latency; the share is of the slowest 1 %, and tiers below "
        + "0.1 % of both are left out. Of shards asked side by side, waiting and service are the "
        + "mean shard's, and fan-in is what the slowest takes longer.")
  }

  /// How near each tier is to what it can do.
  private var tiers: Table? {
    guard !explanation.standings.isEmpty else { return nil }
    let rows = explanation.standings.map { standing in
      [
        MetricNames.words(standing.tier.metric), NumberText.amount(standing.servers),
        NumberText.text(standing.utilisation, .ratio), NumberText.text(standing.headroom, .ratio),
        standing.saturatesAt.map { "× \(NumberText.fixed($0, decimals: $0 < 9.95 ? 2 : 0))" }
          ?? "–",
      ]
    }
    return Table(
      titles: ["tier", "servers", "utilisation", "headroom", "saturates at"], rows: rows,
      legend: "Headroom is 1 − peak ÷ capacity, in the busiest twentieth of the window and at "
        + "the busiest shard; saturates at is the factor on this scenario's traffic.")
  }

  /// What each single change did.
  private var changes: Table? {
    guard !explanation.effects.isEmpty else { return nil }
    let hasCosts = explanation.effects.contains { $0.cost != nil }
    let currency = explanation.effects.first?.currency ?? .dollars
    let rows = explanation.effects.map { effect in
      let cost = effect.cost.map { ($0 > 0 ? "+" : "") + NumberText.fixed($0, decimals: 0) } ?? "–"
      return [
        effect.change.setting, NumberText.amount(Double(effect.change.from)),
        effect.p99.map { ExplanationText.time(Estimate(value: $0.value, resolved: $0.resolved)) }
          ?? "UNSTABLE",
        Self.difference(effect),
      ] + (hasCosts ? [cost] : [])
    }
    let count = explanation.effects.count
    return Table(
      titles: ["one change at a time", "now", "p99", "change of p99"]
        + (hasCosts ? ["\(currency.symbol) a month"] : []),
      rows: rows,
      legend: "Each run again with \(ExplanationText.percent(explanation.step)) more, at least one "
        + "server, of shards one each, under the same random numbers"
        + (count > 1 ? "; the \(count) intervals hold together with 95 %." : "."))
  }

  private static func difference(_ effect: Explanation.Effect) -> String {
    guard let difference = effect.difference else { return "–" }
    if difference.value == 0, difference.halfWidth == 0 { return "0" }
    return (difference.value > 0 ? "+" : "") + ExplanationText.time(difference)
  }

  private static func figure(_ estimate: Estimate?, _ scale: NumberText.Scale) -> String {
    guard let estimate else { return "0" }
    let (value, half) = (estimate.value / scale.divisor, (estimate.halfWidth ?? 0) / scale.divisor)
    let decimals = NumberText.decimals(value, halfWidth: half)
    let text = NumberText.fixed(value, decimals: min(decimals, 3))
    guard half > 0 else { return text }
    return text + " ± " + NumberText.halfWidth(half, decimals: min(decimals, 3))
  }
}

extension Causes.Group {
  fileprivate func total(_ kind: Causes.Kind) -> Causes.Part? { totals.first { $0.kind == kind } }
}

extension ExplanationReport {
  public var json: String {
    let causes: JSONValue = explanation.causes.map(CausesDocument.value) ?? .null
    let body: [String: JSONValue] = [
      "design": .text(explanation.design), "seed": .unsigned(explanation.seed),
      "replications": .whole(explanation.replications),
      "answer": .list(ExplanationText(explanation).sentences.map { .text($0) }),
      "p99": Self.value(explanation.p99), "causes": causes,
      "tiers": .list(explanation.standings.map(Self.value)),
      "step": .number(explanation.step),
      "changes": .list(explanation.effects.map(Self.value)),
      "helps_most": explanation.helpsMost.map { .text($0.change.path) } ?? .null,
      "notes": .list(explanation.notes.map { .text($0) }),
    ]
    return DocumentHead.text(
      version: feedsimVersion,
      scenario: ["name": explanation.scenario, "sha256": explanation.scenarioHash], body: body)
  }

  private static func value(_ p99: Estimate?) -> JSONValue {
    p99.map { JSONReport.value(of: $0, isQuantile: true) } ?? .null
  }

  private static func value(_ standing: Explanation.Standing) -> JSONValue {
    .map([
      "tier": .text(standing.tier.metric), "servers": .number(standing.servers),
      "utilisation": JSONReport.value(of: standing.utilisation),
      "headroom": JSONReport.value(of: standing.headroom),
      "saturates_at": .finite(standing.saturatesAt),
    ])
  }

  private static func value(_ effect: Explanation.Effect) -> JSONValue {
    .map([
      "path": .text(effect.change.path), "from": .whole(effect.change.from),
      "to": .whole(effect.change.to), "p99": value(effect.p99),
      "difference": value(effect.difference), "cost_difference": .finite(effect.cost),
      "proven": .flag(effect.isProven),
    ])
  }
}
