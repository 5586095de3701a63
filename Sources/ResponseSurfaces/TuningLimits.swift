/// What has no magnitude: rules such as delivery.lost == 0, and points that cannot be. What lies
/// nearest to a point decides.
struct TuningLimits {
  private struct Known {
    var place: [Double]
    /// The rules without a magnitude that it breaks; nil where it cannot be at all.
    var broken: [Int]?

    var isAllowed: Bool { broken?.isEmpty ?? false }
  }

  private var known: [Known]
  private let lengths: [Double]

  init(_ search: TuningSearch, _ window: TuningWindow, _ inside: [Int]) {
    lengths = zip(window.low, window.high).map { max($1 - $0, 1e-12) }
    known = inside.compactMap { index in
      guard let place = search.shares(index) else { return nil }
      let rules = search.trials[index].response?.rules
      return Known(
        place: place,
        broken: rules.map { rules in
          rules.indices.filter { !rules[$0].holds && rules[$0].excess.isEmpty }
        })
    }
    if known.allSatisfy(\.isAllowed) || !known.contains(where: \.isAllowed) { known = [] }
  }

  private func nearest(_ point: [Double]) -> Known? {
    func distance(_ known: Known) -> Double {
      zip(zip(known.place, point), lengths).reduce(0) { sum, pair in
        let step = (pair.0.0 - pair.0.1) / pair.1
        return sum + step * step
      }
    }
    return known.min { distance($0) < distance($1) }
  }

  func forbids(_ point: [Double]) -> Bool { nearest(point).map { !$0.isAllowed } ?? false }

  /// The neighbours on either side of a limit that is that near.
  func border(at point: [Double], within reach: Double) -> (here: [Double], there: [Double])? {
    guard let (here, there) = sides(of: point, reach) else { return nil }
    return (here.place, there.place)
  }

  func binding(at point: [Double], within reach: Double) -> [Int] {
    guard let (here, there) = sides(of: point, reach) else { return [] }
    return (here.broken ?? []) + (there.broken ?? [])
  }

  private func sides(of point: [Double], _ reach: Double) -> (Known, Known)? {
    guard let here = nearest(point) else { return nil }
    for axis in point.indices {
      for step in [-reach, reach] {
        var beside = point
        beside[axis] += step
        if let there = nearest(beside), there.isAllowed != here.isAllowed { return (here, there) }
      }
    }
    return nil
  }
}
