import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What sources bring, what is boosted and with which lag, and whole runs with them.
struct RankingSourceTests {
  private typealias Entry = SlateBench.Entry

  /// 0 follows 1 and 2, who follow 3, 4 and 0; users are numbered by followers, so ids are looked
  /// up.
  private static let circle: [(UInt32, UInt32)] = [
    (0, 1), (0, 2), (1, 3), (1, 4), (2, 3), (2, 0), (1, 2), (3, 5), (4, 5),
  ]

  @Test func aWalkOfTwoFollowsFindsStrangers() throws {
    let bench = try SlateBench(users: 7, follows: Self.circle, ranking: "[out-of-network]")
    for author in 0..<UInt32(7) { bench.post(by: author, at: Int64(author)) { _ in } }
    let source = try SlateBench.stage(OutOfNetwork.self)
    for viewer in 0..<UInt32(7) {
      let found = bench.apply([source], to: [], viewer: viewer, now: 1000).entries
      var expected: Set<UInt32> = []
      let own = Array(bench.follows.graph.followees(of: viewer))
      for friend in own {
        expected.formUnion(Array(bench.follows.graph.followees(of: friend)))
      }
      expected.subtract(own + [viewer])
      #expect(Set(found.map { bench.posts[$0.id].author }) == expected)
      #expect(found.count == expected.count && found.allSatisfy { $0.source == .outOfNetwork })
    }
    // It adds no more than there is room for, and no more than it may.
    let busiest =
      (0..<UInt32(7)).max {
        bench.follows.graph.followeeCount(of: $0) < bench.follows.graph.followeeCount(of: $1)
      } ?? 0
    let few = try SlateBench.stage(OutOfNetwork.self, "{posts: 1}")
    #expect(bench.apply([few], to: [], viewer: busiest, now: 1000).entries.count <= 1)
    #expect(bench.apply([source], to: [], viewer: busiest, capacity: 1).entries.count <= 1)
    // Whom the viewer comes to follow is no stranger any more.
    let before = bench.apply([source], to: [], viewer: busiest, now: 1000).entries
    if let first = before.first {
      let author = bench.posts[first.id].author
      _ = bench.follows.begin(busiest, author, from: 0)
      let after = bench.apply([source], to: [], viewer: busiest, now: 1000).entries
      #expect(!after.contains { bench.posts[$0.id].author == author })
    }
  }

  @Test func trendsAreKnownAsOfTheLastLag() throws {
    let bench = try SlateBench(
      ranking: "[{trending: {posts: 2, window: 60s, lag: 10s}}, {viral-boost: {threshold: 120, "
        + "window: 60s, lag: 10s}}, {trending-boost: {posts: 1, window: 60s, lag: 10s}}]")
    for index in 0..<5 { bench.post(by: 1, at: Int64(index)) { $0.topic = UInt8(index) } }
    let trending = try SlateBench.stage(Trending.self, "{posts: 2, window: 60s, lag: 10s}")
    func react(_ post: UInt32, _ times: Int, at milliseconds: Int64) {
      for _ in 0..<times {
        bench.state.noteReaction(of: 2, to: post, topic: UInt8(post), at: milliseconds)
      }
    }
    func found(_ now: Int64) -> [UInt32] {
      bench.apply([trending], to: [Entry(id: 0)], now: now).entries.dropFirst().map(\.id)
    }
    react(1, 2, at: 1000)
    react(2, 3, at: 5000)
    react(3, 1, at: 6000)
    #expect(found(9_999).isEmpty)
    #expect(found(10_000) == [2, 1])
    react(3, 4, at: 11_000)
    #expect(found(19_999) == [2, 1])
    #expect(found(20_500) == [3, 2])
    // What is there already is not added, and only the window counts.
    react(0, 9, at: 21_000)
    #expect(found(30_000) == [3])
    #expect(found(75_000) == [3])
    #expect(found(90_000).isEmpty)
  }

