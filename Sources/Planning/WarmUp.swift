import FeedSystem
import Simulation

/// Where the length of the warm-up comes from.
public enum WarmUpRule: String, Sendable {
  case given
  /// To be found yet; until then the warm-up counts as the longest that it may be.
  case auto
  case mser5 = "MSER-5"
  /// No end was found, and the warm-up is as long as the measurement window.
  case longest
}

/// The search for a warm-up that is long enough, where a scenario says `warmUp: auto`.
///
/// A pilot run of each design, with a seed of its own, so that what is measured later has no say
/// in where measuring begins: for as long as the measurement window with as many servers as it
/// takes, until stores and caches have filled, then half as long with the fleet that this calls
/// for, until its queues have settled. It has the scenario's mean traffic, without spikes, posts
/// and the course of the day, none of which is a start to be forgotten.
struct WarmUpSearch {
  var scenario: Scenario
  var threads: Int
  var progress: @Sendable (String) -> Void

  /// In either part of a pilot run.
  static let slotCount = 500
  private static let series: [(name: String, value: @Sendable (RunSlot) -> Double?)] = [
    ("feed latency", { $0.latency }), ("delivery lag", { $0.lag }),
    ("hit ratio", { $0.hitRatio }),
  ]

  /// How long a design takes to forget its start.
  struct Drift: Sendable, Equatable {
    var filling: Duration
    var settling: Duration
    /// The series that still drifted at the half of their part.
    var unsettled: [String]
  }

  /// The scenario with its warm-up, the same for all designs, so that they stay comparable.
  ///
  /// A warm-up is filled, then sized by the load of its middle half, and its last quarter runs with
  /// the fleet: it is twice as long as filling takes, and four times as long as settling does.
  /// A tenth of the window at least gives the sizing something to count.
  func settled(over audience: Audience) throws -> (scenario: Scenario, notes: [String]) {
    let drifts = try parallelMap(
      count: scenario.designs.count, threads: threads, local: TimelineMemory.init
    ) { index, memory in
      let named = scenario.designs[index]
      progress("pilot run\(named.name.isEmpty ? "" : " of \(named.name)") for the warm-up")
      return try drift(of: named.design, audience, memory)
    }
    var settled = scenario
    settled.warmUp = Self.length(drifts, window: scenario.duration)
    let unsettled = zip(scenario.designs, drifts).filter { !$1.unsettled.isEmpty }
    settled.warmUpRule = unsettled.isEmpty ? .mser5 : .longest
    let seconds = NumberText.amount(settled.warmUp.seconds)
    guard unsettled.isEmpty else {
      settled.warmUp = scenario.duration
      let places = unsettled.map { named, drift in
        drift.unsettled.joined(separator: " and ")
          + (named.name.isEmpty ? "" : " of \(named.name)")
      }
      return (
        settled,
        [
          "WARNING: warmUp: auto found no end of the warm-up: \(places.joined(separator: ", ")) "
            + "still drifted in a pilot run. It is as long as the window; give a longer duration, "
            + "or a warmUp of your own."
        ]
      )
    }
    return (
      settled,
      [
        "Warm-up: \(seconds) s, found by MSER-5 (White, 1997) on feed latency, delivery lag and "
          + "hit ratio in a pilot run\(drifts.count > 1 ? " of each design" : ""): twice what "
          + "stores and caches take to fill, four times what queues take to settle, and at least "
          + "a tenth of the window."
      ]
    )
  }

  static func length(_ drifts: [Drift], window: Duration) -> Duration {
    let least = max(Duration(nanoseconds: window.nanoseconds / 10), .seconds(1))
    return drifts.reduce(least) { max($0, $1.filling * 2, $1.settling * 4) }
  }

  private func drift(
    of design: Design, _ audience: Audience, _ memory: TimelineMemory
  ) throws -> Drift {
    // What the scenario does to its servers is no part of the steady state.
    var design = design
    design.live?.restarts = []
    if let cell = audience.graph.cell { design = design.inCell(cell) }
    let window = scenario.duration
    let filled = Instant.start + window
    let half = Duration(nanoseconds: window.nanoseconds / 2)
    let traffic = try scenario.traffic.steady.traffic(for: audience.graph, window: .start)
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic, seed: scenario.pilotSeed,
      memory: memory)
    if scenario.warmStart { system.warmStart() }
    system.start(measuring: Instant.start..<(filled + half))
    var slots = Self.slots(of: system, from: .start, for: half, count: Self.slotCount / 2)
    let before = TierName.allCases.map { system.busyTime($0) }
    let connected = system.connections()
    slots += Self.slots(
      of: system, from: .start + half, for: half, count: Self.slotCount / 2)
    let busy = TierName.allCases.map { (system.busyTime($0) - before[$0.rawValue]).seconds }
    var unsettled: [String] = []
    let filling = Self.cut(slots, window, &unsettled)
    let seconds = max(half.seconds, 1e-9)
    let held = Connections(connected, system.connections(), over: seconds).mean
    let cell = audience.graph.cell
    let fleet = Fleet(design.tiers) { tier in
      design.load(of: tier, busy: busy[tier.rawValue] / seconds, connections: held)
        * (cell?.count ?? 1)
    }
    if let cell {
      let part = fleet.inCell(cell, design.tiers)
      system.resize(to: part.servers, holding: part.holds, of: fleet)
    } else {
      system.resize(to: fleet)
    }
    let queues = Self.slots(of: system, from: filled, for: half, count: Self.slotCount)
    try system.checkService()
    let settling = Self.cut(queues, half, &unsettled)
    return Drift(filling: filling, settling: settling, unsettled: unsettled)
  }

  private static func slots(
    of system: FeedSystem, from start: Instant, for length: Duration, count: Int
  ) -> [RunSlot] {
    (1...count).map { slot in
      let end = length.nanoseconds / Int64(count) * Int64(slot)
      system.run(until: start + Duration(nanoseconds: end))
      return system.takeSlot()
    }
  }

  /// After how much of a part no series drifts any more.
  static func cut(_ slots: [RunSlot], _ length: Duration, _ unsettled: inout [String]) -> Duration {
    var cut = 0
    for (name, value) in series {
      guard let values = carried(slots.map(value)) else { continue }
      if let own = Truncation.mser5(values) {
        cut = max(cut, own)
      } else if !unsettled.contains(name) {
        unsettled.append(name)
      }
    }
    return Duration(nanoseconds: length.nanoseconds / Int64(max(slots.count, 1)) * Int64(cut))
  }

  /// A series without gaps: a slot that saw nothing has the last value seen. Nil where more than
  /// half of the slots saw nothing, which is no series to judge by.
  private static func carried(_ values: [Double?]) -> [Double]? {
    let seen = values.compactMap { $0 }
    guard let first = seen.first, seen.count * 2 >= values.count else { return nil }
    var last = first
    return values.map { value in
      last = value ?? last
      return last
    }
  }
}

extension Scenario {
  /// Apart from the replications' seeds.
  fileprivate var pilotSeed: UInt64 {
    var stream = RandomStream(seed: seed, purpose: 0x7069_6c6f)
    return stream.next()
  }

  /// With the warm-up of what it is compared with, where its own is to be found.
  public func alike(_ horizon: Horizon) -> Scenario {
    guard warmUpRule == .auto, horizon.warmUpRule != .auto else { return self }
    var scenario = self
    scenario.warmUp = horizon.warmUp
    scenario.warmUpRule = horizon.warmUpRule
    return scenario
  }
}
