import ArgumentParser
import Benchmarks
import Foundation
import Settings

extension Benchmark {
  /// Every benchmark is one file and one line here.
  static let all: [Benchmark] = [
    .kernel, .graph, .fanOut, .objects, .cache, .ranking, .control, .scenario,
    .coverage, .plan, .scale,
  ]
}

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the parts that decide the speed, in CPU time on one core.",
    discussion: """
      And whether intervals hold what they promise: coverage simulates queues with 1,000 seeds on \
      all cores and counts how often their 95 % intervals hold the known mean and p99. It takes \
      minutes, and runs when it is named, or with --large. And whether queueing estimates bracket \
      the simulated capacity of the shipped scenarios, or of those named behind plan; --large says \
      where it lies. So does scale, which simulates populations by cells and whole and says how \
      far the cells are off: 1M users, with --large 10M as well, or as many as are named behind \
      scale.

        feedsim bench
        feedsim bench ranking
        feedsim bench coverage
        feedsim bench plan quickstart hot-shard
        feedsim bench scale --large
        feedsim bench scale 300k 3M
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
    if names.first == Benchmark.scale.name, names.count > 1 {
      let lines = try names.dropFirst().map(population).flatMap(ScaleStudy.lines)
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
      lines += try benchmark.run(large ? .large : .small, Output.note)
    }
    try form.write(json: document(lines), text: Self.table(lines))
  }

  private func population(_ text: String) throws -> Int {
    do {
      let users = try Quantity.count(text)
      guard users >= ScaleStudy.least else {
        throw InvalidInput("\"\(text)\" must be \(ScaleStudy.least) users at least")
      }
      return users
    } catch let problem as InvalidInput {
      throw ValidationError("scale: \(problem)")
    }
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
