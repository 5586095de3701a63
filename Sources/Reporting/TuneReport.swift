import Planning
import ResponseSurfaces
import Simulation

/// A tuning as text: what to set, how sure that is, and what it is worth.
public struct TuneReport: Sendable {
  public var answer: TuneAnswer

  public init(_ answer: TuneAnswer) { self.answer = answer }

  var tuning: Tuning { answer.tuning }

  // MARK: - In words

  /// `5 replications, seed 42; 37 of 60 points`
  var runs: String {
    let most = tuning.trials.map(\.replications).max() ?? answer.replications
    let count = answer.replications == most ? "\(most)" : "\(answer.replications) to \(most)"
    return "\(count) replications, seed \(answer.seed); "
      + "\(tuning.spent) of at most \(answer.budget) points"
  }

  /// `least feed.latency.p99`
  var goal: String { "\(answer.isMaximised ? "most" : "least") \(answer.objective.name)" }

  /// A figure in the objective's unit.
  func figure(_ estimate: Estimate?, _ metric: TuneAnswer.Metric? = nil) -> String {
    guard let estimate, estimate.value.isFinite else { return "–" }
    let metric = metric ?? answer.objective
    return NumberText.text(estimate, metric.unit, isShare: metric.isShare)
      + (estimate.resolved ? "" : " ?")
  }

  /// `2.7k–3.6k`; what reaches an end of the range is a bound on one side.
  func interval(_ index: Int) -> String {
    guard let interval = tuning.settings[index].interval else { return "not tuned" }
    let setting = answer.settings[index]
    let (low, high) = (setting.text(interval.low), setting.text(interval.high))
    if interval.isWholeRange { return "anywhere in \(low)–\(high)" }
    if interval.isOpenBelow { return "\(high) or less" }
    return interval.isOpenAbove ? "\(low) or more" : "\(low)–\(high)"
  }

  func best(_ index: Int) -> String {
    answer.best?.settings[index] ?? "–"
  }

  /// `fanOut.pushBelow 3.1k, 2.7k–3.6k` of each setting that was tuned; `10 or less` where the
  /// best is surely at the end of the range.
  var settings: [String] {
    answer.settings.indices.filter { tuning.settings[$0].best != nil }.map { index in
      let (best, interval) = (best(index), interval(index))
      let value = interval.hasPrefix("\(best) or ") ? interval : "\(best), \(interval)"
      return "\(answer.settings[index].path) \(value)"
    }
  }

  /// `fanOut.pushBelow=3k`, as in `--set`.
  func overrides(_ trial: TuneAnswer.Trial) -> String {
    zip(answer.settings, trial.settings).map { setting, text in
      text.isEmpty ? "\(setting.path) as it is by default" : "\(setting.path)=\(text)"
    }.joined(separator: ", ")
  }

  /// What today's settings lose against the best.
  var regret: String {
    let today = "Today's \(overrides(answer.today))"
    guard let best = answer.best else { return "" }
    if tuning.best == tuning.today { return "No setting matters, so all stay as they are today." }
    guard answer.today.objective != nil, let regret = tuning.regret else {
      return "\(today) has nothing to compare with: \(answer.today.problem)."
    }
    let broken = answer.today.verdicts.filter { !$0.passed }.map(\.rule)
    let breaks = broken.isEmpty ? "" : " It breaks \(broken.joined(separator: " and "))."
    if best.settings == answer.today.settings { return "\(today) is the best already." }
    let words = "\(today) has \(figure(answer.today.objective))"
    if abs(regret.value) <= regret.halfWidth ?? 0 {
      return
        "\(words): it cannot be told from the best, with a regret of \(figure(regret)).\(breaks)"
    }
    return "\(words): a regret of \(figure(regret)).\(breaks)"
  }

  /// What a reader must know of each setting and of the search, sentence by sentence.
  var remarks: [String] {
    answer.settings.indices.flatMap { remarks(on: $0) } + bindings
      + [coverage, unresolved].compactMap(\.self)
  }

