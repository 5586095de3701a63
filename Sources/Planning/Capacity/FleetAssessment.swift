import FeedSystem
import Simulation

/// How a fleet kept the objectives under one condition, over the seeds that it was tried with.
public struct FleetAssessment: Sendable {
  /// One objective.
  public struct Objective: Sendable {
    public var rule: Threshold
    /// Over the seeds; nil where one of them had no estimate.
    public var mean: Double?
    public var worst: Double?
    /// Seeds that kept it.
    public var kept: Int
    /// The mean distance from the limit in standard deviations; nil where it has no spread.
    public var margin: Double?
    /// That at least the wanted share of seeds keeps it; nil for a rule without a distance.
    public var confidence: Double?
    /// By tier, the mean over the seeds that broke it of what one visit of a hundred waits longer
    /// than, in milliseconds.
    var waits: [TierName: Double] = [:]
  }

  public var condition: PlanCondition
  public var objectives: [Objective]
  public var seeds: Int
  /// Seeds that kept all of them.
  public var kept: Int
  public var isKept: Bool
  /// The seeds ran out before it was clear, and the likelier side was taken.
  public var isClose = false
  /// Nothing was run: a tier of one server cannot lose it.
  public var isHopeless = false
  /// The last that a search has seen which came to no fleet: another one may keep the objectives.
  public var isUnsettled = false

  /// The objective nearest to its limit, or furthest beyond: its place.
  var nearest: Int? {
    objectives.indices.min { one, other in
      let (first, second) = (objectives[one], objectives[other])
      if first.kept != second.kept { return first.kept < second.kept }
      return (first.margin ?? .infinity, one) < (second.margin ?? .infinity, other)
    }
  }

  public var binding: Objective? { nearest.map { objectives[$0] } }
}

extension FleetAssessment.Objective {
  /// - Parameters:
  ///   - place: among the thresholds of the run.
  ///   - test: that it is judged by.
  init(_ rule: Threshold, _ place: Int, _ outcomes: [TrialOutcome], _ test: ToleranceTest) {
    self.rule = rule
    let observed = outcomes.map { $0.observed[place] }
    let known = observed.compactMap { $0 }
    kept = outcomes.count { $0.passed[place] }
    if known.count == observed.count, !known.isEmpty {
      mean = known.reduce(0, +) / Double(known.count)
      worst = rule.isUpperLimit ? known.max() : known.min()
    }
    let broken = outcomes.filter { !$0.passed[place] }
    for outcome in broken {
      for (tier, wait) in outcome.waits { waits[tier, default: 0] += wait / Double(broken.count) }
    }
    let distances = rule.distances(of: known)
    guard distances.count > 1 else { return }
    confidence = test.confidence(distances)
    let count = Double(distances.count)
    let middle = distances.reduce(0, +) / count
    let squares = distances.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    let deviation = (squares / (count - 1)).squareRoot()
    if deviation > 1e-12 * abs(middle) { margin = middle / deviation }
  }
}

extension Threshold {
  /// Whether it is about the bill, which a plan makes least, and not about what it must keep.
  var isCost: Bool { metric.hasPrefix("cost.month") }

  var isUpperLimit: Bool { comparison == .atMost || comparison == .below }

  /// How far from the limit, above 0 where the rule is kept; of times the logarithms, since they
  /// are skewed. Empty for == and !=, and where all are alike.
  func distances(of values: [Double]) -> [Double] {
    guard let first = values.first, values.contains(where: { $0 != first }) else { return [] }
    let isTime = unit == .milliseconds || unit == .seconds
    let asLogarithms = isTime && limit > 0 && values.allSatisfy { $0 > 0 }
    func scaled(_ value: Double) -> Double { asLogarithms ? ln(value) : value }
    switch comparison {
    case .atMost, .below: return values.map { scaled(limit) - scaled($0) }
    case .atLeast, .above: return values.map { scaled($0) - scaled(limit) }
    case .equal, .unequal: return []
    }
  }
}
