import Simulation
import Testing

@testable import FeedSystem

/// What the models learn, of worlds whose truth is known.
@Suite struct ModelLearningTests {
  /// The log loss of one example, over all heads.
  private func loss(_ logits: [Double], _ labels: UInt32) -> Double {
    var sum = 0.0
    for (head, logit) in logits.enumerated() {
      let isSet = labels >> UInt32(head) & 1 == 1
      sum += ln(1 + expo(isSet ? -logit : logit))
    }
    return sum
  }

  /// The slope of the loss in each weight of a part of the model, by central differences.
  private func slopes<Model>(
    _ model: Model, _ part: WritableKeyPath<Model, LearnedRows>, loss: (Model) -> Double
  ) -> [Double] {
    model[keyPath: part].weights.indices.map { index in
      var changed = model
      changed[keyPath: part].weights[index] += 1e-5
      let above = loss(changed)
      changed[keyPath: part].weights[index] -= 2e-5
      return (above - loss(changed)) / 2e-5
    }
  }

  /// What the first step took for the slopes: the sums of squares hold their squares, and weights
  /// have moved the other way, by a rate that the squares decide.
  private func check(_ before: LearnedRows, _ after: LearnedRows, _ slopes: [Double]) {
    var wrong = 0
    for (index, slope) in slopes.enumerated() {
      let size = after.squares[index].squareRoot()
      let move = before.rate * slope / (1 + abs(slope))
      if abs(size - abs(slope)) > 1e-4 * abs(slope) + 1e-9 { wrong += 1 }
      if abs(before.weights[index] - after.weights[index] - move) > 1e-4 * abs(move) + 1e-9 {
        wrong += 1
      }
    }
    #expect(wrong == 0)
    #expect(slopes.contains { abs($0) > 1e-3 })
  }

  @Test func linearModelDescendsTheGradient() {
    let labels: UInt32 = 0b101
    let example = Examples.drawn(1, width: 6, seed: 1, topics: 5) { _, _ in labels }
    var model = LinearModel(features: 6, heads: 3, topics: 5)
    var stream = RandomStream(seed: 2, purpose: 1)
    for index in model.rows.weights.indices { model.rows.weights[index] = stream.uniform() - 0.5 }
    func loss(_ model: LinearModel) -> Double {
      self.loss((0..<3).map { model.learntLogit(example, 0, head: $0) }, labels)
    }
    let rows = slopes(model, \.rows, loss: loss)
    let topics = slopes(model, \.topics.learnt, loss: loss)
    let before = model
    model.learn(example, 0)
    check(before.rows, model.rows, rows)
    check(before.topics.learnt, model.topics.learnt, topics)
    #expect(loss(model) < loss(before))
  }

  @Test func networkDescendsTheGradient() {
    let labels: UInt32 = 0b01
    let example = Examples.drawn(1, width: 6, seed: 3, topics: 4) { _, _ in labels }
    var model = NetworkModel(features: 6, hidden: 11, heads: 2, topics: 4, seed: 4)
    var stream = RandomStream(seed: 5, purpose: 1)
    for unit in 0..<11 { model.units.weights[unit * 7 + 6] = stream.uniform() - 0.5 }
    func loss(_ model: NetworkModel) -> Double {
      self.loss((0..<2).map { model.learntLogit(example, 0, head: $0) }, labels)
    }
    let units = slopes(model, \.units, loss: loss)
    let outputs = slopes(model, \.outputs, loss: loss)
    let topics = slopes(model, \.topics.learnt, loss: loss)
    let before = model
    model.learn(example, 0)
    check(before.units, model.units, units)
    check(before.outputs, model.outputs, outputs)
    check(before.topics.learnt, model.topics.learnt, topics)
    // Units that are not active learn nothing, and some are not.
    #expect(units.contains(0) && loss(model) < loss(before))
  }

