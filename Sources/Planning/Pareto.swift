/// One candidate of a choice between several figures, such as the latency, the write amplification
/// and the cost of a design: each is the better the lower it is. A figure to be maximised is given
/// with its sign changed.
public struct ParetoPoint: Sendable, Equatable {
  /// What the candidate is known by where it comes from, such as a point's number in a sweep.
  public var id: Int
  /// The same figures in the same order for all candidates; nil where one has none.
  public var figures: [Double?]

  public init(id: Int, figures: [Double?]) {
    self.id = id
    self.figures = figures
  }

  /// The figures, if there are any and each is a finite number; nil otherwise.
  var complete: [Double]? {
    let known = figures.compactMap { $0 }.filter(\.isFinite)
    return known.isEmpty || known.count < figures.count ? nil : known
  }

  /// Whether nothing is worse here than there and something is better. Equal candidates do not
  /// dominate each other, nor does one that lacks a figure, nor is it dominated.
  public func dominates(_ other: ParetoPoint) -> Bool {
    guard let own = complete, let others = other.complete else { return false }
    return own != others && zip(own, others).allSatisfy { $0 <= $1 }
  }
}

/// The candidates that no other dominates, in the order in which they were given: between them
/// one figure is bought with another. Equal candidates are all on the front or none is; those
/// that lack a figure, or have one that is not finite, never are.
///
/// Figures are compared as they are, whatever their intervals. In lexicographic order none is
/// dominated by a later one, so each is compared with the front found so far and no further
/// (Kung, Luccio and Preparata: "On finding the maxima of a set of vectors", JACM 22, 1975).
public func paretoFront(_ candidates: [ParetoPoint]) -> [ParetoPoint] {
  let complete = candidates.enumerated().compactMap { place, candidate in
    candidate.complete.map { (place: place, figures: $0) }
  }
  var front: [(place: Int, figures: [Double])] = []
  for one in complete.sorted(by: { $0.figures.lexicographicallyPrecedes($1.figures) }) {
    let isDominated = front.contains { better in
      better.figures != one.figures && zip(better.figures, one.figures).allSatisfy { $0 <= $1 }
    }
    if !isDominated { front.append(one) }
  }
  return front.map(\.place).sorted().map { candidates[$0] }
}
