import Simulation

/// A box of the settings' shares of their ranges, in which a surface is fitted.
struct TuningWindow: Equatable {
  var low: [Double]
  var high: [Double]

  static func whole(_ dimensions: Int) -> TuningWindow {
    TuningWindow(
      low: Array(repeating: 0, count: dimensions), high: Array(repeating: 1, count: dimensions))
  }

  var dimensions: Int { low.count }
  /// Of its longest side.
  var length: Double { zip(low, high).map { $1 - $0 }.max() ?? 0 }

  func contains(_ point: [Double]) -> Bool {
    zip(point, zip(low, high)).allSatisfy { $0 >= $1.0 - 1e-9 && $0 <= $1.1 + 1e-9 }
  }

  /// A box of that length around a point, moved inwards where it would leave the range.
  static func around(_ centre: [Double], length: Double) -> TuningWindow {
    let low = centre.map { min(max($0 - length / 2, 0), max(0, 1 - length)) }
    return TuningWindow(low: low, high: low.map { min(1, $0 + length) })
  }

  /// Whether a border of the box is not the range's own: there is more beyond it.
  func isInner(_ dimension: Int, upper: Bool) -> Bool {
    upper ? high[dimension] < 1 - 1e-9 : low[dimension] > 1e-9
  }
}

/// Polynomials of low order through what was simulated in a window, by least squares: one for the
/// objective and one for each rule with a magnitude.
///
/// Whatever is asked of a fit, a value or a slope, is a weighted sum of what was simulated, so
/// each replication has its own value of it and Student's t tells how sure it is. What the
/// polynomials miss is in the residuals, which count as a second source of error.
struct ResponseSurface {
  let window: TuningWindow
  /// Powers of each setting, term by term.
  private let terms: [[Int]]
  /// The pseudo-inverse of the design: term → point → weight.
  private let weights: [[Double]]
  /// Figure → term, of the replications' mean.
  private let coefficients: [[Double]]
  /// Figure → replication → term.
  private let each: [[[Double]]]
  /// Figure → variance of a point about the polynomial.
  private let residuals: [Double]
  /// Points beyond the terms.
  private let freedom: Int
  /// Figure → the largest size among its points, below which what arithmetic leaves is nothing.
  private let sizes: [Double]

