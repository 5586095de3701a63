import FeedSystem
import Settings
import Simulation

/// The queues of a cell beside those of the whole that they stand for, by the load of each part of
/// the window: what `CellQueue` does not make good.
///
/// W = C(c, a) s / (c − a) by Erlang's delay formula (Kleinrock: "Queueing Systems I", 1975,
/// section 3.5), in the cell with s as long as a visit keeps a server. Services are taken as
/// exponential. A part that is asked for more than there is has no steady state: what grows there
/// is the whole's too. Nobody waits for longer than a part of the window by chance alone.
struct CellPools: Sendable {
  /// A pool that was still filling in the window, and how long a visit keeps one of its servers, in
  /// seconds.
  struct Unsettled: Sendable, Equatable {
    var tier: TierName
    var keeps: Double
    /// Whether what is waited for there is not the whole's either.
    var isWaitedFor: Bool
  }

  /// What size makes of the mean feed latency, in milliseconds; nil where a queue in a load's way
  /// has no steady state, or was not in it.
  private(set) var latencyBound: Double? = 0
  /// Of the servers that the whole has, how many are simulated too many or too few, of the tier
  /// where that is most.
  private(set) var rounding = 0.0
  private(set) var unsettled: [Unsettled] = []

  /// - Parameters:
  ///   - offered: server time that the window's visits asked for, by tier.
  ///   - parts: by tier, the load in erlangs that is offered in each of equal parts of the window.
  ///   - whole: the fleet of the whole population.
  ///   - loads: shown in the window.
  init(
    _ before: [TierSnapshot], _ after: [TierSnapshot], offered: [Duration],
    inParts parts: [[Double]], _ whole: Fleet, _ design: Design, _ cell: Cell, loads: Int,
    over horizon: Horizon
  ) {
    let holds = whole.inCell(cell, design.tiers).holds
    for tier in TierName.allCases where design.has(tier) && whole[tier] > 0 {
      let (first, last) = (before[tier.rawValue], after[tier.rawValue])
      let stations = Double(design.settings(of: tier).stations)
      let hold = Double(holds.isEmpty ? 1 : holds[tier.rawValue])
      let ratio = Double(last.servers) / hold * cell.count / Double(whole[tier])
      if abs(ratio - 1) > abs(rounding) { rounding = ratio - 1 }
      let visits = Double(last.departures &- first.departures)
      let busy = (last.busy - first.busy).seconds
      guard visits > 0, busy > 0 else { continue }
      let pool = Pool(
        servers: Int(Double(last.servers) / stations), hold: hold,
        whole: Double(whole[tier]) / stations, ofCells: cell.count, stations: stations,
        visits: visits, service: busy / visits)
      let keeps = offered[tier.rawValue].seconds / visits
      let settles = hold == 1 || CellSettling(horizon, keeps: keeps).isEnough
      if !settles {
        let isWaitedFor = pool.isSimulated || !CellQueue.tellsAll(tier)
        unsettled.append(Unsettled(tier: tier, keeps: keeps, isWaitedFor: isWaitedFor))
      }
      guard FeedSystem.wayOfLoads.contains(tier) else { continue }
      // A feed is looked up and filled; the slowest of several shards waits no longer than all of
      // them together.
      let times =
        tier == .feedCache ? 2 : tier == .postStore ? max(1, visits / Double(max(loads, 1))) : 1
      let bound = pool.latencyBound(
        asked: parts[tier.rawValue].map { $0 / stations }, times: times, skew: last.skew,
        isCell: !holds.isEmpty, over: horizon.duration)
      guard let bound, settles || !pool.isSimulated else {
        latencyBound = nil
        continue
      }
      latencyBound? += bound
    }
  }

  /// A queue of a cell, or one of a tier's equal shards.
  private struct Pool {
    var servers: Int
    /// Services for which a visit keeps a server.
    var hold: Double
    /// Servers of the whole.
    var whole: Double
    var ofCells: Double
    var stations: Double
    /// To all stations in the window.
    var visits: Double
    /// The mean, in seconds.
    var service: Double

    /// Whether what few servers make of it is simulated beside the pool, as slowly as that.
    var isSimulated: Bool { hold > 1 && whole <= Double(CellQueue.serversAtMost) }

