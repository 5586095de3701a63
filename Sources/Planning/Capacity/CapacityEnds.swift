import Simulation

/// Whether a capacity lies where queueing theory puts it, from runs at the bracket's ends alone: it
/// does where every seed keeps all rules at the lower one and none does at the upper. A pure value.
public struct CapacityEnds: Sendable, Equatable {
  public var scenario: String
  /// Empty where the scenario compares none.
  public var design: String
  public var bracket: CapacityBracket
  public var seeds: Int
  /// Seeds that keep all rules at the lower end.
  public var keptAtLow: Int
  /// And at the upper; nil where that is above all factors that are tried.
  public var keptAtHigh: Int?
  /// What breaks first at the upper end, or at the lower; nil where nothing does.
  public var binding: Capacity.Binding?
  /// Runs of the scenario that it took.
  public var runs: Int

  public var isInside: Bool { keptAtLow == seeds && (keptAtHigh ?? 0) == 0 }
}

extension CapacitySearch {
  /// Runs each seed at both ends, a step of the resolution beyond them. Where the bracket is right
  /// that takes a fraction of the runs of a search, and none of them is far above the capacity.
  ///
  /// - Throws: what running the scenario throws; `InvalidInput` for a design that it has not.
  public func ends(version: String) throws -> CapacityEnds {
    let ground = try prepared(version: version)
    let range = ground.bracket.range
    let low = min(max(range.lowerBound / (1 + resolution), ground.floor), ceiling)
    let beyond = range.upperBound * (1 + resolution)
    let high = beyond < ceiling ? beyond : nil
    let nothing: @Sendable () -> Void = {}
    let trials = try parallelMap(count: seeds, threads: threads, local: nothing) { index, _ in
      let search = try SeedSearch(self, ground, index: index, threads: 1, version: version)
      return (try search.trial(at: low), try high.map { try search.trial(at: $0) })
    }
    let broken = trials.compactMap(\.1).first { !$0.isFeasible }
    return CapacityEnds(
      scenario: scenario.name, design: ground.scenario.designs[0].name, bracket: ground.bracket,
      seeds: seeds, keptAtLow: trials.count { $0.0.isFeasible },
      keptAtHigh: high.map { _ in trials.count { $0.1?.isFeasible == true } },
      binding: (trials.map(\.0).first { !$0.isFeasible } ?? broken)?.binding,
      runs: 2 + seeds * (high == nil ? 1 : 2))
  }
}