  @Test func boostsAreFactorsOnWhatTrends() throws {
    let settings = "window: 60s, lag: 10s"
    let bench = try SlateBench(
      ranking: "[{viral-boost: {threshold: 120, \(settings)}}, {trending-boost: {posts: 1, "
        + "\(settings)}}]")
    for index in 0..<5 { bench.post(by: 1, at: Int64(index)) { $0.topic = UInt8(index) } }
    let viral = try SlateBench.stage(ViralBoost.self, "{threshold: 120, \(settings)}")
    let trend = try SlateBench.stage(TrendingBoost.self, "{posts: 1, rise: 1000, \(settings)}")
    for (post, times) in [(1, 1), (2, 2), (3, 5)] {
      for _ in 0..<times {
        bench.state.noteReaction(of: 2, to: UInt32(post), topic: UInt8(post), at: 500)
      }
    }
    let slate = (0..<UInt32(5)).map { Entry(id: $0, score: $0 == 3 ? -1 : 1) }
    #expect(bench.apply([viral], to: slate, now: 9_999).entries == slate)
    // 120 an hour are two in the window of a minute; a score below 0 rises as well.
    let boosted = bench.apply([viral], to: slate, now: 10_000).entries.map(\.score)
    #expect(boosted == [1, 1, 2, -0.5, 1])
    let trending = bench.apply([trend], to: slate, now: 10_000).entries.map(\.score)
    #expect(trending == [1, 1, 1, -1 / 1.5, 1])
  }

  @Test func adsStandAtTheirPlaces() throws {
    let ads = try SlateBench.stage(Ads.self)
    #expect(ads.places(page: 20, length: 50) == [5, 11, 17, 25, 31, 37, 45])
    let bench = try SlateBench(users: 8, follows: [(0, 1)], ranking: "[ads]")
    for index in 0..<80 { bench.post(by: UInt32(index % 8), at: Int64(index)) { _ in } }
    let own = bench.follows.graph.firstWithFewer(than: 1)
    let viewer = (0..<UInt32(8)).first { bench.follows.graph.followeeCount(of: $0) > 0 } ?? own
    let network = stride(from: 0, to: 80, by: 8).map { (index: Int) -> Entry in
      Entry(id: UInt32(index), score: Float(index))
    }
    let page = bench.apply([ads], to: network, viewer: viewer, now: 1000)
    #expect(page.isOrdered)
    let places = page.entries.indices.filter { page.entries[$0].source == .ad }
    #expect(places == [5, 11])
    #expect(page.entries.filter { $0.source != .ad } == network.reversed())
    for entry in page.entries where entry.source == .ad {
      let author = bench.posts[entry.id].author
      #expect(author != viewer && !bench.follows.isFollowing(viewer, author))
    }
    // An ad takes the last one's place where there is no room for both.
    let full = bench.apply([ads], to: network, viewer: viewer, now: 1000, capacity: 10).entries
    #expect(full.count == 10 && full[5].source == .ad)
    // The seed's maxAds, asked for.
    let three = try SlateBench.stage(Diversity.self, "{ads: 1, perAuthor: 100, mixAfter: 1000}")
    let left = bench.apply([ads, three], to: network, viewer: viewer, now: 1000).entries
    #expect(left.count { $0.source == .ad } == 1)
  }

  @Test func personalisedAdsPayMore() throws {
    let bench = try SlateBench(users: 4, follows: [(0, 1)], ranking: "[ads]")
    for index in 0..<200 {
      bench.post(by: UInt32(index % 4), at: Int64(index)) { $0.topic = UInt8(index % 16) }
    }
    for _ in 0..<20 { bench.state.noteReaction(of: 2, to: 0, topic: 5, at: 0) }
    #expect(bench.state.interest(of: 2, in: 5) > 0.5 && bench.state.interest(of: 2, in: 6) < 0.5)
    #expect(bench.state.interest(of: 3, in: 5) == 0.5)
    func paid(_ settings: String) throws -> Double {
      let ads = try SlateBench.stage(Ads.self, settings)
      let slate = (0..<60).map { Entry(id: UInt32($0), score: 1) }
      let shown = bench.apply([ads], to: slate, viewer: 2, now: 1000).entries
      return shown.filter { $0.source == .ad }.reduce(0) { sum, entry in
        let bid = bench.state.ads?.campaign(of: entry.id)?.bid ?? 0
        let topic = bench.posts.traits(of: entry.id).topic
        return sum + AdPrice.revenue(bid: bid, interest: bench.state.interest(of: 2, in: topic))
      }
    }
    #expect(try paid("{}") > 1.2 * paid("{personalised: false}"))
  }