    /// What it adds to the mean latency of a load, in milliseconds; nil where it has no steady
    /// state.
    ///
    /// - Parameters:
    ///   - asked: the load in erlangs in each of equal parts of the window.
    ///   - times: that a load asks it, one visit after another.
    ///   - skew: the busiest shard's work over the mean one's.
    ///   - isCell: false where the cell is all there is.
    func latencyBound(
      asked parts: [Double], times: Double, skew: Double, isCell: Bool, over window: Duration
    ) -> Double? {
      let asked = CellPools.joined(parts, visits: visits)
      let total = asked.reduce(0, +)
      guard total < Double(servers * asked.count) else { return nil }
      guard total > 0 else { return 0 }
      // What a busy pool would make of it is not: visits wait for the mean of many.
      let rate = visits / stations / window.seconds
      let averaged = (2 * CellBacklog.averaged(rate: rate, window: window)).rounded()
      let pool = isCell ? max(Double(servers), averaged) : Double(servers)
      let part = window.seconds / Double(asked.count)
      func mean(_ skew: Double) -> Double {
        asked.reduce(0) { $0 + $1 * min(part, excess($1 * skew, in: pool)) } / total
      }
      var bound = mean(1) * times
      // So many times as much is asked of the busiest shard, by loads that ask it at all.
      if stations > 1 { bound += mean(skew) * min(1, times * skew / stations) }
      return bound * 1e3
    }

    /// How much longer a visit waits in a pool of so many servers than in the whole, or shorter, in
    /// seconds; 0 where either is asked for more than there is.
    private func excess(_ load: Double, in pool: Double) -> Double {
      let scale = pool / Double(servers)
      guard let mine = CellPools.wait(Int(pool), load * scale),
        let all = CellPools.wait(Int(whole), load / hold * ofCells)
      else { return 0 }
      return abs(mine * scale - (isSimulated ? 0 : all / hold)) * service
    }
  }

  /// As many equal parts of the window that each has visits enough for its load to be told to a
  /// twentieth.
  fileprivate static func joined(_ loads: [Double], visits: Double) -> [Double] {
    let enough = 400.0
    let most = max(1, Int(min(Double(loads.count), visits / enough)))
    guard let count = (1...most).last(where: { loads.count.isMultiple(of: $0) }) else {
      return loads
    }
    let length = loads.count / count
    return (0..<count).map { part in
      loads[part * length..<(part + 1) * length].reduce(0, +) / Double(length)
    }
  }

  /// Whether what is waited for was still to come in a load's way, or of jobs.
  var loadsAreUnsettled: Bool {
    unsettled.contains { $0.isWaitedFor && FeedSystem.wayOfLoads.contains($0.tier) }
  }
  var jobsAreUnsettled: Bool {
    unsettled.contains { $0.isWaitedFor && !FeedSystem.wayOfLoads.contains($0.tier) }
  }

  /// Mean waiting time over the mean service time; nil where the load is too much.
  static func wait(_ servers: Int, _ load: Double) -> Double? {
    let spare = Double(servers) - load
    guard spare > 0 else { return nil }
    // Erlang B, server by server; then C = B / (1 − ρ (1 − B)).
    var blocked = 1.0
    for count in stride(from: 1, through: servers, by: 1) {
      blocked = load * blocked / (Double(count) + load * blocked)
    }
    return blocked / (1 - load / Double(servers) * (1 - blocked)) / spare
  }
}

/// How far a pool of a cell has come when the window opens.
///
/// A cell's pools get their servers, all of them free, at three quarters of the warm-up. Where each
/// visit keeps one for T seconds, exponentially distributed, t seconds later 1 − e^(−t/T) of those
/// are taken that are taken in the end (M/M/∞; Kleinrock: "Queueing Systems I", 1975, section 3.4).
struct CellSettling {
  /// From when the pool has its servers until the window opens, in seconds.
  var before: Double
  var window: Double
  /// T.
  var keeps: Double

  init(_ horizon: Horizon, keeps: Double) {
    before = horizon.warmUp.seconds / 4
    window = horizon.duration.seconds
    self.keeps = keeps
  }

  /// The share of the window's server time that an empty start has left out.
  var missing: Double {
    guard keeps > 0 else { return 0 }
    return keeps / window * expo(-before / keeps) * (1 - expo(-window / keeps))
  }

  var isEnough: Bool { missing <= Self.missingAtMost }

  static let missingAtMost = 0.05

  /// A warm-up that leaves half as much, in seconds; 0 where the window is long enough for that.
  var warmUpEnough: Double {
    guard keeps > 0 else { return 0 }
    let atOnce = keeps / window * (1 - expo(-window / keeps))
    return 4 * keeps * max(0, ln(atOnce / (Self.missingAtMost / 2)))
  }

  /// How many times shorter visits would have to keep servers for as much.
  var excess: Double {
    var (low, high) = (0.0, keeps)
    for _ in 0..<60 {
      var settling = self
      settling.keeps = (low + high) / 2
      if settling.missing <= Self.missingAtMost / 2 {
        low = settling.keeps
      } else {
        high = settling.keeps
      }
    }
    return keeps / max(low, keeps * 1e-9)
  }
}
