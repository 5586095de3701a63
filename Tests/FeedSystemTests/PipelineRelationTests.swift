import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// What must hold for any pipeline, over 200 seeds each.
struct PipelineRelationTests {
  private static let seeds: Range<UInt64> = 0..<200

  /// A small population that posts, and hardly reads, for a while.
  private struct Run {
    var seed: UInt64
    /// Every length of time is this many units, every rate as many times less.
    var unit = 1.0
    var workers = 3
    var batch = 3
    var pipeline = "{}"
    var policy = "push"
    var stop: Double?

    func time(_ milliseconds: Double) -> String {
      Setting.spellTime(Int64(milliseconds * unit * 1e6))
    }

    var yaml: String {
      """
      fanOut: {policy: \(policy), batch: \(batch)}
      timelines: {capacity: 64, lifetime: 1h}
      cache: {feed: {size: 0, ttl: 1s}}
      network: {roundTrip: \(time(0.5)), client: \(time(50)), eventBus: \(time(5))}
      tiers:
        gateway: {visit: "exponential(mean \(time(1)))"}
        feedCache: {visit: "exponential(mean \(time(1)))"}
        ranking: {visit: "exponential(mean \(time(2)))", perUnit: \(time(0.01))}
        postStore: {visit: "exponential(mean \(time(5)))", perUnit: \(time(5))}
        timelineStore: {visit: "exponential(mean \(time(2)))", perUnit: \(time(0.5))}
        fanOutWorkers: {visit: "exponential(mean \(time(400)))", perUnit: \(time(20))}
      sessions: {thinkTime: "exponential(mean \(time(20_000)))"}
      engagement: {readingTime: "exponential(mean \(time(10_000)))"}
      pipeline: \(pipeline)
      """
    }

    func look<Value>(
      _ memory: TimelineMemory, _ body: (FeedSystem) throws -> Value
    ) throws -> Value {
      let graph = try GraphModel.powerLaw(meanFollows: 6, exponent: 2.2, maximum: 60)
        .build(users: 120, celebrities: [], seed: seed)
      var activity = ActivityModel()
      activity.postsPerDay = 200 / unit
      activity.loadsPerDay = 200 / unit
      var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
      let design = try Design(&parameters)
      let traffic = try TrafficSettings(&parameters).traffic(for: graph, window: .start)
      let system = try FeedSystem(
        design: design,
        audience: Audience(graph: graph, activity: activity.build(on: graph, seed: seed)),
        traffic: traffic, seed: seed, memory: memory)
      let window = Duration(seconds: 300 * unit)
      system.start(measuring: .start..<(.start + window))
      system.resize(to: Fleet { $0 == .fanOutWorkers ? workers : $0 == .postStore ? 160 : 50 })
      if let stop {
        system.run(until: .start + Duration(seconds: stop))
      } else {
        system.run(until: .start + window)
        system.drain(until: .start + .seconds(86_400))
      }
      return try body(system)
    }
  }

  /// First come, first served, each job's service its own: a worker more begins no job later, and
  /// so delivers nothing later (Kiefer and Wolfowitz, 1955).
  @Test(arguments: ["{}", "{bus: {partitions: 3, consume: exponential(mean 100ms)}}"])
  func aWorkerMoreDelaysNoLastDelivery(_ pipeline: String) throws {
    let memory = try TimelineMemory()
    var helped = 0
    for seed in Self.seeds {
      var run = Run(seed: seed, workers: 1 + Int(seed % 4), batch: 1 + Int(seed % 5))
      run.pipeline = pipeline
      func lags() throws -> [UInt128] {
        try run.look(memory) { system in
          (0..<4).map { system.measurements.pipeline.lagTo[$0].exactSum }
            + (0..<4).map { UInt128(system.measurements.pipeline.lagTo[$0].maximum) }
        }
      }
      let fewer = try lags()
      run.workers += 1
      let more = try lags()
      #expect(zip(more, fewer).allSatisfy { $0 <= $1 }, "seed \(seed)")
      helped += more[3] < fewer[3] ? 1 : 0
    }
    #expect(helped > 150, "of 200 where a worker more was of use")
  }

  private struct Totals {
    var counts: [Int]
    /// Sums of times in nanoseconds, over so many.
    var times: [(sum: Double, count: Double)]
  }

