import Settings
import Simulation

/// Asks a second server where the first takes long, and goes by the first answer (Dean, Barroso,
/// "The Tail at Scale", CACM 2013).
public struct HedgeSettings: Sendable {
  public enum Delay: Sendable, Equatable {
    case time(Duration)
    /// Of the times of the calls answered of late.
    case quantile(Double)
  }

  public var after: Delay
  /// Hedges, of all calls.
  public var budget = 0.05

  public init(after: Delay, budget: Double = 0.05) { (self.after, self.budget) = (after, budget) }

  init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(in: .microseconds(1)...Duration.seconds(3600))
      .map { Delay.time($0) }
    let quantiles: [(String, Delay)] = [
      ("p50", .quantile(0.5)), ("p90", .quantile(0.9)), ("p95", .quantile(0.95)),
      ("p99", .quantile(0.99)), ("p99.9", .quantile(0.999)),
    ]
    after = try parameters.require(
      "after", time.or(.choice(quantiles)) { $0.hasPrefix("p") },
      "How long the first server is waited for: a time, or a quantile of the calls of late.")
    budget = try parameters.read(
      "budget", .share(), default: budget, "Of all calls, that may be asked twice.")
  }
}

/// When calls of a tier are hedged, and how many more may be.
struct Hedging: ~Copyable {
  /// Calls from which a quantile is taken anew.
  private static let sample = 1000
  /// Hedges that a quiet time saves up at most.
  private static let savings = 10.0

  let settings: HedgeSettings
  private var times = CoarseHistograms(count: 1)
  private var saved = 0.0
  /// Nil until a quantile is known.
  private(set) var delay: Duration?

  init(_ settings: HedgeSettings) {
    self.settings = settings
    if case .time(let time) = settings.after { delay = time }
  }

  /// A call is made.
  mutating func noteCall() { saved = min(saved + settings.budget, Self.savings) }

  /// A call has been answered.
  mutating func note(_ time: Duration) {
    guard case .quantile(let share) = settings.after else { return }
    times.record(time, in: 0)
    guard times[0].count >= Self.sample else { return }
    delay = Duration(nanoseconds: Int64(times.quantile(share, of: 0)))
    times = CoarseHistograms(count: 1)
  }

  /// Asks for a hedge to be sent, which is one of the budget.
  mutating func spend() -> Bool {
    guard saved >= 1 else { return false }
    saved -= 1
    return true
  }
}
