import FeedSystem
import Settings
import Simulation

/// From one cell to the whole population: its fleet, what is counted in it, and how far its
/// latencies can be from the whole's.
extension Fleet {
  /// A cell's servers of the whole's.
  func inCell(_ cell: Cell, _ tiers: [TierName: TierSettings]) -> CellFleet {
    CellFleet(self, cell, tiers)
  }
}

/// A cell's share of a fleet, in whole servers.
///
/// Where the share is less than 200 servers, the pool has 200, each of which a visit keeps as many
/// times longer than its own service: such a pool does the share's work, is full when the whole's
/// is, and makes visits wait as seldom as a large pool does.
struct CellFleet {
  let servers: Fleet
  /// By tier, in services; empty where the cell is all there is.
  let holds: [Int]

  /// So many that hardly a visit waits while they are not overloaded: one that does waits as many
  /// times longer as servers are kept longer, and must not be one of a hundred.
  static let serversEnough = 200.0

  init(_ whole: Fleet, _ cell: Cell, _ tiers: [TierName: TierSettings]) {
    guard cell.count > 1 else {
      (servers, holds) = (whole, [])
      return
    }
    var holds = TierName.allCases.map { _ in 1 }
    servers = Fleet { tier in
      let stations = (tiers[tier] ?? .standard(tier)).stations
      let each = Double(whole[tier]) / Double(stations)
      let share = each / cell.count
      let hold = Self.hold(share)
      holds[tier.rawValue] = hold
      return max(1, Int((share * Double(hold)).rounded())) * stations
    }
    self.holds = holds
  }

  /// Services for which a visit keeps a server of a pool that should be so many, or a part of one;
  /// bounded, so that times stay within those that an Instant has.
  static func hold(_ share: Double) -> Int {
    share < serversEnough ? max(1, Int(min((serversEnough / share).rounded(), 1e7))) : 1
  }
}

extension Design {
  /// The design with a cell's share of the feeds held; servers are shared by `CellFleet`.
  func inCell(_ cell: Cell) -> Design {
    var design = self
    design.cache.size = .count(Int(feedsHeld(in: cell).rounded()))
    return design
  }

  /// A cell's share of the feeds held, which only whole feeds can be had of.
  func feedsHeld(in cell: Cell) -> Double {
    Double(cache.size.count(of: cell.population)) / cell.count
  }

  /// What it has that knows of users beyond the cell, or would need a share for each cell.
  fileprivate var unknownToCells: [String] {
    let isUnknown: [(String, Bool)] = [
      ("fanOut.policy: per-edge-optimal", fanOut is PerEdgeOptimal),
      ("fanOut.policy: adaptive", fanOut.thresholdControl != nil),
      ("fanOut.middleTier: topFollowers", (fanOut as? Hybrid)?.middle == .pushToSome),
      (
        "fanOut.costs",
        fanOutCosts != nil && !(fanOut is PerEdgeOptimal)
          && fanOut.thresholdControl == nil
      ),
      ("fanOut.flash", flash != nil), ("cache.levels", levels != nil),
      ("cache.edge", edge != nil), ("cache.prefetch", prefetch != nil),
      ("regions", !regions.isEmpty), ("geography", geography != nil),
      ("learned ranking", isTrained),
      ("experiment", experiment != nil), ("degraded", degraded != nil),
      ("tiers.postStore.shardBy: viewer", settings(of: .postStore).shardBy == .viewer),
      ("pipeline", pipeline != nil), ("counters", counters != nil), ("objects", objects != nil),
      ("leafIndex", leafIndex != nil), ("live", live != nil),
      ("notifications", notifications != nil), ("moderation", moderation != nil),
      ("limits", limits != nil), ("clients", clients != nil), ("faults", !faults.isEmpty),
      ("emergency", control.emergency != nil), ("rollOuts", !control.rollOuts.isEmpty),
    ]
    let bounded = TierName.allCases.filter { tiers[$0]?.room != .max }
    let guarded = TierName.allCases.filter { tiers[$0]?.guards != nil }
    let scaled = TierName.allCases.filter { tiers[$0]?.scaling != nil }
    return isUnknown.filter(\.1).map(\.0) + bounded.map { "tiers.\($0.key).room" }
      + guarded.map { "what guards tiers.\($0.key)" } + scaled.map { "tiers.\($0.key).scaling" }
  }
}

extension Scenario {
  /// Refuses what cells do not know, all of it at once.
  func validateCells() throws {
    guard let cells = audience.cells else { return }
    var asked: [String] = []
    if audience.world != nil { asked.append("audience.world") }
    if traffic.movesGraph { asked.append("traffic.follows and traffic.changes") }
    if !traffic.cascades.isEmpty { asked.append("traffic.cascades") }
    for unknown in designs.flatMap(\.design.unknownToCells) where !asked.contains(unknown) {
      asked.append(unknown)
    }
    if !asked.isEmpty { throw cells.refusal(of: asked) }
  }
}

