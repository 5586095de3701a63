import Simulation

/// A search under way: what has been simulated, and where to look next.
struct TuningSearch {
  let tuner: Tuner
  private let simulate: Tuner.Simulate
  private(set) var trials: [Trial] = []
  /// Trial → the shares of the ranges at which it stands, setting by setting.
  private var places: [[Double?]] = []
  private(set) var spent = 0
  /// The settings that are tuned; the others stay as they are today.
  private(set) var active: [Int]

  init(_ tuner: Tuner, _ simulate: @escaping Tuner.Simulate) {
    self.tuner = tuner
    self.simulate = simulate
    active = Array(tuner.axes.indices)
  }

  mutating func run() throws -> Tuning {
    let base = Tuner.Point(repeating: nil, count: tuner.axes.count)
    _ = try evaluate([base], isNeeded: true)
    let effects = tuner.axes.count > 1 ? try screen() : []
    guard !active.isEmpty, let assessment = try zoom() else { return withoutFit(effects) }
    return try answer(assessment, effects)
  }

  /// Simulates what is not known yet, as far as the budget reaches.
  ///
  /// - Parameter isNeeded: whatever the budget: without them there is no answer.
  /// - Returns: the trials of those points that are known then.
  mutating func evaluate(
    _ points: [Tuner.Point], times: Int = 1, isNeeded: Bool = false
  ) throws -> [Int] {
    let replications = tuner.replications * times
    var wanted: [Tuner.Point] = []
    for point in points where !wanted.contains(point) {
      let known = trials.contains { $0.point == point && $0.replications >= replications }
      guard !known, isNeeded || spent + times <= tuner.budget else { continue }
      wanted.append(point)
      spent += times
    }
    let responses = wanted.isEmpty ? [] : try simulate(wanted, replications)
    for (point, response) in zip(wanted, responses) {
      let trial = Trial(point: point, replications: replications, response: response)
      if let index = trials.firstIndex(where: { $0.point == point }) {
        trials[index] = trial
      } else {
        trials.append(trial)
        places.append(zip(tuner.axes, point).map { axis, value in value.map(axis.share) })
      }
    }
    return points.compactMap { point in trials.firstIndex { $0.point == point } }
  }

  /// The point of shares of the tuned settings' ranges.
  func point(_ shares: [Double]) -> Tuner.Point {
    var point = Tuner.Point(repeating: nil, count: tuner.axes.count)
    for (share, axis) in zip(shares, active) { point[axis] = tuner.axes[axis].value(at: share) }
    return point
  }

  /// A trial's shares of the tuned settings' ranges; nil where it varies others, or not all.
  func shares(_ index: Int) -> [Double]? {
    let place = places[index]
    guard place.indices.allSatisfy({ (place[$0] != nil) == active.contains($0) }) else {
      return nil
    }
    return active.compactMap { place[$0] }
  }

  func trials(in window: TuningWindow) -> [Int] {
    trials.indices.filter { shares($0).map(window.contains) ?? false }
  }

  /// What is to be least: the mean over the replications that all trials have, which see the same
  /// random numbers.
  func objective(_ index: Int) -> Double {
    guard let response = trials[index].response else { return .infinity }
    let mean = Estimate.of(Array(response.objective.prefix(tuner.replications))).value
    return tuner.isMaximised ? -mean : mean
  }

  /// The best trial of the tuned settings that keeps the rules.
  var bestTrial: Int? {
    trials.indices.filter { shares($0) != nil && trials[$0].isFeasible }
      .min { (objective($0), $0) < (objective($1), $1) }
  }

  // MARK: - Stages

  private mutating func screen() throws -> [(effect: Tuning.Effect, isInert: Bool)] {
    let design = Screening.design(tuner.axes.count, seed: tuner.seed).map { shares in
      zip(tuner.axes, shares).map { $0.value(at: $1) }
    }
    let indices = try evaluate(design)
    guard indices.count == design.count else { return [] }
    let effects = Screening.effects(design, indices.map { trials[$0].response })
    // Where today's setting cannot be, nothing can be left at it.
    if trials[0].response != nil { active = active.filter { !effects[$0].isInert } }
    return effects
  }

