import FeedSystem
import Settings
import Simulation
import Testing

@testable import Planning

/// Figures of fan-out are corrected for the posts that the replications happened to draw.
@Suite struct CorrectedFiguresTests {
  private struct Runs {
    var audience: Audience
    var replications: [Replication]
  }

  private func run(_ count: Int, fanOut: String, posts: String = "[]") throws -> Runs {
    let text = """
      feedsim: 1
      seed: 3
      duration: 100s
      warmUp: 10s
      audience:
        users: 300
        graph: {kind: powerLaw, meanFollows: 10, exponent: 2.3}
        celebrities: [{name: star, followers: 50%}]
        activity: {postsPerDay: 300, loadsPerDay: 300}
      traffic:
        daily: {peakToMean: 1.5, peakAt: 20h, startsAt: 6h}
        spikes: [{at: 20s, for: 30s, posts: 3}]
        posts: \(posts)
      fanOut: \(fanOut)
      timelines: {lifetime: 1h}

      """
    let scenario = try Scenario(
      try SettingsFile.parse(text, file: "test.yaml"), fileName: "test.yaml", question: "")
    let audience = try scenario.audience.build(seed: scenario.seed)
    let design = scenario.designs[0].design
    let replications = try parallelMap(
      count: count, threads: 2, local: TimelineMemory.init
    ) { index, memory in
      try scenario.replicate(
        design, audience: audience, index: index, memory: memory,
        laws: { $0.checkConservation() },
        fleet: { Fleet(design.tiers, offeredLoad: $0) })
    }
    return Runs(audience: audience, replications: replications)
  }

  /// A cycle, a spike, scripted posts and one that is none of the window's: what is drawn scatters
  /// about what is expected.
  @Test func whatIsExpectedIsExact() throws {
    let runs = try run(
      200, fanOut: "{policy: hybrid, pushBelow: 15, pullFrom: 100, activeWindow: 30s}",
      posts: "[{at: 30s, by: star}, {at: 50s, by: star}, {at: 100s, by: star}]")
    for control in 0..<3 {
      let mean = Estimate.mean(of: runs.replications.map { $0.drawn[control] })
      let halfWidth = try #require(mean.halfWidth)
      #expect(
        halfWidth > 0 && mean.holds(0, widened: 2), "\(control): \(mean.value) ± \(halfWidth)")
    }
    let scripted = try run(
      4, fanOut: "{policy: push}", posts: "[{at: 30s, by: star}, {at: 100s, by: star}]")
    let plain = try run(4, fanOut: "{policy: push}")
    for (one, other) in zip(scripted.replications, plain.replications) {
      #expect(abs(one.drawn[0] - other.drawn[0]) < 1e-6, "scripted posts are no chance")
    }
  }

  /// The write amplification of push is Σ rate × followers ÷ Σ rate: 20 replications hold it as
  /// often as they should, and far more narrowly than by themselves.
  @Test func correctedIntervalsHoldTheTruth() throws {
    let runs = try run(400, fanOut: "{policy: push}")
    let truth = runs.audience.activity.expectedWriteAmplification(on: runs.audience.graph)
    var held = 0
    for first in stride(from: 0, to: 400, by: 20) {
      let block = Array(runs.replications[first..<(first + 20)])
      let metrics = Estimates.metrics(of: block, stable: true)
      let figure = try #require(metrics.first { $0.name == "fan_out.write_amplification" })
      #expect(try #require(figure.gain) > 3, "\(figure.gain ?? 0) times narrower")
      if figure.mean?.holds(truth) ?? false { held += 1 }
      #expect(metrics.first { $0.name == "publish.posts" }?.gain == nil)
      #expect(metrics.first { $0.name == "feed.latency" }?.gain == nil)
    }
    // 19 are to be expected; fewer than 16 in one of 400 studies.
    #expect(held >= 16, "\(held) of 20")
    let few = Estimates.metrics(of: Array(runs.replications.prefix(19)), stable: true)
    #expect(few.allSatisfy { $0.gain == nil })
  }

  /// Nobody is pushed to, and nothing is corrected.
  @Test func pullHasNothingToCorrect() throws {
    let runs = try run(20, fanOut: "{policy: pull}")
    #expect(runs.replications.allSatisfy { $0.drawn[1] == 0 && $0.drawn[2] == 0 })
    let metrics = Estimates.metrics(of: runs.replications, stable: true)
    #expect(metrics.first { $0.name == "fan_out.write_amplification" }?.mean?.value == 0)
    #expect(metrics.allSatisfy { $0.gain == nil })
  }
}
