/// One replication of a queue whose jobs may be refused, give up, overtake or come back: a
/// tier and a calendar of events.
struct TierRun: ~Copyable {
  private struct Event: BitwiseCopyable {
    enum Kind: UInt8 { case arrived, begins, departed, gaveUp }

    var kind: Kind
    /// The class of an arrival.
    var line: UInt8 = 0
    var job: UInt32 = 0
    var generation: UInt32 = 0
  }

  private struct Job {
    var arrival: Int64
    var waited: Int64 = 0
    var service: Int64 = 0
    /// Rises when the job begins or leaves: an older patience is then over.
    var generation: UInt32 = 0
    var line = 0
    var measured: Bool
    var ticket: Tier<UInt32>.Ticket?
  }

  private struct Line {
    var arrivals: ArrivalTimes
    var services: Draws
  }

  let design: QueueDesign
  let plan: QueuePlan
  private var tier: Tier<UInt32>
  private var calendar = Calendar<Event>()
  private var lines: [Line] = []
  private var jobs: [Job] = []
  private var unused: [UInt32] = []
  private var batches: RandomStream
  private var patience: RandomStream
  private var returns: RandomStream

  private var sojourn = TimeTally()
  private var waiting = TimeTally()
  private var classSojourn: Bank<TimeTally>
  private var classWaiting: Bank<TimeTally>
  private var occupancy = Occupancy()
  private var offered = 0
  private var measured = 0
  private var blocked = 0
  private var abandoned = 0
  private var delayed = 0
  private var abandonedWaiting: Int64 = 0
  private var serviceSum: Int64 = 0
  private var window: (start: Int64, end: Int64) = (0, 0)
  private var closed = false
  private var lastDeparture: Int64 = 0
  private var fingerprint: UInt64 = 0

  init(_ design: QueueDesign, _ plan: QueuePlan, seed: UInt64, replication: Int) {
    self.design = design
    self.plan = plan
    let entity = UInt64(replication)
    let classes = max(design.classes.count, 1)
    tier = Tier(
      servers: design.servers ?? .max, room: design.capacity ?? .max, classes: classes)
    for index in 0..<classes {
      let own = design.classes.isEmpty ? nil : design.classes[index]
      let stream = entity << 8 | UInt64(index)
      lines.append(
        Line(
          arrivals: ArrivalTimes(
            own.map { .poisson(rate: $0.rate) } ?? design.arrivals(plan),
            RandomStream(seed: seed, purpose: QueuePurpose.gaps, entity: stream)),
          services: Draws(
            own?.service ?? design.service,
            RandomStream(seed: seed, purpose: QueuePurpose.services, entity: stream))))
    }
    batches = RandomStream(seed: seed, purpose: QueuePurpose.batches, entity: entity)
    patience = RandomStream(seed: seed, purpose: QueuePurpose.patience, entity: entity)
    returns = RandomStream(seed: seed, purpose: QueuePurpose.returns, entity: entity)
    let tallies = design.classes.count
    classSojourn = Bank(count: tallies) { _ in TimeTally() }
    classWaiting = Bank(count: tallies) { _ in TimeTally() }
  }

  consuming func run() -> QueueReplication {
    for line in lines.indices { scheduleArrival(line) }
    while let event = calendar.next(notAfter: .never) {
      let now = calendar.now
      switch event.kind {
      case .arrived: arrived(Int(event.line), now)
      case .begins: begin(now)
      case .departed: departed(event.job, now)
      case .gaveUp: gaveUp(event, now)
      }
    }
    // Behind the last of a recording no arrival ends the window: the last departure does.
    if !closed { close(at: lastDeparture) }
    return result()
  }

  private mutating func scheduleArrival(_ line: Int) {
    guard let next = lines[line].arrivals.next else { return }
    calendar.schedule(Event(kind: .arrived, line: UInt8(truncatingIfNeeded: line)), at: next)
    lines[line].arrivals.advance()
  }

  private mutating func close(at time: Int64) {
    closed = true
    window.end = time
    occupancy.end(at: time)
  }

  private mutating func arrived(_ line: Int, _ now: Instant) {
    if closed { return }
    let time = now.nanoseconds
    if measured >= plan.jobs {
      // The arrival after the last measured one ends the window and is not let in.
      close(at: time)
      return
    }
    let measuring = offered >= plan.warmUp
    if measuring && measured == 0 {
      window.start = time
      occupancy.begin(at: time)
    }
    for _ in 0..<design.batch.draw(&batches) {
      offered += 1
      if measuring { measured += 1 }
      let index = makeJob(Job(arrival: time, line: line, measured: measuring))
      occupancy.change(by: 1, at: time)
      enter(index, now)
    }
    scheduleArrival(line)
  }

