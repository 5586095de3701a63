import FeedSystem

/// How many servers a plan gives each tier; 0 for one that it leaves as the scenario has it.
public struct PlannedFleet: Sendable, Hashable {
  private var servers = [Int](repeating: 0, count: TierName.allCases.count)

  public init() {}

  public subscript(_ tier: TierName) -> Int {
    get { servers[tier.rawValue] }
    set { servers[tier.rawValue] = newValue }
  }

  /// The tiers that it decides, in their order.
  public var tiers: [TierName] { TierName.allCases.filter { self[$0] > 0 } }

  public var total: Int { servers.reduce(0, +) }

  func with(_ tier: TierName, _ count: Int) -> PlannedFleet {
    var fleet = self
    fleet[tier] = count
    return fleet
  }

  /// As `--set` takes them: `tiers.gateway.servers=2`.
  ///
  /// - Parameter design: empty where the scenario compares none.
  public func settings(of design: String) -> [String] {
    let prefix = design.isEmpty ? "" : "designs.\(design)."
    return tiers.map { "\(prefix)tiers.\($0.key).servers=\(self[$0])" }
  }
}

/// What a fleet is tried under.
public enum PlanCondition: Sendable, Hashable {
  case asGiven
  /// Posts and loads are so many times as frequent.
  case load(Double)
  /// A machine fewer in a tier, with the servers that it runs; of shards as many of each.
  case serverLost(TierName)
  /// A region is lost for the whole window.
  case regionLost(String)

  /// What is asked for together, in the order in which it is added.
  public enum Group: String, Sendable, CaseIterable {
    case asGiven = "as_given"
    case headroom
    case region = "region_lost"
    case server = "server_lost"
  }

  public var group: Group {
    switch self {
    case .asGiven: .asGiven
    case .load: .headroom
    case .regionLost: .region
    case .serverLost: .server
    }
  }

  /// After a fleet, in progress: " with a gateway machine lost"; empty for none.
  var words: String {
    switch self {
    case .asGiven: ""
    case .load(let factor): " at \(NumberText.fixed(factor, decimals: 2)) times the load"
    case .serverLost(let tier): " with a \(MetricNames.words(tier.metric)) machine lost"
    case .regionLost(let region): " with \(region) lost"
    }
  }

  /// In documents.
  public var name: String {
    switch self {
    case .asGiven: "as_given"
    case .load: "headroom"
    case .serverLost(let tier): "server_lost.\(tier.metric)"
    case .regionLost(let region): "region_lost.\(region)"
    }
  }
}
