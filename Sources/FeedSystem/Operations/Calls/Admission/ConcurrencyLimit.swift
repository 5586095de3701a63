import Settings
import Simulation

/// A limit on the visits inside that grows while they are fast and shrinks when they are slow:
/// additive increase, multiplicative decrease (Chiu, Jain, 1989), as TCP has it for a window.
public struct ConcurrencyLimit: CallAdmission {
  public static let name = "concurrency"
  public static let summary = "as many visits inside as are served within a target, found by trying"
  public static let isByLine = false

  public var target = Duration.milliseconds(100)
  public var interval = Duration.milliseconds(100)
  public var initial = 10.0
  public var decrease = 0.1

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(in: .microseconds(1)...Duration.seconds(3600))
    target = try parameters.read(
      "target", time, default: target, "Waiting and service that a visit may take.")
    interval = try parameters.read(
      "interval", time, default: interval, "The limit shrinks once in this time at most.")
    initial = try parameters.read(
      "initial", .number(in: 1...1_000_000), default: initial,
      "Visits inside at the beginning, a server.")
    decrease = try parameters.read(
      "decrease", .share(in: 0.001...0.9), default: decrease, "By which it shrinks at once.")
  }

  public func makeGate() -> any AdmissionGate { ConcurrencyGate(self) }
}

/// The limit now.
struct ConcurrencyGate: AdmissionGate {
  let settings: ConcurrencyLimit
  /// Visits inside, a server; one at least.
  private(set) var limit: Double
  private var shrunk = Instant(nanoseconds: .min / 2)

  init(_ settings: ConcurrencyLimit) {
    self.settings = settings
    limit = settings.initial
  }

  mutating func admits(inside: Int, servers: Int, at now: Instant) -> Bool {
    Double(inside) < (limit * Double(servers)).rounded(.down)
  }

  mutating func note(
    _ time: Duration, hasFailed: Bool, inside: Int, servers: Int, at now: Instant
  ) {
    if hasFailed || time > settings.target {
      guard now - shrunk >= settings.interval else { return }
      limit = max(1, limit * (1 - settings.decrease))
      shrunk = now
      return
    }
    // What is not used up says nothing of whether more would do.
    let all = limit * Double(servers)
    if Double(inside) * 2 >= all { limit = min(limit + 1 / all, 1e6) }
  }
}
