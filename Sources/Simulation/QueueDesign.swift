import Settings

/// One queue to be simulated: what arrives, how it is served, and the rules between.
public struct QueueDesign: Sendable {
  public enum Discipline: String, Sendable, CaseIterable { case fcfs, ps }

  public enum Batch: Sendable, Equatable {
    case fixed(Int)
    /// On 1, 2, … with this mean.
    case geometric(mean: Double)

    public var mean: Double {
      switch self {
      case .fixed(let count): Double(count)
      case .geometric(let mean): mean
      }
    }

    /// E[X²].
    var secondMoment: Double {
      switch self {
      case .fixed(let count): Double(count) * Double(count)
      case .geometric(let mean): (2 * mean - 1) * mean
      }
    }
  }

  /// A priority class with Poisson arrivals; earlier classes go first.
  public struct PriorityClass: Sendable {
    public var rate: Double
    public var service: Distribution

    public init(rate: Double, service: Distribution) {
      self.rate = rate
      self.service = service
    }
  }

  /// The gaps between arrivals, or between batches.
  public var gap: Distribution
  /// Where not empty, the instants of the arrivals, in order; `gap` is then their mean.
  public private(set) var recorded: [Instant] = []
  public var service: Distribution
  /// nil for as many servers as are needed.
  public var servers: Int?
  /// Room in the system, waiting and in service; nil without limit.
  public var capacity: Int?
  public var patience: Distribution?
  public var batch = Batch.fixed(1)
  /// The share of services after which the job joins the queue again.
  public var returning = 0.0
  /// Where not empty, these replace `gap` and `service`.
  public var classes: [PriorityClass] = []
  public var discipline = Discipline.fcfs
  /// What a service that ends the server's idleness must wait for first.
  public var setup: Distribution?
  /// What an idle server does again and again.
  public var vacation: Distribution?
  /// Single servers visited one after the other behind the first.
  public var stages: [Distribution] = []

  public init(gap: Distribution, service: Distribution, servers: Int?) {
    self.gap = gap
    self.service = service
    self.servers = servers
  }

  /// A queue whose jobs arrive at recorded instants, which must not fall.
  public init(recorded: [Instant], service: Distribution, servers: Int?) {
    let span = (recorded.last ?? .start) - (recorded.first ?? .start)
    // All at once is no rate; a nanosecond apart is the nearest there is.
    let gap = max(span.seconds / Double(max(recorded.count - 1, 1)), 1e-9)
    self.init(gap: .constant(gap), service: service, servers: servers)
    self.recorded = recorded
  }

  /// Where the jobs of a run come from, but for classes, each of which has its own. A recording
  /// ends with the last job that the plan measures, and the run with its departures.
  func arrivals(_ plan: QueuePlan) -> ArrivalProcess {
    if recorded.isEmpty { return .renewal(gap) }
    return .recorded(Array(recorded.prefix(plan.warmUp + plan.jobs)), taken: 0)
  }

  /// Jobs per second.
  public var arrivalRate: Double {
    classes.isEmpty ? batch.mean / gap.mean : classes.reduce(0) { $0 + $1.rate }
  }

  /// Services per second, returns included.
  public var visitRate: Double { arrivalRate / (1 - returning) }

  /// Arrival rate × mean service time, in erlangs.
  public var offeredLoad: Double {
    guard classes.isEmpty else { return classes.reduce(0) { $0 + $1.rate * $1.service.mean } }
    return visitRate * ([service] + stages).reduce(0) { max($0, $1.mean) }
  }

  /// The offered load over the servers; 0 with as many servers as are needed.
  public var load: Double { servers.map { offeredLoad / Double($0) } ?? 0 }

  /// Whether a steady state exists, or the arrivals end.
  public var isStable: Bool {
    if servers == nil || capacity != nil || patience != nil || load < 1 { return true }
    if !recorded.isEmpty { return true }
    let still = classes.isEmpty && gap.cv == 0 && service.cv == 0 && batch == .fixed(1)
    return still && returning == 0 && stages.allSatisfy { $0.cv == 0 } && load <= 1
  }

