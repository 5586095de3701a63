/// Where arrivals come from: the next one after an instant, in time order.
public enum ArrivalProcess: Sendable {
  /// Independent gaps: Poisson when they are exponential, evenly spaced when constant.
  case renewal(Distribution)
  /// Poisson with a rate that varies: a base rate per second and its profile.
  case profiled(rate: Double, ProfiledArrivals)
  /// Recorded instants, rising; the second value is how many have been handed out.
  case recorded([Instant], taken: Int)

  /// A Poisson process; rate per second, above 0.
  public static func poisson(rate: Double) -> ArrivalProcess {
    .renewal(.exponential(mean: 1 / rate))
  }

  /// Evenly spaced arrivals; rate per second, above 0.
  public static func constant(rate: Double) -> ArrivalProcess { .renewal(.constant(1 / rate)) }

  /// A Poisson process whose rate is `rate` times the profile's factor.
  public static func poisson(rate: Double, profile: RateProfile) -> ArrivalProcess {
    .profiled(rate: rate, ProfiledArrivals(profile))
  }

  /// Recorded instants in any order.
  public static func recorded(_ instants: [Instant]) -> ArrivalProcess {
    .recorded(instants.sorted(), taken: 0)
  }

  /// The next arrival after the present one; nil when there is none. Recorded instants are
  /// handed out one by one, so several may be equal.
  @inlinable
  public mutating func next(after now: Instant, _ stream: inout RandomStream) -> Instant? {
    switch self {
    case .renewal(let gap): return now + gap.sample(&stream)
    case .profiled(let rate, var arrivals):
      let next = arrivals.next(after: now, rate: rate, stream: &stream)
      self = .profiled(rate: rate, arrivals)
      return next == .never ? nil : next
    case .recorded(let instants, let taken):
      guard taken < instants.count else { return nil }
      self = .recorded(instants, taken: taken + 1)
      return instants[taken]
    }
  }

  /// Arrivals per second in the long run, before any profile; nil for recorded instants.
  public var rate: Double? {
    switch self {
    case .renewal(let gap): gap.mean > 0 ? 1 / gap.mean : nil
    case .profiled(let rate, _): rate
    case .recorded: nil
    }
  }
}

extension ArrivalProcess {
  /// How the arrivals of a queue are written, as `feedsim list` shows it.
  public static let forms: [(form: String, summary: String)] = [
    ("800/s", "Poisson arrivals at this rate, also a minute, an hour or a day"),
    ("erlang(k 2, mean 10ms)", "independent gaps of any distribution"),
    ("recorded(FILE)", "the times in a file, one a line, in seconds or with their unit"),
  ]
}

/// The arrivals of one run, the next of which is known already.
struct ArrivalTimes {
  private var process: ArrivalProcess
  private var stream: RandomStream
  /// When the next comes; nil when a recording has ended.
  private(set) var next: Instant?

  init(_ process: ArrivalProcess, _ stream: RandomStream) {
    self.process = process
    self.stream = stream
    next = self.process.next(after: .start, &self.stream)
  }

  /// Goes to the arrival after the next.
  @inline(__always)
  mutating func advance() {
    if let next { self.next = process.next(after: next, &stream) }
  }
}
