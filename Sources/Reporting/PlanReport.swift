import FeedSystem
import Planning
import Simulation

/// A plan as text: the fleet and what speaks for it first, then the tables it comes from.
public struct PlanReport: Sendable {
  public var answer: PlanAnswer

  public init(_ answer: PlanAnswer) { self.answer = answer }

  private var head: String {
    let each = answer.replications == "1" ? "1 replication" : "\(answer.replications) replications"
    return "\(answer.runs) runs of \(each), seed \(answer.seed)"
  }

  public func console(colour: Bool) -> String {
    let ink = ConsoleReport.Ink(isOn: colour)
    var blocks = [[ink.bold(answer.scenario) + ink.dim("  \(head)")]]
    for design in answer.designs {
      var sentences = PlanText(answer, design).sentences
      let first = ConsoleReport.wrapped(sentences.removeFirst(), first: "", next: "")
      blocks.append(first.map(ink.bold))
      blocks.append(sentences.flatMap { ConsoleReport.wrapped($0, first: "", next: "") })
      for table in PlanTables(answer, design).all {
        blocks.append(ExplanationReport.lines(table, ink))
      }
      blocks.append(ConsoleReport.lines(notes: design.plan?.notes ?? [], ink))
    }
    if let last = PlanText.comparison(of: answer) {
      blocks.append(ConsoleReport.wrapped(last, first: "", next: "").map(ink.bold))
    }
    if let command { blocks.append(["run it: \(command)"]) }
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
      .joined(separator: "\n\n") + "\n"
  }

  public var markdown: String {
    var parts = ["# What to buy: \(answer.scenario)", answer.question]
    if let last = PlanText.comparison(of: answer) { parts.append("**\(last)**") }
    for design in answer.designs {
      if !design.name.isEmpty { parts.append("## \(design.name)") }
      var sentences = PlanText(answer, design).sentences
      parts.append("**\(sentences.removeFirst())**")
      if !sentences.isEmpty { parts.append(sentences.map { "- \($0)" }.joined(separator: "\n")) }
      for table in PlanTables(answer, design).all { parts += table.markdown }
      if let notes = design.plan?.notes, !notes.isEmpty {
        parts.append(notes.map { "- \($0)" }.joined(separator: "\n"))
      }
    }
    if let command { parts.append("    \(command)") }
    parts.append(
      "feedsim \(answer.feedsimVersion), \(head); SHA-256 of the resolved scenario "
        + "`\(answer.scenarioHash)`.")
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// What runs the fleets; nil where there is none.
  var command: String? {
    let settings = answer.fleetSettings.flatMap { ["--set", $0] }
    guard !settings.isEmpty else { return nil }
    return "feedsim run "
      + (answer.arguments + settings).map(Result.shellWord)
      .joined(separator: " ")
  }

  /// A row for each tier of each fleet, and one for each line of the bills.
  public var csv: String {
    var lines = [
      "design,kind,name,servers,machines,instance,offered_load,utilisation,quantity,unit,"
        + "unit_price,source,date,cost_month,currency"
    ]
    let currency = answer.currency?.rawValue ?? ""
    for design in answer.designs {
      guard let plan = design.plan else { continue }
      for row in plan.rows {
        let fields = [
          design.name, "tier", row.tier.key, "\(row.servers)", "\(row.machines)", row.instance,
          JSONValue.shortest(row.offeredLoad), JSONValue.shortest(row.utilisation),
          "", "", "", "", "", row.cost.map(JSONValue.shortest) ?? "", currency,
        ]
        lines.append(fields.map(CSVReport.quoted).joined(separator: ","))
      }
      for line in plan.measured.costs {
        let fields =
          [design.name, "bill", line.name] + ["", "", line.item, "", ""]
          + [JSONValue.shortest(line.quantity), line.unit]
          + [line.unitPrice.map(JSONValue.shortest) ?? "", line.source, line.date]
          + [line.monthly.map(JSONValue.shortest) ?? "", currency]
        lines.append(fields.map(CSVReport.quoted).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
