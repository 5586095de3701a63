import Simulation
import Testing

@testable import FeedSystem

/// Requests in a system whose gateway is asked for more than it can do for a while.
@Suite struct RequestTests {
  /// Six pages a second where ten can be served, and 24 for half a minute.
  private func overload(_ clients: String, postsPerDay: Int = 20) -> SmallSystem {
    var system = SmallSystem()
    system.users = 300
    system.maximum = 100
    system.meanFollows = 10
    system.activity = "{postsPerDay: \(postsPerDay), loadsPerDay: 1728, activeShare: 100%}"
    system.warmUp = .seconds(60)
    system.length = .seconds(480)
    system.servers = 4
    system.yaml = """
      fanOut: {policy: push}
      sessions: {loads: 1, pages: 1}
      engagement: {likes: 0%, comments: 0%, shares: 0%}
      timelines: {lifetime: 1d}
      tiers: {gateway: {visit: constant(400ms)}}
      traffic: {spikes: [{at: 60s, for: 30s, loads: 4}]}
      \(clients)
      """
    return system
  }

  /// The shares of requests that were answered in time, of those that ended between two instants of
  /// the window.
  private func answered(
    _ system: FeedSystem, from: Duration, to: Duration
  ) -> Double {
    let length = system.clients.intervals.interval.nanoseconds
    let rows = system.clients.intervals.rows[
      Int(from.nanoseconds / length)..<Int(to.nanoseconds / length)]
    let ended = rows.reduce(0) { $0 + $1.answered + $1.failed }
    return Double(rows.reduce(0) { $0 + $1.inTime }) / Double(max(ended, 1))
  }

  private func broken(_ system: FeedSystem) -> [Check] {
    system.checkConservation().filter { !$0.passed }
  }

