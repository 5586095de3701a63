import Simulation

/// Logistic regression for each head, learnt by stochastic gradient descent one example at a time
/// (Bottou: "Large-scale machine learning with stochastic gradient descent", COMPSTAT 2010).
public struct LinearModel: EngagementModel {
  public let features: Int
  public let heads: Int
  /// By head: a weight for each feature, then the constant.
  var rows: LearnedRows
  var topics: TopicWeights
  /// Likewise, for quantised features.
  private var served: [Float]

  /// - Parameters:
  ///   - topics: how many topics have a weight of their own, by head; at most 256.
  ///   - rate: the α of the learning rate.
  public init(features: Int, heads: Int, topics: Int = 256, rate: Double = 0.1) {
    precondition(features > 0 && (1...32).contains(heads))
    self.features = features
    self.heads = heads
    rows = LearnedRows(rows: heads, columns: features + 1, rate: rate)
    self.topics = TopicWeights(topics: topics, heads: heads, rate: rate)
    served = [Float](repeating: 0, count: heads * (features + 1))
  }

  public func score(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, head: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    precondition(batch.width == features && head >= 0 && head < heads)
    score(batch.columns, topics, head, into: scores)
  }

  private func score(
    _ batch: Columns, _ topics: UnsafePointer<UInt8>, _ head: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    addFeatures(batch, head, into: scores)
    self.topics.add(to: scores, of: topics, count: batch.count, head: head)
  }

  private func addFeatures(
    _ batch: Columns, _ head: Int, into scores: UnsafeMutablePointer<Float>
  ) {
    served.withUnsafeBufferPointer { served in
      let row = served.baseAddress! + head * (features + 1)
      batch.weightedSums(row, from: row[features], into: scores)
    }
  }

  public func scoreWeighted(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, weights: [Float],
    into scores: UnsafeMutablePointer<Float>
  ) {
    precondition(batch.width == features && weights.count == heads)
    let columns = batch.columns
    scores.update(repeating: 0, count: columns.count)
    self.topics.addWeighted(
      to: scores, of: topics, count: columns.count, weights: weights
    ) { head, logits in addFeatures(columns, head, into: logits) }
  }

  public mutating func begin(at rates: [Double]) {
    for head in 0..<heads { rows.setConstant(of: head, to: ln(rates[head] / (1 - rates[head]))) }
  }

  public mutating func learn(features: UnsafePointer<Float>, topic: UInt8, labels: UInt32) {
    withInputs(features, count: self.features) { inputs in
      for head in 0..<heads {
        let logit = rows.sum(row: head, inputs) + topics.logit(head: head, topic: topic)
        let error = Logistic.probability(logit) - Double(labels >> head & 1)
        rows.descend(row: head, error: error, inputs)
        topics.descend(head: head, topic: topic, error: error)
      }
    }
  }

  public mutating func freeze() {
    for head in 0..<heads {
      for feature in 0...features {
        let unit = feature < features ? FeatureBatch.unit : 1
        served[head * (features + 1) + feature] = Float(rows[head, feature] / unit)
      }
    }
    topics.freeze()
  }
}

/// The real values that quantised features stand for, and a 1 behind them.
func withInputs(
  _ features: UnsafePointer<Float>, count: Int, _ body: (UnsafeMutablePointer<Double>) -> Void
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: count + 1) { inputs in
    guard let inputs = inputs.baseAddress else { return }
    for index in 0..<count { inputs[index] = Double(features[index]) / FeatureBatch.unit }
    inputs[count] = 1
    body(inputs)
  }
}
