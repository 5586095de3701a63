import FeedSystem

/// What `feedsim plan` has found: for each design the cheapest fleet that keeps every objective.
public struct PlanAnswer: Sendable {
  public var feedsimVersion: String
  public var scenario: String
  public var scenarioHash: String
  public var question: String
  /// What follows `feedsim plan` to ask this again: the file, then what was put in.
  public var arguments: [String]
  public var seed: UInt64
  /// Of each run.
  public var replications: String
  public var settings: PlanSettings
  /// What the bills are in; nil without prices.
  public var currency: Currency?
  public var designs: [DesignPlan]
  /// Runs of the simulator, each with all its replications.
  public var runs: Int

  /// Whether any design has a fleet.
  public var isFeasible: Bool { designs.contains { $0.plan != nil && $0.isAffordable } }

  /// The design whose fleet costs least, of those that have one; by servers where nothing has a
  /// price.
  public var cheapest: DesignPlan? {
    designs.filter { $0.plan != nil && $0.isAffordable }.min { one, other in
      let (first, second) = (one.plan?.month ?? 0, other.plan?.month ?? 0)
      if abs(first - second) > 0.005 { return first < second }
      return (one.plan?.fleet.total ?? 0) < (other.plan?.fleet.total ?? 0)
    }
  }

  /// What `feedsim run` takes after the scenario to run the fleets that were found.
  public var fleetSettings: [String] {
    designs.flatMap { $0.plan?.settings ?? [] }
  }
}

/// One design's fleet, or why it has none.
public struct DesignPlan: Sendable {
  /// Empty where the scenario compares none.
  public var name: String
  /// Of `plan.vary`, by the paths that it names; empty where nothing is varied.
  public var choice: [String] = []
  public var plan: FleetPlan?
  /// What no number of servers keeps, where there is no fleet.
  public var failure: FleetAssessment?
  /// Every combination of `plan.vary`, in the order in which they were looked at.
  public var considered: [Considered] = []

  /// Lines of the bill that combinations are not compared by, as not all of them price them.
  public var leftOut: [String] = []

  /// A combination of choices, and what came of it.
  public struct Considered: Sendable {
    public enum Outcome: Sendable, Equatable {
      /// A month, or servers where nothing has a price.
      case found(Double)
      /// Half the servers that its peak asks for cost as much as the best that was found.
      case dearer
      case impossible(String)
      /// Machines that have no price, and have one in another combination: not searched.
      case notPriced([String])
    }
    public var settings: [String]
    /// A month of half the servers that the peak asks for, or those servers where nothing has a
    /// price.
    public var leastCost: Double
    public var outcome: Outcome
  }

  /// Whether the rules about money hold for the fleet.
  public var isAffordable: Bool { plan?.budget.allSatisfy(\.passed) ?? true }
}

/// The cheapest fleet that was found, with what speaks for it.
public struct FleetPlan: Sendable {
  /// A tier of it.
  public struct Row: Sendable {
    public var tier: TierName
    /// At the peak, in erlangs.
    public var offeredLoad: Double
    public var bracket: ClosedRange<Int>
    public var servers: Int
    /// One for each shard and replica; a pool's is 1.
    public var step: Int
    public var machines: Int
    public var instance: String
    /// Servers that one machine runs.
    public var perMachine: Int
    /// A month; nil where the machine has no price.
    public var cost: Double?

    public var utilisation: Double { servers > 0 ? offeredLoad / Double(servers) : 0 }
  }

  /// What keeps the fleet from being smaller.
  public struct Binding: Sendable {
    public var tier: TierName
    public var rule: String
    public var condition: PlanCondition
    /// The fleet with a server fewer there.
    public var fewer: FleetAssessment
    public var servers: Int
  }

  /// The factors on posts and loads between which the fleet gives way.
  public struct Capacity: Sendable {
    /// The highest that was seen to keep the objectives.
    public var kept: Double
    /// The lowest that was seen not to; nil where none was found.
    public var broken: Double?
    /// What then fails; empty where nothing does.
    public var rule: String
    /// At which the first tier is asked for more than it can do.
    public var saturation: Double
    public var tier: TierName

    /// Nil where no end was found.
    var interval: ClosedRange<Double>? { broken.map { kept...max(kept, $0) } }
  }

  /// The cheapest fleet for some of the conditions; all but the last by quick tests only.
  public struct Step: Sendable {
    public var group: PlanCondition.Group
    /// A month, all lines that have a price.
    public var cost: Double
    public var servers: Int
  }

  public var fleet: PlannedFleet
  /// What each group of conditions has added to those before.
  public var steps: [Step]
  /// As `--set` takes them, what was chosen of `plan.vary` first.
  public var settings: [String]
  /// The dearest servers first.
  public var rows: [Row]
  /// Under each condition.
  public var assessments: [FleetAssessment]
  public var fewer: [(tier: TierName, assessment: FleetAssessment)]
  /// Nil where every tier has the least that it can have.
  public var binding: Binding?
  public var capacity: Capacity?
  /// The fleet under the scenario's own seed: its bill, and the rules about money.
  public var measured: DesignResult
  public var budget: [Verdict]
  /// What the bill leaves out, and which of its prices are old.
  public var notes: [String] = []
  /// Month by month; nil where nothing grows.
  public var growth: Growth?
  /// Empty if it was not asked for.
  public var elasticities: [Elasticity] = []

  /// A month, all lines that have a price.
  public var month: Double { Cost.month(measured.costs) }

  /// Regions that each have all servers of a sharded tier; 1 where there is one place.
  public var placesOfShards: Int { measured.usage?.places ?? 1 }

  /// Lines of the bill without a price.
  public var unpriced: [String] {
    measured.costs.filter { $0.unitPrice == nil }.map(\.name)
  }
}

/// By how many per cent the cost answers to one per cent more of an input.
public struct Elasticity: Sendable {
  public enum Kind: String, Sendable { case demand, visit, price }
  public var kind: Kind
  /// A scenario's key, or a line of the bill.
  public var input: String
  public var value: Double

  public init(kind: Kind, input: String, value: Double) {
    self.kind = kind
    self.input = input
    self.value = value
  }
}
