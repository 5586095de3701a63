import Simulation
import Testing

@testable import FeedSystem

/// Eligibility filters against a reading of the same rules on sets of pairs, and what a bloom
/// filter takes for seen against theory.
struct FilterTests {
  private typealias Entry = SlateBench.Entry
  private static let users: UInt32 = 10
  private static let day: Int64 = 86_400_000

  /// Who follows, mutes, blocks and hides is drawn; posts are of all kinds and up to three days
  /// old.
  private struct Crowd {
    let bench: SlateBench
    var follows: Set<UInt64> = []
    var muted: Set<UInt64> = []
    var blocked: Set<UInt64> = []
    var hidden: Set<UInt64> = []

    static func pair(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }

    init() throws {
      var stream = RandomStream(seed: 3, purpose: 9)
      var edges: [(UInt32, UInt32)] = []
      for viewer in 0..<users {
        for author in 0..<users where viewer != author && stream.below(2) == 0 {
          edges.append((viewer, author))
        }
      }
      bench = try SlateBench(users: Int(users), follows: edges)
      for index in 0..<200 {
        bench.post(by: UInt32(stream.below(10)), at: Int64(index) * 1_296_000) { post in
          post.type = PostType.allCases[Int(stream.below(4))]
          post.visibility = PostVisibility.allCases[Int(stream.below(4))]
          post.leastAge = stream.below(3) == 0 ? 40 : 0
          post.marks = UInt8(stream.below(4))
        }
      }
      // The graph moves: some of the follows end, others begin.
      for step in 0..<40 {
        let (viewer, author) = (UInt32(stream.below(10)), UInt32(stream.below(10)))
        if viewer == author { continue }
        switch step % 4 {
        case 0: _ = bench.follows.end(viewer, author, from: 100)
        case 1: _ = bench.follows.begin(viewer, author, from: 100)
        case 2 where bench.follows.mute(author, by: viewer): muted.insert(Self.pair(viewer, author))
        case 3 where bench.follows.block(viewer, author):
          blocked.insert(Self.pair(viewer, author))
          blocked.insert(Self.pair(author, viewer))
        default: break
        }
        let post = UInt32(stream.below(200))
        bench.state.hide(post, from: viewer)
        hidden.insert(Self.pair(viewer, post))
      }
      for viewer in 0..<users {
        for author in bench.follows.followees(of: viewer) {
          follows.insert(Self.pair(viewer, author))
        }
      }
    }

    /// Whether a post may be shown, rule by rule.
    func passes(_ name: String, _ id: UInt32, _ viewer: UInt32, _ now: Int64) -> Bool {
      let post = bench.posts[id]
      let traits = bench.posts.traits(of: id)
      let age = now - Int64(post.storedMilliseconds)
      let isFriend =
        follows.contains(Self.pair(viewer, post.author))
        && follows.contains(Self.pair(post.author, viewer))
      switch name {
      case "blocked": return !blocked.contains(Self.pair(viewer, post.author))
      case "muted": return !muted.contains(Self.pair(viewer, post.author))
      case "hidden": return !hidden.contains(Self.pair(viewer, id))
      case "recent": return age <= 2 * day
      case "expired-stories": return traits.marks & 1 == 0 || age < day
      case "age": return bench.world.viewer(viewer).age >= traits.leastAge
      case "content-type": return traits.type == .photo || traits.type == .link
      case "geography": return traits.country == bench.world.viewer(viewer).country
      case "visibility":
        if viewer == post.author || traits.visibility == .everyone { return true }
        return traits.visibility == .friends && isFriend
      default: return true
      }
    }
  }

  private static func stages() throws -> [(name: String, stage: any RankingStage)] {
    [
      (Blocked.name, try SlateBench.stage(Blocked.self)),
      (Muted.name, try SlateBench.stage(Muted.self)),
      (Hidden.name, try SlateBench.stage(Hidden.self)),
      (Recent.name, try SlateBench.stage(Recent.self)),
      (ExpiredStories.name, try SlateBench.stage(ExpiredStories.self)),
      (AgeRating.name, try SlateBench.stage(AgeRating.self)),
      (ContentType.name, try SlateBench.stage(ContentType.self, "{types: [photo, link]}")),
      (Geography.name, try SlateBench.stage(Geography.self, "{restricted: 100%}")),
      (VisibilityFilter.name, try SlateBench.stage(VisibilityFilter.self)),
    ]
  }

