import Simulation

/// What the ways between regions have been like since the run's start; nothing where none has ever
/// been at fault. A way is the same in both directions.
struct RegionLinks {
  struct Condition: Equatable {
    /// Added to a round trip.
    var delay = Duration.zero
    /// The share of the messages that are lost.
    var loss = 0.0
    /// After which what is lost is missed: a request has failed, a copy of a post is sent again.
    var timeout = Duration.zero

    var isWhole: Bool { delay == .zero && loss == 0 }
  }

  /// A way is in one condition from an instant on, until that of the next stretch.
  private struct Stretch {
    var from: Instant
    var condition: Condition
  }

  /// A fault that is under way; other nil for the ways to all others.
  private struct Disturbance {
    var id: UInt32
    var one: Int
    var other: Int?
    var condition: Condition

    func concerns(_ first: Int, _ second: Int) -> Bool {
      guard one == first || one == second else { return false }
      return other.map { $0 == first || $0 == second } ?? true
    }
  }

  private var regions = 0
  /// By pair of regions, the one with the lower number first.
  private var stretches: [[Stretch]] = []
  private var disturbances: [Disturbance] = []
  /// When each request that was lost is missed, and how many have been.
  private var missedAt: [Instant] = []
  private(set) var missed = 0

  @inline(__always)
  var isEmpty: Bool { stretches.isEmpty }
  /// Faults under way.
  var atFault: Int { disturbances.count }
  /// Requests lost, since the run's start.
  var lost: Int { missedAt.count }

  private func place(_ one: Int, _ other: Int) -> Int {
    min(one, other) * regions + max(one, other)
  }

  // MARK: Changes

  /// - Parameters:
  ///   - other: nil for the ways to all others.
  ///   - regions: how many there are.
  mutating func disturb(
    _ id: UInt32, _ one: Int, _ other: Int?, _ condition: Condition, of regions: Int,
    at now: Instant
  ) {
    if isEmpty {
      self.regions = regions
      stretches = Array(repeating: [], count: regions * regions)
    }
    disturbances.append(Disturbance(id: id, one: one, other: other, condition: condition))
    settle(at: now)
  }

  mutating func mend(_ id: UInt32, at now: Instant) {
    disturbances.removeAll { $0.id == id }
    settle(at: now)
  }

  /// Delays add up; of two losses a message must survive both, and the longer timeout counts.
  private mutating func settle(at now: Instant) {
    for one in 0..<regions {
      for other in one + 1..<max(regions, one + 1) {
        var condition = Condition()
        var kept = 1.0
        for disturbance in disturbances where disturbance.concerns(one, other) {
          condition.delay += disturbance.condition.delay
          kept *= 1 - disturbance.condition.loss
          condition.timeout = max(condition.timeout, disturbance.condition.timeout)
        }
        condition.loss = 1 - kept
        append(condition, place(one, other), at: now)
      }
    }
  }

  private mutating func append(_ condition: Condition, _ place: Int, at now: Instant) {
    if stretches[place].last?.from == now { stretches[place].removeLast() }
    if stretches[place].last?.condition ?? Condition() == condition { return }
    stretches[place].append(Stretch(from: now, condition: condition))
  }

  // MARK: Now

  /// What a message meets that is sent now.
  func condition(_ one: Int, _ other: Int) -> Condition {
    if isEmpty || one == other { return Condition() }
    return stretches[place(one, other)].last?.condition ?? Condition()
  }

  /// Added to a round trip that begins now.
  @inline(__always)
  func delay(_ one: Int, _ other: Int) -> Duration {
    isEmpty ? .zero : condition(one, other).delay
  }

  mutating func noteLost(missedAt instant: Instant) { missedAt.append(instant) }
  mutating func noteMissed() { missed += 1 }
  /// Requests that are lost and not missed yet.
  func due(after now: Instant) -> Int { missedAt.count { $0 > now } }

  // MARK: Copies

  /// When a copy that is sent until it gets through arrives, the way's own time not counted; never,
  /// if nothing gets through from some time on. What is told of times that have not come yet holds
  /// only if the way stays as it is.
  ///
  /// While a way loses a share of the messages, how often one is lost is geometric.
  func arrival(_ one: Int, _ other: Int, sent: Instant, _ draws: inout RandomStream) -> Instant {
    guard !isEmpty, one != other else { return sent }
    let history = stretches[place(one, other)]
    var time = sent
    var index = (history.firstIndex { $0.from > sent } ?? history.count) - 1
    while index >= 0, index < history.count {
      let condition = history[index].condition
      let end = index + 1 < history.count ? history[index + 1].from : .never
      let lost = condition.loss >= 1 ? .infinity : Self.losses(condition.loss, &draws)
      let timeout = max(condition.timeout, Duration(nanoseconds: 1))
      let pause = lost * Double(timeout.nanoseconds)
      if pause < Double((end - time).nanoseconds) {
        let way = condition.delay.nanoseconds / 2
        return time + Duration(nanoseconds: Int64(pause) + way)
      }
      if end == .never { return .never }
      // The first time to send it again that the stretch does not reach.
      let sendings = ((end - time).nanoseconds + timeout.nanoseconds - 1) / timeout.nanoseconds
      time = time + timeout * Int(sendings)
      while index + 1 < history.count, history[index + 1].from <= time { index += 1 }
    }
    return time
  }

  private static func losses(_ loss: Double, _ draws: inout RandomStream) -> Double {
    loss <= 0 ? 0 : (ln(draws.openUniform()) / ln(loss)).rounded(.down)
  }

  /// What was sent to a region before this has arrived there by an instant, whoever sent it.
  func settled(to region: Int, by instant: Instant) -> Instant {
    var oldest = instant
    for other in 0..<regions where other != region {
      let history = stretches[place(region, other)]
      var reached = instant
      for index in history.indices.reversed() where !history[index].condition.isWhole {
        let condition = history[index].condition
        let end = index + 1 < history.count ? history[index + 1].from : .never
        if end == .never || end + condition.timeout + condition.delay > reached {
          reached = min(reached, history[index].from)
        }
      }
      oldest = min(oldest, reached)
    }
    return oldest
  }
}