  /// Labels drawn by a logistic law of the features.
  @Test func logisticRegressionFindsTheWeights() {
    let truth: [Double] = [1.5, -1, 0.5, 0]
    let constant = -0.7
    let examples = Examples.drawn(8000, width: 4, seed: 6) { values, stream in
      let logit = zip(values, truth).reduce(constant) { $0 + $1.0 * $1.1 }
      return stream.uniform() < Logistic.probability(logit) ? 1 : 0
    }
    var model = LinearModel(features: 4, heads: 1, topics: 0)
    model.learn(examples)
    // The maximum-likelihood estimate of so many examples has a standard error of 0.04 to 0.05.
    for feature in 0..<4 { #expect(abs(model.rows[0, feature] - truth[feature]) < 0.2) }
    #expect(abs(model.rows[0, 4] - constant) < 0.2)
  }

  /// A world that no weighted sum can tell: whether two features have one sign.
  @Test func networkSeesWhatALinearModelCannot() {
    func world(_ count: Int, seed: UInt64) -> Examples {
      Examples.drawn(count, width: 4, seed: seed) { values, stream in
        stream.uniform() < (values[0] * values[1] > 0 ? 0.9 : 0.1) ? 1 : 0
      }
    }
    let examples = world(6000, seed: 7)
    let unseen = world(1000, seed: 8)
    var linear = LinearModel(features: 4, heads: 1)
    var network = NetworkModel(features: 4, hidden: 16, heads: 1, seed: 9)
    linear.learn(examples)
    network.learn(examples)
    // The best there can be is 0.9.
    let below = areaUnderCurve(linear.logits(unseen), unseen.labels)
    let above = areaUnderCurve(network.logits(unseen), unseen.labels)
    #expect(below < 0.6 && above > 0.83)
  }

  /// Labels that have nothing to do with the features.
  @Test func nothingIsLearntOfShuffledLabels() {
    func world(_ count: Int, seed: UInt64) -> Examples {
      Examples.drawn(count, width: 8, seed: seed, topics: 20) { _, stream in
        stream.uniform() < 0.3 ? 1 : 0
      }
    }
    let examples = world(2000, seed: 10)
    let unseen = world(1000, seed: 11)
    var linear = LinearModel(features: 8, heads: 1)
    var network = NetworkModel(features: 8, hidden: 16, heads: 1, seed: 12)
    linear.learn(examples)
    network.learn(examples)
    let bound = 3 * chanceDeviation(unseen.labels)
    for scores in [linear.logits(unseen), network.logits(unseen)] {
      #expect(abs(areaUnderCurve(scores, unseen.labels) - 0.5) < bound)
    }
  }

  /// Two heads that share a hidden layer do not mix up their labels.
  @Test func headsLearnTheirOwn() {
    let examples = Examples.drawn(1500, width: 4, seed: 13) { values, _ in
      (values[0] > 0 ? 1 : 0) | (values[1] > 0 ? 2 : 0)
    }
    var network = NetworkModel(features: 4, hidden: 16, heads: 2, seed: 14)
    network.learn(examples)
    let second = examples.labels.map { $0 >> 1 }
    #expect(areaUnderCurve(network.logits(examples, head: 0), examples.labels) > 0.95)
    #expect(areaUnderCurve(network.logits(examples, head: 1), second) > 0.95)
    #expect(areaUnderCurve(network.logits(examples, head: 0), second) < 0.65)
  }

  /// A topic that was not there before is seen after a few examples, features being alike.
  @Test func aNewTopicIsSeen() {
    var old = Examples(width: 2)
    for index in 0..<1000 { old.append([0.5, -0.5], topic: UInt8(index % 7), labels: 0) }
    var new = Examples(width: 2)
    for _ in 0..<30 { new.append([0.5, -0.5], topic: 9, labels: 1) }
    var probe = Examples(width: 2)
    for topic in 0..<10 { probe.append([0.5, -0.5], topic: UInt8(topic)) }
    func check(_ model: some EngagementModel) {
      var model = model
      model.learn(old)
      let before = model.logits(probe)
      #expect(before[9] < 0)
      model.learn(new)
      let after = model.logits(probe)
      #expect(after[9] - before[9] > 1 && after[9] - before[9] > after[3] - before[3] + 0.3)
    }
    check(LinearModel(features: 2, heads: 1))
    check(NetworkModel(features: 2, hidden: 8, heads: 1, seed: 15))
  }

  /// Topics beyond those that have a weight share one with another.
  @Test func topicsAreTakenModulo() {
    var examples = Examples(width: 1)
    for index in 0..<200 {
      examples.append([0], topic: UInt8(index), labels: index % 10 == 3 ? 1 : 0)
    }
    var model = LinearModel(features: 1, heads: 1, topics: 10)
    model.learn(examples)
    let logits = model.logits(examples)
    #expect(logits[3] == logits[193] && logits[3] > logits[4] && logits[4] == logits[194])
  }

  /// A copy serves what it knew, and what has been learnt is served from the next `freeze` on.
  @Test func copiesAreIndependent() {
    let examples = Examples.drawn(50, width: 4, seed: 16, topics: 3) { values, _ in
      values[0] > 0 ? 1 : 0
    }
    func check(_ model: some EngagementModel) {
      var model = model
      model.learn(examples)
      let served = model
      let before = served.logits(examples)
      for index in 0..<50 { model.learn(examples, index) }
      #expect(model.logits(examples) == before)
      model.freeze()
      #expect(model.logits(examples) != before)
      #expect(served.logits(examples) == before)
    }
    check(LinearModel(features: 4, heads: 1))
    check(NetworkModel(features: 4, hidden: 8, heads: 1, seed: 17))
  }

  @Test func networksBeginAsTheirSeedSays() {
    let model = NetworkModel(heads: 4, seed: 18)
    let again = NetworkModel(heads: 4, seed: 18)
    let other = NetworkModel(heads: 4, seed: 19)
    #expect(model.units.weights == again.units.weights)
    #expect(model.units.weights != other.units.weights)
    // 2 ÷ 32 and 2 ÷ 64; the constants are 0.
    let squares = model.units.weights.reduce(0) { $0 + $1 * $1 } / 2048
    #expect(abs(squares - 0.0625) < 0.006)
    let outer = model.outputs.weights.reduce(0) { $0 + $1 * $1 } / 256
    #expect(abs(outer - 0.03125) < 0.006)
    #expect((0..<64).allSatisfy { model.units[$0, 32] == 0 })
  }
}
