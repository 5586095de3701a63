import Simulation
import Testing

@testable import FeedSystem

/// Limits against sequences worked out by hand.
struct RateLimiterTests {
  private func at(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  /// Three tokens, one more every ten seconds.
  @Test func aBucketIsEmptiedAndRefilled() {
    var bucket = RateLimiter(.tokenBucket, requests: 3, per: .seconds(30))
    for _ in 0..<3 {
      let wait = bucket.ask(1, at: at(0))
      #expect(wait == nil)
    }
    let empty = bucket.ask(1, at: at(0))
    #expect(empty == .seconds(10))
    let almost = bucket.ask(1, at: Instant(nanoseconds: 9_999_999_999))
    #expect(almost == Duration(nanoseconds: 1))
    let refilled = bucket.ask(1, at: at(10))
    #expect(refilled == nil)
    let again = bucket.ask(1, at: at(10))
    #expect(again == .seconds(10))
    // After 15 s more, a token and a half.
    let one = bucket.ask(1, at: at(25))
    #expect(one == nil)
    let half = bucket.ask(1, at: at(25))
    #expect(half == .seconds(5))
    // It never holds more than three.
    var admitted = 0
    for _ in 0..<10 { admitted += bucket.ask(1, at: at(1000)) == nil ? 1 : 0 }
    #expect(admitted == 3)
    let other = bucket.ask(2, at: at(1000))
    #expect(other == nil)
  }

  /// About the bound of two fixed windows twice the limit comes through; a sliding window lets no
  /// more than the limit through in any minute, and a bucket what it holds.
  @Test func aBurstAboutAWindowsBound() {
    func admitted(_ algorithm: LimitAlgorithm) -> Int {
      var limiter = RateLimiter(algorithm, requests: 60, per: .seconds(60))
      var count = 0
      for request in 0..<200 {
        let time = request < 100 ? 59.9 : 60.1
        count += limiter.ask(7, at: at(time)) == nil ? 1 : 0
      }
      return count
    }
    #expect(admitted(.fixedWindow) == 120)
    #expect(admitted(.slidingWindow) == 60)
    #expect(admitted(.tokenBucket) == 60)
    var fixed = RateLimiter(.fixedWindow, requests: 1, per: .seconds(60))
    _ = fixed.ask(7, at: at(59))
    let wait = fixed.ask(7, at: at(59.5))
    #expect(wait == .milliseconds(500))
    var sliding = RateLimiter(.slidingWindow, requests: 1, per: .seconds(60))
    _ = sliding.ask(7, at: at(59))
    let slidingWait = sliding.ask(7, at: at(59.5))
    #expect(slidingWait == .milliseconds(59_500))
  }

  /// Whatever is asked: nobody is ever told to wait for longer than it takes, or for less.
  @Test(arguments: LimitAlgorithm.allCases) func retryAfterIsExact(_ algorithm: LimitAlgorithm) {
    var limiter = RateLimiter(algorithm, requests: 4, per: .seconds(8))
    var stream = RandomStream(seed: 5, purpose: 1)
    var now = Instant.start
    var times: [Instant] = []
    for _ in 0..<2000 {
      now = now + Duration(seconds: stream.uniform() * 3)
      guard let wait = limiter.ask(3, at: now) else {
        times.append(now)
        continue
      }
      var (early, late) = (limiter, limiter)
      let before = early.ask(3, at: now + wait - Duration(nanoseconds: 1))
      let after = late.ask(3, at: now + wait)
      #expect(before != nil && after == nil)
    }
    #expect(times.count > 500)
    guard algorithm == .slidingWindow else { return }
    for index in 4..<times.count {
      #expect(times[index] - times[index - 4] >= .seconds(8))
    }
  }

  /// A limit that nobody reaches changes nothing; one that many do keeps the books.
  @Test func requestsAreAdmittedOrRejected() throws {
    var system = SmallSystem()
    system.users = 300
    system.maximum = 150
    system.length = .seconds(900)
    system.warmUp = .seconds(60)
    system.activity = "{postsPerDay: 200, loadsPerDay: 800}"
    let free = try system.run { $0.fingerprint }
    system.yaml =
      "{fanOut: {policy: push}, limits: {feed: {requests: 10k}, post: {requests: 10k}, "
      + "engagement: {requests: 10k}, media: none}}"
    let loose = try system.run { $0.fingerprint }
    #expect(loose == free)
    system.yaml =
      "{fanOut: {policy: push}, limits: {feed: {requests: 1, per: 10min}, media: none, "
      + "post: {requests: 1, per: 10min}, retries: 2}}"
    try system.run { system in
      let feed = system.limits.counts[Endpoint.feed.rawValue]
      let post = system.limits.counts[Endpoint.post.rawValue]
      #expect(feed.rejected > 100 && feed.retried > 0 && feed.givenUp > 0)
      #expect(post.rejected > 100 && post.admitted == system.measurements.postsStored)
      #expect(system.measurements.loadsRejected == feed.givenUp)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
    }
  }
}