  @Test func equalToNaiveReadingsOnRandomSlates() throws {
    let crowd = try Crowd()
    let stages = try Self.stages()
    var stream = RandomStream(seed: 4, purpose: 1)
    var dropped = [Int](repeating: 0, count: stages.count)
    var wrong = 0
    for round in 0..<Self.slates {
      let viewer = UInt32(stream.below(UInt64(Self.users)))
      let now = 2 * Self.day + Int64(stream.below(UInt64(Self.day)))
      var slate: [Entry] = []
      for _ in 0..<stream.below(14) {
        let id = UInt32(stream.below(200))
        // Half of a list's friends see what it is for: told apart below.
        if crowd.bench.posts.traits(of: id).visibility == .list { continue }
        slate.append(Entry(id: id, score: Float(stream.below(3))))
      }
      let (name, stage) = stages[round % stages.count]
      let left = crowd.bench.apply([stage], to: slate, viewer: viewer, now: now).entries
      let expected = slate.filter { crowd.passes(name, $0.id, viewer, now) }
      wrong += left == expected ? 0 : 1
      dropped[round % stages.count] += slate.count - expected.count
    }
    #expect(wrong == 0)
    for (place, stage) in stages.enumerated() { #expect(dropped[place] > 0, "\(stage.name)") }
  }

  private static var slates: Int {
    #if DEBUG
      5000
    #else
      100_000
    #endif
  }

  @Test func halfOfTheFriendsAreOnAList() throws {
    var edges: [(UInt32, UInt32)] = []
    for viewer in 1..<UInt32(400) {
      edges.append((0, viewer))
      edges.append((viewer, 0))
    }
    let bench = try SlateBench(users: 400, follows: edges)
    let author = bench.follows.graph.firstWithFewer(than: 399) - 1
    let post = bench.post(by: author, at: 0) { $0.visibility = .list }
    let filter = try SlateBench.stage(VisibilityFilter.self)
    var seen = 0
    for viewer in 0..<UInt32(400) where viewer != author {
      seen += bench.apply([filter], to: [Entry(id: post)], viewer: viewer).entries.count
    }
    // Binomial: three deviations of 10.
    #expect(abs(seen - 200) < 30)
  }

  @Test func aBloomFilterTakesAsManyStrangersAsTheorySays() {
    let (viewers, capacity, asked) = (Self.viewers, 1000, 20_000)
    let shown = ShownPosts(users: viewers, recent: 10, seed: 8)
    shown.filter(capacity: capacity, falsePositives: 0.005)
    var (taken, missed, expected) = (0, 0, 0.0)
    for viewer in 0..<UInt32(viewers) {
      for post in 0..<UInt32(2 * capacity) { shown.note(post, to: viewer, at: 0) }
      for post in 0..<UInt32(2 * capacity) {
        missed += shown.isTakenForSeen(post, by: viewer) ? 0 : 1
      }
      expected += shown.falsePositives(of: viewer) * Double(asked)
      for stranger in 0..<UInt32(asked) {
        taken += shown.isTakenForSeen(1_000_000 + stranger, by: viewer) ? 1 : 0
      }
    }
    #expect(missed == 0, "a member is never missed")
    let rate = Double(taken) / Double(viewers * asked)
    let theory = expected / Double(viewers * asked)
    #expect(abs(theory - 0.005) < 0.0003, "two full generations have the rate that was asked for")
    let deviation = (theory * (1 - theory) / Double(viewers * asked)).squareRoot()
    #expect(abs(rate - theory) < 3 * deviation, "\(rate) for \(theory)")
    // 12.5 bits a post in each of two generations.
    #expect(shown.bytesPerViewer < 2 * capacity * 13 / 8 + 200)
  }

  private static var viewers: Int {
    #if DEBUG
      10
    #else
      50
    #endif
  }

  @Test func aFilterForgetsTheOldestGenerationOnly() {
    let shown = ShownPosts(users: 1, recent: 4, seed: 8)
    shown.filter(capacity: 100, falsePositives: 0.000_01)
    for post in 0..<UInt32(250) { shown.note(post, to: 0, at: Int64(post)) }
    for post in 100..<UInt32(250) { #expect(shown.isTakenForSeen(post, by: 0)) }
    let kept = (0..<UInt32(100)).count { shown.isTakenForSeen($0, by: 0) }
    #expect(kept == 0)
    #expect(shown.wasShown(3, to: 0))
    #expect(shown.isAmongLast(4, 246, of: 0) && !shown.isAmongLast(4, 245, of: 0))
    #expect(!shown.isAmongLast(3, 246, of: 0))
    #expect(shown.isAmongLast(4, 248, of: 0, after: 247))
    #expect(!shown.isAmongLast(4, 247, of: 0, after: 247))
  }

  @Test func theServedAreLeftOutForTenMinutes() throws {
    let bench = try SlateBench(ranking: "[{served: {posts: 3}}]", page: 2)
    for index in 0..<8 { bench.post(by: 1, at: Int64(index)) { _ in } }
    let shown = try #require(bench.state.shown)
    for id in 0..<UInt32(4) { shown.note(id, to: 0, at: Int64(id) * 100_000) }
    let served = try SlateBench.stage(Served.self, "{posts: 3}")
    let slate = (0..<UInt32(8)).map { Entry(id: $0) }
    func left(_ now: Int64, offset: Int = 0) -> [UInt32] {
      bench.apply([served], to: slate, now: now, offset: offset).entries.map(\.id)
    }
    #expect(left(400_000) == [0, 4, 5, 6, 7])
    // The one shown at 100 s is served again after 700 s.
    #expect(left(700_001) == [0, 1, 4, 5, 6, 7])
    // A feed that has shown two posts goes on behind them.
    #expect(left(400_000, offset: 2) == [0, 2, 3, 4, 5, 6, 7])
  }
}
