import Foundation
import Settings
import Simulation
import Testing
import YAMLSettings

@testable import Planning

/// Time lines over replications, and what is marked in them.
@Suite struct TimeLinesTests {
  private func scenario(_ more: String) throws -> Scenario {
    let text = """
      feedsim: 1
      seed: 3
      duration: 100s
      warmUp: 10s
      replications: 2
      audience:
        users: 200
        graph: {kind: uniform, meanFollows: 5}
        celebrities: [{name: star, followers: 50%}]
        activity: {postsPerDay: 400, loadsPerDay: 4000}
      timelines: {lifetime: 1h}
      \(more)

      """
    return try Scenario(
      try SettingsFile.parse(text, file: "test.yaml"), fileName: "test.yaml", question: "")
  }

  private func lines(_ rows: [[Double?]]) -> TimeLines {
    TimeLines(
      interval: .seconds(60),
      lines: rows.enumerated().map {
        .init(name: "line.\($0)", unit: .milliseconds, values: $1)
      })
  }

  @Test func meansAreTakenIntervalByInterval() throws {
    let mean = try #require(
      TimeLines.mean(of: [
        lines([[1, 2, nil, nil]]), lines([[3, 2, 7, nil]]), lines([[5, 2, 9, nil]]),
      ]))
    #expect(mean.lines[0].values == [3, 2, 8, nil])
    // t(2) = 4.3027 times 2 / √3; of two replications t(1) = 12.706 times √2 / √2.
    #expect(mean.lines[0].halfWidths == [5, 0, 13, nil])
    #expect(TimeLines.mean(of: []) == nil)
    let single = TimeLines.mean(of: [lines([[1, nil]])])
    #expect(single?.lines[0].values == [1, nil] && single?.lines[0].halfWidths == [])
  }

  /// A tier that a short replication never visits has no line there.
  @Test func aLineIsThatOfTheReplicationsThatHaveIt() throws {
    let (all, some) = (lines([[1, 2], [3, 4], [5, 6]]), lines([[3, 4], [7, 8], [9, 8]]))
    var short = some
    short.lines.remove(at: 1)
    for replications in [[all, short], [short, all]] {
      let mean = try #require(TimeLines.mean(of: replications))
      #expect(mean.lines.map(\.name) == ["line.0", "line.1", "line.2"])
      #expect(mean.lines.map(\.values) == [[2, 3], [3, 4], [7, 7]])
      #expect(mean.lines[1].halfWidths == [nil, nil])
    }
  }

  @Test(arguments: [
    (1.23456789, 5, 1.2346), (123_456.7, 5, 123_457), (0.000123456, 2, 0.00012), (0, 5, 0),
    (99.9999, 5, 100), (-2.55555, 3, -2.56),
  ])
  func roundsToDigits(_ value: Double, _ digits: Int, _ expected: Double) {
    #expect(NumberText.rounded(value, digits: digits) == expected)
  }

  /// The figures of the whole window are the means of those of its intervals.
  @Test func agreesWithTheMetrics() throws {
    let result = try Experiment(
      try scenario("designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}"),
      threads: 1
    ).run(version: "0")
    for design in result.designs {
      let lines = try #require(design.timeLines)
      #expect(lines.interval == .seconds(1) && lines.count == 100)
      #expect(lines.lines.map(\.name) == lines.lines.map(\.name).sorted())
      #expect(lines.lines.allSatisfy { $0.values.count == 100 && $0.halfWidths.count == 100 })
      func mean(_ name: String) -> Double {
        (lines.line(name)?.values ?? []).reduce(0) { $0 + ($1 ?? .nan) } / 100
      }
      let loads = try #require(design.metric("feed.throughput")?.mean?.value)
      #expect(abs(mean("feed.arrival_rate") - loads) < 1e-3 * loads)
      for tier in ["gateway", "post_store", "ranking"] {
        let busy = try #require(design.metric("tier.\(tier).utilisation")?.mean?.value)
        #expect(abs(mean("tier.\(tier).utilisation") - busy) < 1e-3 * busy, "\(tier)")
      }
      // Nine loads a second are too few for a p99.
      #expect(lines.line("feed.latency.p99")?.values.allSatisfy { $0 == nil } == true)
      #expect(lines.line("feed.latency.p50")?.values.contains { $0 != nil } == true)
      // A tier that is not bought has no line.
      #expect((lines.line("tier.fan_out_workers.utilisation") == nil) == (design.name == "pull"))
    }
  }

  @Test func marksWhatTheScenarioDoes() throws {
    let scenario = try scenario(
      """
      fanOut: {policy: push}
      traffic:
        spikes:
          - {at: 50s, for: 20s, loads: 20, engagement: 2.5}
          - {at: 10s, for: 5s}
          - {at: 101s, for: 5s, loads: 2}
        posts: [{at: 50s, by: star}, {at: 0s, by: star}]
      """)
    #expect(
      scenario.marks == [
        Mark(at: .zero, text: "star posts"),
        Mark(at: .seconds(10), length: .seconds(5), text: "spike"),
        Mark(at: .seconds(50), length: .seconds(20), text: "spike: loads × 20, engagement × 2.5"),
        Mark(at: .seconds(50), text: "star posts"),
      ])
    #expect(try Experiment(scenario, threads: 1).run(version: "0").marks == scenario.marks)
  }
}
