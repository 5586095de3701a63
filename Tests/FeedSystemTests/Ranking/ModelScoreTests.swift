import CGSL
import Simulation
import Testing

@testable import FeedSystem

/// Scores of batches against plain loops over single candidates, bit by bit.
@Suite struct ModelScoreTests {
  @Test func quantises() {
    #expect([1, 0.5, 0, -0.25, -1].map { FeatureBatch.quantised($0) } == [256, 128, 0, -64, -256])
    #expect([1.001, 40, .infinity].allSatisfy { FeatureBatch.quantised($0) == 256 })
    #expect([-1.001, -40, -.infinity].allSatisfy { FeatureBatch.quantised($0) == -256 })
    #expect(FeatureBatch.quantised(.nan) == 0)
    // The nearest step of 1/256.
    #expect(FeatureBatch.quantised(0.00195) == 0 && FeatureBatch.quantised(0.00196) == 1)
  }

  @Test func batchGrowsAndIsZeroBehindItsEnd() {
    var batch = FeatureBatch(width: 3)
    for count in [5, 40, 1000, 7, 0, 33] {
      batch.reserve(count)
      #expect(batch.count == count && batch.stride % 32 == 16)
      for feature in 0..<3 {
        let column = batch.column(feature)
        #expect(UInt(bitPattern: column) % 64 == 0)
        for index in 0..<count { column[index] = 9 }
      }
      batch.reserve(count)
      for feature in 0..<3 {
        for index in count..<((count + 15) / 16 * 16) {
          #expect(batch.column(feature)[index] == 0)
        }
      }
    }
  }

  /// Every partial sum is a whole number below 2^24, also where all values are the largest.
  @Test(arguments: [1, 7, 64, 200, 1000])
  func productsAreExact(count: Int) {
    var stream = RandomStream(seed: 3, purpose: 1)
    var rows = LearnedRows(rows: 8, columns: 33, rate: 1, spread: 2, &stream)
    for column in 0..<33 { rows.weights[column] = 3 }
    for column in 0..<33 { rows.weights[33 + column] = column % 2 == 0 ? 3 : -3 }
    var examples = Examples.drawn(count - 1, width: 32, seed: 4)
    examples.append([Double](repeating: 1, count: 32))
    let product = ExactProduct(rows, count: 8, columns: 32)
    let batch = examples.batch(count)
    let stride = (count + 15) / 16 * 16
    var fast = [Float](repeating: 0, count: 8 * stride)
    var plain = fast
    product.multiply(batch.columns, into: &fast, stride: stride)
    product.multiplyPlainly(batch.columns, into: &plain, stride: stride)
    var different = 0
    for row in 0..<8 {
      for index in 0..<count {
        var sum = 0
        for column in 0..<32 {
          sum +=
            Int(product.weights[row * 32 + column]) * Int(examples.features[index * 32 + column])
        }
        let place = row * stride + index
        if fast[place] != Float(sum) || plain[place] != Float(sum) { different += 1 }
      }
    }
    #expect(different == 0)
    #expect(plain[count - 1] == 0x1p23)
  }

  @Test(
    .enabled(if: Blas.version != nil, "there is no OpenBLAS here"), arguments: [1, 7, 200, 1000])
  func blasChangesNoBit(count: Int) {
    let model = NetworkModel(heads: 1, seed: 5)
    let product = ExactProduct(model.units, count: 64, columns: 32)
    let batch = Examples.drawn(count, width: 32, seed: 6).batch(count)
    let stride = (count + 15) / 16 * 16
    var fast = [Float](repeating: 0, count: 64 * stride)
    var plain = fast
    product.multiply(batch.columns, into: &fast, stride: stride)
    product.multiplyPlainly(batch.columns, into: &plain, stride: stride)
    #expect(differing(fast, plain) == 0)
  }

