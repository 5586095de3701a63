import Simulation

/// A tier's servers, and what stands before them.
struct GuardedTier: ~Copyable {
  /// What the guards say to a call.
  enum Entry {
    case enters(probe: UInt32)
    /// - Parameter isTold: whether the tier says so, and not something beside the caller.
    case refused(FailureCause, isTold: Bool)
  }

  let settings: GuardSettings
  var pool: ServerPool
  var breaker: CircuitBreaker?
  var hedging: Hedging?
  var ejection: Ejection?
  /// One, or one for each server's line.
  private var gates: [any AdmissionGate] = []
  /// Calls under way, by `CallerKind`.
  var underWay = [Int](repeating: 0, count: CallerKind.allCases.count)
  var counts = CallCounts()
  /// The mean service of late, ns.
  private var meanService = 0.0
  private var meters = CallMeters(since: .start)
  private var metersBusy = Duration.zero
  private var times = CoarseHistograms(count: 1)

  init(_ settings: GuardSettings, room: Int, classes: Int) {
    self.settings = settings
    pool = ServerPool(
      servers: .max, balancing: settings.balancing, room: room, classes: classes)
    breaker = settings.breaker.map { CircuitBreaker($0) }
    ejection = settings.ejection.map { Ejection($0) }
    if let hedge = settings.hedge { hedging = Hedging(hedge) }
    if let gate = settings.admission?.makeGate() { gates = [gate] }
  }

  // MARK: Entering

  /// Asks the guards, those beside the caller first. While there are as many servers as it takes,
  /// nothing is turned away.
  mutating func ask(_ kind: CallerKind, at now: Instant) -> Entry {
    var probe: UInt32 = 0
    switch breaker?.ask(at: now) {
    case .refused: return .refused(.breakerOpen, isTold: false)
    case .probes(let number): probe = number
    case .passes, nil: break
    }
    if pool.isUnlimited { return .enters(probe: probe) }
    if let refusal = refusal(of: kind, at: now) {
      // The breaker is told when its caller is.
      return .refused(.shed, isTold: refusal)
    }
    return .enters(probe: probe)
  }

  /// Whether a call is turned away, and whether the tier says so; nil where it is not.
  private mutating func refusal(of kind: CallerKind, at now: Instant) -> Bool? {
    let servers = max(1, pool.loads.rotationCount)
    if let bulkhead = settings.bulkhead,
      !bulkhead.admits(kind, underWay: underWay[Int(kind.rawValue)], servers: servers)
    {
      return false
    }
    if let shedding = settings.shedding,
      shedding.turnsAway(
        kind, waiting: pool.waiting, servers: servers,
        service: Duration(nanoseconds: Int64(meanService)))
    {
      return true
    }
    if !gates.isEmpty, !gates[0].admits(inside: pool.inside, servers: servers, at: now) {
      return true
    }
    return nil
  }

  /// Whether admission control drops a visit that a server could begin now.
  mutating func drops(_ visit: UInt32, for server: Int, at now: Instant) -> Bool {
    guard let admission = settings.admission else { return false }
    let byLine = type(of: admission).isByLine && !settings.balancing.isShared
    let place = byLine ? server : 0
    while gates.count <= place { gates.append(admission.makeGate()) }
    let behind = byLine ? pool.loads.outstanding(server) : pool.waiting
    return gates[place].drops(
      waited: now - pool.arrival(of: visit), isLast: behind == 1, at: now)
  }

  // MARK: What has happened

  mutating func note(_ ended: ServerPool.Ended, hasFailed: Bool, at now: Instant) {
    let service = Double(ended.service.nanoseconds)
    meanService += (service - meanService) / (meanService == 0 ? 1 : 64)
    let time = now - ended.arrival
    ejection?.note(ended.server, time, hasFailed: hasFailed)
    if !gates.isEmpty, !pool.isUnlimited {
      gates[0].note(
        time, hasFailed: hasFailed, inside: pool.inside,
        servers: max(1, pool.loads.rotationCount), at: now)
    }
  }

  mutating func noteMade() {
    counts.made += 1
    meters.calls += 1
    hedging?.noteCall()
  }

  mutating func noteAnswered(_ row: CallRow, at now: Instant) {
    counts.answered += 1
    meters.answered += 1
    times.record(now - row.began, in: 0)
    hedging?.note(now - row.began)
    breaker?.note(hasFailed: false, probe: row.probe, at: now)
  }

  mutating func noteFailed(_ row: CallRow, at now: Instant) {
    counts.failed[Int(row.cause.rawValue)] += 1
    meters.failed[Int(row.cause.rawValue)] += 1
    // What the guards refuse says nothing of the servers, unless a probe asked.
    let isBroken =
      switch row.cause {
      case .shed, .breakerOpen, .limited: false
      case .noRoom, .timedOut, .serverLost, .serverError, .networkLost, .regionLost: true
      }
    if isBroken || row.probe != 0 { breaker?.note(hasFailed: true, probe: row.probe, at: now) }
  }

  // MARK: Reading

  /// What has happened since it was last read, and begins anew.
  mutating func takeMeters(at now: Instant) -> CallMeters {
    var read = meters
    let busy = pool.busyTime(until: now)
    let seconds = (now - meters.since).seconds
    read.waiting = pool.waiting
    read.servers = pool.servers
    if !pool.isUnlimited, seconds > 0 {
      read.busy = (busy - metersBusy).seconds / (seconds * Double(pool.servers))
    }
    read.p99 = Duration(nanoseconds: Int64(times.quantile(0.99, of: 0)))
    meters = CallMeters(since: now)
    metersBusy = busy
    if times[0].count > 0 { times = CoarseHistograms(count: 1) }
    return read
  }
}
