import Planning
import Simulation

/// What an answer has to be read with.
extension PlanText {
  /// A fleet may keep its objectives and yet fail what nobody has asked about.
  func failures(_ plan: FleetPlan) -> String? {
    plan.unjudgedFailures.map { failures in
      "It fails \(ExplanationText.percent(failures.share)) of what it is asked "
        + "(\(failures.metric)), and no objective is about that: latencies are of what was "
        + "answered. Give one, such as --threshold '\(failures.metric) < 1%'."
    }
  }

  /// Where entries wait for workers for as long as the peak lasts, and longer.
  func lateness(_ plan: FleetPlan) -> String? {
    plan.unjudgedLag.map { lag in
      let time = NumberText.text(Estimate(value: lag.value), .milliseconds, isShare: false)
      return "Its fan-out workers fall behind at the peak, and no objective is about that: "
        + "deliveries take \(time) at p99. Give one, such as --threshold 'delivery.lag.p99 < 60s'."
    }
  }

  /// How finely servers are decided on, where a cell's pools stand for them.
  func steps(_ plan: FleetPlan) -> String? {
    let rows = plan.stepsOfCells
    guard !rows.isEmpty else { return nil }
    let steps = rows.map { row in
      "\(NumberText.amount(Double(row.step))) at the \(MetricNames.words(row.tier.metric))"
    }
    return "One cell is run, whose pools cannot tell single servers of the whole: servers are "
      + "decided on in steps of \(Result.list(steps)), and a server fewer is a step fewer."
  }
}