  private mutating func makeJob(_ job: Job) -> UInt32 {
    if let index = unused.popLast() {
      let generation = jobs[Int(index)].generation
      jobs[Int(index)] = job
      jobs[Int(index)].generation = generation
      return index
    }
    jobs.append(job)
    return UInt32(jobs.count - 1)
  }

  /// A job joins the queue, for the first time or again.
  private mutating func enter(_ index: UInt32, _ now: Instant) {
    let line = jobs[Int(index)].line
    let service = lines[line].services.next
    lines[line].services.advance()
    jobs[Int(index)].service = service.nanoseconds
    switch tier.arrive(index, service: service, at: now, class: line) {
    case .begins(let end):
      calendar.schedule(Event(kind: .departed, job: index), at: end)
    case .waits(let ticket):
      jobs[Int(index)].ticket = ticket
      if let law = design.patience {
        let generation = jobs[Int(index)].generation
        calendar.schedule(
          Event(kind: .gaveUp, job: index, generation: generation),
          at: now + law.sample(&patience))
      }
      scheduleBegin()
    case .blocked:
      if jobs[Int(index)].measured { blocked += 1 }
      leave(index, now)
    }
  }

  private mutating func scheduleBegin() {
    if let next = tier.nextBegin() { calendar.schedule(Event(kind: .begins), at: next) }
  }

  private mutating func begin(_ now: Instant) {
    while let begun = tier.begin(at: now) {
      let index = Int(begun.visitor)
      jobs[index].waited += begun.waited.nanoseconds
      jobs[index].generation &+= 1
      calendar.schedule(Event(kind: .departed, job: begun.visitor), at: begun.end)
    }
    scheduleBegin()
  }

  private mutating func departed(_ index: UInt32, _ now: Instant) {
    tier.depart(at: now)
    let job = jobs[Int(index)]
    fingerprint = (fingerprint ^ UInt64(bitPattern: now.nanoseconds)) &* 0x9e37_79b9_7f4a_7c15
    if job.measured { serviceSum &+= job.service }
    if design.returning > 0, returns.uniform() < design.returning {
      enter(index, now)
      return
    }
    if job.measured {
      let time = now.nanoseconds - job.arrival
      sojourn.record(time)
      waiting.record(job.waited)
      if job.waited > 0 { delayed += 1 }
      if classSojourn.count > 0 {
        classSojourn[job.line].record(time)
        classWaiting[job.line].record(job.waited)
      }
    }
    leave(index, now)
  }

  private mutating func gaveUp(_ event: Event, _ now: Instant) {
    let index = Int(event.job)
    guard jobs[index].generation == event.generation, let ticket = jobs[index].ticket,
      tier.abandon(ticket, at: now)
    else { return }
    if jobs[index].measured {
      abandoned += 1
      delayed += 1
      abandonedWaiting &+= now.nanoseconds - jobs[index].arrival
    }
    leave(event.job, now)
  }

  private mutating func leave(_ index: UInt32, _ now: Instant) {
    jobs[Int(index)].generation &+= 1
    occupancy.change(by: -1, at: now.nanoseconds)
    lastDeparture = now.nanoseconds
    unused.append(index)
  }

  private consuming func result() -> QueueReplication {
    let balance = tier.balance(at: calendar.now)
    let empty = balance.inside == 0 && occupancy.number == 0
    var replication = QueueReplication(
      fingerprint: mix64(fingerprint), balanced: balance.holds && empty)
    let span = Double(max(window.end - window.start, 1)) * 1e-9
    let jobs = Double(measured)
    var samples: [String: MetricSample] = [:]
    samples["sojourn_time"] = sojourn.sample()
    samples["waiting_time"] = waiting.sample()
    samples["delayed"] = MetricSample(Double(delayed) / jobs)
    samples["blocked"] = MetricSample(Double(blocked) / jobs)
    samples["throughput"] = MetricSample(Double(measured - blocked - abandoned) / span)
    if let servers = design.servers {
      samples["utilisation"] = MetricSample(Double(serviceSum) * 1e-9 / (span * Double(servers)))
    }
    samples["number_in_system"] = occupancy.sample()
    samples["number_waiting"] = MetricSample(
      (waiting.sum + Double(abandonedWaiting) * 1e-9) / span)
    if design.patience != nil { samples["abandoned"] = MetricSample(Double(abandoned) / jobs) }
    for line in 0..<classSojourn.count {
      samples["sojourn_time.\(line + 1)"] = classSojourn[line].sample()
      samples["waiting_time.\(line + 1)"] = classWaiting[line].sample()
    }
    replication.samples = samples
    return replication
  }
}
