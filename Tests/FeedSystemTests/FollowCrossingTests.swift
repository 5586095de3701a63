import Simulation
import Testing

@testable import FeedSystem

/// Authors whose number of followers crosses a hybrid's threshold. Author 0 begins with followers 1
/// and 2, is pushed below three followers and pulled from three on.
struct FollowCrossingTests {
  private func system(_ acts: [(seconds: Int64, act: FollowSystem.Act)]) -> FollowSystem {
    var system = FollowSystem(follows: [(1, 0), (2, 0)], acts: acts)
    system.fanOut = "{pushBelow: 3, pullFrom: 3}"
    return system
  }

  private func isClean(_ system: FeedSystem) -> DeliveryAudit {
    let broken = system.brokenLaws()
    #expect(broken == [])
    let audit = system.auditDeliveries()
    #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0 && audit.exact)
    return audit
  }

  /// How many posts a load finds in the timeline and how many at authors.
  private func found(_ viewer: UInt32, _ system: FeedSystem) -> [Int] {
    let ids = 0..<UInt32(system.posts.count)
    let (fromTimeline, fromAuthors, _) = system.collect(for: viewer, ids: ids, kept: ids)
    return [fromTimeline, fromAuthors]
  }

  /// Post 1 is pushed to two, post 2 pulled by three, post 3 pushed to two again.
  @Test func upAndDown() throws {
    let acts: [(seconds: Int64, act: FollowSystem.Act)] = [
      (10, .posts(0)), (15, .does(.follow, 3, 0)), (20, .posts(0)), (25, .does(.unfollow, 1, 0)),
      (30, .posts(0)),
    ]
    try system(acts).run { system in
      #expect(isClean(system).due == 7 && system.measurements.entriesWritten == 4)
      #expect(system.measurements.follows.planSwitches == 2)
      #expect(found(1, system) == [0, 0])
      #expect(found(2, system) == [2, 1])
      // Who came later was given post 1, which is not found at the author.
      #expect(found(3, system) == [2, 1] && system.entryNumbers(of: 3) == [3, 1])
      #expect(system.measurements.follows.backFilled == 1)
    }
  }

  /// A job of post 1 is under way as its author becomes pulled: it is written all the same, and
  /// nobody finds it twice.
  @Test func jobsUnderWayKeepTheirPlan() throws {
    let acts: [(seconds: Int64, act: FollowSystem.Act)] = [
      (10, .posts(0)), (11, .does(.follow, 3, 0)), (12, .posts(0)), (13, .does(.unfollow, 3, 0)),
      (14, .posts(0)), (15, .does(.follow, 4, 0)), (16, .posts(0)),
    ]
    var slow = system(acts)
    slow.worker = "{visit: constant(0s), perUnit: 5s}"
    slow.workers = 2
    try slow.run { system in
      // Posts 1 and 3 to two, posts 2 and 4 to three.
      #expect(isClean(system).due == 10 && system.measurements.entriesWritten == 4)
      #expect(system.measurements.follows.planSwitches == 3)
      #expect(found(1, system) == [2, 2] && found(2, system) == [2, 2])
      #expect(found(4, system) == [2, 2] && found(3, system) == [0, 0])
    }
  }

  /// Up and down between two posts is as if nothing had happened.
  @Test func crossingsBetweenPostsLeaveNoTrace() throws {
    var acts: [(seconds: Int64, act: FollowSystem.Act)] = [(10, .posts(0))]
    for turn in 0..<5 as Range<Int64> {
      acts.append((seconds: 20 + 4 * turn, act: .does(.follow, 3, 0)))
      acts.append((seconds: 22 + 4 * turn, act: .does(.unfollow, 3, 0)))
    }
    acts.append((seconds: 50, act: .posts(0)))
    try system(acts).run { system in
      #expect(isClean(system).due == 4 && system.measurements.entriesWritten == 4)
      #expect(system.measurements.follows.planSwitches == 10)
      #expect(found(1, system) == [2, 0] && found(3, system) == [0, 0])
    }
  }

  /// Through a middle tier of active followers: nobody has loaded, so nobody is written to, and all
  /// catch up with what was posted while they followed.
  @Test func throughTheMiddleTier() throws {
    var tiers = system([
      (10, .posts(0)), (15, .does(.follow, 3, 0)), (20, .posts(0)), (25, .does(.follow, 4, 0)),
      (30, .posts(0)), (35, .does(.unfollow, 2, 0)), (40, .posts(0)),
    ])
    tiers.fanOut = "{pushBelow: 3, pullFrom: 4, activeWindow: 10s}"
    tiers.cache = "{feed: {size: 0, ttl: 1s}}"
    try tiers.run { system in
      // Pushed to 2, to the active of 3, pulled by 4, to the active of 3.
      #expect(isClean(system).due == 12 && system.measurements.entriesWritten == 2)
      #expect(system.measurements.follows.planSwitches == 3)
    }
  }
}
