/// One replication of a queue whose arrivals can be answered with their departures at once:
/// FCFS, batches, set-ups, vacations and single servers in tandem.
struct StationRun: ~Copyable {
  let design: QueueDesign
  let plan: QueuePlan
  private var station: Station
  private var stages: [(service: Distribution, free: Int64)]
  private var arrivals: ArrivalTimes
  private var services: RandomStream
  private var batches: RandomStream
  private var breaks: RandomStream
  private var stageServices: RandomStream
  private var sojourn = TimeTally()
  private var waiting = TimeTally()
  private var occupancy = Occupancy()
  private var departures = DepartureLine()
  private var delayed = 0
  private var serviceSum: Int64 = 0
  private var fingerprint: UInt64 = 0
  /// When the single server falls free.
  private var free = Int64.min
  private var lastDeparture: Int64 = 0

  init(_ design: QueueDesign, _ plan: QueuePlan, seed: UInt64, replication: Int) {
    self.design = design
    self.plan = plan
    let entity = UInt64(replication)
    station = Station(servers: design.servers ?? 1)
    stages = design.stages.map { ($0, Int64.min) }
    arrivals = ArrivalTimes(
      design.arrivals(plan), RandomStream(seed: seed, purpose: QueuePurpose.gaps, entity: entity))
    services = RandomStream(seed: seed, purpose: QueuePurpose.services, entity: entity)
    batches = RandomStream(seed: seed, purpose: QueuePurpose.batches, entity: entity)
    breaks = RandomStream(seed: seed, purpose: QueuePurpose.breaks, entity: entity)
    stageServices = RandomStream(seed: seed, purpose: QueuePurpose.stages, entity: entity)
  }

  consuming func run() -> QueueReplication {
    let law = design.service
    // Only a single server's departures come in the order of the arrivals.
    let counting = design.servers == 1 && stages.isEmpty
    let single = design.batch == .fixed(1)
    let plain = stages.isEmpty && design.setup == nil && design.vacation == nil
    let (warmUp, jobs) = (plan.warmUp, plan.jobs)
    var time: Int64 = 0
    var start: Int64 = 0
    var seen = 0
    var measured = 0
    while measured < jobs, let next = arrivals.next {
      time = next.nanoseconds
      arrivals.advance()
      let measuring = seen >= warmUp
      if counting { leave(until: time) }
      if measuring && measured == 0 {
        start = time
        occupancy.begin(at: time)
      }
      let size = single ? 1 : design.batch.draw(&batches)
      for _ in 0..<size {
        let service = law.sample(&services).nanoseconds
        let pause = plain || time <= free ? 0 : pause(at: time)
        let end = serve(at: time, pause: pause, service: service, measuring: measuring)
        if counting {
          departures.append(end)
          occupancy.change(by: 1, at: time)
        }
      }
      seen += size
      if measuring { measured += size }
    }
    // Behind the last of a recording no arrival ends the window: the last departure does.
    let end = arrivals.next?.nanoseconds ?? lastDeparture
    if counting {
      leave(until: end)
      occupancy.end(at: end)
    }
    return result(jobs: measured, window: Double(max(end - start, 1)) * 1e-9, counting: counting)
  }

  @inline(__always)
  private mutating func leave(until time: Int64) {
    while let departure = departures.next(notAfter: time) {
      occupancy.change(by: -1, at: departure)
    }
  }

  /// One job's way; its departure.
  @inline(__always)
  private mutating func serve(
    at time: Int64, pause: Int64, service: Int64, measuring: Bool
  ) -> Int64 {
    let visit = station.arrive(
      at: Instant(nanoseconds: time), service: Duration(nanoseconds: pause &+ service))
    free = visit.end.nanoseconds
    let end = stages.isEmpty ? free : passStages(from: free)
    fingerprint = (fingerprint ^ UInt64(bitPattern: end)) &* 0x9e37_79b9_7f4a_7c15
    lastDeparture = max(lastDeparture, end)
    if measuring {
      let waited = visit.begin.nanoseconds &- time &+ pause
      sojourn.record(end &- time)
      waiting.record(waited)
      delayed &+= waited > 0 ? 1 : 0
      serviceSum &+= service
    }
    return end
  }

  /// What an arrival at an idle server waits for.
  private mutating func pause(at time: Int64) -> Int64 {
    if let setup = design.setup { return setup.sample(&breaks).nanoseconds }
    if let vacation = design.vacation { return vacationLeft(vacation, at: time) }
    return 0
  }

  /// The rest of the vacation that an arrival finds; vacations follow one another from the
  /// instant the server falls idle.
  private mutating func vacationLeft(_ vacation: Distribution, at time: Int64) -> Int64 {
    var end = max(free, 0)
    while end <= time { end &+= max(vacation.sample(&breaks).nanoseconds, 1) }
    return end &- time
  }

  private mutating func passStages(from first: Int64) -> Int64 {
    var time = first
    for index in stages.indices {
      let begin = max(time, stages[index].free)
      time = begin &+ stages[index].service.sample(&stageServices).nanoseconds
      stages[index].free = time
    }
    return time
  }

  private consuming func result(jobs: Int, window: Double, counting: Bool) -> QueueReplication {
    var replication = QueueReplication(
      fingerprint: mix64(fingerprint), balanced: station.books.balance)
    let servers = Double(design.servers ?? 1)
    var samples: [String: MetricSample] = [:]
    samples["sojourn_time"] = sojourn.sample()
    samples["waiting_time"] = waiting.sample()
    samples["delayed"] = MetricSample(Double(delayed) / Double(jobs))
    samples["throughput"] = MetricSample(Double(jobs) / window)
    samples["utilisation"] = MetricSample(Double(serviceSum) * 1e-9 / (window * servers))
    samples["number_in_system"] =
      counting ? occupancy.sample() : MetricSample(sojourn.sum / window)
    samples["number_waiting"] = MetricSample(waiting.sum / window)
    samples["blocked"] = MetricSample(0)
    replication.samples = samples
    return replication
  }
}

/// Departures that come in order, in a ring.
private struct DepartureLine: ~Copyable {
  private var times = UnsafeMutablePointer<Int64>.allocate(capacity: 64)
  private var mask = 63
  private var head = 0
  private var tail = 0

  deinit { times.deallocate() }

  @inline(__always)
  mutating func append(_ time: Int64) {
    if tail &- head > mask { grow() }
    times[tail & mask] = time
    tail &+= 1
  }

  @inline(__always)
  mutating func next(notAfter time: Int64) -> Int64? {
    guard head < tail, times[head & mask] <= time else { return nil }
    head &+= 1
    return times[(head &- 1) & mask]
  }

  private mutating func grow() {
    let wider = mask * 2 + 1
    let larger = UnsafeMutablePointer<Int64>.allocate(capacity: wider + 1)
    for index in head..<tail { larger[index & wider] = times[index & mask] }
    times.deallocate()
    times = larger
    mask = wider
  }
}