  /// Every job that arrives is served, and once, by one law.
  var servesEachOnce: Bool {
    capacity == nil && patience == nil && returning == 0 && classes.isEmpty
  }

  /// Every job takes the plain way through a station: nothing changes after its arrival.
  var fitsStation: Bool { servers != nil && servesEachOnce && discipline == .fcfs }

  /// - Throws: `InvalidInput` for rules that cannot be combined.
  public func validate() throws(InvalidInput) {
    if let servers, servers < 1 { throw InvalidInput("servers must be at least 1, or inf") }
    if let servers, servers > 1_000_000 {
      throw InvalidInput("\(servers) servers are too many; at most 1000000, or inf")
    }
    if let capacity, let servers, capacity < servers {
      throw InvalidInput(
        "capacity \(capacity) is less than the \(servers) servers; it counts jobs in service too")
    }
    if let capacity, servers == nil {
      throw InvalidInput("capacity \(capacity) needs a number of servers, not inf")
    }
    guard gap.mean > 0, gap.mean.isFinite else {
      throw InvalidInput("arrivals with no time between them never end; write a rate such as 0.8/s")
    }
    guard returning >= 0, returning <= 0.99 else {
      throw InvalidInput("the share that returns must lie between 0% and 99%")
    }
    if !recorded.isEmpty, batch != .fixed(1) {
      throw InvalidInput(
        "recorded arrivals and batch cannot be combined; jobs that arrive together are recorded "
          + "with the same time")
    }
    try refuse(discipline == .ps, "discipline ps", besides: [])
    try refuse(setup != nil, "setup", besides: ["setup", "batch"])
    try refuse(vacation != nil, "vacation", besides: ["vacation", "batch"])
    try refuse(!stages.isEmpty, "then", besides: ["then", "batch"])
    try refuse(!classes.isEmpty, "class", besides: ["class"])
    try refuse(patience != nil, "patience", besides: ["patience", "capacity"])
    let single: [(Bool, String)] = [
      (setup != nil, "setup"), (vacation != nil, "vacation"), (!stages.isEmpty, "then"),
      (discipline == .ps, "discipline ps"),
    ]
    for (given, name) in single where given && servers != 1 {
      throw InvalidInput("\(name) is simulated for 1 server only")
    }
    // An instant holds 292 years; the longest run must stay well inside.
    let plan = QueuePlan(for: self)
    let jobs = Double(plan.jobs + plan.warmUp)
    try checkSpan(jobs: jobs)
  }

  /// - Throws: `InvalidInput` when so many jobs would take more than a century.
  public func checkSpan(jobs: Double) throws(InvalidInput) {
    // The arrivals take so long, or the servers, where they are the slower.
    let span = jobs / arrivalRate * max(load, 1)
    guard span < 3.15e9 else {
      throw InvalidInput(
        "\(Int(min(jobs, 1e18))) jobs at \(numberText(arrivalRate)) a second would take more than "
          + "100 years of simulated time; use shorter times or fewer jobs")
    }
  }

  /// Refuses a rule together with any other that its simulation does not know.
  private func refuse(
    _ given: Bool, _ name: String, besides allowed: [String]
  ) throws(InvalidInput) {
    guard given else { return }
    let others: [(Bool, String)] = [
      (capacity != nil, "capacity"), (patience != nil, "patience"), (batch != .fixed(1), "batch"),
      (returning > 0, "return"), (!classes.isEmpty, "class"), (setup != nil, "setup"),
      (vacation != nil, "vacation"), (!stages.isEmpty, "then"),
    ]
    for (used, other) in others where used && !allowed.contains(other) {
      throw InvalidInput("\(name) and \(other) cannot be combined")
    }
  }
}

/// How long to simulate, and how often.
public struct QueuePlan: Sendable, Equatable {
  /// Jobs measured in each replication.
  public var jobs: Int
  /// Jobs that arrive before measuring begins.
  public var warmUp: Int
  public var replications: Int

