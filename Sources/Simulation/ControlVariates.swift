/// Means corrected for what the replications happened to draw.
extension Estimate {
  /// With fewer replications the slopes are too uncertain to gain much.
  public static let replicationsForControls = 20

  /// The mean over independent replications, corrected by control variates: what else each
  /// replication has drawn, whose mean is known.
  ///
  /// A regression on the controls' distances from their means, read at distance 0 (Lavenberg and
  /// Welch: "A perspective on the use of control variables to increase the efficiency of Monte
  /// Carlo simulations", Management Science 27, 1981), and jackknifed: each value of the estimate
  /// is what its replication contributes (Quenouille's pseudo-values; Efron and Stein: "The
  /// jackknife estimate of variance", Annals of Statistics 9, 1981). So Student's interval over
  /// them has each residual as it would be told by the other replications, since busy ones scatter
  /// more and one common variance would hold the truth a point too seldom, and whatever is made of
  /// the values, such as a paired difference, knows that the slopes are estimates.
  ///
  /// Whether controls are used is for what is known beforehand to decide, and never for these
  /// replications: to leave them out where an F test sees no effect, or where the plain interval is
  /// the narrower one, held the truth up to a point and a half too seldom.
  ///
  /// - Parameter controls: of each control, the distance from its known mean in each replication;
  ///   one that does not vary is none.
  /// - Returns: the estimate, and how many times narrower the controls have made its interval; nil
  ///   where they are not used: with fewer than 20 replications, where they depend on one another,
  ///   or where they tell the values themselves.
  public static func mean(
    of replications: [Double], controls: [[Double]]
  ) -> (estimate: Estimate, gain: Double?) {
    let plain = mean(of: replications)
    let varying = controls.filter { Spread(of: $0).variance > 0 }
    guard replications.count >= replicationsForControls, !varying.isEmpty,
      let wide = plain.halfWidth, let values = pseudoValues(replications, varying)
    else { return (plain, nil) }
    let corrected = mean(of: values)
    // Below that it is nothing but what arithmetic leaves.
    guard let narrow = corrected.halfWidth, narrow > 1e-6 * wide else { return (plain, nil) }
    return (corrected, wide / narrow)
  }

  /// What each value contributes to its regression on the controls, read where all of them are 0;
  /// nil where the controls depend on one another.
  private static func pseudoValues(_ values: [Double], _ controls: [[Double]]) -> [Double]? {
    guard controls.allSatisfy({ $0.count == values.count }) else { return nil }
    // Of one size, so that singular values tell whether a control is its own.
    let sizes = controls.map { Spread(of: $0).variance.squareRoot() }
    let rows = values.indices.map { index in
      [1] + zip(controls, sizes).map { $0[index] / $1 }
    }
    guard let fit = LeastSquares(rows), fit.rank == controls.count + 1 else { return nil }
    let coefficients = fit.coefficients(of: values)
    var contributions: [Double] = []
    for (index, row) in rows.enumerated() {
      let residual = values[index] - zip(row, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
      let leverage = zip(row, fit.weights).reduce(0) { $0 + $1.0 * $1.1[index] }
      guard leverage < 1 - 1e-9 else { return nil }
      // Without this replication the regression would read so much lower (Miller: "An unbalanced
      // jackknife", Annals of Statistics 2, 1974).
      let pull = fit.weights[0][index] * residual / (1 - leverage)
      contributions.append(coefficients[0] + Double(values.count - 1) * pull)
    }
    return contributions
  }
}
