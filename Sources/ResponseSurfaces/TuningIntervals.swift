import CGSL
import Simulation

/// In which interval the optimum of a fit lies, setting by setting.
extension TuningAssessment {
  /// All values at which the slope of the objective, or the distance to a binding limit, may be
  /// nothing: the test turned round, which is exact where the polynomial is, and gives the whole
  /// window where nothing can be told, and one value where the optimum is at a border for sure.
  func alongLine(_ surface: ResponseSurface) -> ClosedRange<Double> {
    let line = SurfaceMinimum.line(window)
    let start = line.indices.min { abs(line[$0] - optimum[0]) < abs(line[$1] - optimum[0]) } ?? 0
    func run(_ isNothing: (Double) -> Bool, _ step: Int) -> Int {
      var index = start
      guard isNothing(line[start]) else { return start }
      while line.indices.contains(index + step), isNothing(line[index + step]) { index += step }
      // Up to the value at which it is something.
      return min(max(index + step, 0), line.count - 1)
    }
    func slopeIsNothing(_ share: Double) -> Bool {
      mayKeepRules(surface, at: [share])
        && surface.assess([(0, surface.basis(at: [share], slopeIn: 0))]).isNothing
    }
    var low = optimum[0]
    var high = optimum[0]
    let bound = rules.indices.filter { binding.contains(rules[$0]) }
    for index in bound {
      func limitIsNear(_ share: Double) -> Bool {
        surface.assess([(index + 1, surface.basis(at: [share]))]).isNothing
      }
      low = min(low, line[run(limitIsNear, -1)])
      high = max(high, line[run(limitIsNear, 1)])
    }
    low = min(low, line[run(slopeIsNothing, -1)])
    high = max(high, line[run(slopeIsNothing, 1)])
    if let (here, there) = limits.border(at: optimum, within: 2 * cell) {
      low = min(low, here[0], there[0])
      high = max(high, here[0], there[0])
    }
    return low...high
  }

  /// Whether no rule is broken for sure: what cannot be chosen cannot be the optimum, however flat
  /// the objective is there.
  private func mayKeepRules(_ surface: ResponseSurface, at point: [Double]) -> Bool {
    !limits.forbids(point)
      && rules.indices.allSatisfy { index in
        let excess = surface.assess([(index + 1, surface.basis(at: point))])
        return excess.mean <= 0 || excess.isNothing
      }
  }

  /// The same along each of several settings, the others following at their best; where a limit
  /// binds, what moves with the replications is both the optimum and the limit.
  func inBox(_ surface: ResponseSurface) -> [ClosedRange<Double>]? {
    guard binding.allSatisfy({ !rules.contains($0) }) else { return onLimit(surface) }
    return optimum.indices.map { axis in
      let ends = [-1.0, 1].map { follow(surface, axis, $0) }
      return widened(min(ends[0], optimum[axis])...max(ends[1], optimum[axis]), axis)
    }
  }

  /// No interval is narrower than the minimisers are exact; what is at an end of the range is
  /// there for sure.
  private func widened(_ range: ClosedRange<Double>, _ axis: Int) -> ClosedRange<Double> {
    guard optimum[axis] > 1e-9, optimum[axis] < 1 - 1e-9 else { return range }
    let least = 1e-3 * (window.high[axis] - window.low[axis])
    return max(
      window.low[axis], min(range.lowerBound, optimum[axis] - least))...min(
        window.high[axis], max(range.upperBound, optimum[axis] + least))
  }

  /// How far a setting can go one way, the others following at their best, until the objective
  /// has a slope for sure.
  private func follow(_ surface: ResponseSurface, _ axis: Int, _ way: Double) -> Double {
    let step = way * (window.high[axis] - window.low[axis]) / 200
    let end = way < 0 ? window.low[axis] : window.high[axis]
    var place = optimum
    func isNothing() -> Bool {
      let direction = direction(surface, axis, at: place)
      let slope = Self.sum(
        direction.indices.map { (direction[$0], surface.basis(at: place, slopeIn: $0)) })
      return mayKeepRules(surface, at: place) && surface.assess([(0, slope)]).isNothing
    }
    guard isNothing() else { return place[axis] }
    while (end - place[axis]) * way > abs(step) / 2 {
      let direction = direction(surface, axis, at: place)
      for other in place.indices {
        place[other] = min(
          max(place[other] + direction[other] * step, window.low[other]), window.high[other])
      }
      settle(surface, axis, &place)
      if !isNothing() { return place[axis] }
    }
    return end
  }

  /// The others of a setting that can move from a place.
  private func others(_ axis: Int, at place: [Double]) -> [Int] {
    place.indices.filter {
      $0 != axis && place[$0] > window.low[$0] + 1e-9 && place[$0] < window.high[$0] - 1e-9
    }
  }

  /// How the best of the others follows a setting.
  private func direction(_ surface: ResponseSurface, _ axis: Int, at place: [Double]) -> [Double] {
    var direction = place.indices.map { $0 == axis ? 1.0 : 0 }
    let others = others(axis, at: place)
    let inverse = Self.inverse(
      others.map { row in others.map { surface.curvature(0, row, $0, at: place) } })
    for (row, other) in others.enumerated() {
      direction[other] = -zip(inverse?[row] ?? [], others).reduce(0) { sum, pair in
        sum + pair.0 * surface.curvature(0, pair.1, axis, at: place)
      }
    }
    return direction
  }