  /// - Parameters:
  ///   - points: shares of the ranges.
  ///   - figures: figure → point → the replications' values, as many for each.
  /// - Returns: nil where there are too few points for any slope.
  init?(_ window: TuningWindow, _ points: [[Double]], _ figures: [[[Double]]]) {
    guard points.count >= 3, let replications = figures.first?.first?.count else { return nil }
    let scaled = points.map { Self.scaled($0, window) }
    let terms = Self.terms(scaled)
    let rows = scaled.map { point in terms.map { Self.product(point, $0) } }
    guard terms.count > 1, let fit = LeastSquares(rows) else { return nil }
    let freedom = points.count - fit.rank
    let means = figures.map { $0.map { Spread(of: $0).mean } }
    coefficients = means.map(fit.coefficients)
    each = figures.map { figure in
      (0..<replications).map { index in fit.coefficients(of: figure.map { $0[index] }) }
    }
    residuals = zip(means, coefficients).map { means, coefficients in
      let squares = zip(rows, means).reduce(0.0) { sum, pair in
        let fit = zip(pair.0, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
        return sum + (pair.1 - fit) * (pair.1 - fit)
      }
      return freedom > 0 ? squares / Double(freedom) : 0
    }
    sizes = means.map { $0.map(abs).max() ?? 0 }
    self.window = window
    self.terms = terms
    weights = fit.weights
    self.freedom = freedom
  }

  // MARK: - Values and slopes

  func value(_ figure: Int, at point: [Double]) -> Double { mean(figure, basis(at: point)) }

  func slope(_ figure: Int, _ axis: Int, at point: [Double]) -> Double {
    mean(figure, basis(at: point, slopeIn: axis))
  }

  func curvature(_ figure: Int, _ first: Int, _ second: Int, at point: [Double]) -> Double {
    let scaled = Self.scaled(point, window)
    let basis = terms.map { Self.derivative(Self.derivative($0, first), second, scaled) }
    return mean(figure, basis) * scale(first) * scale(second)
  }

  private func mean(_ figure: Int, _ basis: [Double]) -> Double {
    zip(coefficients[figure], basis).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The weights that terms have in a value.
  func basis(at point: [Double]) -> [Double] {
    let scaled = Self.scaled(point, window)
    return terms.map { Self.product(scaled, $0) }
  }

  /// The weights that terms have in a slope along a setting.
  func basis(at point: [Double], slopeIn axis: Int) -> [Double] {
    let scaled = Self.scaled(point, window)
    let factor = scale(axis)
    return terms.map { powers in
      let (coefficient, left) = Self.derivative(powers, axis)
      return coefficient * Self.product(scaled, left) * factor
    }
  }

  /// Something linear in the fits, such as a slope, with how sure it is.
  struct Assessed {
    var mean: Double
    /// Of the replications, and of what the polynomials miss.
    var noise: Double
    var misfit: Double
    /// Half the width of the 95 % interval.
    var halfWidth: Double
    /// Below this it is nothing but what arithmetic leaves.
    var dust: Double

    var isNothing: Bool { abs(mean) <= halfWidth + dust }
  }

  /// - Parameter parts: figures with the weights of their terms; each figure at most once.
  func assess(_ parts: [(figure: Int, basis: [Double])]) -> Assessed {
    var spread = Spread()
    for index in each.first?.indices ?? 0..<0 {
      spread.add(
        parts.reduce(0) { sum, part in
          sum + zip(each[part.figure][index], part.basis).reduce(0) { $0 + $1.0 * $1.1 }
        })
    }
    var misfit = 0.0
    var dust = 0.0
    for (figure, basis) in parts {
      var squares = 0.0
      for point in weights[0].indices {
        let weight = zip(weights, basis).reduce(0) { $0 + $1.0[point] * $1.1 }
        squares += weight * weight
      }
      misfit += residuals[figure] * squares
      dust += 1e-9 * sizes[figure] * squares.squareRoot()
    }
    let noise = spread.count > 1 ? spread.variance / Double(spread.count) : 0
    return Assessed(
      mean: spread.mean, noise: noise, misfit: misfit,
      halfWidth: halfWidth(noise, misfit, replications: spread.count), dust: dust)
  }

  /// Both variances together, with Satterthwaite's degrees of freedom.
  private func halfWidth(_ noise: Double, _ misfit: Double, replications: Int) -> Double {
    let whole = noise + misfit
    guard whole > 0 else { return 0 }
    let (a, b) = (noise / whole, misfit / whole)
    var inverse = 0.0
    if replications > 1 { inverse += a * a / Double(replications - 1) }
    inverse += b * b / Double(max(1, freedom))
    return studentQuantile(0.95, freedom: 1 / inverse) * whole.squareRoot()
  }

  // MARK: - Terms

  private func scale(_ axis: Int) -> Double {
    2 / max(1e-12, window.high[axis] - window.low[axis])
  }

  /// −1...1 over the window, where powers stay apart.
  private static func scaled(_ point: [Double], _ window: TuningWindow) -> [Double] {
    point.indices.map { axis in
      let half = max(1e-12, window.high[axis] - window.low[axis]) / 2
      return (point[axis] - window.low[axis]) / half - 1
    }
  }

  private static func product(_ point: [Double], _ powers: [Int]) -> Double {
    var product = 1.0
    for (value, power) in zip(point, powers) {
      for _ in 0..<power { product *= value }
    }
    return product
  }

  private static func derivative(_ powers: [Int], _ axis: Int) -> (Double, [Int]) {
    guard powers[axis] > 0 else { return (0, powers) }
    var left = powers
    left[axis] -= 1
    return (Double(powers[axis]), left)
  }

  private static func derivative(
    _ first: (Double, [Int]), _ axis: Int, _ point: [Double]
  ) -> Double {
    let (coefficient, powers) = derivative(first.1, axis)
    return first.0 * coefficient * product(point, powers)
  }

  /// As many terms as the points can tell apart, with some to spare: slopes, squares, products,
  /// cubes.
  private static func terms(_ points: [[Double]]) -> [[Int]] {
    let axes = points[0].indices
    let levels = axes.map { axis in
      let sorted = points.map { $0[axis] }.sorted()
      return 1 + zip(sorted, sorted.dropFirst()).count { $1 - $0 > 1e-6 }
    }
    func powers(_ axis: Int, _ power: Int) -> [Int] {
      axes.map { $0 == axis ? power : 0 }
    }
    var groups = [[axes.map { _ in 0 }] + axes.filter { levels[$0] > 1 }.map { powers($0, 1) }]
    groups.append(axes.filter { levels[$0] > 2 }.map { powers($0, 2) })
    groups.append(
      axes.flatMap { first in
        axes.filter { $0 > first && levels[$0] > 1 && levels[first] > 1 }.map { second in
          axes.map { $0 == first || $0 == second ? 1 : 0 }
        }
      })
    groups.append(axes.filter { levels[$0] > 4 }.map { powers($0, 3) })
    var terms: [[Int]] = []
    for (index, group) in groups.enumerated() {
      let spare = index == 3 ? 2 : 1
      if terms.count + group.count + spare <= points.count { terms += group }
    }
    return terms
  }
}
