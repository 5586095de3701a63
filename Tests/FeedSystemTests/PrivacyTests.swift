import Simulation
import Testing

@testable import FeedSystem

/// Anonymisation: what it takes is exact, and it changes nothing else.
struct PrivacyTests {
  private func system(_ privacy: String) -> SmallSystem {
    var system = SmallSystem()
    system.users = 300
    system.maximum = 150
    system.meanFollows = 10
    system.length = .seconds(900)
    system.activity = "{postsPerDay: 40, loadsPerDay: 200}"
    system.yaml = "{fanOut: {policy: push}, feed: {page: 10}, cache: {feed: {size: 50%}}\(privacy)}"
    return system
  }

  /// With every post in need, a page of ten takes ten times what a post does, on the critical path
  /// and nowhere else: the parts of the latency sum to it, and say so.
  @Test func aPageTakesWhatItsPostsDo() throws {
    let all =
      ", tiers: {privacyFilter: {visit: constant(1ms)}}, privacy: {location: {share: 100%, "
      + "time: 2ms}, faces: {share: 0%}, mentions: {share: 100%, time: 3ms}}"
    try system(all).run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
      let shown = system.measurements.postsShown
      let loads = system.measurements.loadsMeasured
      #expect(system.measurements.anonymised == [shown, 0, shown])
      #expect(loads > 500 && shown > 5 * loads)
      let parts = system.measurements.latencyParts.total(
        of: LatencyParts.Slot.service(.privacyFilter))
      #expect(parts == Int128(loads + 5 * shown) * 1_000_000)
      let stage = system.measurements.stages[Stage.privacy.rawValue].exactSum
      let network = 500_000 * Int128(loads)
      #expect(Int128(stage) == parts + network)
    }
  }

  /// The share of posts that need it, drawn by post.
  @Test func sharesAreThoseOfTheSettings() throws {
    let half = ", privacy: {location: {share: 50%}, faces: {share: 0%}, mentions: {share: 10%}}"
    try system(half).run { system in
      let shown = Double(system.measurements.postsShown)
      let counts = system.measurements.anonymised.map(Double.init)
      #expect(abs(counts[0] / shown - 0.5) < 0.15)
      #expect(counts[1] == 0 && abs(counts[2] / shown - 0.1) < 0.1)
    }
  }
}
