import Simulation
import Testing

@testable import FeedSystem

/// Measures of lists against values worked out by hand.
struct RankingQualityTests {
  @Test func gainsAreDiscountedByPlace() {
    let log3 = ln(3) / ln(2)
    let log6 = ln(6) / ln(2)
    let log7 = ln(7) / ln(2)
    let gains: [Float] = [3, 2, 3, 0, 1, 2]
    let gain = DiscountedGain(gains)
    let five = 3 + 2 / log3 + 3.0 / 2 + 1 / log6
    #expect(abs(gain.first5 - five) < 1e-12)
    #expect(abs(gain.first20 - (five + 2 / log7)) < 1e-12)
    #expect(abs(gain.first20 - 6.861_126_688_593_502) < 1e-9)
    // What is worth less than nothing brings nothing.
    let harmed: [Float] = [3, -5, 2]
    #expect(abs(DiscountedGain(harmed).first20 - 4) < 1e-12)
    // Beyond the twentieth place nobody asks.
    let many = [Float](repeating: 1, count: 50)
    #expect(DiscountedGain(many) == DiscountedGain(many.prefix(20)))
  }

  @Test func theBestOrderIsWorthOneAndAnyOtherLess() {
    var stream = RandomStream(seed: 4, purpose: 1)
    for _ in 0..<50 {
      let gains = (0..<60).map { _ in Float(stream.uniform() * 4 - 1) }
      var best = BestGains()
      for gain in gains { best.add(gain) }
      let order = gains.sorted(by: >)
      #expect(best.gains == Array(order.prefix(20)))
      let optimum = DiscountedGain(best.gains)
      let whole = DiscountedGain(order).normalised(by: optimum)
      #expect(whole.first5 == 1 && whole.first20 == 1)
      let some = DiscountedGain(gains).normalised(by: optimum)
      #expect(some.first20 < 1 && some.first20 > 0)
      #expect(abs(some.first20 - DiscountedGain(gains).first20 / optimum.first20) < 1e-15)
    }
  }

  @Test func giniByHand() {
    #expect(gini([2, 2, 2]) == 0)
    #expect(gini([4, 0, 0, 0]) == 0.75)
    #expect(gini([4, 1, 3, 2]) == 0.25)
    #expect(gini([0, 0]) == nil)
    #expect(gini([]) == nil)
  }

  @Test func diversityIsTheShareOfPairsThatDiffer() {
    func diversity(_ list: String) -> Double {
      let letters = Array(list)
      return FeedSystem.diversityOfPairs(letters.count) { letters[$0] }
    }
    #expect(diversity("aab") == 2.0 / 3)
    #expect(diversity("aaaa") == 0)
    #expect(diversity("abcd") == 1)
    #expect(diversity("aabb") == 4.0 / 6)
  }
}

/// Rankers in a world, over whole runs.
struct WorldRunTests {
  private struct Seen: Equatable {
    var quality: Double
    var engagement: Double
    var feeds: Int
    var ranked: Int
    var likes: Int
    var broken: [String]
    var fingerprint: UInt64
  }

  private func run(_ ranking: String, _ change: (inout SmallSystem) -> Void = { _ in }) throws
    -> Seen
  {
    var small = SmallSystem()
    small.users = 600
    small.meanFollows = 30
    small.maximum = 200
    small.activity = "{postsPerDay: 8, loadsPerDay: 100, activeShare: 80%}"
    small.length = .seconds(2400)
    small.world = WorldSettings()
    small.yaml =
      "{fanOut: {policy: push}, timelines: {lifetime: 48h}, sessions: {loads: 1}, "
      + "engagement: {likes: 6%}, ranking: [\(ranking)]}"
    change(&small)
    return try small.run { system in
      let checks = system.checkConservation()
      let books = system.measurements.engagement
      let gini = system.exposureFigures()?.gini ?? -1
      #expect(gini > 0 && gini < 1)
      return Seen(
        quality: books.quality.first20 / Double(books.ranked),
        engagement: books.total.worth / Double(books.total.feeds), feeds: books.total.feeds,
        ranked: books.ranked, likes: books.actions[Int(Action.like.rawValue)],
        broken: checks.filter { !$0.passed }.map { "\($0.name): \($0.detail)" },
        fingerprint: system.fingerprint)
    }
  }

  @Test func theOracleIsTheUpperBound() throws {
    let oracle = try run("oracle")
    let weighted = try run("weighted")
    let newest = try run("chronological")
    for seen in [oracle, weighted, newest] {
      #expect(seen.broken == [])
      #expect(seen.ranked > 30)
    }
    #expect(oracle.quality == 1)
    #expect(weighted.quality < 0.95)
    #expect(newest.quality < 0.95)
    #expect(oracle.engagement > 1.2 * weighted.engagement)
    #expect(oracle.engagement > 1.2 * newest.engagement)
  }

  @Test func runsAreReproducibleAndDifferInTheirLikes() throws {
    let first = try run("weighted")
    #expect(try run("weighted") == first)
    let eager = try run("weighted") { small in
      small.yaml = small.yaml.replacing("likes: 6%", with: "likes: 24%")
    }
    #expect(Double(eager.likes) > 2 * Double(first.likes))
  }

  /// Nobody looks beyond the first place: what is liked stands there.
  @Test func onlyWhatIsLookedAtCounts() throws {
    var steep = WorldSettings()
    steep.examination = 4
    let seen = try run("weighted") { $0.world = steep }
    let plain = try run("weighted")
    #expect(seen.broken == [])
    #expect(Double(seen.likes) < 0.5 * Double(plain.likes))
  }

  /// Mutes and blocks of viewers move the graph, and every law of a moving graph holds.
  @Test func viewersWhoMindMoveTheGraph() throws {
    var harmful = WorldSettings()
    harmful.harmful = 0.5
    let seen = try run("chronological") { small in
      small.world = harmful
      small.yaml = small.yaml.replacing("likes: 6%", with: "likes: 40%")
    }
    #expect(seen.broken == [])
  }

  @Test func whatWasLookedAtIsKnown() {
    let judged = JudgedPosts()
    judged.note(7, examinedBy: 3)
    #expect(judged.isExamined(7, by: 3) && !judged.isExamined(8, by: 3))
    #expect(!judged.isExamined(7, by: 8) && !judged.isExamined(3, by: 7))
  }
}
