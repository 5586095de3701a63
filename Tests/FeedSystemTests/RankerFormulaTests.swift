import Testing

@testable import FeedSystem

/// Every scorer's formula on six posts, against figures computed apart from it.
struct RankerFormulaTests {
  /// New and unknown; an hour; a day; two days and viral; six hours and talked about; half an hour.
  private static let posts: [PostSignals] = [
    signals(0, (0, 0, 0), 0, 0, .status),
    signals(3600, (10, 2, 1), 500, 5, .photo),
    signals(86_400, (1000, 100, 50), 20_000, 100, .video),
    signals(172_800, (1_000_000, 50_000, 20_000), 50_000_000, 250, .link),
    signals(21_600, (0, 3, 0), 80, 40, .status),
    signals(1800, (37, 0, 4), 900, 1, .video),
  ]

  private static func signals(
    _ age: Double, _ counts: (UInt32, UInt32, UInt32), _ impressions: UInt32,
    _ interactions: Double, _ type: PostType
  ) -> PostSignals {
    var counters = PostCounters()
    (counters.likes, counters.comments, counters.shares) = counts
    counters.impressions = impressions
    return PostSignals(age: age, counters: counters, interactions: interactions, type: type)
  }

  private func expect(
    _ expected: [Double], _ name: String, _ score: (PostSignals) -> Double
  ) {
    for (post, value) in zip(Self.posts, expected) {
      let found = score(post)
      #expect(abs(found - value) < 1e-9, "\(name): \(found), not \(value)")
    }
  }

  @Test func timeWeighted() throws {
    let plain = try SlateBench.stage(TimeWeighted.self)
    expect(
      [
        0.6, 1.0959256725310753, 1.4853946296779599, 2.512873813125785, 0.8053196858485456,
        1.293000506223919,
      ], "time-weighted", plain.score)
    let capped = try SlateBench.stage(
      TimeWeighted.self, "{decayAs: halfLife, engagementCap: 3}")
    expect(
      [
        0.6, 1.103331162957756, 1.5000000000000002, 1.35, 0.8425770651579314, 1.2967691166092874,
      ], "time-weighted, a half-life and a cap", capped.score)
  }

  @Test func weighted() throws {
    let plain = try SlateBench.stage(Weighted.self)
    expect(
      [
        0.4, 1.219167932863159, 2.669885210509048, 4.620398270526304, 1.056771805750432,
        1.4901308074839141,
      ], "weighted", plain.score)
    let half = try SlateBench.stage(Weighted.self, "{decayAs: halfLife}")
    expect(
      [
        0.4, 1.221680339786738, 2.7101156590986135, 4.673246494057728, 1.0705746619984624,
        1.491398136114423,
      ], "weighted, a half-life", half.score)
    // The seed's defect: a million likes weigh 4.14, all of recency .4.
    var viral = PostSignals()
    viral.likes = 1e6
    let engagement = plain.score(viral) - plain.score(PostSignals())
    #expect(abs(engagement - 4.14) < 0.01)
    let capped = try SlateBench.stage(Weighted.self, "{engagementCap: 2}")
    let bounded = capped.score(viral) - capped.score(PostSignals())
    #expect(abs(bounded - 0.6) < 1e-12)
  }

  /// The checklist's table: e-folding times and the half-lives that the seeds call them.
  @Test func decaysAsTheSeedsWriteAndAsTheySay() {
    let day = Decay(.seconds(86_400), as: .halfLife)
    let twoDays = Decay(.seconds(172_800), as: .halfLife)
    #expect(abs(twoDays.eFoldingSeconds / 3600 - 69.25) < 0.005)
    #expect(abs(day.eFoldingSeconds / 3600 - 34.62) < 0.006)
    #expect(abs(day(86_400) - 0.5) < 1e-12)
    let written = Decay(.seconds(172_800))
    #expect(abs(written(33.271 * 3600) - 0.5) < 1e-5)
    #expect(written(-5) == 1)
  }

  @Test func s1Light() throws {
    expect(
      [
        0.325, 0.495800315393611, 0.7758314582507132, 0.6905109055748251, 0.42816404444523104,
        0.5585989681248622,
      ], "s1-light", try SlateBench.stage(S1Light.self).score)
  }

  @Test func instagram() throws {
    let ranker = try SlateBench.stage(Instagram.self)
    let interests = [0.5, 0.75, 0.2, 0.9, 0.6, 0.35]
    let expected = [
      0.54, 0.6272973642772846, 0.4769698602928606, 0.6638338208091532, 0.5997001957678513,
      0.48434554533281005,
    ]
    let viewer = Instagram.Viewer(loadsPerDay: 15, follows: 200)
    for (index, post) in Self.posts.enumerated() {
      let score = ranker.score(post, interest: interests[index], viewer)
      #expect(abs(score - expected[index]) < 1e-9)
    }
  }

  @Test func edgeRank() throws {
    expect(
      [
        0.01, 0.6282981763888842, 7.1958957586266665, 2.9806278114279787, 0.44877670397741176,
        0.3711991364144887,
      ], "edgerank", try SlateBench.stage(EdgeRank.self).score)
  }

