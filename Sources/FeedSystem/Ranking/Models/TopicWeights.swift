import CGSL

/// A weight for each head and topic, added to the logits: what lets a model see a topic that was
/// not there yesterday, and the wide part of a wide and deep network (Cheng et al.: "Wide & deep
/// learning for recommender systems", DLRS 2016).
struct TopicWeights: Sendable {
  /// Topics are taken modulo this; 0 where topics say nothing.
  let topics: Int
  private let heads: Int
  var learnt: LearnedRows
  /// By eight heads, for each topic that a byte can name: the eight weights, one after the other.
  private var served: [Float]

  init(topics: Int, heads: Int, rate: Double) {
    precondition(topics >= 0 && topics <= 256)
    self.topics = topics
    learnt = LearnedRows(rows: heads, columns: topics, rate: rate)
    served = [Float](repeating: 0, count: topics > 0 ? 2048 * ((heads + 7) / 8) : 0)
    self.heads = heads
  }

  /// What has been learnt of a topic.
  func logit(head: Int, topic: UInt8) -> Double {
    topics > 0 ? learnt[head, Int(topic) % topics] : 0
  }

  mutating func descend(head: Int, topic: UInt8, error: Double) {
    guard topics > 0 else { return }
    learnt.descend(row: head, error: error, column: Int(topic) % topics)
  }

  mutating func freeze() {
    guard topics > 0 else { return }
    learnt.weights.withUnsafeBufferPointer { learnt in
      served.withUnsafeMutableBufferPointer { served in
        for head in 0..<heads {
          for topic in 0..<256 {
            served[TopicWeights.place(head, topic)] = Float(learnt[head * topics + topic % topics])
          }
        }
      }
    }
  }

  @inline(__always)
  private static func place(_ head: Int, _ topic: Int) -> Int {
    (head >> 3) << 11 | topic << 3 | head & 7
  }

  /// Adds to the logits of one head.
  func add(
    to logits: UnsafeMutablePointer<Float>, of topics: UnsafePointer<UInt8>, count: Int, head: Int
  ) {
    guard self.topics > 0 else { return }
    served.withUnsafeBufferPointer { served in
      for index in 0..<count {
        logits[index] += served[TopicWeights.place(head, Int(topics[index]))]
      }
    }
  }

  /// Adds the sum over the heads of weight times probability.
  ///
  /// - Parameters:
  ///   - weights: one for each head; a head of weight 0 costs nothing.
  ///   - logit: writes a head's logits without the topics.
  func addWeighted(
    to sums: UnsafeMutablePointer<Float>, of topics: UnsafePointer<UInt8>, count: Int,
    weights: [Float], _ logit: (_ head: Int, _ logits: UnsafeMutablePointer<Float>) -> Void
  ) {
    let stride = (count + 15) / 16 * 16
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, heads * stride)) { logits in
      guard let logits = logits.baseAddress else { return }
      for head in 0..<heads {
        let own = logits + head * stride
        if weights[head] == 0 {
          own.initialize(repeating: 0, count: count)
        } else {
          logit(head, own)
        }
      }
      addAll(to: logits, stride: stride, of: topics, count: count)
      for head in 0..<heads where weights[head] != 0 {
        Logistic.add(logits + head * stride, weight: weights[head], to: sums, count: count)
      }
    }
  }

  /// Adds to the logits of all heads, which are `stride` apart.
  private func addAll(
    to logits: UnsafeMutablePointer<Float>, stride: Int, of topics: UnsafePointer<UInt8>, count: Int
  ) {
    guard self.topics > 0 else { return }
    served.withUnsafeBufferPointer { served in
      for first in Swift.stride(from: 0, to: heads, by: 8) {
        feedsim_add_rows(
          served.baseAddress! + first << 8, topics, count, min(8, heads - first),
          logits + first * stride, stride)
      }
    }
  }
}
