import Simulation
import Testing

@testable import FeedSystem

/// How long a fan-out takes, where the answer is exact: jobs of one length on a fixed pool.
struct JobTests {
  /// 10M writes of 2 ms on 1000 workers end after 20 s, on average after 10.001 s. So do a tenth of
  /// the writes on a tenth of the workers, which is what runs here: 10,000 rounds of 2 ms.
  @Test func writesOnAThousandWorkers() throws {
    var system = FanOutSystem()
    system.followers = [1_000_000]
    system.visit = "constant(2ms)"
    system.workers = 100
    try system.run { system in
      let lag = system.measurements.deliveryLag.exactSum
      #expect(system.lagToLastMost == 20)
      #expect(lag == 10_001_000_000 * 1_000_000)
      #expect(system.measurements.deliveryLag.count == 1_000_000)
    }
  }

  /// A post to 31M followers at 103K deliveries a second takes 5 minutes; a hundredth of both
  /// takes 3010 rounds of 100 ms.
  @Test func aPostToThirtyOneMillion() throws {
    var system = FanOutSystem()
    system.followers = [310_000]
    system.visit = "constant(0s)"
    system.perUnit = "100ms"
    system.workers = 103
    let most = try system.run { $0.lagToLastMost }
    #expect(most == 301)
  }

  struct Backlog {
    var batch: Int
    /// Until half of the followers have the post, and all.
    var half: Double
    var last: Double
  }

  /// The incident of mastodon #17856: 20,000 jobs of one follower at 2.25 s on 25 threads are half
  /// an hour. Where 2 s of that are a job's and 0.25 s a follower's, larger jobs save most of it,
  /// until there are fewer jobs than threads.
  @Test(arguments: [
    Backlog(batch: 1, half: 900, last: 1800), Backlog(batch: 4, half: 300, last: 600),
    Backlog(batch: 100, half: 108, last: 216), Backlog(batch: 1000, half: 252, last: 252),
  ])
  func aBacklogOfHalfAnHour(_ backlog: Backlog) throws {
    var system = FanOutSystem()
    system.followers = [20_000]
    system.batch = backlog.batch
    system.visit = "constant(2s)"
    system.perUnit = "250ms"
    system.workers = 25
    try system.run { system in
      let half = system.measurements.pipeline.lagTo[0].maximum
      #expect(Double(half) / 1e9 == backlog.half)
      #expect(system.lagToLastMost == backlog.last)
      let incomplete = system.measurements.pipeline.postsIncomplete
      #expect(incomplete == 0 && system.delivered == 20_000)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Shares of a post's followers are counted up: of 7 followers the fourth is the half, and 95 %
  /// and 99 % are the last.
  @Test func sharesAreRoundedUp() throws {
    var system = FanOutSystem()
    system.followers = [7]
    try system.run { system in
      let seconds = (0..<4).map { system.measurements.pipeline.lagTo[$0].maximum / 1_000_000_000 }
      #expect(seconds == [4, 7, 7, 7])
    }
  }

  /// Whoever is pulled has a post as soon as it is stored; a post without followers is not waited
  /// for.
  @Test func pulledPostsArriveAtOnce() throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: pull}\npipeline: {}"
    try small.run { system in
      let last = system.measurements.pipeline.lagTo[3].count
      #expect(last > 0 && system.measurements.pipeline.postsIncomplete == 0)
      let stored = (0..<UInt32(system.posts.count)).count { post in
        system.posts[post].measured != 0
          && system.audience.graph.followerCount(of: system.posts[post].author) > 0
      }
      #expect(Int(last) == stored)
    }
  }

  /// A star's jobs stand aside for an ordinary author's, but the one that has begun is finished.
  @Test(arguments: [("{priority: {authorsBelow: 100}}", 5.5, 1005.0), ("{}", 994.5, 1000.0)])
  func priorityOvertakes(_ pipeline: String, _ ordinary: Double, _ star: Double) throws {
    var system = FanOutSystem()
    system.followers = [1000, 5]
    system.posts = [(0, 0), (1, 10.5)]
    system.pipeline = pipeline
    try system.run { system in
      let lags = system.measurements.pipeline.lagTo[3].exactSum
      #expect(Double(lags) / 1e9 == ordinary + star)
      #expect(system.lagToLastMost == max(ordinary, star))
      if pipeline != "{}" {
        let high = system.measurements.pipeline.lagByLine[0].maximum
        let low = system.measurements.pipeline.lagByLine[1].maximum
        #expect(Double(high) / 1e9 == ordinary && Double(low) / 1e9 == star)
      }
    }
  }

  /// 1000 followers in tens at 100 a second: a job every 0.1 s, until the brake is let go.
  @Test(arguments: [("1h", 0, 9.9, 99), ("5s", 0, 5.0, 99), ("1h", 2000, 0.0, 0)])
  func theBrakeHolds(_ length: String, _ from: Int, _ last: Double, _ held: Int) throws {
    var system = FanOutSystem()
    system.followers = [1000]
    system.batch = 10
    system.visit = "constant(0s)"
    system.pipeline =
      "{rateLimit: {at: 0s, for: \(length), deliveries: 100/s, authorsFrom: \(from)}}"
    try system.run { system in
      #expect(system.lagToLastMost == last)
      #expect(system.measurements.pipeline.held.count == held)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }
}
