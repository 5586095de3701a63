import FeedSystem
import Settings
import Simulation
import YAMLSettings

extension Benchmark {
  /// What a feed costs the models of ranking, and what one example costs them to learn; beside
  /// models that are arrays of arrays.
  public static let ranking = Benchmark(
    name: "ranking", summary: "feeds scored by the learned models, and examples learnt"
  ) { _, _ in try linear() + network() + funnel() + learning() }

  /// A first pass: 500 candidates, 16 features.
  private static func linear() -> [BenchLine] {
    let candidates = RankingCandidates(count: 500, width: 16)
    let model = LinearModel(features: 16, heads: 1, topics: 0)
    let cost = candidates.nanoseconds { batch, topics, scores in
      model.score(batch, topics: topics, head: 0, into: scores)
    }
    let weights = candidates.weights(rows: 1)[0]
    let plain = BenchTimer.nanoseconds(per: 1, repeats: 20) {
      UInt64(candidates.rows.reduce(0) { $0 + abs(dot($1, weights)) })
    }
    return [
      BenchLine(
        name: "linear model, 500 x 16", value: cost, unit: "ns/feed", ratio: cost / plain,
        baseline: "arrays of arrays", target: "<= 600")
    ]
  }

  /// A second pass: 200 candidates, 32 features, 64 hidden units; one head, or the weighted
  /// probabilities of eight.
  private static func network() -> [BenchLine] {
    let candidates = RankingCandidates(count: 200, width: 32)
    let model = NetworkModel(heads: 8, topics: 0, seed: 1)
    let one = candidates.nanoseconds { batch, topics, scores in
      model.score(batch, topics: topics, head: 0, into: scores)
    }
    let eight = candidates.nanoseconds { batch, topics, scores in
      model.scoreWeighted(
        batch, topics: topics, weights: [1, 0.5, 10, 3, -20, 1, 1, 1], into: scores)
    }
    let hidden = candidates.weights(rows: 64)
    let output = [Float](repeating: 0.1, count: 64)
    let plain = BenchTimer.nanoseconds(per: 1, repeats: 10) {
      candidates.rows.reduce(0) { sum, row in
        sum + UInt64(abs(dot(hidden.map { max(0, dot($0, row)) }, output)))
      }
    }
    let engine = Blas.version == nil ? "plain loops" : "OpenBLAS"
    func line(_ name: String, _ cost: Double, target: String? = nil) -> BenchLine {
      BenchLine(
        name: "network \(name), 200 candidates, \(engine)", value: cost / 1000, unit: "us/feed",
        ratio: cost / plain, baseline: "arrays of arrays", target: target)
    }
    return [line("32-64-1", one, target: "<= 12"), line("32-64-8, weighted", eight)]
  }

  /// Both passes, with the features that they look at and the choice of those that go on; beside
  /// arrays of arrays that are given the features.
  private static func funnel() throws -> [BenchLine] {
    let text = "ranking: [{linear: {keep: 200}}, {network: {keep: 50}}]"
    var parameters = try Parameters(SettingsFile.parse(text, file: "bench.yaml"))
    let sample = try FunnelSample(
      Design(&parameters).ranking, candidates: 1000, length: 50, seed: 4)
    var viewer: UInt32 = 0
    let cost = BenchTimer.nanoseconds(per: 10, repeats: 100) {
      (0..<10).reduce(0) { sum, _ in
        viewer = (viewer + 1) % 100
        return sum &+ UInt64(sample.rank(for: viewer).first)
      }
    }
    let candidates = RankingCandidates(count: 1000, width: 32)
    let weights = candidates.weights(rows: 64)
    let output = [Float](repeating: 0.1, count: 64)
    let plain = BenchTimer.nanoseconds(per: 1, repeats: 5) {
      let first = candidates.rows.map { (dot(Array($0[..<16]), Array(weights[0][..<16])), $0) }
      let second = first.sorted { $0.0 > $1.0 }.prefix(200).map { _, row in
        dot(weights.map { max(0, dot($0, row)) }, output)
      }
      return UInt64(abs(second.sorted(by: >).prefix(50).reduce(0, +)))
    }
    return [
      BenchLine(
        name: "whole funnel, 1000 -> 200 -> 50", value: cost / 1000, unit: "us/feed",
        ratio: cost / plain, baseline: "arrays of arrays", target: "<= 60")
    ]
  }

  /// One example with eight labels, 32 features.
  private static func learning() -> [BenchLine] {
    let examples = RankingCandidates(count: 200, width: 32)
    func line(_ name: String, _ model: some EngagementModel) -> BenchLine {
      var model = model
      let cost = BenchTimer.nanoseconds(per: examples.rows.count, repeats: 20) {
        for (index, row) in examples.rows.enumerated() {
          row.withUnsafeBufferPointer {
            model.learn(features: $0.baseAddress!, topic: UInt8(index), labels: UInt32(index))
          }
        }
        return 0
      }
      return BenchLine(name: name, value: cost / 1000, unit: "us/example")
    }
    return [
      line("linear model 32 x 8, learning", LinearModel(features: 32, heads: 8)),
      line("network 32-64-8, learning", NetworkModel(heads: 8, seed: 1)),
    ]
  }

  private static func dot(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// The candidates of one feed, by row and by column.
private struct RankingCandidates: ~Copyable {
  let rows: [[Float]]
  private var batch: FeatureBatch

  init(count: Int, width: Int) {
    var stream = RandomStream(seed: 1, purpose: 1)
    rows = (0..<count).map { _ in
      (0..<width).map { _ in FeatureBatch.quantised(Float(2 * stream.uniform() - 1)) }
    }
    batch = FeatureBatch(width: width)
    batch.reserve(count)
    for feature in 0..<width {
      let column = batch.column(feature)
      for index in 0..<count { column[index] = rows[index][feature] }
    }
  }

  func weights(rows count: Int) -> [[Float]] {
    var stream = RandomStream(seed: 1, purpose: 2)
    return (0..<count).map { _ in
      (0..<batch.width).map { _ in Float(2 * stream.uniform() - 1) }
    }
  }

  /// CPU nanoseconds to score them all, of the fastest of many short runs.
  func nanoseconds(
    _ score: (borrowing FeatureBatch, UnsafePointer<UInt8>, UnsafeMutablePointer<Float>) -> Void
  ) -> Double {
    let topics = [UInt8](repeating: 0, count: batch.count)
    var scores = [Float](repeating: 0, count: batch.count)
    let feeds = 20
    return BenchTimer.nanoseconds(per: feeds, repeats: 400) {
      for _ in 0..<feeds { score(batch, topics, &scores) }
      return UInt64(scores[0].bitPattern)
    }
  }
}
