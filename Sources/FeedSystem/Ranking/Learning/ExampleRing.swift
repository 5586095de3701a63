import Simulation

/// The newest examples that models learn from, each numbered in the order in which it came: 70
/// bytes an example, as many as are kept and no more.
struct ExampleRing {
  /// Of an example: all features of the second pass.
  static let width = Feature.allCases.count

  /// Of an example.
  static let bytes =
    width * MemoryLayout<Int16>.stride + MemoryLayout<UInt8>.stride + MemoryLayout<UInt32>.stride

  let capacity: Int
  /// Examples that have come, whether they are still here or not.
  private(set) var count = 0
  private var features: [Int16] = []
  private var topics: [UInt8] = []
  private var labels: [UInt32] = []

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// In a set of actions: that the post was shown and not looked at.
  static let unexamined: UInt32 = 1 << 31

  mutating func append(_ row: UnsafePointer<Float>, topic: UInt8, actions: UInt32) {
    let slot = count % capacity
    if slot == topics.count {
      topics.append(topic)
      labels.append(actions)
      for feature in 0..<ExampleRing.width { features.append(Int16(row[feature])) }
    } else {
      topics[slot] = topic
      labels[slot] = actions
      for feature in 0..<ExampleRing.width {
        features[slot * ExampleRing.width + feature] = Int16(row[feature])
      }
    }
    count += 1
  }

  /// The first example that is still here, of the newest `limit`.
  func oldest(ofNewest limit: Int) -> Int { max(0, count - min(limit, topics.count)) }

  /// Deals all sets of actions to the examples anew (Fisher and Yates).
  mutating func shuffleActions(_ stream: inout RandomStream) {
    for last in stride(from: labels.count - 1, through: 1, by: -1) {
      labels.swapAt(last, Int(stream.below(UInt64(last + 1))))
    }
  }

  func actions(of number: Int) -> UInt32 { labels[number % capacity] }

  /// Writes an example's features and tells its topic and its set of actions.
  func read(
    _ number: Int, into row: UnsafeMutablePointer<Float>
  ) -> (topic: UInt8, actions: UInt32) {
    let slot = number % capacity
    for feature in 0..<ExampleRing.width {
      row[feature] = Float(features[slot * ExampleRing.width + feature])
    }
    return (topics[slot], labels[slot])
  }
}
