/// Where a series has forgotten how it began.
public enum Truncation {
  /// Observations to a batch.
  public static let batch = 5

  /// How many of the first observations to leave out, by the marginal standard error rule MSER-5:
  /// as many batches of five as make Σ (y - ȳ)² / n² of the n batch means that are kept the least
  /// (White: "An effective truncation heuristic for bias reduction in simulation output",
  /// Simulation 69, 1997; White, Cobb and Spratt: "A comparison of five steady-state truncation
  /// heuristics for simulation", Winter Simulation Conference 2000).
  ///
  /// - Returns: nil where that is more than half of the series, which is then too short to tell,
  ///   or where it has fewer than 20 observations.
  public static func mser5(_ values: [Double]) -> Int? {
    let means = stride(from: 0, to: values.count - batch + 1, by: batch).map { first in
      values[first..<(first + batch)].reduce(0, +) / Double(batch)
    }
    guard means.count >= 4 else { return nil }
    var kept = Spread()
    var least = Double.infinity
    var truncated = 0
    for index in means.indices.reversed() {
      kept.add(means[index])
      // The last few may agree by chance, and say nothing about those before them.
      guard kept.count >= batch || index == 0 else { continue }
      let count = Double(kept.count)
      let error = kept.variance * (count - 1) / (count * count)
      if error <= least {
        least = error
        truncated = index
      }
    }
    return truncated * 2 <= means.count ? truncated * batch : nil
  }
}