  /// Processors with wide vectors and those without.
  @Test(.enabled(if: feedsim_has_wide_vectors() != 0), arguments: [1, 7, 64, 100, 200])
  func widthOfVectorsChangesNoBit(count: Int) {
    let batch = Examples.drawn(count, width: 16, seed: 7).batch(count)
    let columns = batch.columns
    let weights: [Float] = (0..<16).map { 1 / Float($0 + 3) }
    var wide = [Float](repeating: 0, count: count)
    var narrow = wide
    feedsim_sum_columns_wide(columns.base, columns.stride, 16, count, weights, 0.1, &wide)
    feedsim_sum_columns(4, columns.base, columns.stride, 16, count, weights, 0.1, &narrow)
    #expect(differing(wide, narrow) == 0)
    let logits = wide
    feedsim_add_logistic_wide(logits, 3, &wide, count)
    feedsim_add_logistic(logits, 3, &narrow, count)
    #expect(differing(wide, narrow) == 0)
    let room = (count + 7) / 8 * 8
    var rectified = [Float](repeating: -0.2, count: room)
    rectified.replaceSubrange(0..<count, with: wide)
    var other = rectified
    feedsim_rectify_wide(&rectified, room, 1, count, [-0.3])
    feedsim_rectify_columns(&other, room, 1, count, [-0.3])
    #expect(differing(rectified, other) == 0 && rectified.contains(0))
  }

  @Test(arguments: [1, 7, 200, 1000])
  func linearScoresAreThoseOfAPlainLoop(count: Int) {
    var model = LinearModel(features: 16, heads: 2, topics: 100)
    var chance = RandomStream(seed: 8, purpose: 2)
    model.learn(
      Examples.drawn(300, width: 16, seed: 9, topics: 256) { _, _ in UInt32(chance.below(4)) })
    let candidates = Examples.drawn(count, width: 16, seed: 10, topics: 256)
    for head in 0..<2 {
      let expected = (0..<count).map { index -> Float in
        var sum = Float(model.rows[head, 16])
        for feature in 0..<16 {
          sum += Float(model.rows[head, feature] / 256) * candidates.features[index * 16 + feature]
        }
        return sum + Float(model.topics.logit(head: head, topic: candidates.topics[index]))
      }
      let scores = model.logits(candidates, head: head)
      #expect(differing(scores, expected) == 0)
      #expect(differing(ranking(scores), ranking(expected)) == 0)
    }
  }

  @Test(arguments: [1, 7, 200, 1000])
  func networkScoresAreThoseOfAPlainLoop(count: Int) {
    var model = NetworkModel(heads: 2, topics: 256, seed: 11)
    var chance = RandomStream(seed: 12, purpose: 2)
    model.learn(
      Examples.drawn(100, width: 32, seed: 13, topics: 256) { _, _ in UInt32(chance.below(4)) })
    let candidates = Examples.drawn(count, width: 32, seed: 14, topics: 256)
    let plain = PlainNetwork(model)
    let all = (0..<count).map { plain.scores(candidates, $0) }
    for head in 0..<2 {
      let scores = model.logits(candidates, head: head)
      let expected = all.map { $0[head] }
      #expect(differing(scores, expected) == 0)
      #expect(differing(ranking(scores), ranking(expected)) == 0)
      // And near what was learnt, whose weights are not rounded.
      for index in 0..<min(count, 20) {
        let learnt = model.learntLogit(candidates, index, head: head)
        #expect(abs(Double(scores[index]) - learnt) < 0.02)
      }
    }
  }

  /// How many candidates are scored together changes none of them.
  @Test func candidatesAreIndependent() {
    let candidates = Examples.drawn(200, width: 32, seed: 15, topics: 9)
    let weights: [Float] = [1, 0, -20]
    let network = NetworkModel(heads: 3, seed: 16)
    let all = network.weighted(candidates, weights: weights)
    for count in [1, 7, 63, 65, 199] {
      let some = network.weighted(candidates, count: count, weights: weights)
      #expect(differing(some, Array(all[..<count])) == 0)
    }
  }

