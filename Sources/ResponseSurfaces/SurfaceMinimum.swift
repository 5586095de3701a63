import CGSL
import Simulation

/// Where a function over a box is least, by GSL's minimisers: Brent's along a line, Nelder and
/// Mead's simplex in more dimensions, each begun from the best of many points.
///
/// Polynomials cost next to nothing, so the beginnings can be many and a minimum beside the
/// lowest is not taken for it.
enum SurfaceMinimum {
  /// Cells that a line is cut into to begin from, and points in a box.
  static let cells = 400
  private static let beginnings = 1024

  static func find(in window: TuningWindow, _ merit: ([Double]) -> Double) -> [Double] {
    window.dimensions == 1 ? onLine(window, merit) : inBox(window, merit)
  }

  /// The points that a line is looked at.
  static func line(_ window: TuningWindow) -> [Double] {
    (0...cells).map { cell in
      let share = Double(cell) / Double(cells)
      return cell == cells
        ? window.high[0] : window.low[0] + (window.high[0] - window.low[0]) * share
    }
  }

  private static func onLine(_ window: TuningWindow, _ merit: ([Double]) -> Double) -> [Double] {
    let line = line(window)
    let values = line.map { merit([$0]) }
    guard let best = values.indices.min(by: { values[$0] < values[$1] }) else { return window.low }
    guard best > 0, best < cells, values[best] < values[best - 1], values[best] < values[best + 1],
      let refined = brent(line[best - 1], line[best], line[best + 1], { merit([$0]) })
    else { return [line[best]] }
    return merit([refined]) <= values[best] ? [refined] : [line[best]]
  }

  /// A function of a point that C calls with a pointer to it.
  private struct Called {
    let body: ([Double]) -> Double
  }

  private static func brent(
    _ low: Double, _ start: Double, _ high: Double, _ body: (Double) -> Double
  ) -> Double? {
    withGSLFunction(body) { function -> Double? in
      guard let minimiser = gsl_min_fminimizer_alloc(feedsim_brent_minimum()) else { return nil }
      defer { gsl_min_fminimizer_free(minimiser) }
      guard gsl_min_fminimizer_set(minimiser, function, start, low, high) == 0 else {
        return nil
      }
      for _ in 0..<60 {
        guard gsl_min_fminimizer_iterate(minimiser) == 0,
          gsl_min_fminimizer_x_upper(minimiser) - gsl_min_fminimizer_x_lower(minimiser) > 1e-9
        else { break }
      }
      return gsl_min_fminimizer_x_minimum(minimiser)
    }
  }

  private static func inBox(_ window: TuningWindow, _ merit: ([Double]) -> Double) -> [Double] {
    func inside(_ point: [Double]) -> [Double] {
      point.indices.map { min(max(point[$0], window.low[$0]), window.high[$0]) }
    }
    // Outside the box it rises, so that the simplex comes back and may end on a border.
    func bounded(_ point: [Double]) -> Double {
      let nearest = inside(point)
      let away = zip(point, nearest).reduce(0) { $0 + abs($1.0 - $1.1) }
      let value = merit(nearest)
      return value + away * (1 + abs(value))
    }
    let shares = UnitCube.sobol(beginnings, dimensions: window.dimensions) ?? []
    let points = shares.map { share in
      share.indices.map { window.low[$0] + (window.high[$0] - window.low[$0]) * share[$0] }
    }
    let values = points.map(merit)
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }.prefix(4)
    var best = window.low
    var least = Double.infinity
    for index in order {
      var point = points[index]
      // Begun anew where it ended: a simplex may have collapsed against a border.
      for size in [0.1, 0.03, 0.01] {
        point = inside(simplex(point, step: size * window.length, bounded))
      }
      for axis in point.indices {
        for end in [window.low[axis], window.high[axis]]
        where abs(point[axis] - end) < 2e-3 * window.length {
          var edge = point
          edge[axis] = end
          if merit(edge) <= merit(point) + 1e-6 * abs(merit(point)) { point = edge }
        }
      }
      let value = merit(point)
      if value < least { (best, least) = (point, value) }
    }
    return best
  }

  /// nmsimplex2: Nelder and Mead's method (The Computer Journal 7, 1965).
  private static func simplex(
    _ start: [Double], step: Double, _ body: ([Double]) -> Double
  ) -> [Double] {
    let count = start.count
    guard let from = gsl_vector_alloc(count), let steps = gsl_vector_alloc(count),
      let minimiser = gsl_multimin_fminimizer_alloc(feedsim_simplex(), count)
    else { return start }
    defer {
      gsl_vector_free(from)
      gsl_vector_free(steps)
      gsl_multimin_fminimizer_free(minimiser)
    }
    for index in 0..<count { gsl_vector_set(from, index, start[index]) }
    gsl_vector_set_all(steps, step)
    return withoutActuallyEscaping(body) { body in
      var called = Called(body: body)
      return withUnsafeMutablePointer(to: &called) { pointer in
        var function = gsl_multimin_function(
          f: { vector, pointer in
            guard let vector, let pointer else { return 0 }
            let point = (0..<vector.pointee.size).map { gsl_vector_get(vector, $0) }
            return pointer.assumingMemoryBound(to: Called.self).pointee.body(point)
          }, n: count, params: pointer)
        guard gsl_multimin_fminimizer_set(minimiser, &function, from, steps) == 0 else {
          return start
        }
        for _ in 0..<400 {
          guard gsl_multimin_fminimizer_iterate(minimiser) == 0,
            gsl_multimin_fminimizer_size(minimiser) > 1e-7
          else { break }
        }
        guard let end = gsl_multimin_fminimizer_x(minimiser) else { return start }
        return (0..<count).map { gsl_vector_get(end, $0) }
      }
    }
  }
}
