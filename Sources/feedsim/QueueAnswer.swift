import Foundation
import Reporting
import Settings
import Simulation

/// A queue's result as people and programs read it.
struct QueueAnswer {
  let result: QueueResult
  private let exact: [ClosedForm]
  let notes: [String]

  init(_ result: QueueResult) {
    self.result = result
    exact = QueueTheory.closedForms(of: result.design)
    notes = Self.notes(result)
  }

  private func exact(_ metric: String, _ statistic: String) -> ClosedForm? {
    exact.first { $0.metric == metric && $0.statistic == statistic }
  }

  private static func notes(_ result: QueueResult) -> [String] {
    let design = result.design
    var notes: [String] = []
    if !design.isStable {
      let load = String(format: "%.4g", design.load)
      notes.append(
        "UNSTABLE: load \(load) is not below 1, so the backlog grows for ever and no steady state "
          + "exists; add servers, or give --capacity or --patience")
    }
    if !design.recorded.isEmpty {
      notes.append(
        "every replication has the same recorded arrivals and services of its own, so intervals "
          + "are for this recording")
      if design.load >= 1, design.capacity == nil, design.patience == nil {
        let load = String(format: "%.4g", design.load)
        notes.append(
          "load \(load) is not below 1: the backlog grows as long as the recording lasts")
      }
    }
    let laws = [design.service] + design.stages + design.classes.map(\.service)
    if !laws.allSatisfy(\.hasThirdMoment) {
      notes.append(
        "the service time's third moment is infinite: intervals for mean times are too narrow, "
          + "those for quantiles hold")
    }
    if design.discipline == .ps {
      notes.append("waiting time under processor sharing is sojourn time - service time")
    }
    if design.patience != nil {
      notes.append("sojourn and waiting times are those of jobs that were served")
    }
    if let gains = result.gains {
      let (low, high) = (
        String(format: "%.1f", gains.lowerBound), String(format: "%.1f", gains.upperBound)
      )
      notes.append(
        "mean times and numbers are corrected for the arrivals and services that were drawn, whose "
          + "means are known (control variates): their intervals are "
          + "\(low == high ? low : "\(low) to \(high)") times narrower")
    }
    let unresolved = result.metrics.keys.sorted().filter { name in
      result.metrics[name]?.quantiles.contains { !$0.resolved } ?? false
    }
    if !unresolved.isEmpty {
      let isRecorded = !design.recorded.isEmpty
      notes.append(
        "not resolved, since the \(isRecorded ? "recording is" : "replications are") too short for "
          + "them: the quantiles marked ? of " + unresolved.joined(separator: ", ")
          + (isRecorded ? "" : "; give more --jobs"))
    }
    return notes
  }

  // MARK: - The table

