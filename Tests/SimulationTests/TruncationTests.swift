import Simulation
import Testing

/// Where a series has forgotten how it began.
@Suite struct TruncationTests {
  private func noise(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed, purpose: 71)
    return (0..<count).map { _ in stream.uniform() + stream.uniform() - 1 }
  }

  @Test func keepsWhatIsSteady() throws {
    #expect(Truncation.mser5([Double](repeating: 3.25, count: 500)) == 0)
    // Of noise it leaves out little: a fifth at the most in 19 of 20 series.
    let cuts = (0..<100).map { Truncation.mser5(noise(500, seed: $0)) ?? 500 }
    #expect(cuts.count { $0 <= 100 } >= 95, "\(cuts.sorted())")
  }

  /// A step is left out to the batch in which it ends, and of the noise behind it seldom much.
  @Test(arguments: [35, 100, 200])
  func findsAStep(_ step: Int) {
    let cuts = (0..<20).map { seed in
      var values = noise(500, seed: UInt64(seed))
      for index in 0..<step { values[index] += 20 }
      return Truncation.mser5(values) ?? 500
    }
    #expect(cuts.allSatisfy { $0 >= step }, "\(cuts)")
    #expect(cuts.count { $0 <= step + 50 } >= 16, "\(cuts)")
    let bare = (0..<500).map { $0 < step ? 1.0 : 0 }
    #expect(Truncation.mser5(bare) == (step + 4) / 5 * 5)
  }

  /// Of an exponential approach at least three time constants, until less than the noise is left.
  @Test func findsAnApproach() throws {
    var values = noise(500, seed: 5)
    var left = 10.0
    for index in values.indices {
      values[index] += left
      left *= 0.96
    }
    let cut = try #require(Truncation.mser5(values))
    #expect((75...220).contains(cut), "\(cut)")
  }

  @Test func saysWhereTheSeriesIsTooShort() {
    #expect(Truncation.mser5((0..<500).map { Double($0) }) == nil)
    #expect(Truncation.mser5((0..<500).map { $0 < 300 ? 1.0 : 0 }) == nil)
    #expect(Truncation.mser5([1, 2, 3]) == nil && Truncation.mser5([]) == nil)
  }
}
