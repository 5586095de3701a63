import Simulation

@testable import FeedSystem

/// Candidates, or examples to learn from, in both shapes that models take.
struct Examples {
  let width: Int
  /// One example after the other, quantised.
  private(set) var features: [Float] = []
  private(set) var topics: [UInt8] = []
  private(set) var labels: [UInt32] = []

  var count: Int { topics.count }

  init(width: Int) { self.width = width }

  /// - Parameter values: real, in [-1, 1].
  mutating func append(_ values: [Double], topic: UInt8 = 0, labels: UInt32 = 0) {
    features += values.map { FeatureBatch.quantised(Float($0)) }
    topics.append(topic)
    self.labels.append(labels)
  }

  /// Uniform features; a label's bit is decided by what `labels` makes of the values.
  static func drawn(
    _ count: Int, width: Int, seed: UInt64, topics: Int = 1,
    labels: ([Double], inout RandomStream) -> UInt32 = { _, _ in 0 }
  ) -> Examples {
    var stream = RandomStream(seed: seed, purpose: 1)
    var examples = Examples(width: width)
    for _ in 0..<count {
      let values = (0..<width).map { _ in 2 * stream.uniform() - 1 }
      let topic = UInt8(stream.below(UInt64(topics)))
      examples.append(values, topic: topic, labels: labels(values, &stream))
    }
    return examples
  }

  /// The first `count` of them.
  func batch(_ count: Int) -> FeatureBatch {
    var batch = FeatureBatch(width: width)
    batch.reserve(count)
    for feature in 0..<width {
      let column = batch.column(feature)
      for index in 0..<count { column[index] = features[index * width + feature] }
    }
    return batch
  }

  /// The real values of one example.
  func values(_ index: Int) -> [Double] {
    features[(index * width)..<((index + 1) * width)].map { Double($0) / 256 }
  }
}

extension EngagementModel {
  mutating func learn(_ examples: Examples) {
    for index in 0..<examples.count { learn(examples, index) }
    freeze()
  }

  mutating func learn(_ examples: Examples, _ index: Int) {
    examples.features.withUnsafeBufferPointer { features in
      learn(
        features: features.baseAddress! + index * examples.width, topic: examples.topics[index],
        labels: examples.labels[index])
    }
  }

  /// Logits of the first `count` examples.
  func logits(_ examples: Examples, count: Int? = nil, head: Int = 0) -> [Float] {
    let count = count ?? examples.count
    let batch = examples.batch(count)
    return [Float](unsafeUninitializedCapacity: count) { scores, filled in
      score(batch, topics: examples.topics, head: head, into: scores.baseAddress!)
      filled = count
    }
  }

  func weighted(_ examples: Examples, count: Int? = nil, weights: [Float]) -> [Float] {
    let count = count ?? examples.count
    let batch = examples.batch(count)
    return [Float](unsafeUninitializedCapacity: count) { scores, filled in
      scoreWeighted(
        batch, topics: examples.topics, weights: weights, into: scores.baseAddress!)
      filled = count
    }
  }
}

extension LinearModel {
  /// What has been learnt, in the order in which it is defined.
  func learntLogit(_ examples: Examples, _ index: Int, head: Int) -> Double {
    var sum = rows[head, features]
    for (feature, value) in examples.values(index).enumerated() {
      sum += rows[head, feature] * value
    }
    return sum + topics.logit(head: head, topic: examples.topics[index])
  }
}

extension NetworkModel {
  func learntLogit(_ examples: Examples, _ index: Int, head: Int) -> Double {
    let values = examples.values(index)
    var sum = outputs[head, hidden]
    for unit in 0..<hidden {
      var inner = units[unit, features]
      for (feature, value) in values.enumerated() { inner += units[unit, feature] * value }
      sum += outputs[head, unit] * max(0, inner)
    }
    return sum + topics.logit(head: head, topic: examples.topics[index])
  }
}

/// The chance that an example whose label is set scores above one whose is not; ties count half.
func areaUnderCurve(_ scores: [Float], _ labels: [UInt32]) -> Double {
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var ranks = 0.0
  var positives = 0.0
  var first = 0
  while first < order.count {
    var end = first
    while end < order.count, scores[order[end]] == scores[order[first]] { end += 1 }
    let rank = Double(first + end + 1) / 2
    for place in first..<end where labels[order[place]] & 1 == 1 {
      ranks += rank
      positives += 1
    }
    first = end
  }
  let negatives = Double(order.count) - positives
  return (ranks - positives * (positives + 1) / 2) / (positives * negatives)
}

/// The standard deviation of that chance where scores know nothing of labels (Mann and Whitney,
/// 1947).
func chanceDeviation(_ labels: [UInt32]) -> Double {
  let positives = Double(labels.filter { $0 & 1 == 1 }.count)
  let negatives = Double(labels.count) - positives
  return ((positives + negatives + 1) / (12 * positives * negatives)).squareRoot()
}
