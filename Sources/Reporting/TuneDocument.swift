import Planning
import ResponseSurfaces
import Simulation

/// A tuning as one JSON document. Values of settings are texts, as they are put into a scenario;
/// figures are in the units of the result document.
extension TuneReport {
  public var json: String {
    let body: [String: JSONValue] = [
      "seed": .unsigned(answer.seed), "replications": .whole(answer.replications),
      "objective": .map([
        "metric": .text(answer.objective.metric), "statistic": .text(answer.objective.statistic),
        "unit": .text(answer.objective.unit.rawValue),
        "goal": .text(answer.isMaximised ? "maximise" : "minimise"),
      ]),
      "feasible": .flag(answer.isFeasible), "best": index(answer.tuning.best),
      "today": .whole(answer.tuning.today + 1), "nearest_miss": index(answer.tuning.nearest),
      "regret": Self.value(of: answer.tuning.regret),
      "settings": .list(answer.settings.indices.map(setting)),
      "rules": .list(rules),
      "pareto": .map([
        "metrics": .list(answer.front.metrics.map { .text($0.name) }),
        "points": .list(answer.front.points.map { .whole($0.id + 1) }),
      ]),
      "points": .list(answer.trials.indices.map(point)),
      "points_spent": .whole(answer.tuning.spent), "points_allowed": .whole(answer.budget),
      "notes": .list(remarks.map { .text($0) }),
    ]
    return DocumentHead.text(
      version: answer.feedsimVersion,
      scenario: DocumentHead.scenario(
        answer.scenario, hash: answer.scenarioHash, question: answer.question), body: body)
  }

  /// Points count from 1, as in a sweep.
  private func index(_ trial: Int?) -> JSONValue { trial.map { .whole($0 + 1) } ?? .null }

  private static func value(of estimate: Estimate?) -> JSONValue {
    guard let estimate, estimate.value.isFinite else { return .null }
    var fields: [String: JSONValue] = ["value": .number(estimate.value)]
    if let width = estimate.halfWidth { fields["half_width"] = .finite(width) }
    if !estimate.resolved { fields["resolved"] = .flag(false) }
    return .map(fields)
  }

  private func setting(_ index: Int) -> JSONValue {
    let (setting, tuned) = (answer.settings[index], answer.tuning.settings[index])
    var fields: [String: JSONValue] = [
      "path": .text(setting.path), "whole": .flag(setting.isWhole),
      "low": .text(setting.text(setting.range.low)),
      "high": .text(setting.text(setting.range.high)),
      "scale": .text(setting.isLogarithmic ? "log" : "lin"),
      "today": setting.today.isEmpty ? .null : .text(setting.today),
      "matters": .flag(!tuned.isInert),
      "best": tuned.best == nil ? .null : .text(best(index)),
    ]
    if let interval = tuned.interval {
      fields["interval"] = .map([
        "low": .text(setting.text(interval.low)), "high": .text(setting.text(interval.high)),
        "open_below": .flag(interval.isOpenBelow), "open_above": .flag(interval.isOpenAbove),
      ])
    }
    if let flatness = tuned.flatness {
      fields["flatness"] = .map([
        "low": .text(setting.text(flatness.low)), "high": .text(setting.text(flatness.high)),
        "within": .text(flatness.basis.rawValue), "open_below": .flag(flatness.isOpenBelow),
        "open_above": .flag(flatness.isOpenAbove),
      ])
    }
    if let effect = tuned.effect {
      fields["effect"] = Self.value(
        of: Estimate(value: effect.size, halfWidth: effect.halfWidth))
    }
    return .map(fields)
  }

  /// As they are at the best, or at the nearest miss.
  private var rules: [JSONValue] {
    let trial = answer.tuning.best ?? answer.tuning.nearest
    let verdicts = trial.map { answer.trials[$0].verdicts } ?? []
    return answer.rules.indices.map { index in
      guard index < verdicts.count,
        case .map(var fields) = JSONReport.value(of: verdicts[index])
      else { return .map(["rule": .text(answer.rules[index])]) }
      fields["binding"] = .flag(answer.tuning.binding.contains(index))
      return .map(fields)
    }
  }

  private func point(_ index: Int) -> JSONValue {
    let trial = answer.trials[index]
    var fields: [String: JSONValue] = [
      "index": .whole(index + 1), "replications": .whole(trial.replications),
      "feasible": .flag(trial.isFeasible),
      "overrides": .map(
        Dictionary(
          zip(answer.settings.map(\.path), trial.settings.map { .text($0) }),
          uniquingKeysWith: { $1 })),
      "objective": Self.value(of: trial.objective),
    ]
    for (metric, estimate) in zip(TuneFront.weighed, trial.figures) where estimate != nil {
      fields[metric.name] = Self.value(of: estimate)
    }
    if !trial.problem.isEmpty { fields["error"] = .text(trial.problem) }
    return .map(fields)
  }
}
