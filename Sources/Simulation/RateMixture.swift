/// A mean of rate profiles, each with its weight: the rate of several crowds together, each of
/// which keeps its own time.
struct RateMixture: Sendable {
  let terms: [(weight: Double, profile: RateProfile)]

  func segment(at instant: Instant) -> (factor: Double, end: Instant) {
    var factor = 0.0
    var end = Instant.never
    for term in terms {
      let segment = term.profile.segment(at: instant)
      factor += term.weight * segment.factor
      end = min(end, segment.end)
    }
    return (factor, end)
  }

  func shifted(by delay: Duration) -> RateMixture {
    RateMixture(terms: terms.map { ($0.weight, $0.profile.shifted(by: delay)) })
  }

  /// A bound: the mean of the profiles' own bounds.
  var maximum: Double { terms.reduce(0) { $0 + $1.weight * $1.profile.maximum } }
}

extension RateProfile {
  /// The weighted mean of profiles; the constant 1 where no weight is above 0.
  public static func mixture(
    of terms: [(weight: Double, profile: RateProfile)]
  ) -> RateProfile {
    let used = terms.filter { $0.weight > 0 && $0.weight.isFinite }
    let total = used.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return .constant }
    let shares = used.map { ($0.weight / total, $0.profile) }
    return RateProfile(parts: [], mixtures: [RateMixture(terms: shares)])
  }

  /// Factors one after the other, each from its instant on, the last one until `end`; 1 at all
  /// other times.
  ///
  /// - Parameter starts: rising, all before `end`, and as many as there are factors; the constant
  ///   1 where they are not.
  public static func steps(
    _ factors: [Double], at starts: [Instant], until end: Instant
  ) -> RateProfile {
    guard let last = starts.last, last < end, factors.count == starts.count,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }),
      factors.allSatisfy({ $0 >= 0 && $0.isFinite })
    else { return .constant }
    return RateProfile(
      parts: [
        Part(
          starts: [.min] + starts.map(\.nanoseconds) + [end.nanoseconds],
          factors: [1] + factors + [1], period: 0, step: 0)
      ])
  }
}
