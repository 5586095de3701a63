import CGSL
import Simulation

/// A network of one hidden layer of rectified linear units whose heads share it (multi-task
/// learning), beside a weight for each topic: wide and deep (Cheng et al.: "Wide & deep learning
/// for recommender systems", DLRS 2016).
///
/// Learnt one example at a time by backpropagation and AdaGrad. It begins as He et al. advise
/// ("Delving deep into rectifiers", ICCV 2015, section 2.2): weights of variance 2 ÷ inputs.
public struct NetworkModel: EngagementModel {
  public let features: Int
  public let hidden: Int
  public let heads: Int
  /// By unit: a weight for each feature, then the constant.
  var units: LearnedRows
  /// By head: a weight for each unit, then the constant.
  var outputs: LearnedRows
  var topics: TopicWeights

  private var product: ExactProduct
  /// By unit, in steps of the unit's sums.
  private var constants: [Float]
  /// By head: a weight for each unit's sum, then the constant.
  private var served: [Float]

  /// - Parameters:
  ///   - features: at most 64.
  ///   - topics: how many topics have a weight of their own, by head; at most 256.
  ///   - rate: the α of the learning rate.
  public init(
    features: Int = 32, hidden: Int = 64, heads: Int, topics: Int = 256, rate: Double = 0.1,
    seed: UInt64
  ) {
    precondition(features > 0 && hidden > 0 && (1...32).contains(heads))
    self.features = features
    self.hidden = hidden
    self.heads = heads
    var stream = RandomStream(seed: seed, purpose: Purpose.modelWeights.rawValue)
    // Uniform on ± a has variance a² ÷ 3.
    units = LearnedRows(
      rows: hidden, columns: features + 1, rate: rate,
      spread: (6 / Double(features)).squareRoot(), &stream)
    outputs = LearnedRows(
      rows: heads, columns: hidden + 1, rate: rate, spread: (6 / Double(hidden)).squareRoot(),
      &stream)
    self.topics = TopicWeights(topics: topics, heads: heads, rate: rate)
    product = ExactProduct(units, count: hidden, columns: features)
    constants = [Float](repeating: 0, count: hidden)
    served = [Float](repeating: 0, count: heads * (hidden + 1))
    freeze()
  }

  public func score(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, head: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    precondition(batch.width == features && head >= 0 && head < heads)
    withHidden(batch.columns) { hidden, first in
      score(hidden, topics + first, head, into: scores + first)
    }
  }

  public func scoreWeighted(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, weights: [Float],
    into scores: UnsafeMutablePointer<Float>
  ) {
    precondition(batch.width == features && weights.count == heads)
    scores.update(repeating: 0, count: batch.count)
    // One copy of what the heads know, not one for each head and block.
    let wide = self.topics
    served.withUnsafeBufferPointer { served in
      guard let served = served.baseAddress else { return }
      withHidden(batch.columns) { hidden, first in
        wide.addWeighted(
          to: scores + first, of: topics + first, count: hidden.count, weights: weights
        ) { head, logits in NetworkModel.addUnits(hidden, served, head, into: logits) }
      }
    }
  }

  private func score(
    _ hidden: Columns, _ topics: UnsafePointer<UInt8>, _ head: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    served.withUnsafeBufferPointer { served in
      guard let served = served.baseAddress else { return }
      NetworkModel.addUnits(hidden, served, head, into: scores)
    }
    self.topics.add(to: scores, of: topics, count: hidden.count, head: head)
  }

  /// - Parameter served: the heads' weights, one row after the other.
  @inline(__always)
  private static func addUnits(
    _ hidden: Columns, _ served: UnsafePointer<Float>, _ head: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let row = served + head * (hidden.width + 1)
    hidden.weightedSums(row, from: row[hidden.width], into: scores)
  }

  /// So many candidates at a time, whose hidden layer fits the nearest caches.
  private static let block = 64

  /// The hidden layer of the candidates, block by block, and the first candidate of each.
  private func withHidden(_ batch: Columns, _ body: (Columns, Int) -> Void) {
    let most = (min(batch.count, NetworkModel.block) + 15) / 16 * 16
    let bytes = hidden * most * MemoryLayout<Float>.stride
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { memory in
      let sums = memory.bindMemory(to: Float.self)
      guard let sums = sums.baseAddress else { return }
      for first in stride(from: 0, to: batch.count, by: NetworkModel.block) {
        let rows = batch.rows(first..<min(first + NetworkModel.block, batch.count))
        product.multiply(rows, into: sums, stride: most)
        feedsim_rectify(sums, most, hidden, rows.count, constants)
        body(
          Columns(base: UnsafePointer(sums), stride: most, width: hidden, count: rows.count), first)
      }
    }
  }

  public mutating func begin(at rates: [Double]) {
    for head in 0..<heads { outputs.setConstant(of: head, to: ln(rates[head] / (1 - rates[head]))) }
  }

  public mutating func learn(features: UnsafePointer<Float>, topic: UInt8, labels: UInt32) {
    withInputs(features, count: self.features) { inputs in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * hidden + 1) { memory in
        guard let active = memory.baseAddress else { return }
        for unit in 0..<hidden { active[unit] = max(0, units.sum(row: unit, inputs)) }
        active[hidden] = 1
        let errors = active + hidden + 1
        errors.update(repeating: 0, count: hidden)
        for head in 0..<heads {
          let logit = outputs.sum(row: head, active) + topics.logit(head: head, topic: topic)
          let error = Logistic.probability(logit) - Double(labels >> head & 1)
          outputs.add(row: head, times: error, to: errors, count: hidden)
          outputs.descend(row: head, error: error, active)
          topics.descend(head: head, topic: topic, error: error)
        }
        for unit in 0..<hidden where active[unit] > 0 {
          units.descend(row: unit, error: errors[unit], inputs)
        }
      }
    }
  }

  /// Each unit's integers are its weights in steps of their own; the head's weight for the unit has
  /// the step in it, as max(0, c z) is c max(0, z).
  public mutating func freeze() {
    product = ExactProduct(units, count: hidden, columns: features)
    for unit in 0..<hidden {
      let step = Double(product.scales[unit]) / FeatureBatch.unit
      constants[unit] = Float(units[unit, features] / step)
      for head in 0..<heads {
        served[head * (hidden + 1) + unit] = Float(outputs[head, unit] * step)
      }
    }
    for head in 0..<heads {
      served[head * (hidden + 1) + hidden] = Float(outputs[head, hidden])
    }
    topics.freeze()
  }
}