  /// The default plan, from the load.
  ///
  /// A single-server queue forgets its start over about (ca² + cs²) / 2 / (1 - √ρ)² services
  /// (Blanc and van Doorn: "Relaxation times for queueing systems", 1986; a finite room K adds
  /// (π / (K + 1))² √ρ to the square), c servers as fast as one that is c times faster, plus one
  /// service. The warm-up is 10 of these times, after which 5·10^-5 of the start is left; the
  /// measured jobs span 200, and are enough that 100 effective observations lie beyond the
  /// p99.9, within what a few seconds allow.
  ///
  /// Of recorded arrivals every one is measured.
  public init(for design: QueueDesign) {
    replications = 20
    guard design.recorded.isEmpty else {
      jobs = design.recorded.count
      warmUp = 0
      return
    }
    let relaxation = QueuePlan.relaxation(of: design)
    // Enough of those that are served, in every class.
    let limited = design.capacity != nil || design.patience != nil
    let refused = limited ? 1.25 * max(design.load, 1) : 1
    let rarest = design.classes.map(\.rate).min().map { min(design.arrivalRate / $0, 20) } ?? 1
    let tail = 100_000 * refused * rarest * 1.01 / QueuePlan.effectiveShare(of: design)
    let wanted = max(tail, 200 * relaxation)
    let most = design.fitsStation ? 8e6 : 2e6
    jobs = Int(min((wanted / 10_000).rounded(.up) * 10_000, most))
    warmUp = Int(min(max(10 * relaxation, 1000), most))
  }

  /// The relaxation time, in jobs.
  static func relaxation(of design: QueueDesign) -> Double {
    let serviceJobs = design.servers == nil || design.load < 4 ? design.offeredLoad : 1
    guard let servers = design.servers else { return serviceJobs + 1 }
    let load = min(design.load, 4)
    let gap = 1 - load.squareRoot()
    var square = gap * gap
    if let capacity = design.capacity {
      let room = Double(capacity - servers + 1)
      square += 9.87 / ((room + 1) * (room + 1)) * load.squareRoot()
    }
    if let patience = design.patience {
      // A queue that customers leave at rate θ forgets at rate θ at least.
      square = max(square, design.service.mean / (Double(servers) * max(patience.mean, 1e-9)))
    }
    let queueJobs = variability(of: design) * load / max(square, 1e-9)
    let breaks = [design.setup, design.vacation].compactMap { $0?.mean }.reduce(0, +)
    return queueJobs + serviceJobs + 1 + 4 * design.arrivalRate * breaks / (1 - min(load, 0.999))
  }

  /// (ca² + cs²) / 2, a batch counting as clustered arrivals. A law without a finite third moment
  /// has rare draws that fill the queue for thousands of jobs, which its cv does not show: it
  /// counts as one with a cv² of 20 at least.
  static func variability(of design: QueueDesign) -> Double {
    func square(_ law: Distribution) -> Double {
      max(min(law.cv * law.cv, 100), law.hasThirdMoment ? 0 : 20)
    }
    guard design.classes.isEmpty else {
      let mean = design.offeredLoad / design.arrivalRate
      let second = design.classes.reduce(0) {
        let time = $1.service.mean
        return $0 + $1.rate * time * time * (1 + square($1.service)) / design.arrivalRate
      }
      return max(second / (mean * mean), 1) / 2 + 0.5
    }
    let batch = design.batch.secondMoment / design.batch.mean
    let services = ([design.service] + design.stages).reduce(0) { $0 + square($1) }
    return max((square(design.gap) * batch + batch - 1 + services) / 2, 0.5)
  }

  /// The share of a long run's observations that count towards a quantile in the tail.
  ///
  /// Above a high level a queue stays for about 1 / (1 - ρ)² jobs at a time, so so many
  /// observations say little more than one. At ρ = 0.8 and cv 1 each counts: the 200 beyond the
  /// p99 of 20,000 jobs are known to be enough.
  static func effectiveShare(of design: QueueDesign) -> Double {
    // A recording is all there is to observe.
    guard design.recorded.isEmpty else { return 1 }
    guard design.servers != nil, design.capacity == nil, design.patience == nil else { return 1 }
    let slack = 1 - min(design.load, 0.9999)
    return min(1, 25 * slack * slack / max(variability(of: design), 1))
  }
}