  private func totals(_ run: Run, _ memory: TimelineMemory) throws -> Totals {
    try run.look(memory) { system in
      let counts = [
        system.measurements.postsStored, system.measurements.postsRejected,
        system.measurements.entriesWritten, system.measurements.loadsCompleted,
        system.measurements.pipeline.retries, system.deadLetters.count, system.lostPosts.count,
        system.measurements.pipeline.postsIncomplete, system.measurements.pipeline.consumerLagPeak,
        Int(system.measurements.backlogPeak),
      ]
      var times: [(sum: Double, count: Double)] = []
      func add(_ histogram: borrowing Histogram) {
        times.append((sum: histogram.sum, count: Double(histogram.count)))
      }
      for index in 0..<4 { add(system.measurements.pipeline.lagTo[index]) }
      add(system.measurements.deliveryLag)
      add(system.measurements.publishLatency)
      add(system.measurements.feedLatency)
      add(system.measurements.pipeline.busDelay)
      add(system.measurements.pipeline.held)
      return Totals(counts: counts, times: times)
    }
  }

  /// Half of every time and twice every rate is the same run, twice as fast: the same counts, and
  /// half of every time, up to the rounding to nanoseconds.
  @Test func twiceEveryRateAndSpeedHalvesEveryTime() throws {
    let memory = try TimelineMemory()
    var seen = [Int](repeating: 0, count: 10)
    for seed in Self.seeds {
      func run(_ unit: Double) throws -> Totals {
        var run = Run(seed: seed, unit: unit, workers: 2, batch: 1 + Int(seed % 5))
        run.pipeline = """
          {bus: {partitions: 2, consume: "exponential(mean \(run.time(3000)))", \
          retention: \(run.time(9000)), lagLimit: \(4 + seed % 3), \
          whenBehind: \(seed % 2 == 0 ? "slow" : "refuse"), jobsWaiting: 20}, \
          priority: {authorsBelow: 10}, \
          failures: {share: 10%, poison: 2%, poisonUntil: \(run.time(200_000)), attempts: 3, \
          backOff: \(run.time(1000)), longest: \(run.time(5000)), \
          replayAt: \(run.time(240_000))}, \
          rateLimit: {at: \(run.time(60_000)), for: \(run.time(60_000)), \
          deliveries: \(2 / unit)/s}}
          """
        return try totals(run, memory)
      }
      let slow = try run(2)
      let fast = try run(1)
      #expect(slow.counts == fast.counts, "seed \(seed)")
      for (one, other) in zip(slow.times, fast.times) {
        #expect(one.count == other.count)
        let tolerance = 1e-6 * one.sum + 100 * one.count
        #expect(abs(one.sum - 2 * other.sum) <= tolerance, "seed \(seed)")
      }
      for (index, count) in slow.counts.enumerated() { seen[index] += count }
    }
    // The relation is about something: everything that may happen has happened.
    #expect(seen.allSatisfy { $0 > 0 }, "\(seen)")
  }

  /// Whatever the pipeline does, and wherever the run stops, each pair due is delivered, pending,
  /// dead-lettered or lost with a reason, and none is twice any of it.
  @Test func everyDeliveryIsAccountedFor() throws {
    let memory = try TimelineMemory()
    var ends = [0, 0, 0, 0]
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed, purpose: 0x7069_7065)
      func some(_ bound: UInt64) -> Int { Int(stream.below(bound)) }
      var run = Run(seed: seed, workers: 1 + some(3), batch: 1 + some(6))
      run.policy =
        ["push", "pull", "hybrid, pushBelow: 8, pullFrom: 40, activeWindow: 60s"][some(3)]
      run.pipeline = """
        {bus: {partitions: \(1 + some(4)), consumers: \(1 + some(4)), \
        key: \(["author", "post"][some(2)]), consume: exponential(mean \(1 + some(5000))ms), \
        retention: \(1 + some(20))s, lagLimit: \(1 + some(9)), \
        whenBehind: \(["slow", "refuse"][some(2)]), jobsWaiting: \(1 + some(30))}, \
        priority: {authorsBelow: \(some(40))}, \
        failures: {share: \(some(60))%, poison: \(some(30))%, attempts: \(1 + some(4)), \
        jitter: \(some(101))%, replayAt: [\(some(300))s, \(some(300))s]}, \
        rateLimit: {at: \(some(200))s, for: \(some(200))s, deliveries: \(1 + some(20))/s}}
        """
      run.stop = seed % 2 == 0 ? nil : Double(1 + some(300))
      try run.look(memory) { system in
        let broken = system.brokenLaws()
        #expect(broken == [], "seed \(seed)")
        let audit = system.auditDeliveries()
        #expect(audit.lost == 0 && audit.duplicate == 0 && audit.exact, "seed \(seed)")
        if run.policy == "push" {
          let ended = audit.pending + audit.deadLettered + audit.expired
          #expect(system.delivered + ended == audit.due, "seed \(seed)")
        }
        for partition in system.bus.partitions {
          #expect(partition.lag >= 0 && partition.committed <= partition.end)
        }
        let found = [system.delivered, audit.pending, audit.deadLettered, audit.expired]
        ends = zip(ends, found).map { $0 + $1 }
      }
    }
    #expect(ends.allSatisfy { $0 > 500 }, "\(ends)")
  }
}
