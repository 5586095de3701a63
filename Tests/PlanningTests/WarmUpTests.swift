import FeedSystem
import Foundation
import Settings
import Simulation
import Testing

@testable import Planning

/// `warmUp: auto`: long enough for every design, the same for all, and said.
@Suite struct WarmUpTests {
  private static func scenario(_ warmUp: String, _ more: String) -> String {
    """
    # How long does it take to forget the start?
    feedsim: 1
    seed: 5
    duration: 20m
    warmUp: \(warmUp)
    replications: 2
    audience:
      users: 500
      graph: {kind: uniform, meanFollows: 5}
      activity: {postsPerDay: 20, loadsPerDay: 400, activeShare: 100%}
    timelines: {lifetime: 1h}
    \(more)

    """
  }

  private func read(_ warmUp: String, _ more: String = "", _ set: [String] = []) throws
    -> Scenario
  {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml").path
    try Self.scenario(warmUp, more).write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Scenario(reading: path, overrides: set)
  }

  private func run(_ scenario: Scenario, threads: Int = 2) throws -> Result {
    try Experiment(scenario, threads: threads).run(version: "0")
  }

  private let designs =
    "designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}"

  /// Found once for all designs; then the run is the one with that length given.
  @Test func isFoundAndThenAsGiven() throws {
    let found = try run(read("auto", designs))
    let length = found.horizon.warmUp
    #expect(found.horizon.warmUpRule == .mser5, "\(found.notes)")
    #expect(length >= .seconds(120) && length <= .seconds(1200), "\(length.seconds)")
    #expect(found.notes.contains { $0.hasPrefix("Warm-up: ") && $0.contains("MSER-5") })
    let given = try run(read("\(length.nanoseconds / 1_000_000)ms", designs))
    #expect(given.designs.map(\.fingerprint) == found.designs.map(\.fingerprint))
    #expect(given.designs.map(\.metrics) == found.designs.map(\.metrics))
    #expect(given.horizon.warmUpRule == .given)
  }

  @Test func threadsDoNotMatter() throws {
    let scenario = try read("auto", designs)
    let results = try [1, 3].map { try run(scenario, threads: $0) }
    #expect(results[0].horizon == results[1].horizon && results[0].notes == results[1].notes)
    #expect(results[0].designs.map(\.fingerprint) == results[1].designs.map(\.fingerprint))
  }

  /// The spike and the star's post are what is measured, not a start to be forgotten.
  @Test func spikesHaveNoSay() throws {
    let spiked = "traffic: {spikes: [{at: 1m, for: 15m, posts: 3, loads: 8}]}"
    #expect(try run(read("auto", spiked)).horizon == run(read("auto")).horizon)
  }

  /// A cache that starts empty fills for longer where its feeds live longer and few posts end them.
  @Test func aSlowerStartTakesLonger() throws {
    func length(_ timeToLive: String) throws -> Duration {
      let quiet = [
        "audience.users=2k", "audience.activity.postsPerDay=0.5",
        "audience.activity.loadsPerDay=200",
      ]
      let scenario = try read("auto", "", quiet + ["cache.feed.ttl=\(timeToLive)"])
      return try run(scenario).horizon.warmUp
    }
    let (short, long) = (try length("5s"), try length("2h"))
    #expect(long.seconds > 3 * short.seconds, "\(long.seconds) against \(short.seconds)")
  }

  /// Twice the filling, four times the settling, the slowest design, a tenth at least.
  @Test func lengthIsThatOfTheSlowest() {
    func drift(_ filling: Int64, _ settling: Int64) -> WarmUpSearch.Drift {
      .init(filling: .seconds(filling), settling: .seconds(settling), unsettled: [])
    }
    let hour = Duration.seconds(3600)
    #expect(WarmUpSearch.length([drift(0, 0)], window: hour) == .seconds(360))
    #expect(WarmUpSearch.length([drift(0, 0), drift(500, 100)], window: hour) == .seconds(1000))
    #expect(WarmUpSearch.length([drift(500, 300), drift(0, 0)], window: hour) == .seconds(1200))
    #expect(WarmUpSearch.length([drift(0, 0)], window: .seconds(2)) == .seconds(1))
  }

  /// A figure that rises to the end has no steady state, and is named.
  @Test func whatDriftsIsNamed() {
    var unsettled: [String] = []
    let rising = (0..<500).map { RunSlot(latency: Double($0), lag: nil, hitRatio: 0.5) }
    let cut = WarmUpSearch.cut(rising, .seconds(500), &unsettled)
    #expect(unsettled == ["feed latency"] && cut == .zero)
    unsettled = []
    let step = (0..<500).map { RunSlot(latency: 1, lag: 2, hitRatio: $0 < 97 ? 0 : 0.5) }
    #expect(WarmUpSearch.cut(step, .seconds(500), &unsettled) == .seconds(100))
    // Half of the slots saw nothing: no series.
    let sparse = (0..<500).map { RunSlot(latency: $0 % 3 == 0 ? Double($0) : nil) }
    #expect(WarmUpSearch.cut(sparse, .seconds(500), &unsettled) == .zero && unsettled.isEmpty)
  }

  /// A warm-up to be found is that of what it is compared with.
  @Test func takesThatOfTheOtherSide() throws {
    let auto = try read("auto")
    let base = Horizon(warmUp: .seconds(77), duration: .seconds(1200), warmUpRule: .mser5)
    #expect(auto.alike(base).horizon == base)
    #expect(try read("3m").alike(base).warmUp == .seconds(180))
    #expect(auto.alike(auto.horizon).warmUpRule == .auto)
    let given = Horizon(warmUp: .seconds(77), duration: .seconds(1200))
    #expect(throws: Never.self) { try Comparison.checkHorizon(base, given) }
  }

  @Test(arguments: ["Auto", "automatic", "[auto]"])
  func refuses(_ warmUp: String) {
    let error = #expect(throws: InvalidInput.self) { try read(warmUp) }
    #expect(error?.path == "warmUp")
  }
}
