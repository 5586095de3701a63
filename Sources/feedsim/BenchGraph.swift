import FeedSystem
import Simulation

extension Benchmark {
  /// Power-law graphs, both directions, sorted, without repeats.
  static let graph = Benchmark(
    name: "graph", summary: "follows generated a second, and their bytes"
  ) { size in
    let users = size == .large ? 1_000_000 : 50_000
    var lines = try generation(
      "graph, \(users) x 20", users: users,
      .powerLaw(meanFollows: 20, exponent: 2.276, maximum: users / 10),
      firstTouch: ">= 18", touched: ">= 30")
    if size == .large {
      lines += try generation(
        "graph, \(users) x 20, both laws", users: users,
        .powerLaw(
          meanFollows: 20, exponent: 2.276, maximum: users / 10, followeesExponent: 2.8))
      lines += try generation(
        "graph, \(users) x 100", users: users,
        .powerLaw(meanFollows: 100, exponent: 2.05, maximum: users / 2), firstTouch: ">= 14.3")
    }
    return lines
  }

  private static func generation(
    _ name: String, users: Int, _ model: GraphModel, firstTouch: String? = nil,
    touched: String? = nil
  ) throws -> [BenchLine] {
    let memory = GraphMemory(reusing: true)
    var rates: [Double] = []
    var bytesPerEdge = 0.0
    for _ in 0..<(users > 100_000 ? 6 : 20) {
      let start = BenchTimer.cpuNanoseconds()
      let graph = try model.build(users: users, seed: 1, memory: memory)
      let nanoseconds = Double(BenchTimer.cpuNanoseconds() - start)
      rates.append(1000 * Double(graph.edgeCount) / nanoseconds)
      bytesPerEdge = Double(graph.bytes) / Double(graph.edgeCount)
    }
    // The first build takes its memory from the system, the others find it touched.
    return [
      BenchLine(name: name, value: rates[0], unit: "M edges/s, first touch", target: firstTouch),
      BenchLine(
        name: name, value: rates.dropFirst().max() ?? 0, unit: "M edges/s", target: touched),
      BenchLine(name: name, value: bytesPerEdge, unit: "bytes an edge", target: "<= 8.5"),
    ]
  }
}
