import Simulation

/// From what a search has seen to what it says.
extension TuningSearch {
  typealias Effects = [(effect: Tuning.Effect, isInert: Bool)]

  /// The best setting, simulated before it is recommended.
  mutating func answer(_ found: TuningAssessment, _ effects: Effects) throws -> Tuning {
    let most = found.trials.map { trials[$0].replications }.max() ?? tuner.replications
    let times = most / tuner.replications
    let ranges = zip(found.intervals, active).map { shares, axis in
      Self.rounded(shares, tuner.axes[axis])
    }
    let best = try verified(found, ranges, times: times)
    _ = try evaluate([trials[0].point], times: times, isNeeded: true)
    var tuning = withoutFit(effects)
    guard let best, let place = shares(best) else { return tuning }
    tuning.best = best
    tuning.nearest = nil
    tuning.binding = found.binding.sorted()
    tuning.spent = spent
    tuning.regret = regret(of: best)
    for (index, axis) in active.enumerated() {
      let value = trials[best].point[axis] ?? .nan
      let (low, high) = (
        min(value, ranges[index].lowerBound), max(value, ranges[index].upperBound)
      )
      tuning.settings[axis].best = value
      tuning.settings[axis].interval = Tuning.Interval(
        low: low, high: high, isOpenBelow: low <= tuner.axes[axis].low,
        isOpenAbove: high >= tuner.axes[axis].high)
      let flatness =
        active.count == 1 ? flatness(about: best) : flatness(found, about: place, index)
      tuning.settings[axis].flatness = flatness
    }
    return tuning
  }

  /// Where nothing could be fitted: no setting matters, or no point keeps the rules.
  func withoutFit(_ effects: Effects) -> Tuning {
    var tuning = Tuning(
      trials: trials, settings: tuner.axes.map { _ in Tuning.Setting() }, best: nil, today: 0,
      nearest: nearestMiss, binding: [], regret: nil, spent: spent)
    for (index, seen) in effects.enumerated() {
      tuning.settings[index].effect = seen.effect
      tuning.settings[index].isInert = !active.contains(index)
    }
    if active.isEmpty, trials[0].isFeasible {
      tuning.best = 0
      tuning.nearest = nil
      tuning.regret = regret(of: 0)
    }
    return tuning
  }

  private func regret(of best: Int) -> Estimate? {
    guard let today = trials[0].response, let response = trials[best].response else { return nil }
    return loss(response, today)
  }

  /// How much worse the second is, paired.
  private func loss(_ best: Response, _ other: Response) -> Estimate {
    tuner.isMaximised
      ? .common(other.objective, best.objective) : .common(best.objective, other.objective)
  }

  // MARK: - The setting that is recommended

  /// The fitted optimum if it keeps the rules when it is simulated; else one from the safe side;
  /// else the best that was seen. Nil where nothing keeps them.
  private mutating func verified(
    _ found: TuningAssessment, _ ranges: [ClosedRange<Double>], times: Int
  ) throws -> Int? {
    var chosen: Int?
    for place in [found.optimum, saferSide(of: found)] {
      var point = self.point(place)
      for (index, axis) in active.enumerated() {
        point[axis] = point[axis].map { Self.rounded($0, within: ranges[index], tuner.axes[axis]) }
      }
      let trial = try evaluate([point], times: times, isNeeded: true).first
      if let trial, trials[trial].isFeasible {
        chosen = trial
        break
      }
    }
    while let seen = bestTrial, seen != chosen {
      // What one trial has seen is no more than chance allows, unless it is proven better.
      _ = try evaluate([trials[seen].point], times: times, isNeeded: true)
      guard trials[seen].isFeasible else { continue }
      guard let held = chosen, let response = trials[held].response,
        let other = trials[seen].response
      else { return seen }
      let gain = loss(other, response)
      return gain.value > (gain.halfWidth ?? 0) ? seen : held
    }
    return chosen
  }

  /// The optimum moved by half its interval towards the best trial that keeps the rules.
  private func saferSide(of found: TuningAssessment) -> [Double] {
    guard let safe = bestTrial.flatMap(shares) else { return found.optimum }
    return found.optimum.indices.map { axis in
      let reach = (found.intervals[axis].upperBound - found.intervals[axis].lowerBound) / 2
      let way = safe[axis] - found.optimum[axis]
      return found.optimum[axis] + min(max(way, -reach), reach)
    }
  }

  // MARK: - Round numbers

  /// The power of ten in which an interval is written: it leaves at least ten steps.
  private static func step(_ range: ClosedRange<Double>, _ axis: Tuner.Axis) -> Double {
    let length = range.upperBound - range.lowerBound
    guard length > 0 else { return 0 }
    var step = 1.0
    while step * 10 <= length / 10 { step *= 10 }
    while step > length / 10, step > 1e-12 { step /= 10 }
    return axis.isWhole ? max(1, step) : step
  }