  /// Adds points to a window until a surface can be fitted in it.
  ///
  /// - Returns: whether there were any to add.
  private mutating func fill(_ window: TuningWindow) throws -> Bool {
    let count = Tuner.designSize(active.count)
    let known = trials(in: window).compactMap(shares)
    var wanted: [[Double]]
    if active.count == 1 {
      let gap = (window.high[0] - window.low[0]) / Double(count - 1)
      wanted = (0..<count).map { [window.low[0] + gap * Double($0)] }
        .filter { share in !known.contains { abs($0[0] - share[0]) < 0.35 * gap } }
    } else {
      let shares = UnitCube.sobol(
        max(count - known.count, count / 2), dimensions: active.count)
      wanted = (shares ?? []).map { share in
        share.indices.map { window.low[$0] + (window.high[$0] - window.low[$0]) * share[$0] }
      }
    }
    let before = spent
    _ = try evaluate(wanted.map(point))
    return spent > before
  }

  /// Fits in windows that shrink about the optimum, for as long as what is seen in them can be
  /// told apart.
  private mutating func zoom() throws -> TuningAssessment? {
    var window = TuningWindow.whole(active.count)
    _ = try fill(window)
    if bestTrial == nil {
      guard let found = try seekFeasible() else { return nil }
      window = found
    }
    var answer = TuningAssessment(self, window)
    var next = bestTrial.flatMap(shares).map {
      TuningWindow.around($0, length: window.length / 2)
    }
    var moves = 0
    for _ in 0..<8 {
      guard let window = next, try fill(window) else { break }
      let found = TuningAssessment(self, window)
      next = nil
      if found.isOffCentre, moves < 2 {
        moves += 1
        next = .around(found.optimum, length: window.length)
        if next == window { next = nil }
      } else if found.touches {
        // Noise hides the optimum in so small a window; a bad fit gets better in a smaller one.
        guard found.isMisfit, let best = bestTrial.flatMap(shares) else { break }
        answer = found
        next = window.length > 0.02 ? .around(best, length: window.length / 2) : nil
      } else {
        answer = found
        let length = max(window.length / 2, 4 * found.length)
        if length < 0.75 * window.length, found.length > 0.01 {
          next = .around(found.optimum, length: length)
        }
      }
    }
    return try replicate(TuningAssessment(self, answer.window))
  }

  /// Puts what is left of the budget into replications in the last window, where they help.
  private mutating func replicate(_ found: TuningAssessment) throws -> TuningAssessment {
    let spare = 4
    let times = min(8, (tuner.budget - spent) / (found.trials.count + spare))
    guard times > 1, found.isNoisy, found.length > 0.02 else { return found }
    _ = try evaluate(found.trials.map { trials[$0].point }, times: times)
    let again = TuningAssessment(self, found.window)
    return again.touches && !found.touches ? found : again
  }

  /// A window about the point that comes nearest to keeping the rules, in which one keeps them.
  private mutating func seekFeasible() throws -> TuningWindow? {
    var length = 0.5
    while length > 0.1 {
      guard let nearest = nearestMiss, let place = shares(nearest) else { return nil }
      let window = TuningWindow.around(place, length: length)
      guard try fill(window) else { return nil }
      if bestTrial != nil { return window }
      length /= 2
    }
    return nil
  }

  /// The trial of the tuned settings that breaks the rules least: each by its share of what it
  /// varies by, the worst counting.
  var nearestMiss: Int? {
    let known = trials.indices.filter { trials[$0].response != nil }
    guard let rules = known.first.flatMap({ trials[$0].response?.rules.count }) else { return nil }
    func excess(_ index: Int, _ rule: Int) -> Double {
      let values = trials[index].response?.rules[rule].excess ?? []
      return values.isEmpty ? .nan : Estimate.of(values).value
    }
    let spreads = (0..<rules).map { rule in
      let values = known.map { excess($0, rule) }.filter(\.isFinite)
      return max((values.max() ?? 0) - (values.min() ?? 0), 1e-300)
    }
    func violation(_ index: Int) -> Double {
      (0..<rules).map { rule in
        guard trials[index].response?.rules[rule].holds == false else { return 0 }
        let share = excess(index, rule) / spreads[rule]
        return share.isFinite ? share : 1
      }.max() ?? 0
    }
    return known.filter { shares($0) != nil || active.isEmpty }
      .min { (violation($0), $0) < (violation($1), $1) }
  }
}
