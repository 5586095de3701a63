import Simulation
import Testing

@testable import FeedSystem

/// Authors whose plan changes in mid-run: every post by the plan it was stored under.
struct PlanHistoryTests {
  private static let seeds = 1...200 as ClosedRange<UInt64>
  private static let plans: [FanOutPlan] = [.push, .pull, .pushToActive, .pushToSome]

  /// Against an array that says the plan of every post.
  @Test func isWhatAListOfAllPostsSays() {
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed, purpose: 11)
      var history = PlanHistory()
      var written: [(author: UInt32, plan: FanOutPlan)] = []
      var now = [FanOutPlan](repeating: .push, count: 3)
      var latest = [UInt32](repeating: PostStore.none, count: 3)
      for _ in 0..<60 {
        let author = UInt32(stream.below(3))
        if stream.below(2) == 0 {
          latest[Int(author)] = UInt32(written.count)
          written.append((author, now[Int(author)]))
        } else {
          let plan = Self.plans[Int(stream.below(4))]
          let isAnother = history.change(
            author, to: plan, after: latest[Int(author)], first: .push, users: 3)
          #expect(isAnother == (plan != now[Int(author)]))
          now[Int(author)] = plan
        }
      }
      for author in 0..<UInt32(3) {
        let spans = history.spans(of: author, first: .push)
        #expect(history.plan(of: author, at: .max, first: .push) == now[Int(author)])
        #expect(spans.last?.posts.lowerBound == 0 && spans.first?.posts.upperBound == .max)
        for (newer, older) in zip(spans, spans.dropFirst()) {
          #expect(newer.posts.lowerBound == older.posts.upperBound && newer.plan != older.plan)
        }
        let posts = written.count { $0.author == author }
        #expect(spans.count <= posts + 1)
      }
      for (post, record) in written.enumerated() {
        let author = record.author
        #expect(history.plan(of: author, at: UInt32(post), first: .push) == record.plan)
        // Whether anything pulled is left from here on, by the list.
        guard history.hasChanged(author) else { continue }
        let later = written[post...].contains { $0.author == author && $0.plan == .pull }
        let holds = history.holds(of: author, from: UInt32(post), first: .push) { $0 == .pull }
        #expect(holds == (later || now[Int(author)] == .pull))
      }
    }
  }

  /// A system in which `step` may change plans every so often, run to its end.
  private func run<Value>(
    _ small: SmallSystem, every pause: Duration = .seconds(20),
    _ step: (FeedSystem, inout RandomStream) -> Void,
    _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let closes = opens + small.length
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: small.seed,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<closes)
    system.resize(to: Fleet { $0 == .postStore ? 16 : 2 })
    var stream = RandomStream(seed: small.seed, purpose: 12)
    var time = Instant.start + pause
    while time < closes {
      system.run(until: time)
      step(system, &stream)
      time = time + pause
    }
    system.run(until: closes)
    system.drain(until: closes + .seconds(36_000))
    return try look(system)
  }

  private func small(_ fanOut: String, seed: UInt64, _ more: String = "") -> SmallSystem {
    var small = SmallSystem()
    small.users = 120
    small.meanFollows = 10
    small.maximum = 80
    small.seed = seed
    // Jobs of a few followers and slow workers: plans change while entries are under way.
    small.yaml = """
      fanOut: {\(fanOut), batch: 3}
      timelines: {lifetime: 1h, capacity: 4096, read: 4096}
      feed: {perAuthor: 1000}
      cache: {feed: {ttl: 20s}}
      tiers: {fanOutWorkers: {visit: exponential(mean 300ms)}}
      \(more)
      """
    small.activity = "{postsPerDay: 400, loadsPerDay: 800, activeShare: 80%}"
    small.warmUp = .seconds(60)
    small.length = .seconds(400)
    return small
  }

  private static let policies = [
    "policy: push", "policy: hybrid, pushBelow: 10, pullFrom: 10",
    "policy: hybrid, pushBelow: 5, pullFrom: 30, activeWindow: 40s",
    "policy: hybrid, pushBelow: 5, pullFrom: 30, middleTier: topFollowers, topFollowers: 4",
    "policy: per-edge-optimal",
  ]
  private static let bus = """
    pipeline: {bus: {partitions: 2, consume: exponential(mean 400ms)}}
    """

  /// Each post of each followed author once, as a reader finds it.
  private func expectAllReadable(_ system: FeedSystem, _ label: String) {
    let ids = system.posts.oldestLive..<UInt32(system.posts.count)
    for viewer in 0..<UInt32(system.audience.graph.userCount) {
      let (timeline, authors, _) = system.collect(for: viewer, ids: ids, kept: ids)
      let found = (0..<(timeline + authors)).map { system.scratch.ids[$0] }.sorted()
      var due: [UInt32] = []
      let followees = Set(system.audience.graph.followees(of: viewer))
      for post in ids where followees.contains(system.posts[post].author) { due.append(post) }
      #expect(found == due, "viewer \(viewer), \(label)")
    }
  }

  /// Push, pull and per follower, at random and again and again: all of it delivered, and nothing
  /// twice, in the books and as readers find it; also while posts wait on a slow event bus.
  @Test(arguments: policies, ["", bus])
  func nothingIsLostOrDoubled(_ policy: String, _ more: String) throws {
    for seed in UInt64(1)...6 {
      let isBinary = !policy.contains("activeWindow")
      var changes = 0
      try run(small(policy, seed: seed, more)) { system, stream in
        for _ in 0..<20 {
          let author = UInt32(stream.below(120))
          var choices: [FanOutPlan] = [.push, .pull]
          if case .split = system.classes.edges { choices.append(.pushToSome) }
          if !isBinary { choices.append(.pushToActive) }
          let plan = choices[Int(stream.below(UInt64(choices.count)))]
          changes += system.change(plan, of: author) ? 1 : 0
        }
      } _: { system in
        let label = "\(policy), seed \(seed)"
        #expect(changes > 100)
        let broken = system.brokenLaws()
        #expect(broken == [], "\(label)")
        let audit = system.auditDeliveries()
        #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0, "\(label)")
        #expect(audit.viewersAffected == 0 && audit.exact, "\(label)")
        let plans = Set(
          (UInt32(system.historyCount)..<UInt32(system.posts.count)).map {
            system.plan(ofPost: $0)
          })
        #expect(plans.count >= 2)
        var due = 0
        for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
          due += system.audience.graph.followerCount(of: system.posts[post].author)
        }
        #expect(audit.due == due && due > 1000)
        if isBinary { expectAllReadable(system, label) }
      }
    }
  }

  /// Follower counts that cross both thresholds, told to the policy.
  @Test(arguments: ["active", "topFollowers, topFollowers: 4", "activeAndPulled", "nobody"])
  func crossingThresholds(_ middle: String) throws {
    let policy = "policy: hybrid, pushBelow: 8, pullFrom: 30, activeWindow: 60s, middleTier: "
    try run(small(policy + middle, seed: 3)) { system, stream in
      for _ in 0..<10 {
        let author = UInt32(stream.below(120))
        let followers = Int(stream.below(60))
        system.replan(author, followers: followers)
        let expected = system.design.fanOut.plan(followers: followers)
        let now = system.plan(ofNextPostBy: author)
        #expect(now == expected)
      }
    } _: { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let audit = system.auditDeliveries()
      // The two mistakes are told by the posts that were stored under them.
      var lost = 0
      for post in 0..<UInt32(system.posts.count)
      where system.posts[post].measured != 0 && system.plan(ofPost: post) == .nobody {
        lost += system.audience.graph.followerCount(of: system.posts[post].author)
      }
      #expect(audit.lost == lost && audit.lostByPlan == lost)
      #expect((lost > 0) == (middle == "nobody"))
      #expect((audit.duplicate > 0) == (middle == "activeAndPulled"))
      #expect(audit.duplicate == audit.duplicateByPlan && audit.exact)
    }
  }

  /// Asking the policy for what it has said already changes nothing, event by event.
  @Test func theSamePlanIsNoChange() throws {
    let policy = "policy: hybrid, pushBelow: 5, pullFrom: 30, activeWindow: 40s"
    func trace(_ step: (FeedSystem, inout RandomStream) -> Void) throws -> UInt64 {
      try run(small(policy, seed: 5), step) { system in
        #expect(system.plans.isEmpty)
        return system.fingerprint
      }
    }
    let still = try trace { _, _ in }
    let asked = try trace { system, _ in
      for author in 0..<UInt32(120) {
        let followers = system.audience.graph.followerCount(of: author)
        let isAnother = system.replan(author, followers: followers)
        #expect(!isAnother)
      }
    }
    #expect(still == asked)
  }

  /// Three posts, pushed, pulled and pushed, 20 followers at a second each: the second goes to
  /// nobody's timeline, the third waits behind the first, and a post that has left its author
  /// before the change but is stored after it has the new plan.
  @Test func aPostIsDeliveredByThePlanItWasStoredUnder() throws {
    var fanOut = FanOutSystem()
    fanOut.posts = [(0, 0), (0, 10), (0, 12)]
    let whole = try fanOut.run { $0.delivered }
    #expect(whole == 60)
    try fanOut.run(until: 5) { system in
      #expect(system.delivered == 5)
      system.change(.pull, of: 0)
      system.run(until: .start + .seconds(11))
      system.change(.push, of: 0)
      system.run(until: .start + .seconds(30))
      #expect(system.delivered == 30)
      #expect(system.planSpans(of: 0).map(\.posts) == [2..<UInt32.max, 1..<2, 0..<1])
      system.drain(until: .start + .seconds(9000))
      #expect(system.delivered == 40)
      let audit = system.auditDeliveries()
      #expect(audit.due == 60 && audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Half of the posts pushed and half pulled cost the mean of the two.
  @Test func regretGoesByThePosts() throws {
    let costs = "costs: {push: 3, pull: 2}, policy: "
    let drawn = WrittenAudience.drawn(users: 12, chance: 0.5, seed: 4)
    let context = FanOutContext(drawn.audience, push: 3, pull: 2)
    let pushed = try context.classes(costs + "push")
    var mixes: PlanMixes = [:]
    for author in 0..<UInt32(12) {
      mixes[author] = [(plan: .push, share: 0.25), (plan: .pull, share: 0.75)]
    }
    let mixed = context.cost(of: pushed, mixes)
    let expected = 0.25 * context.cost(of: pushed) + 0.75 * (try context.cost(costs + "pull"))
    #expect(abs(mixed / expected - 1) < 1e-12)
  }
}