  @Test func weightedScoresAreSumsOfProbabilities() {
    let candidates = Examples.drawn(77, width: 32, seed: 17)
    let model = NetworkModel(heads: 3, seed: 18)
    let scores = model.weighted(candidates, weights: [1, 0.5, -20])
    let logits = (0..<3).map { model.logits(candidates, head: $0) }
    for index in 0..<77 {
      let p = logits.map { Logistic.probability(Double($0[index])) }
      #expect(abs(Double(scores[index]) - (p[0] + 0.5 * p[1] - 20 * p[2])) < 21.5e-6)
    }
  }

  @Test func probabilitiesAreWithinTheirError() {
    let logits = (-1000...1000).map { Float($0) * 0.0973 }
    var found = [Float](repeating: 0, count: logits.count)
    Logistic.add(logits, weight: 1, to: &found, count: logits.count)
    var largest = 0.0
    for (logit, probability) in zip(logits, found) {
      largest = max(largest, abs(Double(probability) - Logistic.probability(Double(logit))))
    }
    #expect(largest < 3e-7)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(found.last == 1)
  }

  /// A large weight makes the steps of its own unit coarser, and none is cut off.
  @Test func quantisedWeightsAreNeverCutOff() {
    var rows = LearnedRows(rows: 4, columns: 5, rate: 1)
    rows.weights = [
      1e6, -3, 0, 0.4e6, 9, 1e-3, -1e-3, 5e-4, 0, 9, 0, 0, 0, 0, 9, -7, 7, 3.5, 1, 9,
    ]
    let product = ExactProduct(rows, count: 4, columns: 4)
    let expected: [Float] = [
      1024, 0, 0, 410, 1024, -1024, 512, 0, 0, 0, 0, 0, -1024, 1024, 512, 146,
    ]
    #expect(product.weights == expected)
    #expect(abs(product.scales[3] * 1024 - 7) < 1e-6)
  }

  /// How many values are not the same, bit by bit.
  private func differing(_ a: [Float], _ b: [Float]) -> Int {
    a.count == b.count ? zip(a, b).filter { $0.bitPattern != $1.bitPattern }.count : .max
  }

  private func differing(_ a: [Int], _ b: [Int]) -> Int {
    a.count == b.count ? zip(a, b).filter { $0 != $1 }.count : .max
  }

  private func ranking(_ scores: [Float]) -> [Int] {
    scores.indices.sorted { (scores[$0], $0) > (scores[$1], $1) }
  }
}

/// A frozen network for one candidate at a time: whole numbers in the hidden layer, then floats in
/// the order of the units.
private struct PlainNetwork {
  let model: NetworkModel
  private var whole: [Int] = []
  private var steps: [Double] = []

  init(_ model: NetworkModel) {
    self.model = model
    for unit in 0..<model.hidden {
      let row = (0..<model.features).map { model.units[unit, $0] }
      let largest = row.map { abs($0) }.max() ?? 0
      whole += row.map { Int(($0 * (1024 / largest)).rounded(.toNearestOrEven)) }
      steps.append(Double(Float(largest / 1024)) / 256)
    }
  }

  /// By head.
  func scores(_ examples: Examples, _ index: Int) -> [Float] {
    let width = model.features
    let values = (0..<width).map { Int(examples.features[index * width + $0]) }
    var scores = (0..<model.heads).map { Float(model.outputs[$0, model.hidden]) }
    for unit in 0..<model.hidden {
      var sum = 0
      for feature in 0..<width { sum += whole[unit * width + feature] * values[feature] }
      let constant = Float(model.units[unit, width] / steps[unit])
      let active = max(0, Float(sum) + constant)
      for head in 0..<model.heads {
        scores[head] += Float(model.outputs[head, unit] * steps[unit]) * active
      }
    }
    let topic = examples.topics[index]
    return scores.enumerated().map { head, sum in
      sum + Float(model.topics.logit(head: head, topic: topic))
    }
  }
}
