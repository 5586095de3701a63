import Simulation
import Testing

@testable import FeedSystem

/// The window interval by interval: everything counted once, and nothing but what happened.
@Suite struct IntervalTests {
  @Test func thereAreAHundredOrSoOfARoundLength() {
    for seconds in [1, 59, 60, 61, 600, 3599, 3600, 5400, 86_400, 7 * 86_400, 24 * 86_400] {
      let window = Instant.start..<(.start + .seconds(Int64(seconds)))
      let intervals = Intervals(of: window)
      let length = Int(intervals.interval.seconds)
      #expect(intervals.interval == .seconds(Int64(length)))
      #expect(length == 1 || (60...120).contains(intervals.count), "\(seconds): \(length)")
      let whole = (0..<intervals.count).reduce(Duration.zero) { $0 + intervals.length(of: $1) }
      #expect(whole == .seconds(Int64(seconds)))
      #expect(intervals.length(of: intervals.count - 1) > .zero)
    }
    #expect(Intervals.length(of: .seconds(3600)) == .seconds(60))
    #expect(Intervals.length(of: .seconds(86_400)) == .seconds(1200))
  }

  /// Σ over the intervals is the window's own figure, exactly: for a run that keeps up and for one
  /// whose loads end long after the interval they began in.
  @Test(arguments: zip(ConservationTests.policies, [3, 3, 1]))
  func intervalsAddUpToTheWindow(_ yaml: String, _ servers: Int) throws {
    var small = SmallSystem()
    small.yaml = yaml + "\n" + "tiers: {ranking: {visit: constant(900ms), room: 2}}"
    small.servers = servers
    // The last interval is a short one.
    small.length = .seconds(1817)
    try small.run { system in
      let measured = system.measurements.feedLatency.count
      let total = system.measurements.feedLatency.sum
      let rows = system.measurements.intervals.rows
      func sum(_ value: (Intervals.Row) -> Int) -> Int { rows.reduce(0) { $0 + value($1) } }
      #expect(system.measurements.drained && rows.count == 61 && measured > 1000)
      #expect(
        sum(\.loadsOpened)
          == system.measurements.loadsMeasured + system.measurements.loadsRejectedMeasured)
      #expect(sum(\.loadsRejected) == system.measurements.loadsRejectedMeasured)
      #expect(sum(\.feedCacheHits) == system.measurements.feedCacheHits)
      #expect(sum(\.feedCacheMisses) == system.measurements.feedCacheMisses)
      #expect(sum(\.postsOpened) == system.measurements.postsMeasured)
      var count: UInt64 = 0
      var nanoseconds = UInt128(0)
      for index in 0..<rows.count {
        let shown = system.measurements.intervals.feedLatency[index]
        #expect(Int(shown.count) + rows[index].loadsRejected == rows[index].loadsOpened)
        count += shown.count
        nanoseconds += shown.sum
      }
      #expect(count == measured && Double(nanoseconds) == total)
      #expect(rows.map(\.backlogPeak).max() ?? 0 <= system.measurements.backlogPeak)
    }
  }

  /// No server is busier than all the time, also where work waits for hours; and what is done is
  /// what was asked for.
  @Test func serversAreBusyNoLongerThanTheyAreThere() throws {
    var small = SmallSystem()
    small.yaml = """
      fanOut: {policy: pull}
      tiers: {postStore: {visit: constant(100ms), shards: 4, servers: 4}}
      traffic: {spikes: [{at: 5m, for: 5m, loads: 20}]}
      """
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: 3,
      memory: TimelineMemory())
    system.start(measuring: opens..<(opens + small.length))
    system.resize(to: Fleet { $0 == .postStore ? 4 : 2 })
    system.run(until: opens)
    var before: [Duration] = []
    for tier in TierName.allCases { before.append(system.busyTime(tier, until: opens)) }
    system.run(until: opens + small.length)
    let rows = system.measurements.intervals.rows
    for tier in TierName.allCases {
      let busy = rows.map { $0.busy[tier.rawValue] }
      let most = Duration.seconds(tier == .postStore ? 4 : 2) * 30
      for time in busy { #expect(time >= .zero && time <= most, "\(tier) \(time)") }
      let whole = system.busyTime(tier, until: opens + small.length) - before[tier.rawValue]
      let sum = busy.reduce(Duration.zero, +)
      #expect(sum == whole)
      if tier == .postStore { #expect(busy.max() == most, "the spike fills it") }
    }
    // The spike begins at 5 of 30 minutes and lasts as long.
    let loads = rows.map(\.loadsOpened)
    #expect(rows.count == 60)
    let calm = loads[..<10].reduce(0, +)
    let spike = loads[10..<20].reduce(0, +)
    #expect(spike > 3 * calm)
    #expect(loads[..<10].allSatisfy { $0 > 0 })
  }

  /// The most of an interval, not what is left at its end.
  @Test func aBacklogOfAMomentIsSeen() throws {
    var small = SmallSystem()
    small.yaml = """
      fanOut: {policy: push}
      traffic: {posts: [{at: 0s, by: star}, {at: 899s, by: star}]}
      """
    small.celebrities = [Celebrity(name: "star", followers: .count(1500))]
    small.activity = "{postsPerDay: 0.01, loadsPerDay: 1, activeShare: 70%}"
    small.servers = 2
    try small.run { system in
      let rows = system.measurements.intervals.rows
      // What begins with the window belongs to its first interval.
      #expect(rows[0].postsOpened >= 1 && rows[0].backlogPeak >= 1500)
      #expect(rows[29].postsOpened >= 1 && rows[29].backlogPeak >= 1500)
      #expect(rows[15].backlogPeak < 1500 && system.measurements.backlog == 0)
    }
  }
}
