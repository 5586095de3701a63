import FeedSystem
import Planning
import Simulation

extension Benchmark {
  /// Power-law graphs, both directions, sorted, without repeats, plain and compressed.
  public static let graph = Benchmark(
    name: "graph", summary: "follows generated a second, and their bytes"
  ) { size, note in
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
    return try lines + code(size) + compressed(size, note)
  }

  /// What the code of compressed rows costs, on rows that stay in a core's caches.
  private static func code(_ size: BenchSize) throws -> [BenchLine] {
    var lines: [BenchLine] = []
    for (users, length) in [(10_000_000, 50), (10_000_000, 1000)] {
      let rows = (size == .large ? 400_000 : 20_000) / length
      let sample = CompressedRowsSample(users: users, length: length, rows: rows, seed: 1)
      let name = "rows of \(length) in \(users)"
      let packing = BenchTimer.nanoseconds(per: sample.idCount) {
        sample.compress()
        return 0
      }
      let unpacking = BenchTimer.nanoseconds(per: sample.idCount) { sample.unpack() }
      lines += [
        BenchLine(name: name + ", compress", value: packing, unit: "ns an id"),
        BenchLine(name: name + ", unpack", value: unpacking, unit: "ns an id", target: "<= 3"),
        BenchLine(name: name, value: sample.bytesPerId, unit: "bytes an id", target: "<= 2.5"),
      ]
    }
    return lines
  }

  /// Whole graphs of 50 follows a user held compressed: how long they take, and how much memory.
  private static func compressed(
    _ size: BenchSize, _ note: Note
  ) throws -> [BenchLine] {
    guard size == .large else {
      return try held(users: 50_000, exponent: 2.276, seconds: nil, gibibytes: nil, note)
    }
    var lines: [BenchLine] = []
    for exponent in [2.05, 2.276, 2.9] {
      lines += try held(
        users: 10_000_000, exponent: exponent, seconds: "<= 35", gibibytes: "<= 5", note)
    }
    return try lines
      + held(users: 20_000_000, exponent: 2.276, seconds: nil, gibibytes: "<= 16", note)
  }

  private static func held(
    users: Int, exponent: Double, seconds: String?, gibibytes: String?, _ note: Note
  ) throws -> [BenchLine] {
    var model = GraphModel.powerLaw(meanFollows: 50, exponent: exponent, maximum: users / 10)
    model.storage = .compressed
    let name = "graph, \(users) x 50, exponent \(exponent), compressed"
    let needed = model.bytes(users: users)
    if let available = MachineMemory.available, needed > available {
      note("\(name): left out, as it takes up to \(Int(needed / 1e9)) GB of memory")
      return []
    }
    PeakMemory.forget()
    let start = BenchTimer.cpuNanoseconds()
    let graph = try model.build(users: users, seed: 1)
    let time = Double(BenchTimer.cpuNanoseconds() - start) / 1e9
    let peak = PeakMemory.gibibytes
    // Of both ends of a follow together.
    let bytes = Double(graph.bytes) / Double(graph.edgeCount)
    return [
      BenchLine(name: name, value: time, unit: "s of CPU", target: seconds),
      BenchLine(
        name: name, value: bytes / 2, unit: "bytes an end",
        target: users > 10_000_000 ? nil : "<= 2.5"),
    ]
      + (peak.map {
        [BenchLine(name: name, value: $0, unit: "GiB at the most", target: gibibytes)]
      } ?? [])
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