  /// An interval in round numbers, outwards.
  static func rounded(_ shares: ClosedRange<Double>, _ axis: Tuner.Axis) -> ClosedRange<Double> {
    // Of a setting of whole numbers the ends are not rounded to the nearest, but outwards.
    var exact = axis
    exact.isWhole = false
    let range = exact.value(at: shares.lowerBound)...exact.value(at: shares.upperBound)
    let step = Self.step(range, axis)
    guard step > 0 else { return range }
    let low = multiple(range.lowerBound, step) { $0.rounded(.down) }
    let high = multiple(range.upperBound, step) { $0.rounded(.up) }
    return max(axis.low, low)...min(axis.high, high)
  }

  /// The roundest number near a value, inside its interval.
  static func rounded(
    _ value: Double, within range: ClosedRange<Double>, _ axis: Tuner.Axis
  ) -> Double {
    if value == axis.low || value == axis.high { return value }
    let step = Self.step(range, axis)
    guard step > 0 else { return value }
    let round = multiple(value, step) { $0.rounded() }
    return min(max(round, axis.low, range.lowerBound), axis.high, range.upperBound)
  }

  /// Multiplied and divided by whole numbers only, so that 0.3 is no 0.30000000000000004.
  private static func multiple(
    _ value: Double, _ step: Double, _ round: (Double) -> Double
  ) -> Double {
    if step >= 1 { return round(value / step) * step }
    let parts = (1 / step).rounded()
    return round(value * parts) / parts
  }

  // MARK: - Flatness

  /// Up to where one way little is lost, and up to where nothing can be told.
  private struct Reach {
    var little: Double
    var noise: Double
    /// Whether what was looked at ends before.
    var littleGoesOn = true
    var noiseGoesOn = true

    var isDone: Bool { !littleGoesOn && !noiseGoesOn }
  }

  private static let little = 0.01

  /// The range that reaches further of the two.
  private func flatness(_ down: Reach, _ up: Reach, _ axis: Int) -> Tuning.Flatness {
    let isNoise = up.noise - down.noise > up.little - down.little + 1e-9
    let range = Self.rounded(
      isNoise ? down.noise...up.noise : down.little...up.little, tuner.axes[axis])
    return Tuning.Flatness(
      low: range.lowerBound, high: range.upperBound, basis: isNoise ? .noise : .onePercent,
      isOpenBelow: isNoise ? down.noiseGoesOn : down.littleGoesOn,
      isOpenAbove: isNoise ? up.noiseGoesOn : up.littleGoesOn)
  }

  /// Along one setting, from trial to trial, in straight lines between them.
  private func flatness(about best: Int) -> Tuning.Flatness? {
    guard let response = trials[best].response, let start = shares(best)?[0] else { return nil }
    let allowed = Self.little * abs(Estimate.of(response.objective).value)
    func reach(_ others: [(share: Double, trial: Int)]) -> Reach {
      var reach = Reach(little: start, noise: start)
      var before = (share: start, loss: 0.0)
      for (share, trial) in others where !reach.isDone {
        guard trials[trial].isFeasible, let other = trials[trial].response else {
          return Reach(
            little: reach.little, noise: reach.noise, littleGoesOn: false, noiseGoesOn: false)
        }
        let loss = loss(response, other)
        if reach.littleGoesOn {
          reach.littleGoesOn = loss.value <= allowed
          let part = (allowed - before.loss) / max(loss.value - before.loss, 1e-300)
          reach.little =
            reach.littleGoesOn
            ? share : before.share + (share - before.share) * min(max(part, 0), 1)
        }
        reach.noiseGoesOn = reach.noiseGoesOn && loss.value <= loss.halfWidth ?? 0
        if reach.noiseGoesOn { reach.noise = share }
        before = (share, loss.value)
      }
      return reach
    }
    let line = trials.indices.compactMap { trial in
      shares(trial).map { (share: $0[0], trial: trial) }
    }.filter { trials[$0.trial].response != nil }.sorted { $0.share < $1.share }
    return flatness(
      reach(line.filter { $0.share < start }.reversed()), reach(line.filter { $0.share > start }),
      active[0])
  }

  /// Along one of several settings, the others at their best, on the fitted surface.
  private func flatness(
    _ found: TuningAssessment, about place: [Double], _ axis: Int
  ) -> Tuning.Flatness? {
    guard let surface = found.surface, let best = bestTrial else { return nil }
    let start = place.indices.map {
      min(max(place[$0], found.window.low[$0]), found.window.high[$0])
    }
    let allowed = Self.little * abs(objective(best))
    let basis = surface.basis(at: start)
    func reach(_ end: Double) -> Reach {
      var reach = Reach(little: start[axis], noise: start[axis])
      for step in 1...50 where !reach.isDone {
        var point = start
        point[axis] += (end - start[axis]) * Double(step) / 50
        let loss = surface.assess([
          (0, zip(surface.basis(at: point), basis).map { $0 - $1 })
        ])
        reach.littleGoesOn = reach.littleGoesOn && loss.mean <= allowed
        reach.noiseGoesOn = reach.noiseGoesOn && loss.mean <= loss.halfWidth + loss.dust
        if reach.littleGoesOn { reach.little = point[axis] }
        if reach.noiseGoesOn { reach.noise = point[axis] }
      }
      return reach
    }
    return flatness(
      reach(found.window.low[axis]), reach(found.window.high[axis]), active[axis])
  }
}
