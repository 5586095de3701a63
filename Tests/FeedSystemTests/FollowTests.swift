import Simulation
import Testing

@testable import FeedSystem

/// Follows, unfollows, blocks and mutes on graphs small enough to be counted by hand. Author 0 has
/// followers 1 and 2 at the start; post n is its n-th.
struct FollowTests {
  private func system(_ acts: [(seconds: Int64, act: FollowSystem.Act)]) -> FollowSystem {
    FollowSystem(follows: [(1, 0), (2, 0)], acts: acts)
  }

  private func isClean(_ system: FeedSystem) -> DeliveryAudit {
    let broken = system.brokenLaws()
    #expect(broken == [])
    let audit = system.auditDeliveries()
    #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0 && audit.exact)
    #expect(audit.viewersAffected == 0)
    return audit
  }

  private static let comingAndGoing: [(seconds: Int64, act: FollowSystem.Act)] = [
    (10, .posts(0)), (15, .does(.follow, 3, 0)), (20, .posts(0)), (25, .does(.unfollow, 2, 0)),
    (30, .posts(0)), (35, .does(.unfollow, 3, 0)), (40, .posts(0)), (45, .does(.follow, 2, 0)),
    (50, .posts(0)),
  ]

  /// Due: {1, 2}, {1, 2, 3}, {1, 3}, {1}, {1, 2}.
  @Test func aPairIsDueWhoFollowedWhenItWasStored() throws {
    try system(Self.comingAndGoing).run { system in
      let audit = isClean(system)
      #expect(audit.due == 10 && system.measurements.entriesWritten == 10)
      let delivered = (0..<6 as Range<UInt32>).map {
        system.timelines.head($0).pointee.delivered
      }
      #expect(delivered == [0, 5, 3, 2, 0, 0])
      #expect(system.entryNumbers(of: 1) == [5, 4, 3, 2, 1])
      // Its entries are removed, and come back with the follow.
      #expect(system.entryNumbers(of: 2) == [5, 4, 3, 2, 1])
      #expect(system.entryNumbers(of: 3) == [])
      #expect(system.measurements.follows.follows == 2)
      #expect(system.measurements.follows.unfollows == 2)
      // One post for 3, four for 2; of 2's two are removed, of 3's three.
      #expect(system.measurements.follows.backFilled == 5)
      #expect(system.measurements.follows.removed == 5)
    }
  }

  /// Hidden entries stay where they are, and are shown again when the viewer is back.
  @Test func whatIsHiddenTakesRoom() throws {
    var hiding = system(Self.comingAndGoing)
    hiding.timelines = "{onUnfollow: hide, backFill: 0}"
    try hiding.run(
      watch: { system, seconds in
        if seconds == 40 {
          #expect(system.entryNumbers(of: 2) == [2, 1] && system.visibleNumbers(of: 2) == [])
          #expect(system.entryNumbers(of: 3) == [3, 2] && system.visibleNumbers(of: 3) == [])
        }
      },
      look: { system in
        #expect(isClean(system).due == 10)
        #expect(system.visibleNumbers(of: 2) == [5, 2, 1] && system.visibleNumbers(of: 3) == [])
        #expect(system.measurements.follows.backFilled == 0)
        #expect(system.measurements.follows.removed == 0)
      })
  }

  /// The newest posts as many as asked, each in its place among what is there.
  @Test(
    arguments: [(0, [3]), (1, [4, 3]), (2, [4, 3, 2]), (9, [4, 3, 2, 1])] as [(Int, [UInt32])])
  func backFillIsMergedInOrder(_ count: Int, _ expected: [UInt32]) throws {
    // 4 and 5 follow 1 as well, who posts in between.
    var system = FollowSystem(
      follows: [(1, 0), (2, 0), (4, 0), (3, 1)],
      acts: [
        (10, .posts(0)), (20, .posts(0)), (30, .posts(1)), (40, .posts(0)),
        (50, .does(.follow, 3, 0)),
      ])
    system.timelines = "{backFill: \(count)}"
    try system.run { system in
      #expect(isClean(system).due == 10)
      #expect(system.entryNumbers(of: 3) == expected)
      #expect(system.measurements.follows.backFilled == min(count, 3))
    }
  }