  /// Who keeps count changes nothing, and without time-outs nobody fails.
  @Test func countingRequestsChangesNothing() throws {
    let plain = try overload("").run { $0.fingerprint }
    try overload("clients: {}").run { system in
      #expect(system.fingerprint == plain)
      let feed = system.clients.measurements.total(.feed)
      #expect(feed.opened > 3000 && feed.answered == feed.opened && feed.failed == 0)
      #expect(feed.answered == system.measurements.loadsCompleted)
      #expect(feed.attempts == feed.opened && system.clients.measurements.wastedTime == .zero)
      let publish = system.clients.measurements.total(.publish)
      #expect(publish.answered == system.measurements.postsStored)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// Clients that ask again and again keep down a system that half a minute has overloaded, ten
  /// times as long and for as long as they come: three attempts a request are 18 a second.
  @Test func retriesWithoutBoundKeepTheSystemDown() throws {
    try overload("clients: {timeout: 2s, retries: {attempts: 3}}").run { system in
      let (before, after) = (
        answered(system, from: .seconds(5), to: .seconds(60)),
        answered(system, from: .seconds(100), to: .seconds(480))
      )
      #expect(before > 0.999 && after < 0.01, "\(before) \(after)")
      let feed = system.clients.measurements.measured(.feed)
      #expect(feed.failed(.timedOut) == feed.failed && feed.failed > 2000)
      #expect(Double(feed.attempts) > 2.5 * Double(feed.opened))
      let (wasted, all) = (
        system.clients.measurements.wastedTime, system.clients.measurements.serverTime
      )
      #expect(wasted * 2 > all)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// What bounds retries lets it recover.
  @Test(arguments: [
    "clients: {timeout: 2s}",
    "clients: {timeout: 2s, retries: {attempts: 3, budget: 10%}}",
  ]) func boundedRetriesLetItRecover(_ clients: String) throws {
    try overload(clients).run { system in
      let during = answered(system, from: .seconds(80), to: .seconds(90))
      let after = answered(system, from: .seconds(360), to: .seconds(480))
      #expect(during < 0.9 && after > 0.999, "\(during) \(after)")
      let feed = system.clients.measurements.total(.feed)
      #expect(feed.timedOut > 100)
      if clients.contains("budget") {
        let posts = system.clients.measurements.total(.publish)
        #expect(feed.denied > 100)
        #expect(10 * (feed.retries + posts.retries) <= feed.opened + posts.opened)
      }
      #expect(system.clients.measurements.withdrawn == 0)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// Where nobody works on what nobody waits for, the end of the overload is the end of it.
  @Test func whatNobodyWaitsForLeavesTheQueue() throws {
    func after(_ clients: String) throws -> (answered: Double, withdrawn: Int) {
      try overload(clients).run { system in
        let broken = broken(system)
        #expect(broken == [])
        return (
          answered(system, from: .seconds(110), to: .seconds(150)),
          system.clients.measurements.withdrawn
        )
      }
    }
    let (stays, leaves) = (
      try after("clients: {timeout: 2s}"), try after("clients: {timeout: 2s, cancels: true}")
    )
    #expect(stays.answered < 0.1 && leaves.answered > 0.99)
    #expect(stays.withdrawn == 0 && leaves.withdrawn > 200)
  }

  /// A post that is sent again is one post, though it may be there when its author believes that it
  /// is not; without a key of its own it is there as often as it was sent.
  @Test func whatIsSentAgainIsCarriedOutOnce() throws {
    let again = "timeout: 2s, retries: {attempts: 3}"
    try overload("clients: {\(again)}", postsPerDay: 300).run { system in
      let posts = system.clients.measurements.total(.publish)
      #expect(posts.doubled == 0 && posts.unacknowledged > 100)
      #expect(system.measurements.postsRepeated > 100)
      #expect(system.measurements.postsStored == posts.answered + posts.unacknowledged)
      let broken = broken(system)
      #expect(broken == [])
    }
    try overload("clients: {\(again), idempotent: false}", postsPerDay: 300).run { system in
      let posts = system.clients.measurements.total(.publish)
      #expect(posts.doubled > 100 && system.measurements.postsRepeated == 0)
      #expect(system.measurements.postsStored > posts.answered + posts.unacknowledged)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// Likes that show at once are taken back where they fail; the counters know of each once.
  @Test func likesAreTakenBack() throws {
    var system = overload(
      "clients: {timeout: 2s, retries: {attempts: 2, budget: 10%}, optimisticLikes: true}")
    system.yaml = system.yaml.replacing("likes: 0%", with: "likes: 1%")
    try system.run { system in
      let reactions = system.clients.measurements.total(.engagement)
      #expect(reactions.failed > 5 && reactions.doubled == 0)
      #expect(
        system.measurements.engagementsCounted == reactions.answered + reactions.unacknowledged)
      let likes = system.clients.measurements.measured(.engagement)
      #expect(system.clients.measurements.likesAtOnce == likes.opened)
      #expect(system.clients.measurements.likesRolledBack == likes.failed)
      // Two attempts of two seconds with a pause of at most 100 ms between them, or one.
      let longest = system.clients.measurements.likesShownWrong.maximum
      #expect(longest > 1_500_000_000 && longest <= 4_100_000_000)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// In a world what a viewer does is decided once, however often it is sent.
  @Test func whatIsSentAgainWasDecidedOnce() throws {
    var system = overload("clients: {timeout: 2s, retries: {attempts: 3}}")
    system.world = WorldSettings()
    system.yaml = system.yaml.replacing("likes: 0%", with: "likes: 2%")
    try system.run { system in
      let reactions = system.clients.measurements.total(.engagement)
      #expect(reactions.opened > 0 && reactions.retries > 0)
      #expect(reactions.attempts == reactions.opened + reactions.retries)
      #expect(system.measurements.engagementsOpened == reactions.attempts)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// Users without a page reload, and see what their clients have kept.
  @Test func reloadsAddLoadAndKeptPagesKeepUsers() throws {
    var system = overload("clients: {timeout: 2s}")
    system.yaml = system.yaml.replacing("pages: 1}", with: "pages: 1, thinkTime: constant(3s)}")
    let plain = try system.run { $0.clients.measurements.total(.feed).opened }
    system.yaml = system.yaml.replacing("2s}", with: "2s, reloads: 20%, offlineCache: {}}")
    try system.run { system in
      let feed = system.clients.measurements.measured(.feed)
      let (reloads, offline) = (
        system.clients.measurements.reloads, system.clients.measurements.offlinePages
      )
      #expect(feed.failed > 200 && abs(reloads * 5 - feed.failed) < feed.failed / 4)
      #expect(offline > 100 && offline <= feed.failed)
      #expect(system.clients.measurements.offlineAge.mean > 1e9)
      let opened = system.clients.measurements.total(.feed).opened
      #expect(opened >= plain + reloads)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// A 429 says when to come again: it is tried within the attempt, and is no failure of its own
  /// before the client gives up.
  @Test func whoIsLimitedComesAgainWhenTold() throws {
    let system = overload(
      "clients: {timeout: 5s, retries: {attempts: 3}}\n"
        + "limits: {feed: {requests: 1, per: 20s}, post: none, media: none, retries: 1}")
    try system.run { system in
      let feed = system.clients.measurements.total(.feed)
      let limit = system.limits.counts[Endpoint.feed.rawValue]
      #expect(limit.retried > 100 && limit.givenUp > 0)
      #expect(feed.failed(.limited) > 0 && feed.failed(.limited) <= limit.givenUp)
      let broken = broken(system)
      #expect(broken == [])
    }
  }

  /// Ten pages a second become forty for a minute, where twenty can be served: a backlog of 1200, a
  /// minute's wait for the last of them, and two minutes until the backlog is gone.
  @Test func aSpikeIsWorkedOffAsAFluidIs() throws {
    var system = overload("clients: {}", postsPerDay: 1)
    system.activity = "{postsPerDay: 1, loadsPerDay: 2880, activeShare: 100%}"
    system.yaml = system.yaml.replacing("400ms", with: "200ms")
      .replacing("for: 30s", with: "for: 60s")
    try system.run { system in
      // Poisson arrivals: 2400 of them have a standard deviation of 49.
      let peak = Double(system.measurements.waitingPeak[TierName.gateway.rawValue])
      #expect(abs(peak - 1200) < 250)
      let slowest = Double(system.measurements.feedLatency.maximum) / 1e9
      #expect(abs(slowest - 60) < 12.5)
      let judged = system.clients.intervals.judged()
      let length = system.clients.intervals.interval.seconds
      let slow = try #require(judged.lastIndex { $0.mean > 1500 })
      #expect(abs(Double(slow + 1) * length - 240) < 40)
      #expect(judged[judged.count - 3].mean < 1000)
    }
  }
}