extension AudienceModel {
  /// Users whose follows and timelines are held.
  var usersHeld: Int { cells?.size(of: users) ?? users }
}

extension Population {
  /// The whole, where a graph is a cell of it.
  init(of graph: FollowerGraph) {
    self.init(
      users: graph.cell?.population ?? graph.userCount,
      follows: graph.cell.map { Int($0.follows.rounded()) } ?? graph.edgeCount)
  }
}

/// The cells that replications are of: a few in turn, so that intervals hold what cells differ by;
/// the whole population where there are no cells.
final class CellAudiences: Sendable {
  static let most = 3

  private let audiences: [Audience]

  /// - Parameters:
  ///   - first: the first cell, or the whole.
  ///   - graph: of a seed's cell.
  init(
    _ scenario: Scenario, first: Audience,
    graph: (AudienceModel, _ seed: UInt64, _ cell: Int) throws -> FollowerGraph
  ) throws {
    let (model, seed) = (scenario.audience, scenario.seed)
    var audiences = [first]
    if let cell = first.graph.cell, cell.count > 1 {
      for index in 1..<scenario.audiencesHeld {
        audiences.append(model.audience(on: try graph(model, seed, index), seed: seed))
      }
    }
    self.audiences = audiences
  }

  func audience(ofReplication index: Int) -> Audience { audiences[index % audiences.count] }
}

extension Scenario {
  /// Cells that are held side by side for replications to be of; 1 where the population is whole.
  var audiencesHeld: Int {
    guard audience.usersHeld < audience.users else { return 1 }
    return max(1, min(CellAudiences.most, replications.least))
  }
}

extension Replication {
  /// Turns what a cell has counted into the whole population's; times and shares stay what they
  /// are.
  mutating func extend(to cell: Cell, _ pools: CellPools) {
    for index in samples.indices where samples[index].unit.growsWithPopulation {
      // Told of one timeline.
      if samples[index].name == "timeline.overshoot" { continue }
      samples[index].value *= cell.count
    }
    for index in timeLines.lines.indices
    where timeLines.lines[index].unit.growsWithPopulation {
      timeLines.lines[index].values = timeLines.lines[index].values.map {
        $0.map { $0 * cell.count }
      }
    }
    usage.timelineBytes *= cell.count
    usage.feedCacheBytes *= cell.count
    add(MetricNames.cellCount, .ratio, cell.count)
    add("cells.users", .viewers, Double(cell.readerCount))
    let latency = samples.first { $0.name == "feed.latency" }?.value
    if let bound = pools.latencyBound, let latency, latency > 0 {
      add("cells.error_bound", .ratio, bound / latency)
    }
    add("cells.fleet_rounding", .ratio, pools.rounding)
    cellPools = pools
  }
}

extension Unit {
  /// Whether twice the users make twice as much of it, servers apart, which are sized for the
  /// whole.
  fileprivate var growsWithPopulation: Bool {
    switch self {
    case .entries, .perSecond, .bytes, .deliveries, .posts, .visits, .changes, .connections,
      .bytesPerSecond, .viewers:
      true
    case .milliseconds, .seconds, .entriesPerPost, .entriesPerShown, .ratio, .servers, .dollars,
      .euros, .pounds, .francs, .yen, .yuan, .rupees,
      .followers, .features, .megaflops, .nats, .examples, .trainings, .perFeed,
      .perThousandFeeds:
      false
    }
  }
}

extension MetricNames {
  /// A number, and no share.
  static let cellCount = "cells.count"

  /// Of populations that are simulated by cells.
  static let cellScalars: [(name: String, unit: Unit, direction: Direction)] = [
    (cellCount, .ratio, .none), ("cells.users", .viewers, .none),
    ("cells.error_bound", .ratio, .none), ("cells.fleet_rounding", .ratio, .none),
  ]
}

extension DesignResult {
  /// What a cell cannot say of the whole.
  var cellWarnings: [String] { notes.filter { $0.hasPrefix("WARNING: a cell's") } }
}

