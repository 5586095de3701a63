import Simulation
import Testing

@testable import FeedSystem

/// What must hold for any changes of any graph, over 200 seeds each.
struct FollowRelationTests {
  private static let seeds = 1...200 as ClosedRange<UInt64>

  private static let policies = [
    "{policy: push, batch: 2}", "{policy: pull}", "{pushBelow: 3, pullFrom: 3, batch: 3}",
    "{pushBelow: 2, pullFrom: 6, activeWindow: 10s}", "{policy: per-edge-optimal}",
    "{policy: lossy, limit: 2}",
    "{policy: adaptive, start: 3, objective: 2s, every: 5s, batch: 2}",
  ]

  private struct Pair: Hashable {
    var viewer: UInt32
    var author: UInt32
  }

  /// Eight users, forty posts and sixty changes at random seconds, with slow workers.
  private func drawn(_ seed: UInt64, _ fanOut: String) -> FollowSystem {
    var stream = RandomStream(seed: seed, purpose: 0x666f)
    var system = FollowSystem(follows: [], users: 8)
    for viewer in 0..<8 as Range<UInt32> {
      for author in 0..<8 as Range<UInt32> where viewer != author && stream.below(3) == 0 {
        system.follows.append((viewer, author))
      }
    }
    system.fanOut = fanOut
    system.cache = "{feed: {size: 50%, ttl: 5s}}"
    system.timelines = stream.below(2) == 0 ? "{backFill: 3}" : "{onUnfollow: hide}"
    system.worker = "{visit: 'exponential(mean 1s)', perUnit: 500ms}"
    system.workers = 1 + Int(stream.below(4))
    system.loads = (0..<8).map { _ in stream.uniform() * 0.2 }
    system.seed = seed
    for seconds in 1...99 as ClosedRange<Int64> {
      let draw = stream.below(20)
      let one = UInt32(stream.below(8))
      let other = UInt32(stream.below(8))
      if draw < 8 {
        system.acts.append((seconds: seconds, act: .posts(one)))
      } else if one != other {
        let change: FollowChange =
          draw < 13 ? .follow : draw < 18 ? .unfollow : draw < 19 ? .mute : .block
        system.acts.append((seconds: seconds, act: .does(change, one, other)))
      }
    }
    return system
  }

  /// The pairs due by a count that knows nothing of the system: a set of follows, changed act by
  /// act.
  private func due(_ system: FollowSystem) -> Int {
    var held: Set<Pair> = []
    let graph = system.audience.graph
    for author in 0..<8 as Range<UInt32> {
      for viewer in graph.followers(of: author) {
        held.insert(Pair(viewer: viewer, author: author))
      }
    }
    var blocked: Set<Pair> = []
    var due = 0
    for (_, act) in system.acts {
      switch act {
      case .posts(let author): due += held.count { $0.author == author }
      case .does(let change, let viewer, let other):
        let pair = Pair(viewer: viewer, author: other)
        let back = Pair(viewer: other, author: viewer)
        switch change {
        case .follow: if !blocked.contains(pair) { held.insert(pair) }
        case .unfollow: held.remove(pair)
        case .mute: break
        case .block:
          held.subtract([pair, back])
          blocked.formUnion([pair, back])
        }
      }
    }
    return due
  }

  @Test(arguments: policies)
  func nothingIsLostOrDoubled(_ fanOut: String) throws {
    var written = 0
    var filled = 0
    var all = 0
    for seed in Self.seeds {
      let drawn = drawn(seed, fanOut)
      let expected = due(drawn)
      all += expected
      try drawn.run(
        watch: { system, seconds in
          if seconds % 25 == 0 {
            let broken = system.auditDeliveries()
            #expect(broken.lost == 0 && broken.duplicate == 0, "seed \(seed) at \(seconds) s")
          }
        },
        look: { system in
          let broken = system.brokenLaws()
          #expect(broken == [], "seed \(seed)")
          let audit = system.auditDeliveries()
          #expect(audit.due == expected, "seed \(seed)")
          #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0, "seed \(seed)")
          if fanOut.contains("push,") {
            #expect(system.measurements.entriesWritten == expected, "seed \(seed)")
          }
          for viewer in 0..<8 as Range<UInt32> {
            let entries = system.timelines.entries(of: viewer)
            #expect(Set(entries).count == entries.count, "seed \(seed)")
            let read = found(viewer, system)
            #expect(Set(read).count == read.count, "seed \(seed)")
            // What a policy leaves out, or keeps for a return, is not there to be found.
            if fanOut.contains("lossy") || fanOut.contains("activeWindow") { continue }
            let lacking = current(viewer, system).subtracting(read)
            #expect(lacking == [], "seed \(seed)")
          }
          written += system.measurements.entriesWritten
          filled += system.measurements.follows.backFilled
        })
    }
    #expect(all > 10_000)
    #expect(fanOut.contains("pull}") == (written == 0))
    #expect(fanOut.contains("pull}") == (filled == 0))
  }

  /// What a load finds for a viewer, in the timeline and at authors.
  private func found(_ viewer: UInt32, _ system: FeedSystem) -> [UInt32] {
    let ids = 0..<UInt32(system.posts.count)
    let (fromTimeline, fromAuthors, _) = system.collect(for: viewer, ids: ids, kept: ids)
    return (0..<(fromTimeline + fromAuthors)).map { system.scratch.ids[$0] }
  }

