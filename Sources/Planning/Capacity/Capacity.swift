import FeedSystem
import Simulation

/// How much traffic a fleet takes: the highest factor on a scenario's posts and loads at which all
/// objectives are met, simulated. A pure value.
public struct Capacity: Sendable, Equatable {
  /// What gives way first above the capacity.
  public struct Binding: Sendable, Equatable {
    /// The rule, as written; nil where the work outgrows the servers.
    public var rule: String?
    /// Where readers wait longest, or work piles up; nil where no tier is to blame.
    public var tier: TierName?
    /// Of that tier at its peak, just above the capacity.
    public var utilisation: Double?

    /// In a sentence.
    public var text: String {
      let what = rule.map { "\"\($0)\" fails" } ?? "work piles up without end"
      guard let tier else { return what }
      let busy = utilisation.map { NumberText.amount(($0 * 100).rounded()) }
      return "\(what) at \(tier.metric)" + (busy.map { ", \($0) % busy at its peak" } ?? "")
    }
  }

  public var scenario: String
  /// Empty where the scenario compares none.
  public var design: String
  /// Over the seeds: the mean of their capacities with its 95 % interval.
  public var factor: Estimate
  /// What a fresh seed keeps with 95 % (one-sided prediction interval of a normal law; Hahn and
  /// Meeker, "Statistical Intervals", 1991, section 4.8).
  public var assured: Double
  /// Where queueing theory had put it.
  public var bracket: CapacityBracket
  /// Nil where no load was found that breaks a rule.
  public var binding: Binding?
  /// Rules that no load keeps, or that are about money: not objectives of a capacity.
  public var setAside: [String]
  /// The servers that it is the capacity of, by tier.
  public var fleet: [TierDemand]
  /// Loads a second of the scenario as it is, the mean of the window.
  public var loadsPerSecond: Double
  /// Neighbouring factors that were tried differ by this share.
  public var resolution: Double
  /// Runs of the scenario that it took.
  public var runs: Int

  /// Whether theory had it right, but for the steps between the factors that were tried. Where
  /// nothing broke, the capacity is above all that was tried: then whether theory allows for that.
  public var isInside: Bool {
    let range = bracket.range
    return (binding == nil || factor.value >= range.lowerBound * (1 - resolution))
      && factor.value <= range.upperBound * (1 + resolution)
  }

  /// The interval, within what was found.
  public var interval: ClosedRange<Double> {
    let half = factor.halfWidth ?? 0
    return max(0, factor.value - half)...(factor.value + half)
  }

  /// Share of the capacity that the scenario's traffic leaves free; below 0 where it is too much.
  public var headroom: Double { factor.value > 0 ? 1 - 1 / factor.value : -.infinity }
}