  private func remarks(on index: Int) -> [String] {
    let (setting, tuned) = (answer.settings[index], tuning.settings[index])
    if tuned.isInert { return [inert(setting, tuned.effect)] }
    guard let interval = tuned.interval else { return [] }
    var remarks: [String] = []
    let noise = answer.best?.objective?.halfWidth == nil ? "" : " within the noise"
    if interval.isWholeRange {
      remarks.append(
        "\(setting.path): the curve is flat\(noise): the interval is the whole range.")
    } else if interval.isOpenBelow {
      remarks.append(edge(setting, "low", "below \(setting.text(interval.low))", interval))
    } else if interval.isOpenAbove {
      remarks.append(edge(setting, "high", "above \(setting.text(interval.high))", interval))
    }
    if let flatness = tuned.flatness, !interval.isWholeRange {
      let range = "\(setting.text(flatness.low))–\(setting.text(flatness.high))"
      let most = flatness.isOpenBelow || flatness.isOpenAbove ? " at least" : ""
      remarks.append(
        flatness.basis == .noise
          ? "\(setting.path): from\(most) \(range) nothing can be told from the best; that is "
            + "further than 1 % of it."
          : "\(setting.path): within 1 % of the best from\(most) \(range).")
    }
    return remarks
  }

  /// Where any of the figures that are shown first has a question mark.
  private var unresolved: String? {
    let shown = [answer.best?.objective] + (answer.best?.verdicts ?? []).map(\.observed)
    guard shown.contains(where: { $0?.resolved == false }) else { return nil }
    return "? marks a quantile whose replications are too short: fewer than 100 observations lie "
      + "beyond it in each."
  }

  private func inert(_ setting: TuneAnswer.Setting, _ effect: Tuning.Effect?) -> String {
    let left =
      "\(setting.path) was left at today's \(setting.today.isEmpty ? "default" : setting.today)"
    let (size, width) = (effect?.size ?? 0, effect?.halfWidth ?? 0)
    guard size > 0, size <= width else {
      return "\(left): screening found that it does not matter (it moves "
        + "\(answer.objective.name) by \(figure(Estimate(value: size))))."
    }
    return "\(left): screening could not tell what it does to \(answer.objective.name), "
      + "\(figure(Estimate(value: size, halfWidth: width))), from the noise."
  }

  private func edge(
    _ setting: TuneAnswer.Setting, _ end: String, _ beyond: String, _ interval: Tuning.Interval
  ) -> String {
    let isSure = interval.low == interval.high
    return "\(setting.path): the optimum \(isSure ? "lies" : "may lie") at the \(end) end of the "
      + "range, and so perhaps \(beyond): the interval has one side."
  }

  private var bindings: [String] {
    tuning.binding.map { "\(answer.rules[$0]) binds: the optimum lies on its limit." }
  }

  /// Points that said nothing.
  private var coverage: String? {
    let silent = answer.trials.filter { $0.objective == nil }
    guard let first = silent.first else { return nil }
    return "\(silent.count) of \(answer.trials.count) points say nothing; the first, "
      + "\(overrides(first)): \(first.problem)"
  }

  /// Where no setting keeps the rules: which comes nearest, and what it breaks.
  var nearestMiss: String {
    guard let nearest = tuning.nearest.map({ answer.trials[$0] }) else { return "" }
    let broken = nearest.verdicts.filter { !$0.passed }.map {
      "\($0.rule), observed \($0.observedText)"
    }
    return "The nearest miss is \(overrides(nearest)), which breaks "
      + broken.joined(separator: " and ") + "."
  }

  /// What comes out of it in a line.
  var headline: String {
    guard let best = answer.best else {
      return "none of \(answer.trials.count) points keeps every rule"
    }
    let settings = self.settings
    let found = settings.isEmpty ? ["today's \(overrides(best))"] : settings
    return "\(found.joined(separator: "; ")): \(answer.objective.name) \(figure(best.objective))"
  }

  // MARK: - The front

  /// Rows of the front, evenly thinned to so many.
  func front(_ most: Int = .max) -> [(settings: [String], figures: [String], isBest: Bool)] {
    let points = answer.front.points
    let shown =
      points.count <= most
      ? Array(points.indices)
      : (0..<most).map { $0 * (points.count - 1) / (most - 1) }
    return shown.map { index in
      let trial = answer.trials[points[index].id]
      return (
        trial.settings.map { $0.isEmpty ? "default" : $0 },
        answer.front.metrics.map { metric in
          let place = TuneFront.weighed.firstIndex { $0.name == metric.name }
          return figure(place.flatMap { trial.figures[$0] }, metric)
        }, points[index].id == tuning.best
      )
    }
  }
}

// MARK: - Console

extension TuneReport {
  private static let rowsShown = 8

