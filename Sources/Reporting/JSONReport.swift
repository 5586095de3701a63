import FeedSystem
import Planning
import Settings
import Simulation

/// The result document, for scripts: every figure with all its digits.
///
/// The top level is the first design; where a scenario compares several, `designs` has them all.
public struct JSONReport: Reporter {
  public static let name = "json"
  public static let summary = "the result document, for scripts"
  public static let formatVersion = "1.0"

  public init(_ parameters: inout Parameters) throws {}
  public init() {}

  public func text(_ result: Result) -> String { Self.document(result).document }

  public static func document(_ result: Result) -> JSONValue {
    let first = result.designs.first ?? DesignResult(name: "", metrics: [])
    var document = fields(of: first)
    document["population"] = .map([
      "users": .whole(result.population.users), "follows": .whole(result.population.follows),
    ])
    document["horizon"] = value(of: result.horizon)
    document["marks"] = .list(result.marks.map(value))
    document["seed"] = .unsigned(result.seed)
    document["replications"] = .whole(result.replications)
    document["passed"] = .flag(result.passed)
    var notes = result.notes + first.notes
    if result.designs.count > 1 {
      notes.insert(orderNote(result.designs), at: 0)
      document["designs"] = .list(result.designs.map { .map(fields(of: $0)) })
    }
    document["notes"] = .list(notes.map { .text($0) })
    return .map(
      DocumentHead.value(
        version: result.feedsimVersion,
        scenario: DocumentHead.scenario(
          result.scenario, hash: result.scenarioHash, question: result.question), body: document))
  }

  private static func value(of horizon: Horizon) -> JSONValue {
    var fields: [String: JSONValue] = [
      "warm_up_s": .number(horizon.warmUp.seconds),
      "duration_s": .number(horizon.duration.seconds),
    ]
    if horizon.warmUpRule != .given {
      fields["warm_up_rule"] = .text(horizon.warmUpRule.rawValue)
    }
    return .map(fields)
  }

  /// The first note where several designs are compared.
  static func orderNote(_ designs: [DesignResult]) -> String {
    "The top level is the first design, \(designs.first?.name ?? ""); designs has all "
      + "\(designs.count)."
  }

  private static func fields(of design: DesignResult) -> [String: JSONValue] {
    var metrics: [String: JSONValue] = [:]
    var each: [String: JSONValue] = [:]
    for metric in design.metrics {
      metrics[metric.name] = value(of: metric)
      for (statistic, estimate) in metric.statistics
      where !estimate.each.isEmpty && estimate.each.allSatisfy(\.isFinite) {
        each["\(metric.name).\(statistic)"] = .list(estimate.each.map { .number($0) })
      }
    }
    var fields: [String: JSONValue] = [
      "name": .text(design.name),
      "metrics": .map(metrics),
      "each_replication": .map(each),
      "thresholds": .list(design.verdicts.map(value)),
      "checks": .list(design.checks.map(value)),
      "costs": .list(design.costs.map(CostDocument.value)),
      "fingerprint": .text(fingerprintText(design.fingerprint)),
      "notes": .list(design.notes.map { .text($0) }),
    ]
    fields["causes"] = design.causes.map(CausesDocument.value)
    if let lines = design.timeLines { fields["series"] = value(of: lines) }
    return fields
  }

  private static func value(of mark: Mark) -> JSONValue {
    .map([
      "at_s": .number(mark.at.seconds), "for_s": .number(mark.length.seconds),
      "text": .text(mark.text),
    ])
  }

  private static func value(of timeLines: TimeLines) -> JSONValue {
    let lines = timeLines.lines.map { line in
      var fields: [String: JSONValue] = [
        "unit": .text(line.unit.rawValue), "values": .list(line.values.map(JSONValue.finite)),
      ]
      if !line.halfWidths.isEmpty {
        fields["half_widths"] = .list(line.halfWidths.map(JSONValue.finite))
      }
      return (line.name, JSONValue.map(fields))
    }
    return .map([
      "interval_s": .number(timeLines.interval.seconds),
      "start_s": .number(timeLines.start.seconds),
      "lines": .map(Dictionary(lines, uniquingKeysWith: { $1 })),
    ])
  }

  static func value(of metric: Metric) -> JSONValue {
    var fields: [String: JSONValue] = [
      "unit": .text(metric.unit.rawValue), "count": .whole(metric.count),
    ]
    if let mean = metric.mean, mean.value.isFinite {
      fields["mean"] = value(of: mean, isQuantile: false)
    }
    if metric.isUnstable { fields["unstable"] = .flag(true) }
    for quantile in metric.quantiles where quantile.estimate.value.isFinite {
      fields[quantile.name] = value(of: quantile.estimate, isQuantile: true)
    }
    return .map(fields)
  }

  static func value(of estimate: Estimate, isQuantile: Bool = false) -> JSONValue {
    var fields = figure(estimate)
    if isQuantile { fields["resolved"] = .flag(estimate.resolved) }
    return .map(fields)
  }

  static func figure(_ estimate: Estimate) -> [String: JSONValue] {
    var fields: [String: JSONValue] = ["value": .number(estimate.value)]
    if let halfWidth = estimate.halfWidth, halfWidth.isFinite {
      fields["half_width"] = .number(halfWidth)
    }
    return fields
  }

  static func value(of verdict: Verdict) -> JSONValue {
    var fields: [String: JSONValue] = [
      "rule": .text(verdict.rule), "metric": .text(verdict.metric),
      "statistic": .text(verdict.statistic), "unit": .text(verdict.unit.rawValue),
      "observed": .finite(verdict.observed?.value), "passed": .flag(verdict.passed),
    ]
    if let halfWidth = verdict.observed?.halfWidth, halfWidth.isFinite {
      fields["half_width"] = .number(halfWidth)
    }
    if let observed = verdict.observed, !observed.resolved { fields["resolved"] = .flag(false) }
    return .map(fields)
  }

  private static func value(of check: Check) -> JSONValue {
    .map([
      "name": .text(check.name), "passed": .flag(check.passed), "detail": .text(check.detail),
    ])
  }
}

/// 16 hexadecimal digits.
public func fingerprintText(_ fingerprint: UInt64) -> String {
  let digits = String(fingerprint, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
