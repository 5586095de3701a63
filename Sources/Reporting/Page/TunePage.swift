import Planning
import Simulation

/// A tuning as a page: what to set and how sure that is, the points it was read from, and what is
/// bought with what.
extension TuneReport {
  /// - Parameter charts: Chart.js as text; without it the page has its tables alone.
  public func page(charts: String?) -> String {
    Page(
      title: "\(answer.scenario), tuned", opening: [head, verdict],
      sections: [curves, weighed].compactMap { $0 },
      closing: [
        """
        <section>
        <h2>How to reproduce</h2>
        <p>feedsim \(answer.feedsimVersion), seed \(String(answer.seed)); the scenario's \
        SHA-256 is \(answer.scenarioHash).</p>
        </section>
        """
      ]
    ).text(charts: charts)
  }

  private var head: HTML {
    """
    <header>
    <h1>\(answer.scenario)</h1>
    <p class="question">\(answer.question)</p>
    <p class="facts">A tuning: \(goal), \(runs)</p>
    </header>
    """
  }

  // MARK: Verdict

  private var verdict: HTML {
    let isFound = answer.isFeasible
    let second = isFound ? regret : nearestMiss
    let rules = (answer.best?.verdicts ?? []).map { verdict in
      PageTable.Row(
        label: "<code>\(verdict.rule)</code>",
        cells: [
          """
          <td class="\(verdict.passed ? "good" : "bad")">\(verdict.passed ? "✓" : "✗") \
          \(verdict.observedText)</td>
          """
        ])
    }
    let table = PageTable(
      caption: "Each rule at the best", first: "rule", columns: ["observed"], rows: rules)
    let remarks: [HTML] = remarks.map { "<li>\($0)</li>" }
    let parts: [HTML] = [
      """
      <p class="verdict \(isFound ? "good" : "bad")"><strong>\(isFound ? "BEST" : "NONE")\
      </strong> \(headline)</p>
      """,
      second.isEmpty ? "" : "<p>\(second)</p>", isFound ? settingTable.markup : "",
      rules.isEmpty ? "" : table.markup, remarks.isEmpty ? "" : "<ul>\n\(remarks)\n</ul>",
    ]
    return """
      <section>
      <h2>Verdict</h2>
      \(parts.filter { !$0.text.isEmpty })
      </section>
      """
  }

  private var settingTable: PageTable {
    PageTable(
      caption: "The best value of each setting, with its 95 % interval", first: "setting",
      columns: ["best", "interval", "today", "range"],
      rows: answer.settings.enumerated().map { index, setting in
        let range = "\(setting.text(setting.range.low))–\(setting.text(setting.range.high))"
        let today = setting.today.isEmpty ? "default" : setting.today
        return PageTable.Row(
          label: "<code>\(setting.path)</code>",
          cells: [best(index), interval(index), today, range].map { "<td>\($0)</td>" })
      })
  }

  // MARK: What was simulated

  private var objective: SweepFigure {
    SweepFigure(metric: answer.objective.metric, statistic: answer.objective.statistic)
  }

  private var curves: PageSection? {
    let charts = answer.settings.indices.compactMap(curve)
    guard !charts.isEmpty else { return nil }
    let panels = charts.dropLast().map { PageSection.Panel(chart: $0, tables: []) }
    return PageSection(
      title: "What was simulated",
      panels: panels + [
        PageSection.Panel(
          chart: charts.last,
          tables: [table("Every point", Array(answer.trials.indices)).markup],
          summary: "Every point: its settings and its figures")
      ],
      legend: "Each mark is a point under the same random numbers; the interval of the best is "
        + "shaded."
        + (answer.settings.count > 1 ? " The other settings differ from mark to mark." : ""))
  }

