import Foundation
import Settings
import Simulation
import Testing

@testable import Planning

/// As many replications as a precision asks for, and no more.
@Suite struct ReplicationPlanTests {
  private static func scenario(_ replications: String) -> String {
    """
    # How many does it take?
    feedsim: 1
    seed: 3
    duration: 60s
    warmUp: 10s
    replications: \(replications)
    audience:
      users: 200
      graph: {kind: uniform, meanFollows: 5}
      activity: {postsPerDay: 200, loadsPerDay: 2000}
    timelines: {lifetime: 1h}
    designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}

    """
  }

  private func read(_ replications: String) throws -> Scenario {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml").path
    try Self.scenario(replications).write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Scenario(reading: path)
  }

  private func run(_ replications: String, threads: Int = 2) throws -> Result {
    try Experiment(try read(replications), threads: threads).run(version: "0")
  }

  private func widest(_ result: Result) -> Double {
    result.designs.compactMap { $0.metric("feed.latency")?.mean }
      .map { ($0.halfWidth ?? .infinity) / $0.value }.max() ?? .infinity
  }

  @Test func stopsAtTheLeastWhereThatIsEnough() throws {
    let result = try run("{min: 3, max: 20, until: ±90% at 95%}")
    #expect(result.replications == 3)
    #expect(result.notes.contains { $0.hasPrefix("Replications: 3 (from 3, at most 20) for ±90%") })
  }

  /// The first replications are the same as of a fixed number, and so are the bytes of any
  /// number of threads.
  @Test func goesOnUntilItIsPrecise() throws {
    let three = widest(try run("3"))
    let asked = three / 2
    let text = "{min: 3, max: 400, until: ±\(asked * 100)% at 95%}"
    let result = try run(text)
    #expect(result.replications > 3 && result.replications < 400)
    #expect(widest(result) <= asked && three > asked)
    let fixed = try run("\(result.replications)", threads: 1)
    #expect(fixed.designs.map(\.fingerprint) == result.designs.map(\.fingerprint))
    #expect(fixed.designs.map(\.metrics) == result.designs.map(\.metrics))
    #expect(try run(text, threads: 1).replications == result.replications)
  }

  @Test func saysWhereThatIsNotReached() throws {
    let result = try run("{min: 2, max: 4, until: ±0.001% at 99%}")
    #expect(result.replications == 4)
    #expect(result.notes.contains { $0.hasPrefix("WARNING: 4 replications, the most allowed") })
  }

  /// More replications make the interval of a quantile narrow that few observations decide, and
  /// not right: the length that it needs is said.
  @Test func saysWhatIsTooShort() throws {
    let result = try run(
      "{min: 3, max: 4, until: ±90% at 95%, of: [feed.latency.mean, feed.latency.p99_9]}")
    let warning = try #require(result.notes.first { $0.contains("too short") })
    #expect(warning.hasPrefix("WARNING: the replications are too short for feed.latency.p99_9"))
    let counts = result.designs.compactMap { $0.metric("feed.latency")?.count }
    let shortest = try #require(counts.min()) / 3
    #expect(shortest < 100_000)
    let seconds = try #require(warning.split(separator: " ").dropLast(3).last)
    let asked = try #require(Double(seconds.replacing(",", with: "")))
    // 60 s have so many observations, and 100,000 are needed, of which 100 lie beyond.
    #expect(abs(asked / (60 * 100_000 / Double(shortest)) - 1) < 0.2, "\(warning)")
    #expect(!result.notes.contains { $0.contains("too short for feed.latency.mean") })
    let mean = try run("{min: 3, max: 4, until: ±90% at 95%}")
    #expect(mean.notes.contains { $0.contains("as long as that needs (100 observations") })
  }

  @Test(arguments: [
    ("{min: 3}", "until"), ("{until: 2%}", "such as ±2% at 95%"),
    ("{until: ±2% at 95}", "%"), ("{until: ±0% at 95%}", "above 0"),
    ("{until: ±2% at 100%}", "to 99.9%"), ("{min: 1, until: ±2% at 95%}", "min"),
    ("{min: 9, max: 8, until: ±2% at 95%}", "less than min"),
    ("{until: ±2% at 95%, of: feed.latncy.p99}", "feed.latency.p99"),
    ("{until: ±2% at 95%, of: cost.month}", "one figure"),
    ("{until: ±2% at 95%, of: []}", "names no metric"), ("{untill: ±2% at 95%}", "until"),
    ("0", "1"), ("many", "number"),
  ])
  func refuses(_ replications: String, _ hint: String) {
    let error = #expect(throws: InvalidInput.self) { try read(replications) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(hint), "\(error.map { "\($0)" } ?? "")")
  }

  @Test func hasALeastOfItsOwn() throws {
    let plan = try read("{until: ±2% at 95%}").replications
    #expect(plan.least == 20 && plan.most == 100)
    let few = try read("{max: 12, until: ±2% at 95%}").replications
    #expect(few.least == 12 && few.most == 12)
    #expect(try read("{min: 150, until: ±2% at 95%}").replications.most == 150)
  }

  /// Intervals that decide when to stop are a little too short; not by much.
  @Test func coversAlthoughItStops() {
    let plan = ReplicationPlan(
      least: 10, most: 1000,
      precision: .init(text: "", relative: 0.02, confidence: 0.95, targets: []))
    let law = Distribution.gamma(mean: 1, cv: 0.08)
    var covered = 0
    var total = 0
    for seed in 0..<2000 {
      var stream = RandomStream(seed: UInt64(seed), purpose: 99)
      var values: [Double] = []
      var wanted = plan.least
      while wanted > values.count {
        while values.count < wanted { values.append(law.sample(&stream).seconds) }
        wanted = plan.wanted(after: values.count, [[values]])
      }
      let estimate = Estimate.mean(of: values)
      #expect((estimate.halfWidth ?? 1) <= 0.02 * estimate.value)
      covered += estimate.holds(1) ? 1 : 0
      total += values.count
    }
    // 0.93 less three standard errors of 2,000 trials.
    #expect(Double(covered) / 2000 > 0.913, "\(covered) of 2000, \(total / 2000) each")
    // 1.96² · 0.08² / 0.02² = 61 are needed.
    #expect((45...75).contains(total / 2000))
  }
}