  public func console(colour: Bool) -> String {
    let ink = ConsoleReport.Ink(isOn: colour)
    var blocks = [[ink.bold(answer.scenario) + ink.dim("  \(goal)  \(runs)")]]
    let word = answer.isFeasible ? ink.green("BEST") : ink.red("NONE")
    let margin = "      "
    var lines = ConsoleReport.wrapped(headline + ".", first: margin, next: margin)
    lines[0] = "\(word)  " + lines[0].dropFirst(margin.count)
    let second = answer.isFeasible ? regret : nearestMiss
    if !second.isEmpty { lines += ConsoleReport.wrapped(second, first: margin, next: margin) }
    blocks.append(lines)
    let rules = (answer.best?.verdicts ?? []).map { verdict in
      "  \(verdict.passed ? ink.green("✓") : ink.red("✗")) \(verdict.rule): \(verdict.observedText)"
    }
    if !rules.isEmpty { blocks.append(rules) }
    let remarks = remarks.flatMap { ConsoleReport.wrapped($0, first: "· ", next: "  ") }
    if !remarks.isEmpty { blocks.append(remarks) }
    let front = front(Self.rowsShown)
    if front.count > 1 { blocks.append(table(front, ink)) }
    return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private func table(
    _ front: [(settings: [String], figures: [String], isBest: Bool)], _ ink: ConsoleReport.Ink
  ) -> [String] {
    let titles = answer.settings.map(\.path) + answer.front.metrics.map(\.name)
    let rows = front.map { $0.settings + $0.figures }
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      "  " + zip(cells, widths).map { $0.padded(before: $1) }.joined(separator: "   ")
    }
    let count = answer.front.points.count
    let some = front.count < count ? ", \(front.count) of \(count)" : ""
    return [ink.bold("Pareto front\(some)"), ink.bold(line(titles))]
      + zip(front, rows).map { row, cells in line(cells) + (row.isBest ? "   best" : "") }
  }
}

// MARK: - Markdown and CSV

extension TuneReport {
  public var markdown: String {
    var parts = ["# \(answer.scenario): \(goal)"]
    if !answer.question.isEmpty { parts.append(answer.question) }
    parts.append("**\(answer.isFeasible ? "BEST" : "NONE")**: \(headline).")
    let second = answer.isFeasible ? regret : nearestMiss
    if !second.isEmpty { parts.append(second) }
    if answer.isFeasible {
      var table = MarkdownReport.Table(
        ["setting", "best", "interval", "today", "range"], rightAligned: 1...4)
      for (index, setting) in answer.settings.enumerated() {
        table.add([
          "`\(setting.path)`", best(index), interval(index),
          setting.today.isEmpty ? "default" : setting.today,
          "\(setting.text(setting.range.low))–\(setting.text(setting.range.high))",
        ])
      }
      parts.append(table.text)
    }
    let rules = (answer.best?.verdicts ?? []).map { verdict in
      "- \(verdict.passed ? "✓" : "✗ **FAIL**") `\(verdict.rule)`: \(verdict.observedText)"
    }
    if !rules.isEmpty { parts.append(rules.joined(separator: "\n")) }
    if !remarks.isEmpty { parts.append(remarks.map { "- \($0)" }.joined(separator: "\n")) }
    let front = front()
    if front.count > 1 {
      let titles = answer.settings.map { "`\($0.path)`" } + answer.front.metrics.map(\.name)
      var table = MarkdownReport.Table(titles, rightAligned: 0...(titles.count - 1))
      for row in front { table.add(row.settings + row.figures) }
      parts.append("## Pareto front\n\n" + table.text)
    }
    parts.append("\(runs); feedsim \(answer.feedsimVersion).")
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// A row a point: its settings, its objective and the figures that the front weighs up, in the
  /// units of the result document.
  public var csv: String {
    let figures = TuneFront.weighed.map(\.name)
    let objective = answer.objective.name
    var header = ["point"] + answer.settings.map(\.path) + ["replications"]
    for name in [objective] + figures.filter({ $0 != objective }) {
      header += [name, "\(name).half_width"]
    }
    var lines = [header + answer.rules + ["on_front", "best", "error"]]
    for (index, trial) in answer.trials.enumerated() {
      var fields = ["\(index + 1)"] + trial.settings + ["\(trial.replications)"]
      let others = zip(figures, trial.figures).filter { $0.0 != objective }.map(\.1)
      for estimate in [trial.objective] + others {
        fields += [Self.field(estimate?.value), Self.field(estimate?.halfWidth)]
      }
      fields += answer.rules.map { rule in
        trial.verdicts.first { $0.rule == rule }.map { $0.passed ? "true" : "false" } ?? ""
      }
      fields.append(answer.front.points.contains { $0.id == index } ? "true" : "false")
      fields.append(tuning.best == index ? "true" : "false")
      lines.append(fields + [trial.problem])
    }
    return lines.map { $0.map(CSVReport.quoted).joined(separator: ",") }
      .joined(separator: "\n") + "\n"
  }

  private static func field(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return JSONValue.shortest(value)
  }
}