  // MARK: Runs

  private static func system(_ ranking: String, _ more: String = "") -> SmallSystem {
    SmallSystem(
      users: 300, meanFollows: 12, maximum: 100,
      yaml: "ranking: \(ranking)\ntimelines: {lifetime: 1h}\n" + more,
      activity: "{postsPerDay: 100, loadsPerDay: 400, activeShare: 100%}",
      warmUp: .seconds(300), length: .seconds(1200))
  }

  private static let noCache = "cache: {feed: {size: 0}}\nsessions: {loads: 3, pages: 1}"

  @Test func nobodyIsShownAPostTwiceUnlessItIsForgotten() throws {
    let kept = try Self.system("[{seen: {capacity: 10k}}, weighted]", Self.noCache).run { system in
      let counts = try #require(system.ranking.shown?.counts)
      #expect(counts.shown > 1000)
      #expect(counts.shown == counts.pairs)
      let seen = try #require(system.rankingFigures.seen)
      #expect(seen.strangers > 1000)
      return system.rankingFigures.passages
    }
    #expect(kept.map(\.name) == ["seen"] && kept[0].dropped > 0 && kept[0].came > kept[0].dropped)
    try Self.system("[{served: {posts: 1}}, weighted]", Self.noCache).run { system in
      let counts = try #require(system.ranking.shown?.counts)
      #expect(counts.shown > counts.pairs)
    }
  }

  /// What is dropped wrongly stays a candidate and is asked about again, where others are shown and
  /// leave: a run counts more of it than a filter takes of strangers it has never met.
  @Test func aRunCountsWhatIsDroppedWrongly() throws {
    try Self.system(
      "[{seen: {capacity: 100, falsePositives: 10%}}, chronological]", Self.noCache
    ).run { system in
      let seen = try #require(system.rankingFigures.seen)
      #expect(seen.expected > 20)
      #expect(Double(seen.taken) > 0.8 * seen.expected)
      #expect(Double(seen.taken) < 6 * seen.expected)
    }
  }

  @Test func sourcesLeaveTheNetworkAndTheLawsHold() throws {
    let ranking =
      "[{out-of-network: {posts: 40}}, trending, blocked, weighted, out-of-network-factor, "
      + "diversity, ads]"
    try Self.system(ranking).run { system in
      let network = try #require(system.rankingFigures.outOfNetwork)
      #expect(network.count > 0 && network.count < network.shown)
      let ads = try #require(system.rankingFigures.ads)
      #expect(ads.impressions > 0 && ads.revenue > 0)
      #expect(ads.impressions <= 3 * system.measurements.loadsMeasured)
      #expect(system.checkConservation().allSatisfy { $0.passed })
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0)
    }
    try Self.system("[weighted]").run { system in
      #expect(system.rankingFigures.outOfNetwork == nil && system.rankingFigures.seen == nil)
    }
  }

  /// Stages that nothing gives cause to drop anything change nothing: the run is the same, event by
  /// event.
  @Test func filtersWithoutCauseChangeNothing() throws {
    let plain = try Self.system("[weighted]").run { $0.fingerprint }
    let filtered = try Self.system(
      "[blocked, muted, hidden, visibility, geography, age, content-type, expired-stories, "
        + "{recent: {maxAge: 30d}}, integrity, weighted]"
    ).run { $0.fingerprint }
    #expect(plain == filtered)
  }

  /// Every ranker there is runs, and a run is the same twice.
  @Test(arguments: Catalog<any RankingStage>.ranking.names)
  func everyStageRuns(_ name: String) throws {
    var system = Self.system("[chronological, \(name)]")
    system.users = 120
    system.length = .seconds(300)
    let first = try system.run { system in
      #expect(system.measurements.postsShown > 0)
      #expect(system.checkConservation().allSatisfy { $0.passed })
      return system.fingerprint
    }
    #expect(try system.run { $0.fingerprint } == first)
  }
}