  /// A full timeline keeps the newest, whichever way they came.
  @Test func aFullTimelineKeepsTheNewest() throws {
    var acts: [(seconds: Int64, act: FollowSystem.Act)] = []
    for turn in 0..<8 as Range<Int64> {
      acts.append((seconds: 10 + turn, act: .posts(turn % 2 == 0 ? 0 : 1)))
    }
    acts.append((seconds: 30, act: .does(.follow, 3, 0)))
    var system = FollowSystem(follows: [(1, 0), (2, 0), (4, 0), (3, 1)], acts: acts)
    system.timelines = "{capacity: 4}"
    try system.run { system in
      #expect(isClean(system).due == 16)
      #expect(system.entryNumbers(of: 3) == [8, 7, 6, 5])
      #expect(system.measurements.follows.backFilled == 2)
    }
  }

  // MARK: Jobs under way

  /// A job of both followers takes 10 s and a back-fill 5 s, so one that begins later ends sooner.
  private func slow(_ acts: [(seconds: Int64, act: FollowSystem.Act)]) -> FollowSystem {
    var slow = system(acts)
    slow.worker = "{visit: constant(0s), perUnit: 5s}"
    return slow
  }

  @Test func whoComesWhileAJobWaitsIsFilledBack() throws {
    try slow([(10, .posts(0)), (11, .does(.follow, 3, 0))]).run(
      watch: { system, seconds in
        if seconds == 11 { #expect(isPending(system) == 2) }
      },
      look: { system in
        #expect(isClean(system).due == 2 && system.measurements.entriesWritten == 2)
        #expect(system.entryNumbers(of: 3) == [1] && system.measurements.follows.backFilled == 1)
      })
  }

  private func isPending(_ system: FeedSystem) -> Int {
    let broken = system.auditDeliveries()
    #expect(broken.lost == 0 && broken.duplicate == 0)
    return broken.pending
  }

  @Test func whoLeavesWhileAJobWaitsIsDeliveredAndShownNothing() throws {
    try slow([(10, .posts(0)), (11, .does(.unfollow, 2, 0))]).run { system in
      #expect(isClean(system).due == 2 && system.measurements.entriesWritten == 2)
      #expect(system.visibleNumbers(of: 2) == [] && system.visibleNumbers(of: 1) == [1])
    }
  }

  /// The back-fill is there at 17 s, the job at 20 s writes the same post: one entry.
  @Test func whoLeavesAndComesBackHasOneEntry() throws {
    let acts: [(seconds: Int64, act: FollowSystem.Act)] = [
      (10, .posts(0)), (11, .does(.unfollow, 2, 0)), (12, .does(.follow, 2, 0)),
      (18, .posts(1)), (19, .posts(1)),
    ]
    try slow(acts).run(
      watch: { system, seconds in
        if seconds == 18 { #expect(system.entryNumbers(of: 2) == [1]) }
      },
      look: { system in
        #expect(isClean(system).due == 2 && system.measurements.entriesWritten == 2)
        #expect(system.entryNumbers(of: 2) == [1])
        #expect(system.measurements.follows.backFilled == 1)
      })
  }

  /// The follow's back-fill is under way when the viewer leaves again: it writes nothing.
  @Test func aBackFillComesTooLate() throws {
    let acts: [(seconds: Int64, act: FollowSystem.Act)] = [
      (10, .posts(0)), (30, .does(.follow, 3, 0)), (32, .does(.unfollow, 3, 0)),
    ]
    try slow(acts).run { system in
      #expect(isClean(system).due == 2)
      #expect(system.entryNumbers(of: 3) == [] && system.measurements.follows.backFilled == 0)
    }
  }

  /// A removal is under way when the viewer comes back: it removes nothing.
  @Test func aRemovalComesTooLate() throws {
    var system = slow([
      (10, .posts(0)), (30, .does(.unfollow, 2, 0)), (31, .does(.follow, 2, 0)), (33, .posts(0)),
    ])
    system.worker = "{visit: constant(4s), perUnit: 0s}"
    try system.run { system in
      #expect(isClean(system).due == 4 && system.entryNumbers(of: 2) == [2, 1])
      #expect(system.measurements.follows.removed == 0)
    }
  }

  // MARK: Blocks and mutes

  @Test func aBlockPartsBothForGood() throws {
    // 0 and 1 follow each other; 0 blocks 1.
    let system = FollowSystem(
      follows: [(1, 0), (2, 0), (0, 1)],
      acts: [
        (10, .posts(0)), (11, .posts(1)), (20, .does(.block, 0, 1)), (30, .posts(0)),
        (31, .posts(1)), (40, .does(.follow, 1, 0)), (41, .does(.follow, 0, 1)), (50, .posts(0)),
        (51, .posts(1)),
      ])
    try system.run { system in
      // Post 1 to 1 and 2, post 2 to 0; then 0's posts to 2 alone.
      #expect(isClean(system).due == 5)
      #expect(system.entryNumbers(of: 0) == [] && system.entryNumbers(of: 1) == [])
      #expect(system.entryNumbers(of: 2) == [5, 3, 1])
      #expect(system.measurements.follows.blocks == 1 && system.measurements.follows.follows == 0)
      #expect(system.measurements.follows.removed == 2)
    }
  }

  @Test func whoMutesFollowsOnAndSeesNothing() throws {
    try system([(10, .posts(0)), (20, .does(.mute, 2, 0)), (30, .posts(0))]).run { system in
      #expect(isClean(system).due == 4)
      #expect(system.entryNumbers(of: 2) == [2, 1] && system.visibleNumbers(of: 2) == [])
      #expect(system.visibleNumbers(of: 1) == [2, 1])
      #expect(system.follows.isFollowing(2, 0) && system.measurements.follows.mutes == 1)
    }
  }

  // MARK: Loads

  /// Posts shown to a viewer who loads once a second, before and after a change at 50 s; the feed
  /// cache holds every feed for longer than the run.
  private func shown(_ fanOut: String, _ acts: [(Int64, FollowSystem.Act)]) throws -> [Int] {
    var system = FollowSystem(follows: [(1, 0), (2, 0), (4, 0), (5, 0), (3, 1)])
    system.acts = [(seconds: 0, act: .posts(0))] + acts.map { (seconds: $0.0, act: $0.1) }
    system.fanOut = fanOut
    system.loads = [0, 0, 0, 1, 0, 1]
    system.cache = "{feed: {size: 100%, ttl: 300s}}"
    var counts: [Int] = []
    try system.run(
      watch: { system, _ in
        counts.append(system.measurements.postsShown)
      },
      look: { system in
        _ = isClean(system)
        #expect(system.measurements.feedCacheHits > 50)
        counts.append(system.measurements.postsShown)
      })
    return counts
  }

  @Test(arguments: ["{policy: push}", "{policy: pull}", "{pushBelow: 3, pullFrom: 3}"])
  func heldFeedsGiveWay(_ fanOut: String) throws {
    // 5 sees one post in each of some 90 loads, 3 none until it follows.
    let steady = try shown(fanOut, [])
    let follows = try shown(fanOut, [(50, .does(.follow, 3, 0))])
    #expect((follows.last ?? 0) - (steady.last ?? 0) > 30)
    for change in [FollowChange.unfollow, .mute, .block] {
      let leaves = try shown(fanOut, [(50, .does(change, 5, 0)), (99, .posts(1))])
      #expect(leaves[1] > 25 && leaves[2] == leaves[1], "\(change)")
    }
  }
}
