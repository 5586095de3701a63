import Simulation
import Testing

/// A queue through a spike of its arrivals.
@Suite("Spikes") struct SpikeTests {
  private enum Event {
    case arrives, begins, departs, looks
  }

  /// What is looked at in one run of one queue.
  private struct Course {
    /// In the system at each instant that was asked for.
    var inside: [Int] = []
    var peak = 0
    var worstWait = Duration.zero
    /// When nobody waited any more, the last time that somebody had.
    var drained = Instant.start
  }

  /// - Parameters:
  ///   - gap: from an instant to the next arrival.
  ///   - service: of the next one to arrive.
  private func run(
    until end: Instant, looking times: [Instant], gap: (Instant) -> Duration,
    service: () -> Duration
  ) -> Course {
    var tier = Tier<UInt8>(servers: 1)
    var calendar = Calendar<Event>()
    var course = Course()
    var inside = 0
    for time in times { calendar.schedule(.looks, at: time) }
    calendar.schedule(.arrives, at: .start + gap(.start))
    while let event = calendar.next(notAfter: end) {
      let now = calendar.now
      switch event {
      case .arrives:
        inside += 1
        if case .begins(let end) = tier.arrive(0, service: service(), at: now) {
          calendar.schedule(.departs, at: end)
        }
        course.peak = max(course.peak, tier.waiting)
        calendar.schedule(.arrives, at: now + gap(now))
      case .departs:
        tier.depart(at: now)
        inside -= 1
      case .begins:
        while let begun = tier.begin(at: now) {
          course.worstWait = max(course.worstWait, begun.waited)
          calendar.schedule(.departs, at: begun.end)
        }
        if tier.waiting == 0 { course.drained = now }
      case .looks: course.inside.append(inside)
      }
      if let next = tier.nextBegin() { calendar.schedule(.begins, at: next) }
    }
    return course
  }

  /// 500 a second become 2000 for a minute, where 1000 can be served: the backlog is the surplus
  /// of a minute, which a surplus of 500 a second works off in two; the last of the spike's
  /// arrivals waits for all that is before it.
  @Test func theFluidSpike() {
    let (from, to) = (Instant.start + .seconds(10), Instant.start + .seconds(70))
    let course = run(
      until: .start + .seconds(200), looking: [to],
      gap: { $0 >= from && $0 < to ? .microseconds(500) : .microseconds(2000) },
      service: { .milliseconds(1) })
    // One is in service, or just beginning to wait.
    #expect(abs(course.peak - 60_000) <= 1)
    #expect(abs(course.inside[0] - 60_000) <= 1)
    #expect(abs((course.worstWait - .seconds(60)).seconds) <= 0.002)
    #expect(abs((course.drained - to).seconds - 120) <= 0.005)
  }

  /// M/M/1 with rates .5, then 2 from t = 50 to 80, then .5 again, empty at 0: the mean number in
  /// the system, from the Kolmogorov equations for 700 states, solved numerically.
  @Test func theExactSpike() {
    let exact: [(time: Int64, mean: Double)] = [
      (50, 0.9992418491), (60, 11.64454051), (80, 31.66577472), (100, 21.75539337),
      (140, 6.549179112), (200, 1.216952837),
    ]
    let runs = 2000
    var numbers = exact.map { _ in Spread() }
    let ziggurat = Ziggurat.exponential
    for index in 0..<runs {
      var arrivals = RandomStream(seed: 20, purpose: 1, entity: UInt64(index))
      var services = RandomStream(seed: 20, purpose: 2, entity: UInt64(index))
      let course = run(
        until: .start + .seconds(200), looking: exact.map { .start + .seconds($0.time) },
        gap: { now in
          // What is left of a unit of exponential depth, at the rates on the way.
          var depth = ziggurat.drawExponential(&arrivals)
          var time = (now - .start).seconds
          for (end, rate) in [(50.0, 0.5), (80, 2), (1e9, 0.5)] where time < end {
            if depth <= (end - time) * rate {
              return Duration(seconds: time + depth / rate) - (now - .start)
            }
            depth -= (end - time) * rate
            time = end
          }
          return .seconds(1_000_000)
        },
        service: { Duration(seconds: ziggurat.drawExponential(&services)) })
      for place in exact.indices { numbers[place].add(Double(course.inside[place])) }
    }
    for place in exact.indices {
      let half = numbers[place].halfWidth(confidence: 0.999) ?? 0
      #expect(
        abs(numbers[place].mean - exact[place].mean) <= half,
        "t = \(exact[place].time): exact \(exact[place].mean), simulated \(numbers[place].mean)")
      #expect(half < 0.1 * exact[place].mean + 0.15)
    }
  }
}
