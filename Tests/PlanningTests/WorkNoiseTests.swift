import Simulation
import Testing

@testable import FeedSystem
@testable import Planning

/// What a window's work may be off by.
@Suite struct WorkNoiseTests {
  /// User 0 has `stars` followers, users 1 to `users` - 1 have user 0 alone.
  private func audience(users: Int, stars: Int, _ activity: ActivityModel) -> Audience {
    var list = FollowList(userCount: users)
    for user in 1...stars { list.append(follower: UInt32(user), followee: 0) }
    for user in 1..<users { list.append(follower: 0, followee: UInt32(user)) }
    let graph = list.build(origin: FollowerGraph.Origin(), memory: GraphMemory())
    return Audience(graph: graph, activity: activity.build(on: graph, seed: 1))
  }

  @Test func isThatOfACompoundPoissonSum() {
    var activity = ActivityModel()
    activity.postsPerDay = 24
    activity.loadsPerDay = 48
    activity.activeShare = 1
    // 100 users post 24 times a day each: 100 posts in an hour, and 200 loads in sessions of 2.
    let even = WorkNoise(
      audience(users: 100, stars: 1, activity), over: .seconds(3600), loadsPerSession: 2)
    #expect(abs(even.posts - 0.1) < 1e-9 && abs(even.deliveries - 0.1) < 1e-9)
    #expect(abs(even.loads - (3.0 / 200).squareRoot()) < 1e-9)
    // One of them has 50 followers: Σk = 149, Σk² = 2,599, in the sample and in the count.
    let star = WorkNoise(
      audience(users: 100, stars: 50, activity), over: .seconds(3600), loadsPerSession: 1)
    let sampled = 2599.0 / (149 * 149) - 0.01
    let counted = 2599.0 / (149 * 149)
    #expect(abs(star.deliveries - (sampled + counted).squareRoot()) < 1e-9)
    #expect(abs(star.posts - 0.1) < 1e-9 && abs(star.loads - (1.0 / 200).squareRoot()) < 1e-9)
    #expect(star.factor(of: .fanOutWorkers) == 1 + 2.576 * star.deliveries)
    #expect(star.factor(of: .postStore) == 1 + 2.576 * star.posts)
    #expect(star.factor(of: .ranking) == 1 + 2.576 * star.loads)
    #expect(WorkNoise().factor(of: .gateway) == 1)
  }
}