  /// Nil for a setting that screening left as it is.
  private func curve(_ index: Int) -> Chart? {
    let (setting, interval) = (answer.settings[index], tuning.settings[index].interval)
    guard let interval else { return nil }
    let unit = setting.range.drawnUnit
    let points = answer.trials.indices.compactMap {
      trial -> (trial: Int, at: Double, value: Double)? in
      guard let at = tuning.trials[trial].point[index] ?? setting.range.value(of: setting.today),
        at > 0 || !setting.isLogarithmic,
        let value = answer.trials[trial].objective?.value, value.isFinite
      else { return nil }
      return (trial, at / unit.factor, value)
    }.sorted { ($0.at, $0.trial) < ($1.at, $1.trial) }
    let scale = objective.scale(points.map(\.value))
    func series(
      _ name: String, colour: Int, dash: Int, isHollow: Bool = false, where isOfIt: (Int) -> Bool
    ) -> Chart.Series {
      let some = points.filter { isOfIt($0.trial) }
      return Chart.Series(
        name: name, values: some.map { $0.value / scale.divisor },
        unresolved: some.map { _ in isHollow }, positions: some.map(\.at),
        labels: some.map { overrides(answer.trials[$0.trial]) },
        isJoined: colour == 0 && answer.settings.count == 1, colour: colour, dash: dash)
    }
    let (today, isKept) = (tuning.today, answer.today.isFeasible)
    return Chart(
      id: "curve-\(index + 1)", kind: .scatter,
      label: "Scatter chart: \(objective.name) over \(setting.path), the best's interval shaded",
      unit: scale.symbol, isLogarithmic: Chart.isWide(points.map(\.value)), heading: "",
      axis: Chart.Axis(
        title: unit.symbol.isEmpty ? setting.path : "\(setting.path), \(unit.symbol)",
        unit: unit.symbol, isLogarithmic: setting.isLogarithmic),
      title: objective.title(scale),
      bands: [
        Chart.Band(
          label: "best \(best(index))",
          range: (interval.low / unit.factor)...(interval.high / unit.factor))
      ],
      series: [
        // The first is drawn above the others: the search tries today's value too.
        series("today", colour: 1, dash: 3, isHollow: !isKept) { $0 == today },
        series("keeps the rules", colour: 0, dash: 0) {
          $0 != today && answer.trials[$0].isFeasible
        },
        series("breaks a rule", colour: 7, dash: 1, isHollow: true) {
          $0 != today && !answer.trials[$0].isFeasible
        },
      ].filter { !$0.values.isEmpty })
  }

  private func table(_ caption: String, _ trials: [Int]) -> PageTable {
    let metrics = [answer.objective] + answer.front.metrics.filter { $0 != answer.objective }
    return PageTable(
      caption: caption, first: "point",
      columns: answer.settings.map(\.path) + metrics.map(\.name) + ["replications", "rules"],
      rows: trials.map { index in
        let trial = answer.trials[index]
        let figures = metrics.map { metric -> String in
          if metric == answer.objective { return figure(trial.objective) }
          let place = TuneFront.weighed.firstIndex(of: metric)
          return figure(place.flatMap { trial.figures[$0] }, metric)
        }
        let texts =
          trial.settings.map { $0.isEmpty ? "default" : $0 } + figures + ["\(trial.replications)"]
        return PageTable.Row(
          label: "\(String(index + 1))\(index == tuning.best ? ", best" : "")",
          cells: texts.map { "<td>\($0)</td>" } + [Self.rules(trial)])
      }, words: answer.settings.count + metrics.count + 1)
  }

  private static func rules(_ trial: TuneAnswer.Trial) -> HTML {
    if trial.objective == nil { return "<td class=\"bad words\">\(trial.problem)</td>" }
    let broken = trial.verdicts.filter { !$0.passed }.map(\.rule)
    guard !broken.isEmpty else { return "<td class=\"good words\">all hold</td>" }
    return "<td class=\"bad words\">✗ \(broken.joined(separator: "; "))</td>"
  }

  // MARK: Pareto front

  private var weighed: PageSection? {
    let (metrics, front) = (answer.front.metrics, answer.front.points.map(\.id))
    guard metrics.count > 1, front.count > 1 else { return nil }
    let figures = metrics.map { SweepFigure(metric: $0.metric, statistic: $0.statistic) }
    let places = metrics.map { TuneFront.weighed.firstIndex(of: $0) ?? 0 }
    let able = answer.trials.indices.filter { answer.trials[$0].isFeasible }
    let charts = figures.indices.dropFirst().map { second in
      Chart.front(
        "pareto-\(second)", figures[0], figures[second],
        able.compactMap { index in
          let trial = answer.trials[index]
          guard let x = trial.figures[places[0]], let y = trial.figures[places[second]]
          else { return nil }
          return Chart.FrontPoint(
            x: x.value, y: y.value, label: "point \(index + 1): \(overrides(trial))",
            isOnFront: front.contains(index))
        }, limit: SweepReport.pageLimit)
    }
    let panels = charts.dropLast().map { PageSection.Panel(chart: $0, tables: []) }
    return PageSection(
      title: "What is bought with what",
      panels: panels + [
        PageSection.Panel(chart: charts.last, tables: [table("The Pareto front", front).markup])
      ],
      legend: "On the front is every point that keeps the rules and that no other such beats in "
        + "one of \(Result.list(metrics.map(\.name))) without losing in another; figures are "
        + "compared as they are, whatever their intervals.")
  }
}
