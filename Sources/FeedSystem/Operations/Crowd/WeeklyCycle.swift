import Settings
import Simulation

/// A cycle of a week: a scenario's `traffic.weekly`, a factor for each day, over their mean.
public struct WeeklyCycle: Sendable, Equatable {
  static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  /// From Monday on.
  public var factors = [Double](repeating: 1, count: 7)
  /// The day that the measurement window begins in, 0 for Monday.
  public var startsOn = 0

  public init() {}

  init(_ parameters: inout Parameters) throws {
    factors = try Self.days.map {
      try parameters.read($0, .number(in: 0...1000), default: 1, "The activity of this day.")
    }
    startsOn = try parameters.read(
      "startsOn", .choice(Self.days.enumerated().map { ($1, $0) }), default: startsOn,
      "The day that the measurement window begins in.")
    if factors.allSatisfy({ $0 == 0 }) {
      throw parameters.error("has no day on which anything happens")
    }
  }

  /// Its profile, of mean 1.
  ///
  /// - Parameter startsAt: from midnight to the window's beginning, which is time 0.
  func profile(startsAt: Duration) -> RateProfile {
    let day = Duration.seconds(86_400)
    let monday = Instant.start - startsAt - day * startsOn
    return .periodic(factors, every: day, from: monday)
  }
}
