import Settings
import Simulation

/// Waits that grow exponentially from one failure to the next, with jitter (Brooker, "Exponential
/// Backoff And Jitter", AWS Architecture Blog, 2015).
public struct BackOff: Sendable {
  public var first = Duration.seconds(1)
  public var factor = 2.0
  public var longest: Duration
  public var jitter = 0.5

  /// Of clients that connect again.
  init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
    (self.first, self.longest) = (first, longest)
  }

  /// - Parameters:
  ///   - first: what the key of the first wait is called here.
  ///   - least: what it may be; above zero where nothing else ends the attempts.
  ///   - standardFirst: what it is if nothing is said.
  init(
    _ parameters: inout Parameters, first key: String, least: Duration = .zero,
    standardFirst: Duration = .seconds(1), longest standard: Duration = .seconds(60)
  ) throws {
    let wait = Form<Duration>.duration(in: least...Duration.seconds(366 * 86_400))
    first = try parameters.read(key, wait, default: standardFirst, "Before the second attempt.")
    factor = try parameters.read(
      "factor", .number(in: 1...100), default: factor, "By which it grows each time.")
    longest = try parameters.read(
      "longest", wait, default: standard, "That it grows to at most.")
    jitter = try parameters.read(
      "jitter", .share(), default: jitter, "Of each wait, that is left to chance.")
  }

  /// How long to wait after so many failures.
  ///
  /// - Parameter chance: uniform on [0, 1), of which jitter takes its share off the wait.
  func wait(after failures: Int, chance: Double) -> Duration {
    var seconds = first.seconds
    for _ in 1..<max(failures, 1) where seconds < longest.seconds { seconds *= factor }
    return Duration(seconds: min(seconds, longest.seconds) * (1 - jitter * chance))
  }
}
