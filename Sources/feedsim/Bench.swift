import ArgumentParser
import Foundation
import Glibc

/// One benchmark: what it measures, and how; listed in `Benchmark.all`.
struct Benchmark: Sendable {
  let name: String
  let summary: String
  /// Takes minutes: runs when it is named, or with --large.
  var isLong = false
  let run: @Sendable (BenchSize) throws -> [BenchLine]

  /// Every benchmark is one file and one line here.
  static let all: [Benchmark] = [
    .kernel, .graph, .fanOut, .objects, .cache, .ranking, .control, .scenario,
    .coverage, .plan, .scale,
  ]
}

/// Small inputs keep the benchmarks honest in the tests; large ones fill the caches.
enum BenchSize: Sendable {
  case small, large
}

/// One measured figure.
struct BenchLine: Sendable, Encodable {
  var name: String
  var value: Double
  var unit: String
  /// This figure over the baseline's, measured in the same run; nil where there is none.
  var ratio: Double?
  var baseline: String?
  /// What the design asks for.
  var target: String?
}

enum BenchTimer {
  /// CPU nanoseconds for each of `count` operations: the least of several runs of `body`, after
  /// one that warms caches and tables. What else the machine does can only add to the work's own
  /// cost, so many short runs find that cost on a busy machine too.
  static func nanoseconds(per count: Int, repeats: Int = 5, _ body: () -> UInt64) -> Double {
    var sink = body()
    var least = Double.infinity
    for _ in 0..<repeats {
      let start = cpuNanoseconds()
      sink ^= body()
      least = min(least, Double(cpuNanoseconds() - start) / Double(max(count, 1)))
    }
    // The results must be used, or the optimiser drops the work.
    withExtendedLifetime(sink) {}
    return least
  }

  static func cpuNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the parts that decide the speed, in CPU time on one core.",
    discussion: """
      And whether intervals hold what they promise: coverage simulates queues with 1,000 seeds on \
      all cores and counts how often their 95 % intervals hold the known mean and p99. It takes \
      minutes, and runs when it is named, or with --large. And whether queueing estimates bracket \
      the simulated capacity of the shipped scenarios, or of those named behind plan. So does \
      scale, which simulates populations by cells and whole and says how far the cells are off: \
      1M users, with --large 10M as well.

        feedsim bench
        feedsim bench ranking
        feedsim bench coverage
        feedsim bench plan quickstart hot-shard
        feedsim bench scale --large
      """)

  @Argument(help: "Which benchmarks; without a name, all but those that take minutes.")
  var names: [String] = []
  @Flag(help: "Inputs that no longer fit the caches, and those that take minutes.")
  var large = false
  @OptionGroup var form: JSONOption

  func run() throws {
    if names.first == Benchmark.plan.name, names.count > 1 {
      let study = PlanStudy(size: large ? .large : .small)
      let lines = try study.lines(of: Array(names.dropFirst()))
      return try form.write(json: document(lines), text: Self.table(lines))
    }
    for name in names where !Benchmark.all.contains(where: { $0.name == name }) {
      let known = Benchmark.all.map(\.name).joined(separator: ", ")
      throw ValidationError("there is no benchmark \"\(name)\"; known: \(known)")
    }
    var lines: [BenchLine] = []
    let asked = Benchmark.all.filter { benchmark in
      names.isEmpty ? large || !benchmark.isLong : names.contains(benchmark.name)
    }
    for benchmark in asked {
      lines += try benchmark.run(large ? .large : .small)
    }
    try form.write(json: document(lines), text: Self.table(lines))
  }

  private func document(_ lines: [BenchLine]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(["benchmarks": lines]), as: UTF8.self) + "\n"
  }

  /// A line a figure; the columns begin behind the longest name, and no text is cut.
  static func table(_ lines: [BenchLine]) -> String {
    let width = lines.map(\.name.count).max() ?? 0
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    return lines.map { line in
      let value = String(format: "%.1f", line.value)
      var text = padded(line.name, width)
      text += String(repeating: " ", count: max(1, 9 - value.count)) + value + " " + line.unit
      if let ratio = line.ratio, let baseline = line.baseline {
        text = padded(text, width + 26) + String(format: "%.2f", ratio) + " x " + baseline
      }
      if let target = line.target { text = padded(text, width + 54) + "target " + target }
      return text + "\n"
    }.joined()
  }
}
