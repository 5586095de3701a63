import Simulation

/// A pool of servers driven by Poisson arrivals and exponential services of a mean of 1 s, with
/// whatever else is made to happen to it.
struct PoolRun: ~Copyable {
  enum Event: BitwiseCopyable {
    case arrives
    case served(UInt32)
  }

  var pool: ServerPool
  var calendar = Calendar<Event>()
  /// Between arrivals, then the services, then the balancing.
  var stream = RandomStream(seed: 11, purpose: 1)
  var services = RandomStream(seed: 11, purpose: 2)
  var draws = RandomStream(seed: 11, purpose: 3)
  let gap: Distribution
  let service: Distribution
  var visitors: UInt64 = 0
  /// Sojourn times of those who were served, ns.
  var sojourn = 0.0
  var served = 0
  var waits: [Int64] = []
  var keepsWaits = false

  init(
    servers: Int, _ balancing: any Balancing, utilisation: Double, classes: Int = 1,
    service: Distribution = .exponential(mean: 1), room: Int = .max
  ) {
    pool = ServerPool(servers: servers, balancing: balancing, room: room, classes: classes)
    gap = .exponential(mean: 1 / (utilisation * Double(servers)))
    self.service = service
    calendar.schedule(.arrives, at: Instant.start + gap.sample(&stream))
  }

  /// Runs until so many have been served.
  mutating func run(served count: Int) {
    let aim = served + count
    while served < aim, let event = calendar.next(notAfter: .never) { handle(event) }
  }

  mutating func handle(_ event: Event) {
    let now = calendar.now
    switch event {
    case .arrives:
      arrive(at: now)
      calendar.schedule(.arrives, at: now + gap.sample(&stream))
    case .served(let visit):
      let ended = pool.end(visit, at: now)
      sojourn += (now - ended.arrival).seconds
      if keepsWaits { waits.append((now - ended.arrival - ended.service).nanoseconds) }
      served += 1
      beginAll(at: ended.server)
    }
  }

  mutating func arrive(at now: Instant) {
    let line = pool.classes == 1 ? 0 : Int(visitors % UInt64(pool.classes))
    let arrival = pool.arrive(
      visitors, service: service.sample(&services), class: line, draw: draws.next(), at: now)
    visitors += 1
    if case .begins(let visit, let end) = arrival { calendar.schedule(.served(visit), at: end) }
  }

  mutating func beginAll(at server: Int) {
    guard let visit = pool.next(for: server) else { return }
    let end = pool.begin(visit, on: server, at: calendar.now)
    calendar.schedule(.served(visit), at: end)
  }

  var meanSojourn: Double { sojourn / Double(served) }
}
