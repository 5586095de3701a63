import Simulation

/// What a fit in a window says: where the optimum is, in which interval, and what holds it there.
struct TuningAssessment {
  let window: TuningWindow
  /// Those that were fitted.
  let trials: [Int]
  /// Nil where there are too few trials for any.
  let surface: ResponseSurface?
  /// Shares of the ranges.
  private(set) var optimum: [Double]
  private(set) var intervals: [ClosedRange<Double>]
  /// The rules on whose limit it lies.
  private(set) var binding: [Int] = []
  private var noise = 0.0
  private var misfit = 0.0
  /// Whether the fitted rules forbid all of the window, in which trials keep them.
  private var isForbidden = false

  /// Figure of the surface → rule.
  let rules: [Int]
  /// How much the figure of each varies over the trials.
  private let scales: [Double]
  let limits: TuningLimits

  init(_ search: TuningSearch, _ window: TuningWindow) {
    self.window = window
    let inside = search.trials(in: window)
    trials = inside.filter { search.trials[$0].response != nil }
    limits = TuningLimits(search, window, inside)
    let responses = trials.compactMap { search.trials[$0].response }
    let rules = Self.graded(responses)
    self.rules = rules
    let objective = responses.map { response in
      search.tuner.isMaximised ? response.objective.map { -$0 } : response.objective
    }
    let figures = [objective] + rules.map { rule in responses.map { $0.rules[rule].excess } }
    scales = figures.dropFirst().map { figure in
      let means = figure.map { Estimate.of($0).value }
      return max((means.max() ?? 0) - (means.min() ?? 0), 1e-300)
    }
    surface = ResponseSurface(
      window, trials.compactMap(search.shares), Self.common(figures))
    let whole = zip(window.low, window.high).map { $0...$1 }
    intervals = whole
    optimum = search.bestTrial.flatMap(search.shares) ?? window.low
    guard let surface else { return }
    let merit = merit(surface, objective)
    optimum = SurfaceMinimum.find(in: window, merit)
    isForbidden = violation(surface, at: optimum) > 1e-3
    for axis in optimum.indices {
      let slope = surface.assess([(0, surface.basis(at: optimum, slopeIn: axis))])
      noise += slope.noise
      misfit += max(0, slope.misfit - slope.dust * slope.dust)
    }
    guard !isForbidden else { return }
    binding = active(surface) + limits.binding(at: optimum, within: 0.02 * window.length)
    if window.dimensions == 1 {
      intervals = [alongLine(surface)]
    } else {
      intervals = inBox(surface) ?? whole
    }
  }

  /// Rules with a magnitude that some of the trials break: the others ask nothing.
  private static func graded(_ responses: [Response]) -> [Int] {
    (responses.first?.rules.indices ?? 0..<0).filter { rule in
      responses.allSatisfy { !$0.rules[rule].excess.isEmpty }
        && responses.contains { !$0.rules[rule].holds }
    }
  }

  /// As many replications of each as all have; what has one value for all has it in each.
  private static func common(_ figures: [[[Double]]]) -> [[[Double]]] {
    let counts = figures.joined().map(\.count).filter { $0 > 1 }
    let count = counts.min() ?? 1
    return figures.map { figure in
      figure.map { values in
        values.count >= count
          ? Array(values.prefix(count)) : Array(repeating: values[0], count: count)
      }
    }
  }

  // MARK: - How it stands in its window

  /// Of the longest interval, as a share of the range.
  var length: Double { intervals.map { $0.upperBound - $0.lowerBound }.max() ?? 0 }

  /// How finely a line is looked at.
  var cell: Double { window.length / Double(SurfaceMinimum.cells) }

  /// Whether an interval reaches a border beyond which there is more of the range.
  var touches: Bool {
    intervals.indices.contains { axis in
      window.isInner(axis, upper: false)
        && intervals[axis].lowerBound < window.low[axis] + 1.5 * cell
        || window.isInner(axis, upper: true)
          && intervals[axis].upperBound > window.high[axis] - 1.5 * cell
    }
  }

  /// Whether the optimum itself is at such a border.
  var isOffCentre: Bool {
    optimum.indices.contains { axis in
      window.isInner(axis, upper: false) && optimum[axis] < window.low[axis] + 1.5 * cell
        || window.isInner(axis, upper: true) && optimum[axis] > window.high[axis] - 1.5 * cell
    }
  }

  /// Whether what the polynomials miss matters more than the noise of the replications.
  var isMisfit: Bool { isForbidden || misfit > noise }
  /// Whether more replications would make the intervals narrower.
  var isNoisy: Bool { noise > misfit / 4 && noise > 0 }

  // MARK: - Merit

  /// The fitted objective, and more than any value of it where a rule is broken.
  private func merit(
    _ surface: ResponseSurface, _ objective: [[Double]]
  ) -> ([Double]) -> Double {
    let means = objective.map { Estimate.of($0).value }
    let (least, most) = (means.min() ?? 0, means.max() ?? 0)
    let penalty = max(most - least, 1e-9 * max(abs(most), abs(least)), 1e-300)
    return { point in
      let violation = violation(surface, at: point)
      let value = surface.value(0, at: point)
      return violation > 0 ? max(value, most) + penalty * (10 + 10 * violation) : value
    }
  }

  /// How much the rules are broken, each as a share of what it varies by; 0 where all are kept.
  private func violation(_ surface: ResponseSurface, at point: [Double]) -> Double {
    rules.indices.reduce(limits.forbids(point) ? 1 : 0) { sum, index in
      sum + max(0, surface.value(index + 1, at: point)) / scales[index]
    }
  }

  /// The rules whose fitted limit is at the optimum.
  private func active(_ surface: ResponseSurface) -> [Int] {
    rules.indices.filter { index in
      let near = optimum.indices.contains { axis in
        [-2.0, 2].contains { step in
          var beside = optimum
          beside[axis] = min(max(beside[axis] + step * cell, window.low[axis]), window.high[axis])
          return surface.value(index + 1, at: beside) > 0
        }
      }
      return near && surface.value(index + 1, at: optimum) <= 0.02 * scales[index]
    }.map { rules[$0] }
  }
}
