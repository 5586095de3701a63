import Benchmarks
import Foundation
import Planning

extension Benchmark {
  /// Whether queueing estimates bracket what simulation finds, scenario by scenario.
  static let plan = Benchmark(
    name: "plan",
    summary: "analytic brackets of capacity, simulated, of every shipped scenario; an hour",
    isLong: true
  ) { size, _ in
    try PlanStudy(size: size).lines(of: ScenarioFolder.files(in: .scenarios).map(\.name))
  }
}

/// Queueing theory's bracket around the capacity of scenarios, each's first design, held to
/// simulation up to 256 times the traffic.
struct PlanStudy {
  /// Small: whether the capacity lies between the bracket's ends, under two seeds of one
  /// replication each. Large: where it lies, under five seeds of the scenario's own replications,
  /// in steps of 2 %.
  var size: BenchSize

  /// A line a scenario, and how many brackets hold; what is found is told on stderr as it is.
  ///
  /// - Throws: what reading or running a scenario throws.
  func lines(of scenarios: [String]) throws -> [BenchLine] {
    var lines: [BenchLine] = []
    var held = 0
    for name in scenarios {
      let start = BenchTimer.cpuNanoseconds()
      let found = try size == .small ? ends(name) : capacity(name)
      let seconds = Double(BenchTimer.cpuNanoseconds() - start) / 1e9
      Output.note(
        "\(found.line.name): \(found.words), \(found.line.target ?? ""); \(found.runs) runs, "
          + String(format: "%.0f s of CPU", seconds))
      lines.append(found.line)
      if found.isInside { held += 1 }
    }
    lines.append(
      BenchLine(
        name: "capacities inside their bracket", value: Double(held), unit: "scenarios",
        target: ">= \(scenarios.count)"))
    return lines
  }

  private struct Found {
    var line: BenchLine
    var words: String
    var runs: Int
    var isInside: Bool
  }

  private func search(_ name: String, overrides: [String] = []) throws -> CapacitySearch {
    CapacitySearch(
      try Scenario(reading: ScenarioFolder.find(name), overrides: overrides),
      threads: ProcessInfo.processInfo.activeProcessorCount)
  }

  private func capacity(_ name: String) throws -> Found {
    let capacity = try search(name).run(version: Feedsim.version)
    let each = capacity.factor.each.map(Self.text).joined(separator: ", ")
    return Found(
      line: BenchLine(
        name: Self.title(name, capacity.design), value: capacity.factor.value,
        unit: capacity.binding == nil ? "times the traffic and more" : "times the traffic",
        target: Self.target(capacity.bracket, capacity.isInside)),
      words: "\(each) times; \(capacity.binding?.text ?? "nothing broke")", runs: capacity.runs,
      isInside: capacity.isInside)
  }

  private func ends(_ name: String) throws -> Found {
    var search = try search(name, overrides: ["replications=1"])
    search.seeds = 2
    search.resolution = 0.05
    let ends = try search.ends(version: Feedsim.version)
    let range = ends.bracket.range
    let searched = ends.searched == 0 ? "" : ", \(ends.searched) by search"
    let words = "\(ends.inside) of \(ends.seeds) seeds between\(searched)"
    return Found(
      line: BenchLine(
        name: Self.title(name, ends.design), value: range.upperBound / max(range.lowerBound, 1e-9),
        unit: "upper / lower end", target: Self.target(ends.bracket, ends.isInside)),
      words: words + "; " + (ends.binding?.text ?? "nothing broke"), runs: ends.runs,
      isInside: ends.isInside)
  }

  private static func title(_ name: String, _ design: String) -> String {
    name + (design.isEmpty ? "" : ", \(design)")
  }

  private static func target(_ bracket: CapacityBracket, _ isInside: Bool) -> String {
    "\(text(bracket.range.lowerBound)) to \(text(bracket.range.upperBound)) times the traffic, "
      + (isInside ? "inside" : "OUTSIDE")
  }

  private static func text(_ factor: Double) -> String { String(format: "%.2f", factor) }
}
