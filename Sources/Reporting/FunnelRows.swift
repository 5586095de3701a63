import Planning

extension Overview {
  func isOfFunnel(_ metric: String) -> Bool {
    metric == "ranking.partial" || metric == "ranking.degraded"
      || metric.split(separator: ".").count == 3 && metric.hasPrefix("ranking.")
  }

  /// What the stages of ranking are given, let go on and cost, stage by stage in their order.
  func funnel(_ detail: Detail) -> [Row?] {
    var rows = [
      row("ranked in part, time used up", "ranking.partial"),
      row("ranked in degraded mode", "ranking.degraded"),
    ]
    var stages: [String] = []
    for metric in designs.flatMap(\.metrics) {
      let parts = metric.name.split(separator: ".")
      guard parts.count == 3, parts[0] == "ranking", !stages.contains(String(parts[1])) else {
        continue
      }
      stages.append(String(parts[1]))
    }
    for stage in stages {
      let (name, label) = ("ranking.\(stage)", MetricNames.words(stage))
      rows.append(row("\(label): candidates", "\(name).candidates"))
      rows.append(row("\(label): kept", "\(name).kept"))
      rows.append(row("\(label): features", "\(name).features"))
      rows.append(row("\(label): work", "\(name).work"))
      rows.append(row("\(label): time, mean", "\(name).latency"))
      if detail == .full { rows.append(row("\(label): time, p99", "\(name).latency", "p99")) }
    }
    return rows
  }
}
