import Simulation
import Testing

@testable import Planning

/// Whether enough of all seeds keep a rule, judged from some of them.
@Suite struct ToleranceTests {
  private let test = ToleranceTest(content: 0.95)

  /// The one-sided factors for 95 % of a normal population with 95 % confidence, as tables have
  /// them: Lieberman (1958), Hahn and Meeker (1991), table A.12d.
  @Test(arguments: [(4, 5.144), (10, 2.911), (20, 2.396), (30, 2.220)])
  func theConfidenceIsThatOfTheTabulatedFactors(_ count: Int, _ factor: Double) throws {
    let confidence = try #require(
      ToleranceTest.noncentralT(
        factor * Double(count).squareRoot(), freedom: Double(count - 1),
        noncentrality: 1.6448536269514722 * Double(count).squareRoot()))
    #expect(abs(confidence - 0.95) < 2e-4)
  }

  /// Distances with a given mean and a standard deviation of 1.
  private func distances(_ count: Int, mean: Double) -> [Double] {
    let half = Double(count - 1) / 2
    let raw = (0..<count).map { Double($0) - half }
    let deviation = (raw.reduce(0) { $0 + $1 * $1 } / Double(count - 1)).squareRoot()
    return raw.map { mean + $0 / deviation }
  }

  @Test func fewSeedsDecideWhatIsClearAndLeaveTheRest() {
    #expect(test.decide([distances(4, mean: 9)], failures: 0, of: 4) == .kept)
    #expect(test.decide([distances(4, mean: 3)], failures: 0, of: 4) == .open)
    #expect(test.decide([distances(12, mean: 0.2)], failures: 0, of: 12) == .broken)
    // What is proven holds for longer tails too: 3 deviations are enough of none but normal ones.
    #expect(test.decide([distances(20, mean: 3)], failures: 0, of: 20) == .kept)
    #expect(test.decide([distances(20, mean: 3)], failures: 0, of: 20, isProof: true) == .open)
    #expect(test.decide([distances(20, mean: 9)], failures: 0, of: 20, isProof: true) == .kept)
    #expect(test.decide([distances(100, mean: 3)], failures: 0, of: 100, isProof: true) == .kept)
    #expect(test.decide([distances(2, mean: 50)], failures: 0, of: 2) == .open)
    #expect(test.decide([distances(12, mean: 3)], failures: 1, of: 12) == .open)
  }

  /// An answer rests on the count in the end: 9 failures of 200 speak for 95 % rather than against
  /// it, and distances with outliers are no normal law.
  @Test func theProofIsDecidedByTheCount() {
    func decision(_ mean: Double, _ failures: Int, of count: Int, isLast: Bool = false)
      -> ToleranceTest.Decision
    {
      test.decide(
        [distances(count, mean: mean)], failures: failures, of: count, isProof: true,
        isLast: isLast)
    }
    #expect(decision(1.2, 9, of: 200, isLast: true) == .kept)
    #expect(decision(1.9, 10, of: 200, isLast: true) == .broken)
    #expect(decision(0.5, 4, of: 100, isLast: true) == .kept)
    #expect(decision(1.9, 5, of: 100, isLast: true) == .broken)
    #expect(decision(0.5, 2, of: 50) == .open)
    #expect(decision(0.5, 3, of: 50) == .broken)
    #expect(decision(0.5, 1, of: 100) == .kept)
    // Of 999 in 1000 no 200 seeds can tell by their count alone.
    let strict = ToleranceTest(content: 0.999)
    let far = distances(200, mean: 9)
    #expect(strict.decide([far], failures: 0, of: 200, isProof: true, isLast: true) == .kept)
    let near = distances(200, mean: 2)
    #expect(strict.decide([near], failures: 0, of: 200, isProof: true, isLast: true) == .broken)
  }

  /// At the last look the likelier side is taken: 1.645 standard deviations are 95 %.
  @Test func theLastLookDecides() {
    let far = [distances(32, mean: 1.9)]
    let near = [distances(32, mean: 1.4)]
    #expect(test.decide(far, failures: 1, of: 32, isLast: true) == .kept)
    #expect(test.decide(near, failures: 1, of: 32, isLast: true) == .broken)
    #expect(test.decide(far, failures: 2, of: 32, isLast: true) == .broken)
  }

  @Test func failuresAloneRefute() {
    #expect(test.isRefuted(failures: 2, of: 2) && !test.isRefuted(failures: 1, of: 2))
    #expect(test.isRefuted(failures: 5, of: 20) && !test.isRefuted(failures: 2, of: 20))
    #expect(test.decide([[]], failures: 0, of: 4) == .kept)
    #expect(!test.isRefuted(failures: 0, of: 100))
  }

  /// A rule without a spread, such as == 0, is not kept for sure because only one of 20 broke it.
  @Test func aFailureIsLookedInto() {
    #expect(test.decide([[]], failures: 1, of: 20) == .open)
    #expect(test.decide([distances(20, mean: 5)], failures: 1, of: 20) == .open)
    #expect(test.decide([[]], failures: 0, of: 20) == .kept)
    #expect(test.decide([[]], failures: 3, of: 50) == .open)
    #expect(test.decide([[]], failures: 5, of: 100, isLast: true) == .kept)
    #expect(test.decide([[]], failures: 6, of: 100, isLast: true) == .broken)
    #expect(test.isAssured(failures: 1, of: 99) && !test.isAssured(failures: 1, of: 98))
  }

  @Test func distancesKnowTheirSide() throws {
    let atMost = try Threshold(parsing: "feed.latency.p99 < 200ms")
    let spread = atMost.distances(of: [100, 400])
    #expect(abs(spread[0] - 0.6931471805599453) < 1e-12 && abs(spread[0] + spread[1]) < 1e-12)
    let atLeast = try Threshold(parsing: "cache.feed.hit_ratio >= 50%")
    #expect(atLeast.distances(of: [0.75, 0.25]) == [0.25, -0.25])
    #expect(atMost.distances(of: [100, 100]).isEmpty)
    #expect(try Threshold(parsing: "delivery.lost == 0").distances(of: [0, 1]).isEmpty)
  }
}
