import Planning
import Simulation
import Testing

@Suite struct ParetoTests {
  private func front(_ rows: [[Double?]]) -> [Int] {
    paretoFront(rows.enumerated().map { ParetoPoint(id: $0, figures: $1) }).map(\.id)
  }

  private func dominates(_ one: [Double?], _ other: [Double?]) -> Bool {
    ParetoPoint(id: 0, figures: one).dominates(ParetoPoint(id: 1, figures: other))
  }

  @Test func oneDominatesAnotherByOneFigure() {
    #expect(dominates([1, 2, 3], [1, 2, 4]))
    #expect(dominates([0, 1], [1, 2]))
    #expect(!dominates([1, 2, 4], [1, 2, 3]))
    #expect(!dominates([1, 3], [2, 2]) && !dominates([2, 2], [1, 3]))
    #expect(!dominates([1, 2], [1, 2]), "equal ones do not")
    #expect(!dominates([1, nil], [2, 2]) && !dominates([1, 1], [2, nil]))
  }

  @Test func theFrontKeepsTheOrderItWasGiven() {
    #expect(front([[3, 1], [2, 2], [3, 3], [1, 3], [2, 2.5]]) == [0, 1, 3])
    #expect(front([[5], [2], [7]]) == [1])
    #expect(front([]) == [])
  }

  @Test func tiesStayTogether() {
    #expect(front([[1, 2], [2, 1], [1, 2]]) == [0, 1, 2])
    #expect(front([[1, 2], [1, 2], [1, 1]]) == [2])
    #expect(front([[1, 2], [1, 3], [2, 2]]) == [0], "better in one figure is enough")
    #expect(front([[0.0, 1], [-0.0, 1]]) == [0, 1])
  }

  @Test func whatHasNoFigureIsNotCompared() {
    let rows: [[Double?]] = [
      [nil, 0], [.nan, 0], [.infinity, 0], [-.infinity, 0], [1, 2], [2, 1], [],
    ]
    #expect(front(rows) == [4, 5])
    #expect(front([[nil], [.nan]]) == [])
  }

  /// Against the definition, on points with many ties.
  @Test func agreesWithTheDefinition() {
    var stream = RandomStream(seed: 5, purpose: 1)
    for size in [1, 2, 10, 60, 200] {
      for figures in 1...4 {
        let points = (0..<size).map { id in
          ParetoPoint(
            id: id,
            figures: (0..<figures).map { _ in
              let value = (stream.uniform() * 12).rounded(.down)
              return value == 11 ? nil : value
            })
        }
        let expected = points.filter { one in
          one.figures.allSatisfy { $0 != nil } && !points.contains { $0.dominates(one) }
        }
        #expect(paretoFront(points) == expected)
      }
    }
  }

  /// As many as a sweep may have: a comparison of all pairs would take minutes.
  @Test func manyPointsTakeAMoment() {
    var stream = RandomStream(seed: 6, purpose: 1)
    let points = (0..<100_000).map { id in
      ParetoPoint(id: id, figures: (0..<3).map { _ in stream.uniform() })
    }
    let front = paretoFront(points)
    #expect((20..<1000).contains(front.count))
  }
}
