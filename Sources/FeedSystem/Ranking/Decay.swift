import Settings
import Simulation

/// How what a post is worth falls with its age: exponentially, over a length of time that is read
/// in one of two ways.
///
/// The seeds call 48 h (S2.12) and 24 h (S2.15) half-lives, and their formulas make them e-folding
/// times, with half-lives of 33.27 h and 16.64 h; a half-life of 48 h is an e-folding time of
/// 69.25 h.
public struct Decay: Sendable, Equatable {
  public enum Reading: String, CaseIterable, Sendable {
    /// To 1/e, as the seeds' formulas are written.
    case eFolding
    /// To one half, as the seeds say.
    case halfLife
  }

  public let length: Duration
  public let reading: Reading
  /// Seconds in which it falls to 1/e.
  public let eFoldingSeconds: Double

  public init(_ length: Duration, as reading: Reading = .eFolding) {
    self.length = length
    self.reading = reading
    eFoldingSeconds = reading == .eFolding ? length.seconds : length.seconds / ln(2)
  }

  /// Reads `decay` and `decayAs`.
  init(_ parameters: inout Parameters, default length: Duration) throws {
    let length = try parameters.read(
      "decay", .duration(), default: length, "In which recency falls, as decayAs says.")
    let reading = try parameters.read(
      "decayAs", .choice(Reading.allCases.map { ($0.rawValue, $0) }), default: .eFolding,
      "Whether recency falls to 1/e in that time, as the seeds write it, or to one half, as they "
        + "call it.")
    if length <= .zero { throw parameters.error("must be above 0", key: "decay") }
    self.init(length, as: reading)
  }

  /// 1 for a new post, towards 0 for an old one.
  /// - Parameter age: seconds; below 0 counts as new.
  public func callAsFunction(_ age: Double) -> Double { expo(-max(0, age) / eFoldingSeconds) }
}
