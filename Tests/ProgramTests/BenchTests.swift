import Benchmarks
import Foundation
import Planning
import Testing

@testable import feedsim

/// The table of `feedsim bench`, and one of its benchmarks.
@Suite struct BenchTests {
  @Test func ranksWithItsModels() throws {
    let lines = try Benchmark.ranking.run(.small) { _ in }
    #expect(lines.count >= 5 && lines.allSatisfy { $0.value > 0 && $0.value.isFinite })
    #expect(lines.compactMap(\.target) == ["<= 600", "<= 12", "<= 60"])
    #expect(lines.prefix(2).allSatisfy { $0.ratio ?? 0 > 0 })
  }

  /// Loops that look and never act leave every figure as it was; only what is told of them is more.
  @Test func controlLoopsThatNeverActChangeNothing() throws {
    let study = ControlStudy(.small)
    let loops = ControlStudy.loops + ControlStudy.admission
    let results = try [[], loops].map { overrides in
      try Experiment(study.scenario(overrides + ["duration=1h"]), threads: 1)
        .run(version: "").designs[0]
    }
    #expect(results[0].fingerprint != results[1].fingerprint)
    for metric in results[0].metrics { #expect(results[1].metric(metric.name) == metric) }
    for name in ["control.changes", "control.emergencies", "degraded.entries"] {
      #expect(results[1].metric(name)?.mean?.value == 0)
    }
    let lines = try Benchmark.control.run(.small) { _ in }
    #expect(lines.count == 3 && lines.allSatisfy { $0.value > 0 && $0.value.isFinite })
    #expect(lines.dropFirst().allSatisfy { $0.target == "<= 1.05" && $0.ratio ?? 0 > 0 })
  }

  @Test func buildsGraphsOfBothKinds() throws {
    let lines = try Benchmark.graph.run(.small) { _ in }
    #expect(lines.allSatisfy { $0.value > 0 && $0.value.isFinite })
    let plain = try #require(lines.first { $0.unit == "bytes an edge" }).value
    let end = try #require(lines.first { $0.unit == "bytes an end" }).value
    // Of 50 among 50,000 ids at random no code takes less than 11.4 bits; half a bit and what a
    // user has come to it, and authors with many followers take less.
    #expect(2 * end < 0.45 * plain && end > 1)
    let code = lines.filter { $0.unit == "bytes an id" }.map(\.value)
    #expect(code == [2.44, 1.907])
  }

  @Test func cutsNoName() throws {
    let long = "push, 50000 x 64, with audit and cache"
    let lines = [
      BenchLine(name: "short", value: 36.7, unit: "ns", ratio: 0.32, baseline: "binary heap"),
      BenchLine(name: long, value: 44.2, unit: "M entries/s, first touch", target: ">= 80"),
      BenchLine(
        name: "all", value: 1, unit: "times", ratio: 2, baseline: "x", target: "<= 1"),
    ]
    let table = Bench.table(lines).split(separator: "\n")
    #expect(table.count == 3 && table[1].hasPrefix(long + "     44.2 M entries/s, first touch"))
    // Values, ratios and targets stand below one another.
    func column(_ row: Int, _ text: String) throws -> Int {
      try #require(table[row].firstRange(of: text)).lowerBound.utf16Offset(in: table[row])
    }
    #expect(try column(0, "36.7 ns") == column(1, "44.2 M"))
    #expect(try column(0, "0.32 x") == column(2, "2.00 x"))
    #expect(try column(1, "target >= 80") == column(2, "target <= 1"))
  }
}