  /// The posts that a viewer's follows have brought since they began, of those that still hold.
  private func current(_ viewer: UInt32, _ system: FeedSystem) -> Set<UInt32> {
    var current: Set<UInt32> = []
    for author in 0..<8 as Range<UInt32> {
      var held: Range<UInt32> = 0..<0
      system.follows.forEachFollow(of: author) { follower, posts in
        if follower == viewer, posts.upperBound == .max { held = posts }
      }
      var post = system.posts.latest(of: author)
      while post != PostStore.none {
        if held.contains(post) { current.insert(post) }
        post = system.posts[post].previous
      }
    }
    return current
  }

  /// What was delivered to whom.
  private func deliveries(_ system: FollowSystem) throws -> [UInt64] {
    try system.run { system in
      (0..<8 as Range<UInt32>).map { system.timelines.head($0).pointee.deliveredSum }
    }
  }

  /// Whoever follows and leaves at once, between two posts, has changed nothing.
  @Test func aFollowUndoneAtOnceLeavesDeliveriesAsTheyWere() throws {
    for seed in Self.seeds {
      var still = drawn(seed, "{policy: push, batch: 2}")
      still.acts.removeAll { if case .does = $0.act { true } else { false } }
      var undone = still
      let graph = still.audience.graph
      var stream = RandomStream(seed: seed, purpose: 0x6670)
      undone.acts = still.acts.flatMap { moment in
        let viewer = UInt32(stream.below(8))
        let author = (viewer + 1 + UInt32(stream.below(7))) % 8
        let first: FollowChange = graph.follows(viewer, author) ? .unfollow : .follow
        let second: FollowChange = first == .follow ? .unfollow : .follow
        return [
          moment, (seconds: moment.seconds, act: .does(first, viewer, author)),
          (seconds: moment.seconds, act: .does(second, viewer, author)),
        ]
      }
      let before = try deliveries(still)
      let after = try deliveries(undone)
      #expect(before == after, "seed \(seed)")
    }
  }

  /// More back-fill gives nobody fewer entries, and changes no delivery.
  @Test func backFillIsNoDelivery() throws {
    for seed in Self.seeds {
      var system = drawn(seed, "{policy: push, batch: 2}")
      system.timelines = "{backFill: 0}"
      let none = try deliveries(system)
      system.timelines = "{backFill: 50}"
      let all = try deliveries(system)
      #expect(none == all, "seed \(seed)")
    }
  }

  // MARK: Whole runs

  private func small(_ traffic: String, _ fanOut: String = "{policy: push}") -> SmallSystem {
    var small = SmallSystem()
    small.users = 300
    small.meanFollows = 8
    small.maximum = 100
    small.yaml = """
      fanOut: \(fanOut)
      cache: {feed: {ttl: 60s}}
      traffic: \(traffic)
      """
    small.activity = "{postsPerDay: 100, loadsPerDay: 200, activeShare: 70%}"
    small.celebrities = [Celebrity(name: "star", followers: .count(40))]
    small.length = .seconds(600)
    small.servers = 2
    return small
  }

  /// A graph that is told to stand still gives the very same events.
  @Test func changingNothingChangesNothing() throws {
    let untold = try small("{}").run { $0.fingerprint }
    let told = try small("{follows: {followsPerDay: 0, choose: anybody}, changes: []}")
      .run { $0.fingerprint }
    let nobody = try small("{changes: [{at: 10m, follow: star, by: 0}]}").run { system in
      let due = system.auditDeliveries().due
      #expect(due == system.measurements.entriesWrittenMeasured)
      return system.measurements.follows.opened
    }
    #expect(untold == told && nobody == 0)
  }

  @Test(arguments: [
    "{policy: push}", "{policy: pull}", "{pushBelow: 10, pullFrom: 30, activeWindow: 2m}",
    "{pushBelow: 10, pullFrom: 30, middleTier: topFollowers, topFollowers: 5}",
    "{policy: per-edge-optimal}", "{policy: lossy, limit: 6}",
  ])
  func aBusyGraphIsClean(_ fanOut: String) throws {
    let traffic = """
      {follows: {followsPerDay: 300, unfollowsPerDay: 200, mutesPerDay: 20, blocksPerDay: 20},
       changes: [{at: 2m, for: 2m, follow: star, by: 150}, {at: 5m, unfollow: star, by: 50%},
       {at: 6m, mute: star, by: 10}, {at: 6m, block: star, by: 10}]}
      """
    try small(traffic, fanOut).run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let audit = system.auditDeliveries()
      #expect(audit.due > 1000 && audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0)
      let moved = system.measurements.follows.follows
      #expect(moved > 300 && system.measurements.follows.unfollows > 200)
      #expect(system.measurements.follows.mutes > 20 && system.measurements.follows.blocks > 20)
      let filled = system.measurements.follows.backFilled
      #expect((filled == 0) == fanOut.contains("pull}"))
    }
  }

  /// Scripts move exactly as many as they say, of those who can.
  @Test func scriptsMoveAsManyAsTheySay() throws {
    let more = "{changes: [{at: 1m, for: 2m, follow: star, by: 100}]}"
    try small(more).run { system in
      let star = system.audience.graph.user(named: "star") ?? 0
      #expect(system.follows.followerCount(of: star) == 140)
      #expect(system.measurements.follows.follows == 100)
    }
    let all = "{changes: [{at: 1m, follow: star, by: 100%}, {at: 5m, unfollow: star, by: 50%}]}"
    try small(all).run { system in
      let star = system.audience.graph.user(named: "star") ?? 0
      // 299 others, of whom half, rounded, leave.
      #expect(system.follows.followerCount(of: star) == 149)
    }
  }
}