extension Experiment {
  /// Of the population, where one cell stands for it.
  func notes(on cell: Cell) -> [String] {
    func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 0) }
    let cells = NumberText.amount((cell.count * 10).rounded() / 10)
    let most = CellAudiences.most
    return [
      "Population: \(number(Double(cell.population))) users, \(number(cell.follows)) follows, "
        + "simulated as one of \(cells) cells of \(number(Double(cell.readerCount))) users with "
        + "its share of the fleet. \(number(Double(cell.sharedCount))) authors with more than "
        + "\(number(Double(cell.tail))) followers are shared: the cell has their followers' part "
        + "of it. Servers, rates, volumes and cost are the whole's; times and shares are a cell's.",
      "Replications are of up to \(most) cells in turn, so that intervals hold what cells differ "
        + "by; cells.error_bound is what small pools of servers make of the mean feed latency, by "
        + "Erlang's delay formula at the load of each twentieth of the window, of shards the "
        + "mean one's and the busiest's. Posts of authors whom not all cells have are told of as "
        + "many at moments of their own.",
    ]
  }

  /// Of a fleet that a cell cannot have its share of.
  func rounding(_ replications: [Replication]) -> [String] {
    let worst = replications.compactMap { replication in
      replication.samples.first { $0.name == "cells.fleet_rounding" }?.value
    }.max { abs($0) < abs($1) }
    guard let worst, abs(worst) > 0.1 else { return [] }
    let percent = NumberText.amount((worst * 100).rounded())
    return [
      "WARNING: a cell's whole servers are up to \(percent) % off its share of the fleet: make "
        + "cells larger, or give tiers more servers, until that is small."
    ]
  }

  /// Of pools so full that visits wait there by chance, which the whole's hardly do.
  func waiting(_ replications: [Replication]) -> [String] {
    let bounds = replications.compactMap { replication in
      replication.samples.first { $0.name == "cells.error_bound" }?.value
    }
    let mean = bounds.reduce(0, +) / Double(max(1, bounds.count))
    guard mean > 0.05 else { return [] }
    return [
      "WARNING: a cell's pools make loads wait up to "
        + "\(NumberText.amount((mean * 100).rounded())) % longer, in the mean, than the whole's: "
        + "less so with a larger audience.cells.users."
    ]
  }

  /// Of a feed cache of which a cell would have a fraction of a feed, or a few and a fraction.
  func rounding(_ design: Design, _ cell: Cell?) -> [String] {
    guard let cell, cell.count > 1 else { return [] }
    let share = design.feedsHeld(in: cell)
    guard share > 0, abs(share.rounded() / share - 1) > 0.1 else { return [] }
    return [
      "WARNING: a cell's share of cache.feed.size is \(NumberText.amount(share)) feeds, simulated "
        + "as \(Int(share.rounded())): make cells larger, or give the size as a share of the users."
    ]
  }

  /// Of pools that were still filling when they were looked at.
  func settling(_ replications: [Replication], _ cell: Cell?) -> [String] {
    guard let cell, cell.count > 1 else { return [] }
    let pools = replications.compactMap(\.cellPools)
    let tiers: [CellPools.Unsettled] = TierName.allCases.compactMap { tier in
      pools.flatMap(\.unsettled).filter { $0.tier == tier }.max { $0.keeps < $1.keeps }
    }
    guard let slowest = tiers.max(by: { $0.keeps < $1.keeps }) else { return [] }
    let names = tiers.map { unsettled in
      let scale = NumberText.scale(.seconds, largest: unsettled.keeps)
      let time = NumberText.fixed(unsettled.keeps / scale.divisor, decimals: 0)
      return "\(MetricNames.words(unsettled.tier.metric)) (\(time) \(scale.symbol))"
    }
    let settling = CellSettling(scenario.horizon, keeps: slowest.keeps)
    let users = Self.roundedUp(Double(cell.readerCount) * settling.excess)
    let minutes = Self.roundedUp(settling.warmUpEnough / 60)
    var ways: [String] = []
    if users < Double(cell.population) {
      ways.append("audience.cells.users=\(Int(users))")
    }
    // Longer than a week is no advice.
    if minutes <= 7 * 1440 { ways.append("warmUp=\(Int(minutes))m") }
    if ways.isEmpty { ways.append("larger cells and longer runs, or hold the population whole") }
    var waits = ""
    if pools.contains(where: \.loadsAreUnsettled) {
      waits = ", and feed latency is not to be relied on: cells.error_bound is not given"
    } else if pools.contains(where: \.jobsAreUnsettled) {
      waits = ", and what fan-out jobs wait there is not to be relied on"
    }
    return [
      "WARNING: a cell's small pools fill slowly, as a visit keeps a server for its share of all "
        + "cells' visits: \(names.joined(separator: ", ")). They were not yet as full as the "
        + "whole's: utilisation there is too low\(waits). Set \(ways.joined(separator: " or "))."
    ]
  }

  /// To two digits.
  private static func roundedUp(_ value: Double) -> Double {
    var step = 1.0
    while value / step > 100, step < 1e12 { step *= 10 }
    return (value / step).rounded(.up) * step
  }
}
