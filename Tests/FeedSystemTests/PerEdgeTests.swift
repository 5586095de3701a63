import Foundation
import Simulation
import Testing

@testable import FeedSystem

/// Per-edge optimal fan-out against all plans there are, and against what is not per edge.
struct PerEdgeTests {
  private static let optimal = "policy: per-edge-optimal"
  private static let seeds = 1...200 as ClosedRange<UInt64>

  private static func isNoMore(_ a: Double, _ b: Double) -> Bool { a <= b * (1 + 1e-12) }

  /// Every plan for up to ten follows among up to twelve users, each follow pushed or pulled.
  @Test func isTheBestOfAllPlans() throws {
    var mixed = 0
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed, purpose: 1)
      let users = 3 + Int(stream.below(10))
      var drawn = WrittenAudience.drawn(
        users: users, chance: 8 / Double(users * (users - 1)), seed: seed)
      drawn.follows = Array(drawn.follows.prefix(10))
      let push = power(1000, stream.uniform())
      let context = FanOutContext(drawn.audience, push: push, pull: 3)
      var best = Double.infinity
      for plan in 0..<(1 << drawn.follows.count) {
        var cost = 0.0
        for (index, follow) in drawn.follows.enumerated() {
          cost +=
            plan >> index & 1 == 1
            ? push * drawn.posts[Int(follow.followee)] : 3 * drawn.loads[Int(follow.follower)]
        }
        best = min(best, cost)
      }
      let classes = try context.classes(Self.optimal)
      #expect(abs(context.cost(of: classes) - best) <= 1e-12 * best)
      #expect(context.regret(of: classes) ?? 0 == 0)
      let pushed = context.pushed(classes)
      mixed += pushed > 0 && pushed < drawn.follows.count ? 1 : 0
    }
    #expect(mixed > 50)
  }

  private func expectBest(_ context: FanOutContext, thresholds: [Int]) throws {
    let classes = try context.classes(Self.optimal)
    let cost = context.cost(of: classes)
    #expect(cost == context.leastCost)
    var others = ["policy: push", "policy: pull"]
    others += thresholds.map { "pushBelow: \($0), pullFrom: \($0)" }
    for other in others { #expect(Self.isNoMore(cost, try context.cost(other)), "\(other)") }
  }

  @Test func costsNoMoreThanPushPullOrAThreshold() throws {
    let graph = try GraphModel.powerLaw(meanFollows: 15, exponent: 2.2, maximum: 300)
      .build(users: 500, seed: 3)
    for seed in Self.seeds.prefix(25) {
      let context = FanOutContext(
        Audience(graph: graph, activity: Self.rates(seed).build(on: graph, seed: seed)),
        push: Double(1 + seed % 5), pull: Double(1 + seed % 3))
      try expectBest(context, thresholds: [1, 10, 30, 100])
    }
  }

  /// Rates as unlike as a seed makes them.
  private static func rates(_ seed: UInt64) -> ActivityModel {
    var stream = RandomStream(seed: seed, purpose: 2)
    var model = ActivityModel()
    model.postsPerDay = power(1000, stream.uniform()) * 0.1
    model.loadsPerDay = power(100, stream.uniform())
    model.activeShare = 0.2 + 0.8 * stream.uniform()
    model.posting = .lognormal(cv: 4 * stream.uniform())
    model.reading = .lognormal(cv: 4 * stream.uniform())
    model.postingByFollowers = stream.uniform()
    return model
  }

  private static let data = "../shared/data"

  @Test(arguments: [
    "graph_ego_twitter/edges.txt.zst", "graph_epinions/soc-Epinions1.txt.zst",
    "graph_wiki_vote/wiki-Vote.txt.zst",
  ])
  func costsNoMoreOnRealGraphs(_ file: String) throws {
    let path = "\(Self.data)/\(file)"
    guard FileManager.default.fileExists(atPath: path) else { return }
    let graph = try GraphModel.edges(EdgeList(path: path, direction: .followerFollowee))
      .build(users: 2, seed: 1)
    for seed in Self.seeds {
      let context = FanOutContext(
        Audience(graph: graph, activity: Self.rates(seed).build(on: graph, seed: seed)),
        push: Double(1 + seed % 5))
      try expectBest(context, thresholds: [])
    }
  }

  /// What is counted over a longer window is nearer to the truth, and never better than it.
  @Test func learntRatesCostTheirErrors() throws {
    let graph = try GraphModel.powerLaw(meanFollows: 15, exponent: 2.2, maximum: 300)
      .build(users: 500, seed: 3)
    var sums = [0.0, 0.0, 0.0]
    for seed in Self.seeds {
      var model = Self.rates(seed)
      model.postsPerDay = 20
      let context = FanOutContext(
        Audience(graph: graph, activity: model.build(on: graph, seed: seed)), seed: seed)
      for (index, window) in ["6h", "7d", "1000d"].enumerated() {
        let classes = try context.classes("\(Self.optimal), rates: \(window)")
        let regret = try #require(context.regret(of: classes))
        #expect(regret > -1e-12)
        sums[index] += regret / 200
      }
    }
    #expect(sums[0] > 3 * sums[1] && sums[1] > 3 * sums[2] && sums[2] < 0.001, "\(sums)")
  }

  // MARK: - ../shared/oracle/fanout.csv

  /// The rows `tiny` of fanout.csv: A has 3 followers, B 1, C none, D 2; they post 2, 1, 5 and 1
  /// times a day and each loads 10 times.
  @Test(arguments: [
    ("pushBelow: 3, pullFrom: 3", 3.0, 30.0), ("policy: push", 9.0, 0.0),
    ("policy: pull", 0.0, 60.0),
    ("pushBelow: 2, pullFrom: 2", 1.0, 50.0),
  ])
  func fourUsersByHand(_ policy: String, _ writes: Double, _ fetches: Double) throws {
    let day = 86_400.0
    let written = WrittenAudience(
      follows: [(1, 0), (2, 0), (3, 0), (0, 1), (0, 3), (1, 3)],
      posts: [2, 1, 5, 1].map { $0 / day }, loads: [Double](repeating: 10 / day, count: 4))
    let audience = written.audience
    #expect(
      abs(try FanOutContext(audience, push: 1, pull: 0).cost(policy) * day - writes) < 1e-12)
    #expect(
      abs(try FanOutContext(audience, push: 0, pull: 1).cost(policy) * day - fetches) < 1e-12)
  }

  /// All rows of the power laws: sums over K below and from T, by Hurwitz zetas, for the plans that
  /// a hybrid with that threshold has below and from it.
  @Test(.enabled(if: oracle("fanout.csv") != nil, oracleIsHere))
  func everyThresholdOfTheTable() throws {
    var checked = 0
    for row in try #require(oracle("fanout.csv")) where row[0].hasPrefix("fo-") {
      var parameters: [String: Double] = [:]
      for part in row[1].split(separator: ",") {
        let words = part.split(separator: "=")
        parameters[String(words[0])] = Double(words[1])
      }
      let users = try #require(parameters["N"])
      let gamma = try #require(parameters["gamma"])
      let maximum = Int(try #require(parameters["kmax"]))
      let beta = try #require(parameters["beta"])
      let rate = try #require(parameters["posts_per_user_day"])
      let loads = try #require(parameters["reads_per_user_day"])
      let threshold = Int(row[2]) ?? maximum + 1
      let law = ZetaLaw(exponent: gamma, maximum: maximum)
      // Followers of the author at the end of a random follow, and of a random entry.
      let byFollow = ZetaLaw(exponent: gamma - 1, maximum: maximum)
      let byEntry = ZetaLaw(exponent: gamma - 1 - beta, maximum: maximum)
      let isPushed = 1 - byEntry.tail(from: threshold)
      let amplification = law.moment(1 + beta) / law.moment(beta) * isPushed
      let fetches = law.mean * byFollow.tail(from: threshold)
      let found =
        switch row[3] {
        case "timeline_writes_per_day": users * rate * amplification
        case "write_amplification": amplification
        case "pull_fetches_per_read": fetches
        case "pull_fetches_per_day": users * loads * fetches
        case "pulled_authors_fraction": law.tail(from: threshold)
        default: 1 - isPushed
        }
      let expected = try #require(Double(row[4]))
      #expect(
        abs(found - expected) <= 1e-8 * abs(expected) + 2e-9 * max(1, users * loads * 1e-6),
        "\(row): \(found)")
      checked += 1
    }
    #expect(checked == 216)
  }
}