  func table() -> String {
    let design = result.design
    let plan = result.plan
    var lines = ["\(QueueTheory.name(of: design)): \(design.canonicalText)"]
    if design.isStable {
      lines += [
        "\(load), \(plan.replications) replications of \(plan.jobs) jobs after "
          + "\(plan.warmUp) of warm-up, seed \(result.seed)", "",
      ]
      lines.append(row("", "", "simulated", "±", "exact", ""))
      for name in Self.ordered(result.metrics.keys.sorted()) {
        lines += rows(name)
      }
    }
    if !notes.isEmpty { lines += [""] + notes.map { design.isStable ? "note: \($0)" : $0 } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The share of the servers that is asked for; without a number of them, how many are.
  private var load: String {
    let design = result.design
    if design.servers == nil { return "offered load \(number(design.offeredLoad)) erlangs" }
    return "load \(number(design.load))"
  }

  /// Times first, as they are what one asks for.
  private static func ordered(_ names: [String]) -> [String] {
    let first = ["sojourn_time", "waiting_time", "delayed", "blocked", "abandoned", "utilisation"]
    return first.filter(names.contains) + names.filter { !first.contains($0) }
  }

  private func rows(_ name: String) -> [String] {
    guard let metric = result.metrics[name], let mean = metric.mean else { return [] }
    let title = name.replacing("_", with: " ")
    var rows = [row(title, "mean", mean, metric.unit, exact(name, "mean"))]
    for (quantile, estimate) in zip(QueueModel.quantiles, metric.quantiles) {
      let label = quantile.name.replacing("_", with: ".") + (estimate.resolved ? "" : " ?")
      rows.append(row("", label, estimate, metric.unit, exact(name, quantile.name)))
    }
    return rows
  }

  private func row(
    _ title: String, _ label: String, _ estimate: Estimate, _ unit: String, _ exact: ClosedForm?
  ) -> String {
    row(
      title, label, quantity(estimate.value, unit),
      estimate.halfWidth.map { quantity($0, unit, digits: 2) } ?? "",
      exact.map { quantity($0.value, unit, digits: 6) } ?? "", exact?.source ?? "")
  }

  private func row(
    _ title: String, _ label: String, _ value: String, _ width: String, _ exact: String,
    _ source: String
  ) -> String {
    let line =
      title.padding(toLength: 18, withPad: " ", startingAt: 0)
      + label.padding(toLength: 8, withPad: " ", startingAt: 0) + right(value, 12)
      + right(width, 11) + right(exact, 13) + "   " + source
    return line.trimmingCharacters(in: .whitespaces).isEmpty ? "" : trimmedEnd(line)
  }

  private func trimmedEnd(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  private func number(_ value: Double, digits: Int = 4) -> String {
    // Never as 2.3e+02.
    let whole = abs(value) >= power(10, Double(digits)) * 0.95 && abs(value) < 1e15
    // A formula may give -0.
    return String(format: whole ? "%.0f" : "%.\(digits)g", value + 0)
  }

  private func quantity(_ value: Double, _ unit: String, digits: Int = 4) -> String {
    switch unit {
    case "s":
      // Rounded as it will be shown: 0.9999999 s is 1 s and not 1000 ms.
      let size = abs(Double(String(format: "%.\(digits)g", value)) ?? value)
      if size == 0 || size >= 1 { return number(value, digits: digits) + " s" }
      if size >= 1e-3 { return number(value * 1e3, digits: digits) + " ms" }
      if size >= 1e-6 { return number(value * 1e6, digits: digits) + " us" }
      return number(value * 1e9, digits: digits) + " ns"
    case "1/s": return number(value, digits: digits) + "/s"
    case "ratio": return number(value * 100, digits: digits) + " %"
    default: return number(value, digits: digits)
    }
  }

  // MARK: - The document

  /// A result document; what a queue has none of (users, designs, costs) is empty or absent.
  var json: String {
    let plan = result.plan
    let text =
      "\(result.design.canonicalText), jobs \(plan.jobs), warm-up \(plan.warmUp), replications "
      + "\(plan.replications), seed \(result.seed)"
    let notes = ["\(QueueTheory.name(of: result.design)): \(text)"] + notes
    let check = JSONValue.map([
      "name": .text("flow balance"), "passed": .flag(result.balanced),
      "detail": .text("arrivals and departures agree in every replication, in integers"),
    ])
    return JSONValue.map([
      "format_version": .text(JSONReport.formatVersion),
      "feedsim_version": .text(Feedsim.version),
      "scenario": .map([
        "name": .text("queue"), "sha256": .text(Fingerprint.sha256(text)), "question": .text(""),
      ]),
      "seed": .unsigned(result.seed), "replications": .whole(plan.replications),
      "name": .text(""), "passed": .flag(true), "thresholds": .list([]), "costs": .list([]),
      "each_replication": .map([:]),
      "metrics": .map(
        Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.key, value($0.key, $0.value)) })),
      "checks": .list([check]), "fingerprint": .text(fingerprintText(result.fingerprint)),
      "notes": .list(notes.map { .text($0) }),
    ]).document
  }

  private func value(_ name: String, _ metric: QueueMetric) -> JSONValue {
    // A scalar is observed once in each replication.
    let isScalar = metric.count == 0 && result.design.isStable
    var fields: [String: JSONValue] = [
      "unit": .text(metric.unit),
      "count": isScalar ? .whole(result.plan.replications) : .unsigned(metric.count),
    ]
    fields["mean"] = value(metric.mean, exact(name, "mean"), isQuantile: false)
    if fields["mean"] == nil { fields["unstable"] = .flag(true) }
    fields["variance"] = value(metric.variance, nil, isQuantile: false)
    for (quantile, estimate) in zip(QueueModel.quantiles, metric.quantiles) {
      fields[quantile.name] = value(estimate, exact(name, quantile.name), isQuantile: true)
    }
    return .map(fields)
  }

  private func value(
    _ estimate: Estimate?, _ exact: ClosedForm?, isQuantile: Bool
  ) -> JSONValue? {
    guard let estimate, estimate.value.isFinite else { return nil }
    var fields: [String: JSONValue] = ["value": .number(estimate.value)]
    if let halfWidth = estimate.halfWidth, halfWidth.isFinite {
      fields["half_width"] = .number(halfWidth)
    }
    if isQuantile { fields["resolved"] = .flag(estimate.resolved) }
    if let exact {
      // The last digits hang on the C library, and so on the machine.
      fields["exact"] = .finite(Double(String(format: "%.10g", exact.value + 0)))
      fields["formula"] = .text(exact.source)
    }
    return .map(fields)
  }
}
