import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Feeds held too long, never read, or holding a post twice: S1's and S2's mistakes.
struct HeldFeedTests {
  private struct Outcome {
    var pages: Int
    var stale: Int
    var hidden: Int
    var hits: Int
    var misses: Int
    var audit: DeliveryAudit
  }

  private func outcome(
    _ feed: String, fanOut: String = "{policy: hybrid, pushBelow: 50, pullFrom: 300}"
  ) throws -> Outcome {
    var small = SmallSystem()
    small.yaml = "fanOut: \(fanOut)\ncache: {feed: {size: 50%, \(feed)}}"
    return try small.run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let held = (
        system.measurements.heldFeeds.pages, system.measurements.heldFeeds.stalePages,
        system.measurements.heldFeeds.hidden
      )
      return Outcome(
        pages: held.0, stale: held.1, hidden: held.2, hits: system.measurements.feedCacheHits,
        misses: system.measurements.feedCacheMisses, audit: system.auditDeliveries())
    }
  }

  @Test func nothingIsHiddenWhereDeliveriesDropFeedsAndFlagsAreRead() throws {
    let run = try outcome("invalidate: always, newPosts: {read: true}")
    #expect(run.pages > 1000)
    #expect(run.hits > 100)
    #expect(run.stale == 0)
    #expect(run.hidden == 0)
  }

  @Test(arguments: [
    "newPosts: {read: false}", "newPosts: {read: true}, invalidate: pushedToAll",
    "newPosts: {read: true}, invalidate: never",
  ])
  func eachMistakeHidesPosts(_ feed: String) throws {
    let run = try outcome(feed)
    #expect(run.stale > 20, "\(run.stale)")
    #expect(run.hidden > 10, "\(run.hidden)")
    #expect(run.hidden < run.audit.due)
    #expect(run.audit.lost == 0)
    #expect(run.audit.duplicate == 0)
  }

  /// The flag is no use to a feed that outlives it.
  @Test func aFlagThatFallsBeforeTheFeedHidesPosts() throws {
    let long = try outcome("ttl: 15m, newPosts: {read: true, ttl: 1h}")
    let short = try outcome("ttl: 15m, newPosts: {read: true, ttl: 1s}")
    #expect(long.stale == 0)
    #expect(short.stale > 20, "\(short.stale)")
  }

  @Test func aCacheThatIsNeverReadAnswersNobody() throws {
    let run = try outcome("read: false")
    #expect(run.hits == 0)
    #expect(run.misses > 1000)
    #expect(run.stale == 0)
  }

  /// One post goes to all, and nothing drops a feed: whoever holds one and looks again before it is
  /// too old is shown a page without the post. Counted from the viewers' rows.
  @Test func hiddenPairsAreThoseWhoLookAgain() throws {
    var small = SmallSystem()
    small.users = 1500
    small.celebrities = [Celebrity(name: "star", followers: .count(1200))]
    small.activity = "{postsPerDay: 0.001, loadsPerDay: 20, activeShare: 100%}"
    small.yaml = """
      fanOut: {policy: push}
      sessions: {loads: 1, pages: 1}
      cache: {feed: {size: 100%, ttl: 24h, invalidate: never}}
      traffic: {posts: [{at: 2h, by: star}]}
      """
    small.length = .seconds(5 * 3600)
    let audience = try small.audience()
    small.given = audience
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: small.seed,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<(opens + small.length))
    let posted = opens + .seconds(2 * 3600)
    system.run(until: posted)
    let star = audience.graph.followers(of: 0)
    let holding = star.filter { system.timelines.cached.contains($0) }
    #expect(holding.count > 500)
    system.run(until: posted + .seconds(10))
    let arrived = system.nowMilliseconds
    let between = holding.filter {
      Int64(system.timelines.viewer($0).pointee.lastLoadMilliseconds)
        > posted.nanoseconds / 1_000_000
    }
    #expect(between.count < 20)
    system.run(until: opens + small.length)
    let again = holding.filter {
      Int64(system.timelines.viewer($0).pointee.lastLoadMilliseconds) > arrived
    }
    #expect(again.count > 200)
    let hidden = system.measurements.heldFeeds.hidden
    #expect(hidden >= again.count && hidden <= again.count + between.count, "\(hidden)")
    #expect(system.measurements.heldFeeds.stalePages >= hidden)
  }

  @Test func whatComesTwiceIsShownTwiceUnlessItIsTakenOut() throws {
    func shown(_ deduplicates: Bool) throws -> (shown: Int, twice: Int, audit: DeliveryAudit) {
      var small = SmallSystem()
      small.yaml = """
        fanOut: {policy: hybrid, pushBelow: 30, pullFrom: 400, middleTier: activeAndPulled}
        feed: {deduplicate: \(deduplicates)}
        """
      return try small.run { system in
        (
          system.measurements.heldFeeds.shown, system.measurements.heldFeeds.shownTwice,
          system.auditDeliveries()
        )
      }
    }
    let naive = try shown(false)
    let right = try shown(true)
    #expect(naive.twice > naive.shown / 20, "\(naive)")
    #expect(right.shown > 1000)
    #expect(right.twice == 0)
    #expect(naive.audit.duplicateByPlan > 1000)
    #expect(right.audit.duplicateByPlan > 1000)
  }
}
