import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Feeds made before anybody asks, and pages asked for before they are wanted.
struct AheadTests {
  private struct Outcome {
    var fingerprint: UInt64
    var counts: [Int]
    var sums: [Double]
    var audit: DeliveryAudit
    var books: [MadeAhead.Books]
    var staleHits: Int
    var scrolls: (count: UInt64, sum: Double)
    var inVain: Int
  }

  private func outcome(_ yaml: String, _ fanOut: String = "{policy: push}") throws -> Outcome {
    var small = SmallSystem()
    small.users = 600
    small.maximum = 300
    small.yaml = "fanOut: \(fanOut)\n" + yaml
    return try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [], "\(yaml)")
      let (counts, sums) = EdgeTests.counts(system)
      let made = system.ahead?.made
      return Outcome(
        fingerprint: system.fingerprint, counts: counts, sums: sums,
        audit: system.auditDeliveries(),
        books: MadeAhead.Reason.allCases.map { made?.books($0) ?? MadeAhead.Books() },
        staleHits: system.ahead?.staleHits ?? 0,
        scrolls: (system.measurements.scrollWait.count, system.measurements.scrollWait.sum),
        inVain: system.measurements.pagesInVain)
    }
  }

  private static let often = "cache: {feed: {size: 50%, ttl: 120s}, prefetch: {every: 5s, "

  @Test func aThresholdThatNobodyReachesPrefetchesNothing() throws {
    let none = try outcome("cache: {feed: {size: 50%, ttl: 120s}}")
    for forecast in ["known", "learnt"] {
      let impossible = try outcome(Self.often + "forecast: \(forecast), chance: 100%}}")
      #expect(impossible.books[0].opened == 0)
      #expect(impossible.counts == none.counts && impossible.sums == none.sums)
      #expect(impossible.audit == none.audit)
    }
  }

  @Test func prefetchingFindsMoreFeedsHeldAndWastesSome() throws {
    let none = try outcome("cache: {feed: {size: 50%, ttl: 120s}}")
    for forecast in ["known", "learnt"] {
      let some = try outcome(Self.often + "forecast: \(forecast), within: 600s, chance: 25%}}")
      let all = try outcome(Self.often + "forecast: \(forecast), chance: 0%}}")
      #expect(some.books[0].used > 0 && some.books[0].wasted > 0, "\(forecast)")
      // Known rates are alike here, so some are all.
      #expect(all.counts[3] >= some.counts[3] && some.counts[3] > none.counts[3], "\(forecast)")
      #expect(all.books[0].opened >= some.books[0].opened)
      #expect(all.audit.due == none.audit.due && all.audit.lost == 0)
      #expect(all.audit.duplicate == 0)
    }
    let limited = try outcome(Self.often + "chance: 0%, forecast: known, limit: 1/s}}")
    // One a second over 35 minutes at the most.
    #expect(limited.books[0].opened > 500 && limited.books[0].opened <= 2100)
  }

  /// Viewers who are away keep what waits for their return.
  @Test func nobodyComesBackBecauseOfAPrefetch() throws {
    let hybrid = "{policy: hybrid, pushBelow: 10, pullFrom: 100, activeWindow: 10m}"
    let none = try outcome("cache: {feed: {ttl: 60s}}", hybrid)
    let all = try outcome(
      "cache: {feed: {ttl: 60s, staleFor: 30s}, prefetch: {chance: 0%, forecast: known}}", hybrid)
    #expect(all.books[0].opened > 1000)
    #expect(none.audit.lost == 0 && all.audit.lost == 0 && all.audit.duplicate == 0)
    #expect(all.audit.due == none.audit.due)
  }

  @Test func refreshingBehindShowsFeedsPastTheirTime() throws {
    let none = try outcome("cache: {feed: {size: 50%, ttl: 20s}}")
    let ahead = try outcome("cache: {feed: {size: 50%, ttl: 20s, refreshAhead: 15s}}")
    let stale = try outcome("cache: {feed: {size: 50%, ttl: 20s, staleFor: 300s}}")
    #expect(none.books[1].opened == 0 && none.staleHits == 0)
    #expect(ahead.books[1].opened > 0 && ahead.staleHits == 0)
    #expect(ahead.counts[3] >= none.counts[3])
    #expect(stale.staleHits > 0 && stale.counts[3] > none.counts[3])
    // What is shown past its time is older.
    #expect(stale.sums[1] > none.sums[1])
    for run in [ahead, stale] { #expect(run.books[1].used > 0 && run.books[1].wasted > 0) }
  }

  /// With services that take no time a held page is there before it is wanted; asked for with no
  /// post left, it is asked for when it is wanted.
  @Test func pagesAskedForAheadAreThere() throws {
    let sessions = "pages: 3, thinkTime: constant(20s)"
    let without = try outcome("sessions: {\(sessions)}")
    let atTheEnd = try outcome("sessions: {\(sessions), prefetch: 0}")
    #expect(atTheEnd.fingerprint == without.fingerprint && atTheEnd.sums == without.sums)
    #expect(without.scrolls.count == 0 && atTheEnd.scrolls.count > 100)
    // What is waited for is at least the client's 50 ms.
    #expect(atTheEnd.scrolls.sum >= 50e6 * Double(atTheEnd.scrolls.count))
    #expect(atTheEnd.inVain == 0)
    let ahead = try outcome("sessions: {\(sessions), prefetch: 5}")
    #expect(ahead.scrolls.count > 100 && ahead.scrolls.sum == 0)
    #expect(ahead.inVain > 0)
  }

  /// Every part at once, through shards with replicas, leaves and objects too.
  @Test(arguments: [
    "{policy: push}", "{policy: pull}", "{policy: hybrid, pushBelow: 20, pullFrom: 60}",
  ])
  func everyLawHoldsWithAllOfIt(_ fanOut: String) throws {
    let run = try outcome(
      """
      \(EdgeTests.world)cache:
        feed: {size: 30%, ttl: 60s, staleFor: 60s, refreshAhead: 20s}
        edge: {size: 40MB, ttl: 45s, purge: key, purgeLag: 2s}
        prefetch: {within: 300s, chance: 20%, every: 10s}
      sessions: {pages: 2.5, prefetch: 5}
      tiers: {postStore: {replicas: {count: 1, lag: constant(1s)}}}
      """, fanOut)
    #expect(run.books[0].opened > 0 && run.books[1].opened > 0 && run.inVain > 0)
    #expect(run.audit.lost == 0 && run.audit.duplicate == 0 && run.audit.due > 100)
  }

  @Test func loadsUnderWayAreCountedWhenTheRunStops() throws {
    var small = SmallSystem()
    small.users = 600
    small.maximum = 300
    small.yaml = """
      fanOut: {policy: pull}
      tiers: {postStore: {visit: constant(1s)}}
      cache: {feed: {ttl: 30s, staleFor: 60s}, prefetch: {forecast: known, chance: 0%}}
      sessions: {pages: 3, prefetch: 10}
      """
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: .start), seed: 3,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: .start..<(.start + .seconds(200)))
    system.run(until: .start + .seconds(15))
    #expect(system.loadsNobodyAskedFor() > 10)
    let broken = system.brokenLaws()
    #expect(broken == [])
  }

  @Test func aFeedIsReadOrLostOnce() {
    let made = MadeAhead(users: 4)
    for viewer: UInt32 in 0..<4 {
      made.open(viewer, .prefetch)
      #expect(made.isUnderWay(viewer))
      made.hold(viewer, until: 100)
      made.end(viewer, .prefetch, isKept: true, measuring: viewer < 2)
      #expect(!made.isUnderWay(viewer) && made.isHeld(viewer, at: 99))
    }
    made.read(0, measuring: true)
    made.read(0, measuring: true)
    made.lose(0)
    made.lose(1)
    made.lose(1)
    // Another feed comes in its place, nobody having read it.
    made.hold(2, until: 200)
    made.end(2, .refresh, isKept: true, measuring: true)
    #expect(!made.isHeld(1, at: 0) && made.isHeld(2, at: 199))
    let held = made.settle { $0 == 2 }
    #expect(held == [.refresh: 1])
    let books = made.books(.prefetch)
    #expect(books.kept == 4 && books.used == 1 && books.wasted == 3)
    let measured = made.measuredBooks(.prefetch)
    #expect(measured.kept == 2 && measured.used == 1 && measured.wasted == 1)
    #expect(made.hits(.prefetch) == 1)
  }

  @Test func ratesAreLearntFromGaps() throws {
    var parameters = try Parameters(
      SettingsFile.parse("{smoothing: 0.25, chance: 50%, within: 10s}", file: "test.yaml"))
    let settings = try PrefetchSettings(&parameters)
    let activity = try SmallSystem().audience().activity
    var forecast = LoadForecast(settings, activity)
    forecast.note(7, at: 1000)
    #expect(forecast.rate(of: 7, at: 1000) == 0)
    forecast.note(7, at: 5000)
    #expect(forecast.rate(of: 7, at: 5000) == 0.25)
    // 4 s + a quarter of the way to 12 s.
    forecast.note(7, at: 17_000)
    #expect(forecast.rate(of: 7, at: 17_000) == 1 / 6.0)
    #expect(forecast.rate(of: 7, at: 23_000) == 1 / 6.0)
    #expect(forecast.rate(of: 7, at: 27_000) == 0.1)
    #expect(abs(settings.leastRate - 0.0693147180559945) < 1e-15)
  }
}
