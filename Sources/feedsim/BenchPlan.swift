import Benchmarks
import Foundation
import Planning

extension Benchmark {
  /// Whether queueing estimates bracket what simulation finds, scenario by scenario.
  static let plan = Benchmark(
    name: "plan",
    summary: "analytic bracket and simulated capacity of every shipped scenario; half an hour",
    isLong: true
  ) { size, _ in
    try PlanStudy(size: size).lines(of: ScenarioFolder.files(in: .scenarios).map(\.name))
  }
}

/// The capacity of scenarios, each's first design: bracketed by queueing theory, and simulated.
struct PlanStudy {
  /// Small: two seeds of one replication each, in steps of 5 %. Large: five seeds of the scenario's
  /// own replications, in steps of 2 %. Both up to 256 times the traffic.
  var size: BenchSize

  /// A line a scenario, and how many brackets hold; what is found is told on stderr as it is.
  ///
  /// - Throws: what reading or running a scenario throws.
  func lines(of scenarios: [String]) throws -> [BenchLine] {
    var lines: [BenchLine] = []
    var held = 0
    for name in scenarios {
      let start = BenchTimer.cpuNanoseconds()
      let capacity = try capacity(of: name)
      let seconds = Double(BenchTimer.cpuNanoseconds() - start) / 1e9
      let line = Self.line(name, capacity)
      let each = capacity.factor.each.map(Self.text).joined(separator: ", ")
      Output.note(
        "\(line.name): \(each) times in \(line.target ?? ""); "
          + "\(capacity.binding?.text ?? "nothing broke"); \(capacity.runs) runs, "
          + String(format: "%.0f s of CPU", seconds))
      lines.append(line)
      if capacity.isInside { held += 1 }
    }
    lines.append(
      BenchLine(
        name: "capacities inside their bracket", value: Double(held), unit: "scenarios",
        target: ">= \(scenarios.count)"))
    return lines
  }

  private func capacity(of name: String) throws -> Capacity {
    let path = try ScenarioFolder.find(name)
    let overrides = size == .small ? ["replications=1"] : []
    let scenario = try Scenario(reading: path, overrides: overrides)
    var search = CapacitySearch(
      scenario, threads: ProcessInfo.processInfo.activeProcessorCount)
    search.seeds = size == .small ? 2 : 5
    search.resolution = size == .small ? 0.05 : 0.02
    return try search.run(version: Feedsim.version)
  }

  static func line(_ name: String, _ capacity: Capacity) -> BenchLine {
    let range = capacity.bracket.range
    return BenchLine(
      name: name + (capacity.design.isEmpty ? "" : ", \(capacity.design)"),
      value: capacity.factor.value,
      unit: capacity.binding == nil ? "times the traffic and more" : "times the traffic",
      target: "\(text(range.lowerBound)) to \(text(range.upperBound)), "
        + (capacity.isInside ? "inside" : "OUTSIDE"))
  }

  private static func text(_ factor: Double) -> String { String(format: "%.2f", factor) }
}