  /// One of Newton's steps of the others towards their best.
  private func settle(_ surface: ResponseSurface, _ axis: Int, _ place: inout [Double]) {
    let others = others(axis, at: place)
    let slopes = others.map { surface.slope(0, $0, at: place) }
    let inverse = Self.inverse(
      others.map { row in others.map { surface.curvature(0, row, $0, at: place) } })
    for (row, other) in others.enumerated() {
      let move = zip(inverse?[row] ?? [], slopes).reduce(0) { $0 + $1.0 * $1.1 }
      let most = 0.05 * (window.high[other] - window.low[other])
      place[other] = min(
        max(place[other] - min(max(move, -most), most), window.low[other]), window.high[other])
    }
  }

  /// By the implicit function theorem: the optimum with its multipliers solves the equations of
  /// Karush, Kuhn and Tucker, and moves with each replication by what the inverse of their
  /// Jacobian makes of its slopes.
  private func onLimit(_ surface: ResponseSurface) -> [ClosedRange<Double>]? {
    let free = optimum.indices.filter { axis in
      !(optimum[axis] <= 1e-9 || optimum[axis] >= 1 - 1e-9)
    }
    let bound = Array(rules.indices.filter { binding.contains(rules[$0]) }.prefix(free.count))
    func slopes(_ figure: Int) -> [Double] {
      free.map { surface.slope(figure, $0, at: optimum) }
    }
    let multipliers = Self.multipliers(slopes(0), bound.map { slopes($0 + 1) })
    let size = free.count + bound.count
    var jacobian = Array(repeating: Array(repeating: 0.0, count: size), count: size)
    for (row, first) in free.enumerated() {
      for (column, second) in free.enumerated() {
        jacobian[row][column] = surface.curvature(0, first, second, at: optimum)
        for (index, multiplier) in zip(bound, multipliers) {
          jacobian[row][column] +=
            multiplier * surface.curvature(index + 1, first, second, at: optimum)
        }
      }
      for (column, index) in bound.enumerated() {
        let slope = surface.slope(index + 1, first, at: optimum)
        jacobian[row][free.count + column] = slope
        jacobian[free.count + column][row] = slope
      }
    }
    guard let inverse = Self.inverse(jacobian) else { return free.isEmpty ? points : nil }
    var intervals = points
    for (row, axis) in free.enumerated() {
      var parts = [(figure: 0, basis: [Double]())]
      parts[0].basis = Self.sum(
        free.enumerated().map { (inverse[row][$0], surface.basis(at: optimum, slopeIn: $1)) })
      for (column, index) in bound.enumerated() {
        let bent = free.enumerated().map {
          (inverse[row][$0] * multipliers[column], surface.basis(at: optimum, slopeIn: $1))
        }
        let moved = (inverse[row][free.count + column], surface.basis(at: optimum))
        parts.append((index + 1, Self.sum(bent + [moved])))
      }
      let assessed = surface.assess(parts)
      guard assessed.halfWidth.isFinite else { return nil }
      let reach = assessed.halfWidth + assessed.dust
      let ends = [optimum[axis] - reach, optimum[axis] + reach]
      intervals[axis] = widened(
        max(window.low[axis], ends[0])...min(window.high[axis], ends[1]), axis)
    }
    return intervals
  }

  private var points: [ClosedRange<Double>] { optimum.map { $0...$0 } }

  private static func sum(_ parts: [(Double, [Double])]) -> [Double] {
    (parts.first?.1.indices ?? 0..<0).map { index in
      parts.reduce(0) { $0 + $1.0 * $1.1[index] }
    }
  }

  /// How hard each limit holds the optimum back: the slopes of the limits that undo the
  /// objective's, by least squares.
  private static func multipliers(_ slope: [Double], _ limits: [[Double]]) -> [Double] {
    guard !limits.isEmpty else { return [] }
    let products = limits.map { first in
      limits.map { second in zip(first, second).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    guard let inverse = inverse(products) else { return limits.map { _ in 0 } }
    let right = limits.map { limit in -zip(limit, slope).reduce(0) { $0 + $1.0 * $1.1 } }
    return inverse.map { row in max(0, zip(row, right).reduce(0) { $0 + $1.0 * $1.1 }) }
  }

  /// Nil where there is none.
  private static func inverse(_ rows: [[Double]]) -> [[Double]]? {
    let size = rows.count
    guard size > 0, let matrix = gsl_matrix_alloc(size, size),
      let result = gsl_matrix_alloc(size, size), let order = gsl_permutation_alloc(size)
    else { return nil }
    defer {
      gsl_matrix_free(matrix)
      gsl_matrix_free(result)
      gsl_permutation_free(order)
    }
    for row in 0..<size {
      for column in 0..<size { gsl_matrix_set(matrix, row, column, rows[row][column]) }
    }
    var sign: Int32 = 0
    guard gsl_linalg_LU_decomp(matrix, order, &sign) == 0,
      gsl_linalg_LU_invert(matrix, order, result) == 0
    else { return nil }
    let inverse = (0..<size).map { row in
      (0..<size).map { gsl_matrix_get(result, row, $0) }
    }
    return inverse.joined().allSatisfy(\.isFinite) ? inverse : nil
  }
}
