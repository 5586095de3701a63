import Simulation

/// Which settings move anything: Morris' elementary effects ("Factorial sampling plans for
/// preliminary computational experiments", Technometrics 33, 1991).
///
/// Each of a few paths begins at random on a grid of four levels and changes one setting after the
/// other by two thirds of its range. Under common random numbers what a setting does not touch is
/// the same to the last bit, whatever the noise.
struct Screening {
  static let paths = 4
  /// A setting that moves a figure by less than this share of all it moves by is left alone.
  static let negligible = 0.01

  static func points(_ axes: Int) -> Int { paths * (axes + 1) }

  /// The points of the paths, one path after the other, as shares of the ranges; each differs from
  /// the one before it in one setting.
  static func design(_ axes: Int, seed: UInt64) -> [[Double]] {
    var points: [[Double]] = []
    for path in 0..<paths {
      var stream = RandomStream(seed: seed, purpose: 0x6d6f_7272, entity: UInt64(path))
      var order = Array(0..<axes)
      for index in stride(from: axes - 1, to: 0, by: -1) {
        order.swapAt(index, Int(stream.below(UInt64(index + 1))))
      }
      // From level 0 or 1 of 0...3 two levels up, or from 2 or 3 two down.
      var levels = order.map { _ in Int(stream.below(4)) }
      points.append(levels.map { Double($0) / 3 })
      for axis in order {
        levels[axis] += levels[axis] < 2 ? 2 : -2
        points.append(levels.map { Double($0) / 3 })
      }
    }
    return points
  }

  /// What the responses at those points say of each setting.
  ///
  /// - Parameters:
  ///   - design: as it was simulated; a step that rounding has undone tells nothing.
  ///   - responses: nil where a point cannot be.
  static func effects(
    _ design: [[Double]], _ responses: [Response?]
  ) -> [(effect: Tuning.Effect, isInert: Bool)] {
    let axes = design[0].count
    let rules = responses.lazy.compactMap { $0?.rules.count }.first ?? 0
    // A rule that holds everywhere asks nothing of any setting.
    let asked = (0..<rules).filter { rule in responses.contains { $0?.rules[rule].holds == false } }
    return (0..<axes).map { axis in
      let steps = design.indices.filter { index in
        index % (axes + 1) != 0 && design[index][axis] != design[index - 1][axis]
      }
      let moves = steps.contains { index in
        guard let from = responses[index - 1], let to = responses[index] else {
          return (responses[index - 1] == nil) != (responses[index] == nil)
        }
        return asked.contains { from.rules[$0].holds != to.rules[$0].holds }
      }
      let objective = movement(steps, responses) { $0.objective }
      let isInert =
        !moves && !objective.matters
        && asked.allSatisfy { rule in !movement(steps, responses) { $0.rules[rule].excess }.matters
        }
      return (objective.effect, isInert)
    }
  }

  private static func movement(
    _ steps: [Int], _ responses: [Response?], _ figure: (Response) -> [Double]
  ) -> (effect: Tuning.Effect, matters: Bool) {
    let means = responses.compactMap { $0.map { Estimate.of(figure($0)).value } }
      .filter(\.isFinite)
    let spread = (means.max() ?? 0) - (means.min() ?? 0)
    let found = steps.compactMap { index -> Estimate? in
      guard let from = responses[index - 1].map(figure), let to = responses[index].map(figure),
        !from.isEmpty, !to.isEmpty
      else { return nil }
      return .common(from, to)
    }
    let size = found.reduce(0) { $0 + abs($1.value) } / Double(max(1, found.count))
    // The steps see the same chance and are few: their variances are pooled. With as many looks
    // as there are steps, each is held to a stricter test (Bonferroni).
    let noisy = found.filter { $0.each.count > 1 }
    let freedom = noisy.reduce(0.0) { $0 + Double($1.each.count - 1) }
    let squares = noisy.reduce(0.0) { sum, step in
      sum + Spread(of: step.each).variance * Double(step.each.count - 1)
    }
    let deviation = (squares / max(1, freedom)).squareRoot()
    func halfWidth(_ step: Estimate, looks: Int) -> Double {
      guard step.each.count > 1 else { return 0 }
      return studentQuantile(1 - 0.05 / Double(looks), freedom: freedom) * deviation
        / Double(step.each.count).squareRoot()
    }
    let matters = found.contains { step in
      abs(step.value) > max(negligible * spread, halfWidth(step, looks: found.count))
    }
    let width = noisy.first.map { halfWidth($0, looks: 1) }
    return (Tuning.Effect(size: size, halfWidth: width), matters)
  }
}
