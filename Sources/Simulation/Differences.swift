/// The difference of two means, changed − base, and how sure it is.
public struct MeanDifference: Sendable {
  public var value: Double
  /// Of the difference; nil where a side has fewer than two replications.
  public var standardError: Double?
  /// Degrees of freedom of Student's t.
  var freedom: Double

  /// Where both sides saw the same random numbers, replication by replication: what they share
  /// cancels.
  ///
  /// - Parameters: as many values of either, in the order of the replications.
  public static func paired(_ base: [Double], _ changed: [Double]) -> MeanDifference {
    let spread = Spread(of: zip(changed, base).map { $0 - $1 })
    return MeanDifference(
      value: spread.mean,
      standardError: spread.count > 1 ? (spread.variance / Double(spread.count)).squareRoot() : nil,
      freedom: Double(spread.count - 1))
  }

  /// Of independent replications with variances of their own (Welch: "The generalization of
  /// 'Student's' problem when several different population variances are involved", Biometrika
  /// 34, 1947; degrees of freedom after Satterthwaite).
  public static func independent(_ base: [Double], _ changed: [Double]) -> MeanDifference {
    let (before, after) = (Spread(of: base), Spread(of: changed))
    var difference = MeanDifference(value: after.mean - before.mean, freedom: 0)
    guard before.count > 1, after.count > 1 else { return difference }
    let parts = [before, after].map {
      (share: $0.variance / Double($0.count), count: $0.count)
    }
    let variance = parts[0].share + parts[1].share
    difference.standardError = variance.squareRoot()
    guard variance > 0 else { return difference }
    // Of shares of the variance, whose squares neither vanish nor overflow.
    let inverse = parts.reduce(0) { sum, part in
      let share = part.share / variance
      return sum + share * share / Double(part.count - 1)
    }
    difference.freedom = 1 / inverse
    return difference
  }

  public func estimate(confidence: Double = 0.95) -> Estimate {
    let halfWidth = standardError.map { error in
      error > 0 ? studentQuantile(confidence, freedom: freedom) * error : error
    }
    return Estimate(value: value, halfWidth: halfWidth)
  }

  /// How probable a difference at least as far above a bound is where the true one is the bound;
  /// nil without a standard error.
  public func chance(above bound: Double) -> Double? { chance(of: value - bound) }

  /// The same of one at least as far below.
  public func chance(below bound: Double) -> Double? { chance(of: bound - value) }

  private func chance(of excess: Double) -> Double? {
    guard let standardError, standardError.isFinite else { return nil }
    guard standardError > 0 else { return excess > 0 ? 0 : 1 }
    return studentTail(excess / standardError, freedom: freedom)
  }
}

extension Estimate {
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
