import FeedSystem
import Planning
import Simulation

/// What each stage adds to the mean feed latency: its own mean over the loads that take it, times
/// their share of all loads. The parts sum to the mean, which the stages' own means do not.
struct StageShares {
  /// Gather is the slower of the timeline and the posts; those two would count twice.
  private let stages: [Stage]

  /// The stages, and last what no stage holds: the way between client and gateway.
  private var labels: [String] {
    stages.map { MetricNames.words($0.metric) } + ["outside the stages"]
  }

  private let result: Result
  /// Milliseconds by design and part; nil for a design without a mean.
  private let parts: [[Double]?]

  init(_ result: Result) {
    self.result = result
    let own: [Stage] = [
      .gateway, .feedCache, .l1Cache, .l2Cache, .l3Cache, .origin, .graph, .gather, .features,
      .ranking, .hydration, .objects, .fill,
    ]
    let always: [Stage] = [.gateway, .feedCache, .gather, .ranking, .fill]
    stages = own.filter { stage in
      always.contains(stage)
        || result.designs.contains { $0.metric("feed.latency.\(stage.metric)") != nil }
    }
    parts = result.designs.map { [stages] in Self.parts($0, stages) }
  }

  private static func parts(_ design: DesignResult, _ stages: [Stage]) -> [Double]? {
    guard let whole = design.metric("feed.latency"), let mean = whole.mean?.value,
      mean.isFinite, mean > 0, whole.count > 0
    else { return nil }
    let parts = stages.map { stage -> Double in
      guard let metric = design.metric("feed.latency.\(stage.metric)"),
        let value = metric.mean?.value, value.isFinite
      else { return 0 }
      return value * Double(metric.count) / Double(whole.count)
    }
    return parts + [max(0, mean - parts.reduce(0, +))]
  }

  private var totals: [Double] { parts.compactMap { $0?.reduce(0, +) } }

  /// Where one mean is many times another, only its composition can be compared by eye.
  private var showsComposition: Bool { (totals.max() ?? 0) > 10 * (totals.min() ?? 0) }

  var chart: Chart {
    let scale = NumberText.scale(.milliseconds, of: totals)
    let composes = showsComposition
    let legend =
      "A stage's part is its mean over the loads that take it, times their share; outside the "
      + "stages is the way between client and gateway."
    return Chart(
      id: "stages", kind: .stack,
      label: "Stacked bar chart: what each stage adds to the mean feed latency"
        + Chart.named(result),
      unit: composes ? "%" : scale.symbol, maximum: composes ? 100 : nil,
      legend: composes
        ? legend + " Bars show per cent of the mean, as the designs' means lie far apart." : legend,
      categories: zip(result.designs, parts).map { design, parts in
        guard let total = parts?.reduce(0, +) else { return design.name }
        let words = NumberText.text(Estimate(value: total), .milliseconds)
        return design.name.isEmpty ? words : "\(design.name), \(words)"
      },
      series: labels.enumerated().map { index, label in
        Chart.Series(
          name: label,
          values: parts.map { parts in
            guard let parts else { return nil }
            return composes
              ? 100 * parts[index] / parts.reduce(0, +) : parts[index] / scale.divisor
          })
      })
  }

  var section: Overview.Section {
    let rows = labels.indices.map { index in
      row(labels[index], parts.map { $0?[index] })
    }
    let total = row("mean feed latency", parts.map { $0?.reduce(0, +) })
    return Overview.Section(
      topic: .stages, title: "What each stage adds to the mean feed latency", rows: rows + [total])
  }

  private func row(_ label: String, _ values: [Double?]) -> Overview.Row {
    let scale = NumberText.scale(
      .milliseconds, of: values.compactMap { $0 }.filter { $0 > 0 })
    return Overview.Row(
      label: label, unit: scale.symbol,
      cells: values.map { value in
        value.map { Overview.figure(Estimate(value: $0), scale) } ?? .absent
      })
  }
}
