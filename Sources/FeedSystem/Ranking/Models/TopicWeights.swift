/// A weight for each head and topic, added to the logits: what lets a model see a topic that was
/// not there yesterday, and the wide part of a wide and deep network (Cheng et al.: "Wide & deep
/// learning for recommender systems", DLRS 2016).
struct TopicWeights: Sendable {
  /// Topics are taken modulo this; 0 where topics say nothing.
  let topics: Int
  var learnt: LearnedRows
  /// By head, for each topic that a byte can name.
  private var served: [Float]

  init(topics: Int, heads: Int, rate: Double) {
    precondition(topics >= 0 && topics <= 256)
    self.topics = topics
    learnt = LearnedRows(rows: heads, columns: topics, rate: rate)
    served = [Float](repeating: 0, count: topics > 0 ? 256 * heads : 0)
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
    for head in 0..<(served.count / 256) {
      var column = 0
      for topic in 0..<256 {
        served[head * 256 + topic] = Float(learnt[head, column])
        column = column + 1 < topics ? column + 1 : 0
      }
    }
  }

  func add(
    to logits: UnsafeMutablePointer<Float>, of topics: UnsafePointer<UInt8>, count: Int, head: Int
  ) {
    guard self.topics > 0 else { return }
    served.withUnsafeBufferPointer { served in
      let row = served.baseAddress! + head << 8
      for index in 0..<count { logits[index] += row[Int(topics[index])] }
    }
  }
}
