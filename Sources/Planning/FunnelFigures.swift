import FeedSystem
import Settings

extension Replication {
  /// What each stage of ranking was given and let go on, what it cost, and who went without.
  mutating func addFunnel(_ funnel: borrowing FunnelMeasurements, _ design: Design) {
    let ranked = Double(max(funnel.ranked, 1))
    if design.feed.budget != nil {
      add("ranking.partial", .ratio, Double(funnel.partial) / ranked)
    }
    if design.degraded != nil {
      add("ranking.degraded", .ratio, Double(funnel.degraded) / ranked)
    }
    guard design.ranking.isStaged else { return }
    let names = design.ranking.metrics
    for (name, counts) in zip(names, funnel.stages) where counts.loads > 0 {
      let loads = Double(counts.loads)
      add("ranking.\(name).candidates", .posts, Double(counts.candidates) / loads)
      add("ranking.\(name).kept", .posts, Double(counts.kept) / loads)
      if counts.flops > 0 { add("ranking.\(name).work", .megaflops, counts.flops / 1e6 / loads) }
    }
    for (name, counts) in zip(names, funnel.stages) where counts.features > 0 {
      // A load whose time is up while it fetches never comes to the stage.
      add("ranking.\(name).features", .features, Double(counts.features) / ranked)
    }
    for visit in funnel.leaders.indices {
      add("ranking.\(names[funnel.leaders[visit]]).latency", funnel.latency[visit])
    }
  }
}

extension MetricNames {
  static let funnelScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("ranking.partial", .ratio, .lower), ("ranking.degraded", .ratio, .none),
  ]

  /// What there is to know of a stage of ranking.
  private static let stageMetrics: [(name: String, unit: Unit, direction: Direction)] = [
    ("candidates", .posts, .none), ("kept", .posts, .none), ("features", .features, .none),
    ("work", .megaflops, .lower), ("latency", .milliseconds, .lower),
  ]

  static let stageFamilies = stageMetrics.map { "ranking.<stage>.\($0.name)" }

  /// The entry of `ranking.<stage>.<metric>`, with the stage's number where it is not the first of
  /// its kind; nil for any other name.
  static func stageEntry(_ name: String) -> Entry? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[0] == "ranking",
      let metric = stageMetrics.first(where: { $0.name == parts[2] })
    else { return nil }
    let kinds = Catalog<any RankingStage>.ranking.names.map { $0.replacing("-", with: "_") }
    let isKnown = kinds.contains { kind in
      guard parts[1] != kind else { return true }
      guard parts[1].hasPrefix(kind + "_") else { return false }
      return Int(parts[1].dropFirst(kind.count + 1)).map { $0 > 1 } ?? false
    }
    guard isKnown else { return nil }
    return Entry(
      name: name, unit: metric.unit, isDistribution: metric.unit == .milliseconds,
      direction: metric.direction)
  }
}

extension Scenario {
  /// Refuses a degraded mode and a failing feature store that begin when the run is over.
  func validateModes(_ parameters: Parameters) throws {
    if designs.contains(where: { $0.design.degraded?.at.map { $0 >= duration } ?? false }) {
      throw parameters.error("begins after the end of the run", key: "degraded")
    }
    let failures = designs.flatMap(\.design.ranking.stages).compactMap { $0.features?.failing?.at }
    if failures.contains(where: { $0 >= duration }) {
      throw parameters.error("has features.failing after the end of the run", key: "ranking")
    }
  }
}
