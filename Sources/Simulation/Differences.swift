/// The difference of two means, with its 95 % interval.
extension Estimate {
  /// Changed − base where both saw the same random numbers, replication by replication: what
  /// they share cancels.
  ///
  /// - Parameters: as many values of either, in the order of the replications.
  public static func pairedDifference(
    _ base: [Double], _ changed: [Double], confidence: Double = 0.95
  ) -> Estimate {
    .mean(of: zip(changed, base).map { $0 - $1 }, confidence: confidence)
  }

  /// Changed − base of independent replications with variances of their own (Welch: "The
  /// generalization of 'Student's' problem when several different population variances are
  /// involved", Biometrika 34, 1947; degrees of freedom after Satterthwaite).
  ///
  /// The interval is nil where either side has fewer than two replications.
  public static func independentDifference(_ base: [Double], _ changed: [Double]) -> Estimate {
    let (before, after) = (Spread(of: base), Spread(of: changed))
    let value = after.mean - before.mean
    guard before.count > 1, after.count > 1 else { return Estimate(value: value) }
    let parts = [before, after].map {
      (share: $0.variance / Double($0.count), count: $0.count)
    }
    let variance = parts[0].share + parts[1].share
    guard variance > 0 else { return Estimate(value: value, halfWidth: 0) }
    // Of shares of the variance, whose squares neither vanish nor overflow.
    let inverse = parts.reduce(0) { sum, part in
      let share = part.share / variance
      return sum + share * share / Double(part.count - 1)
    }
    return Estimate(
      value: value,
      halfWidth: studentQuantile(0.95, freedom: 1 / inverse) * variance.squareRoot())
  }

  /// How many times smaller the variance of a difference is with common random numbers than it
  /// would be without; nil where there is no variance to speak of.
  public static func varianceRatio(_ base: [Double], _ changed: [Double]) -> Double? {
    guard base.count == changed.count, base.count > 1 else { return nil }
    let apart = Spread(of: base).variance + Spread(of: changed).variance
    let paired = Spread(of: zip(changed, base).map { $0 - $1 }).variance
    guard paired > 0, (apart / paired).isFinite else { return nil }
    return apart / paired
  }
}

extension Spread {
  public init(of values: [Double]) {
    self.init()
    for value in values { add(value) }
  }
}
