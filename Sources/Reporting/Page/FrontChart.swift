/// Two figures of many points, those on the Pareto front apart from those that are beaten.
extension Chart {
  struct FrontPoint {
    /// The figures as they are estimated.
    var x: Double
    var y: Double
    var label: String
    var isOnFront: Bool
  }

  /// - Parameter limit: as many at most of those on the front, and of the others.
  static func front(
    _ id: String, _ first: SweepFigure, _ second: SweepFigure, _ points: [FrontPoint], limit: Int
  ) -> Chart {
    let (across, up) = (first.scale(points.map(\.x)), second.scale(points.map(\.y)))
    func series(_ isOnFront: Bool) -> Series {
      let some = points.filter { $0.isOnFront == isOnFront }.prefix(limit).enumerated()
        .sorted {
          ($0.element.x, $0.element.y, $0.offset) < ($1.element.x, $1.element.y, $1.offset)
        }
        .map(\.element)
      // A line through a front of three figures would go up and down in two of them.
      let falls = zip(some, some.dropFirst()).allSatisfy { $0.y >= $1.y }
      return Series(
        name: isOnFront ? "on the front" : "beaten", values: some.map { $0.y / up.divisor },
        unresolved: some.map { _ in !isOnFront },
        positions: some.map { $0.x / across.divisor }, labels: some.map(\.label),
        isJoined: isOnFront && falls, colour: isOnFront ? 0 : 7, dash: isOnFront ? 0 : 1)
    }
    return Chart(
      id: id, kind: .scatter,
      label: "Scatter chart: \(second.name) against \(first.name), the Pareto front marked",
      unit: up.symbol, isLogarithmic: isWide(points.map(\.y)), heading: "",
      axis: Axis(
        title: first.title(across), unit: across.symbol,
        isLogarithmic: isWide(points.map(\.x))),
      title: second.title(up), series: [true, false].map(series).filter { !$0.values.isEmpty })
  }

  /// Whether values reach over more than can be told apart on a scale of equal steps.
  static func isWide(_ values: [Double]) -> Bool {
    (values.min() ?? 0) > 0 && (values.max() ?? 0) > 20 * (values.min() ?? 0)
  }
}
