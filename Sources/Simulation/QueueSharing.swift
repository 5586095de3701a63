/// One replication of a single server that shares itself equally among all jobs present.
///
/// In virtual time, which runs at 1 / N of the clock, a job leaves when as much has passed as
/// its service needs; so one heap of finishing times is enough (Kleinrock: "Queueing Systems
/// II", 1976, section 4.4).
struct SharingRun {
  private struct Job {
    /// Virtual time of the departure, ns.
    var finish: Double
    var arrival: Int64
    var service: Int64
    var measured: Bool
  }

  let design: QueueDesign
  let plan: QueuePlan
  private var jobs: [Job] = []
  private var clock = 0.0
  private var virtual = 0.0
  private var fingerprint: UInt64 = 0
  private var arrived: Int64 = 0
  private var departed: Int64 = 0

  init(_ design: QueueDesign, _ plan: QueuePlan) {
    self.design = design
    self.plan = plan
  }

  mutating func run(seed: UInt64, replication: Int) -> QueueReplication {
    let entity = UInt64(replication)
    var arrivals = ArrivalTimes(
      design.arrivals(plan), RandomStream(seed: seed, purpose: QueuePurpose.gaps, entity: entity))
    var services = RandomStream(seed: seed, purpose: QueuePurpose.services, entity: entity)
    var tally = Tally()
    var index = 0
    while index < plan.warmUp + plan.jobs, let next = arrivals.next {
      let time = next.nanoseconds
      arrivals.advance()
      advance(to: Double(time), &tally)
      if index == plan.warmUp {
        tally.start = time
        tally.occupancy.begin(at: time)
      }
      let service = design.service.sample(&services).nanoseconds
      insert(
        Job(
          finish: virtual + Double(service), arrival: time, service: service,
          measured: index >= plan.warmUp))
      tally.occupancy.change(by: 1, at: time)
      arrived += 1
      index += 1
    }
    // Behind the last of a recording no arrival ends the window: the last departure does.
    advance(to: arrivals.next.map { Double($0.nanoseconds) } ?? .infinity, &tally)
    let end = arrivals.next?.nanoseconds ?? Int64(clock + 0.5)
    tally.occupancy.end(at: end)
    advance(to: .infinity, &tally)
    var result = QueueReplication(
      fingerprint: mix64(fingerprint), balanced: arrived == departed && jobs.isEmpty)
    let span = Double(max(end - tally.start, 1)) * 1e-9
    result.samples = [
      "sojourn_time": tally.sojourn.sample(), "waiting_time": tally.waiting.sample(),
      "number_in_system": tally.occupancy.sample(), "blocked": MetricSample(0),
      "throughput": MetricSample(Double(plan.jobs) / span),
      "utilisation": MetricSample(tally.service * 1e-9 / span),
    ]
    return result
  }

  private struct Tally: ~Copyable {
    var sojourn = TimeTally()
    var waiting = TimeTally()
    var occupancy = Occupancy()
    var start: Int64 = 0
    var service = 0.0
  }

  /// Lets every job leave that is done by an instant, and moves the clock there.
  private mutating func advance(to time: Double, _ tally: inout Tally) {
    while let first = jobs.first {
      let departure = clock + max(first.finish - virtual, 0) * Double(jobs.count)
      if departure > time { break }
      clock = departure
      virtual = first.finish
      removeFirst()
      let instant = Int64(departure + 0.5)
      departed += 1
      tally.occupancy.change(by: -1, at: instant)
      fingerprint = (fingerprint ^ UInt64(bitPattern: instant)) &* 0x9e37_79b9_7f4a_7c15
      guard first.measured else { continue }
      let sojourn = max(instant - first.arrival, 0)
      tally.sojourn.record(sojourn)
      tally.waiting.record(sojourn - first.service)
      tally.service += Double(first.service)
    }
    guard time.isFinite else { return }
    if jobs.isEmpty {
      // Starting anew keeps virtual time small and exact.
      virtual = 0
    } else {
      virtual += (time - clock) / Double(jobs.count)
    }
    clock = time
  }

  private mutating func insert(_ job: Job) {
    jobs.append(job)
    var hole = jobs.count - 1
    while hole > 0, jobs[(hole - 1) / 2].finish > job.finish {
      jobs[hole] = jobs[(hole - 1) / 2]
      hole = (hole - 1) / 2
    }
    jobs[hole] = job
  }

  private mutating func removeFirst() {
    guard let last = jobs.popLast(), !jobs.isEmpty else { return }
    var hole = 0
    while true {
      var child = 2 * hole + 1
      if child >= jobs.count { break }
      if child + 1 < jobs.count, jobs[child + 1].finish < jobs[child].finish { child += 1 }
      if jobs[child].finish >= last.finish { break }
      jobs[hole] = jobs[child]
      hole = child
    }
    jobs[hole] = last
  }
}