  @Test func hackerNews() throws {
    expect(
      [0, 0.8733367617740254, 0.7129317786575009, 55.18918645844862, 0, 3.4535787517318597],
      "hacker-news", try SlateBench.stage(HackerNews.self).score)
  }

  @Test func reddit() throws {
    let ranker = try SlateBench.stage(Reddit.self)
    expect(
      [11.1111111, 12.0725038, 12.1915452, 13.2711115, 10.6311111, 12.6508947], "reddit"
    ) { ranker.score(votes: 1 + $0.likes, seconds: 500_000 - $0.age) }
    // More votes down than up: the younger, the worse.
    expect(
      [11.5882324, -10.1860131, -6.192416, -1.2711124, 11.1082324, -9.5396322], "reddit, voted down"
    ) { ranker.score(votes: 3 - $0.likes, seconds: 500_000 - $0.age) }
    #expect(ranker.score(votes: 0, seconds: 500_000) == 0)
  }

  @Test func earlybird() throws {
    let ranker = try SlateBench.stage(Earlybird.self)
    expect(
      [
        0.9928055160151634, 3.5889181129115952, 4.829051625509673, 8.92990208461437,
        1.9090354888959127, 4.690436138731703,
      ], "earlybird", ranker.score)
    // Half of what can be lost is lost at the half-life.
    #expect(abs(ranker.decay(6 * 3600) - 0.8) < 1e-12)
  }

  @Test func weightsOverObservedRates() throws {
    expect(
      [
        0.6441300000000001, 0.6441300000000001, 0.6730928712871288, 0.6020301683993264,
        0.7699157142857144, 0.6108345454545455,
      ], "x-2023-heavy", try SlateBench.stage(X2023Heavy.self).score)
    expect(
      [
        0.029260000000000015, 0.03176000000000002, 0.05205702970297032, 0.012660066399734413,
        0.07368857142857144, 0.026032727272727284,
      ], "x-2026-phoenix", try SlateBench.stage(X2026Phoenix.self).score)
  }

  @Test func weightsOverProbabilities() {
    let probabilities: [[Action: Double]] = [
      [:], Dictionary(uniqueKeysWithValues: Action.allCases.map { ($0, 1.0) }),
      [
        .like: 0.1, .comment: 0.01, .share: 0.02, .report: 0.001, .hide: 0.002, .follow: 0.003,
        .click: 0.2,
      ],
      [.like: 0.05, .report: 0.5], [.hide: 1, .mute: 1, .block: 1, .report: 1],
      [.hide: 0.01, .like: 0.3, .copyLink: 0.02, .authorReply: 0.01, .profileClick: 0.03],
    ]
    let heavy = [0.001, 0.0001605173258712651, 1.889, 0.0005774461829106326, 0, 0.521]
    let phoenix = [
      0.001, 0.00010044096031357178, 0.0008992934835864772, 0.0006129960803527683, 0, 0.119,
    ]
    for (index, table) in probabilities.enumerated() {
      let first = ActionWeights.x2023Heavy.score { table[$0] ?? 0 }
      let second = ActionWeights.x2026Phoenix.score { table[$0] ?? 0 }
      #expect(abs(first - heavy[index]) < 1e-9, "x-2023-heavy \(index)")
      #expect(abs(second - phoenix[index]) < 1e-9, "x-2026-phoenix \(index)")
    }
    #expect(abs(ActionWeights.x2023Heavy.total - 704.005) < 1e-9)
    #expect(abs(ActionWeights.x2026Phoenix.negative - 367.2) < 1e-9)
    #expect(ActionWeights.named("x-2026-phoenix") == ActionWeights.x2026Phoenix)
    #expect(ActionWeights.named("x-2024") == nil)
  }

  /// Whatever a sum is, a greater one has a score at least as great, and none is below 0.
  @Test func theOffsetKeepsTheOrder() {
    for weights in ActionWeights.all {
      var last = -1.0
      for step in 0...4000 {
        let sum = -weights.negative + Double(step) * (weights.negative + 1) / 4000
        let score = weights.offset(sum)
        #expect(score >= 0 && score >= last - 1e-15)
        last = score
      }
    }
  }

  /// S2.17's frequency and following are constants of the viewer: a fifth of the weight that cannot
  /// change any order.
  @Test func twoTermsOfInstagramChangeNoOrder() throws {
    let bench = try SlateBench(ranking: "[instagram]")
    for index in 0..<60 {
      bench.post(by: UInt32(index % 7) + 1, at: Int64(index) * 600_000) { _ in }
    }
    for post in 0..<60 { bench.state.noteReaction(of: 0, to: 0, topic: UInt8(post % 9), at: 0) }
    let slate = (0..<60).map { SlateBench.Entry(id: UInt32($0)) }
    func order(_ settings: String) throws -> [UInt32] {
      let ranker = try SlateBench.stage(Instagram.self, settings)
      let scored = bench.apply([ranker], to: slate, now: 40_000_000).entries
      return scored.sorted { ($0.score, $0.id) > ($1.score, $1.id) }.map(\.id)
    }
    let plain = try order("{}")
    #expect(try order("{frequency: 0, following: 0}") == plain)
    #expect(try order("{recency: 0, interest: 0}") != plain)
  }
}
