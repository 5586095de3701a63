import Simulation

/// Whether a capacity lies where queueing theory puts it, from runs at the bracket's ends: it does
/// under a seed that keeps all rules at the lower one and not at the upper. Where less traffic
/// breaks a rule, as a cache that it warms too slowly, the seed's capacity is looked for. A pure
/// value.
public struct CapacityEnds: Sendable, Equatable {
  public var scenario: String
  /// Empty where the scenario compares none.
  public var design: String
  public var bracket: CapacityBracket
  public var seeds: Int
  /// Seeds whose capacity lies between the ends, or above all factors that are tried if the upper
  /// end does.
  public var inside: Int
  /// Seeds that break a rule at the lower end, of which it was looked for.
  public var searched: Int
  /// What breaks first at the upper end; nil where that is above all that is tried.
  public var binding: Capacity.Binding?
  /// Runs of the scenario that it took.
  public var runs: Int

  public var isInside: Bool { inside == seeds }
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
    let found = try parallelMap(count: seeds, threads: threads, local: nothing) { index, _ in
      let search = try SeedSearch(self, ground, index: index, threads: 1, version: version)
      let above = try high.map { try search.trial(at: $0) }
      var seed = Seed(binding: above?.binding, runs: high == nil ? 1 : 2)
      guard above?.isFeasible != true else { return seed }
      seed.isInside = try search.trial(at: low).isFeasible
      guard !seed.isInside else { return seed }
      let factor = try search.capacity(within: range).factor
      seed.isInside = factor >= low && factor <= high ?? ceiling
      seed.isSearched = true
      seed.runs += search.trials.count
      return seed
    }
    return CapacityEnds(
      scenario: scenario.name, design: ground.scenario.designs[0].name, bracket: ground.bracket,
      seeds: seeds, inside: found.count(where: \.isInside),
      searched: found.count(where: \.isSearched), binding: found.compactMap(\.binding).first,
      runs: found.reduce(2) { $0 + $1.runs })
  }

  private struct Seed {
    var binding: Capacity.Binding?
    var runs: Int
    var isInside = false
    var isSearched = false
  }
}
