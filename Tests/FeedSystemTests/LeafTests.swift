import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Leaves in place of the post store's shards.
struct LeafTests {
  /// What readers were shown and what came of it.
  private struct Outcome: Equatable {
    var fingerprint: UInt64
    var counts: [Int]
    var sums: [Double]
    var audit: DeliveryAudit
  }

  private func outcome(_ run: LeafRun) throws -> Outcome {
    try run.look(servers: nil) { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      return Outcome(
        fingerprint: system.fingerprint,
        counts: [
          system.measurements.loadsCompleted, system.measurements.postsShown,
          system.measurements.entriesFetched, system.measurements.candidates,
          system.measurements.engagementsCounted, system.measurements.feedCacheHits,
          system.measurements.late, system.measurements.caughtUp,
        ],
        sums: [
          system.measurements.feedLatency.sum, system.measurements.staleness.sum,
          system.measurements.deliveryLag.sum,
        ], audit: system.auditDeliveries())
    }
  }

  private static let policies = [
    "pull", "push", "per-edge-optimal", "lossy, limit: 4",
    "hybrid, pushBelow: 4, pullFrom: 12, activeWindow: 60s",
    "hybrid, pushBelow: 4, pullFrom: 12, middleTier: topFollowers, topFollowers: 3",
    "hybrid, pushBelow: 4, pullFrom: 12, activeWindow: 60s, middleTier: activeAndPulled",
    "hybrid, pushBelow: 4, pullFrom: 12, middleTier: nobody",
  ]

  /// Without lag, and as fast as the shards, leaves change nothing at all: the same events at the
  /// same times, the same feeds, the same audit.
  @Test(arguments: policies)
  func withoutLagTheyAreThePostStore(_ policy: String) throws {
    for seed in 0..<UInt64(6) {
      var run = LeafRun(seed: seed, policy: policy)
      run.visit = "constant(5ms)"
      run.perUnit = "0s"
      let shards = try outcome(run)
      run.leaves = "leaves: 4, retention: 1h, tailer: {delay: 0s, visit: constant(0s)}"
      let leaves = try outcome(run)
      #expect(leaves == shards, "seed \(seed)")
      #expect(shards.counts[1] > 500 || policy.hasSuffix("nobody"))
    }
  }

  /// Once the tailers have caught up, each leaf answers as the post store does, whatever it went
  /// through.
  @Test func caughtUpTheyAnswerAsThePostStore() throws {
    for seed in 0..<UInt64(20) {
      var run = LeafRun(seed: seed)
      run.leaves = """
        leaves: \(1 + seed % 5), retention: 1h, publicShare: 70%, \
        tailer: {count: \(1 + seed % 2), delay: 2s, visit: exponential(mean 900ms), replay: 40/s}, \
        failure: [{at: 60s, leaf: 0}, {at: 61s, leaf: \(seed % 5 / 2)}, {at: 200s, leaf: 0}]
        """
      try run.look { system in
        let broken = system.brokenLaws()
        #expect(broken == [], "seed \(seed)")
        #expect(system.tailers.waiting == 0 && !system.isALeafDown)
        let now = system.nowMilliseconds
        let oldest = system.posts.first(storedFrom: now - 3_600_000)
        var posts: [UInt32] = []
        for author in 0..<UInt32(120) {
          let (stored, held) = system.bothReads(author, from: oldest)
          #expect(stored == held, "seed \(seed), author \(author)")
          posts += stored
        }
        let recent = system.leaves.recent(100).filter { $0 >= oldest }
        #expect(recent == Array(posts.sorted(by: >).prefix(100)))
        #expect(posts.count > 200)
      }
    }
  }

  /// Alone in its queue a post waits for the stream and its tailer; of five at once, the k-th waits
  /// k services.
  @Test func lagIsDelayAndQueue() throws {
    var run = LeafRun()
    run.perDay = 0
    run.leaves = "leaves: 1, tailer: {delay: 1s, visit: constant(500ms)}"
    run.more = "network: {roundTrip: 0s, client: 0s}"
    run.visit = "constant(0s)"
    run.perUnit = "0s"
    run.posts = [(0, 10)] + (0..<5).map { _ in (3, 100) }
    try run.look { system in
      let lag = system.measurements.leaves.lag.exactSum
      // 1.5 s, then 1.5, 2, 2.5, 3, 3.5 s; the gateway is not crossed at the same time.
      #expect(system.measurements.leaves.lag.count == 6)
      let seconds = Double(lag) / 1e9
      #expect(abs(seconds - 14) < 0.05)
      #expect(system.leafFigures().waitingPeak == 5)
    }
  }

  /// Whatever fails, and wherever the run stops: each pair due is found or pending, and the pending
  /// ones are those whose post waits for its leaf.
  @Test func everyPairIsAccountedFor() throws {
    var pending = 0
    var rebuilt = 0
    for seed in 0..<UInt64(60) {
      var stream = RandomStream(seed: seed, purpose: 0x6c65_6166)
      func some(_ bound: UInt64) -> Int { Int(stream.below(bound)) }
      var run = LeafRun(seed: seed, users: 60)
      run.perDay = 600
      run.policy = ["pull", "hybrid, pushBelow: 4, pullFrom: 12, activeWindow: 60s"][some(2)]
      let rule = ["gaps", "postStore"][some(2)]
      run.leaves = """
        leaves: 3, retention: 30m, whenDown: \(rule), \
        tailer: {count: \(1 + some(3)), delay: \(some(9))s, \
        visit: exponential(mean \(1 + some(3000))ms), replay: \(5 + some(40))/s}, \
        failure: [{at: \(some(299))s, leaf: \(some(3))}, {at: \(some(299))s, leaf: \(some(3))}]
        """
      run.stop = seed % 4 == 0 ? nil : Double(1 + some(300))
      let end = try run.look { try $0.end() }
      #expect(end.broken == [], "seed \(seed)")
      #expect(end.audit.lost == 0 && end.audit.duplicate == 0 && end.audit.exact, "seed \(seed)")
      if run.policy == "pull", !end.isALeafDown {
        #expect(end.audit.pending == end.waitingPairs, "seed \(seed)")
      } else {
        #expect(end.audit.pending >= end.waitingPairs, "seed \(seed)")
      }
      if run.stop == nil { #expect(end.audit.pending == 0, "seed \(seed)") }
      pending += end.audit.pending
      rebuilt += end.rebuilt
    }
    #expect(pending > 500)
    #expect(rebuilt > 30)
  }

  private struct Loss {
    var rebuild: [Duration]
    var withGap: Int
    var instead: Int
    var missing: Int
    var lost: Int
  }

  private func loss(_ rule: String) throws -> Loss {
    var run = LeafRun()
    run.perDay = 400
    run.leaves = """
      leaves: 4, retention: 1h, whenDown: \(rule), tailer: {delay: 0s, visit: constant(0s), \
      replay: 10/s}, failure: {at: 100s, leaf: 1}
      """
    return try run.look { system in
      let start = Int64(100_000)
      let lost = (0..<UInt32(system.posts.count)).count { post in
        let record = system.posts[post]
        return record.author % 4 == 1 && Int64(record.storedMilliseconds) <= start
          && Int64(record.storedMilliseconds) >= start - 3_600_000
      }
      return Loss(
        rebuild: system.measurements.leaves.rebuilds,
        withGap: system.measurements.leaves.gathersWithGap,
        instead: system.measurements.leaves.gathersInstead,
        missing: system.measurements.leaves.missing, lost: lost)
    }
  }

  /// A leaf is back when its tailer has read again what it had, so many posts a second; meanwhile
  /// loads have gaps or ask the post store.
  @Test func aLostLeafIsRebuilt() throws {
    let gaps = try loss("gaps")
    #expect(gaps.rebuild == [Duration(seconds: Double(gaps.lost) / 10)] && gaps.lost > 300)
    #expect(gaps.withGap > 10 && gaps.missing > 20 && gaps.instead == 0)
    let elsewhere = try loss("postStore")
    #expect(elsewhere.rebuild == gaps.rebuild)
    #expect(elsewhere.instead > 10 && elsewhere.withGap == 0 && elsewhere.missing == 0)
  }

  /// The later a leaf has a post, the staler the feeds and the more they lack.
  @Test func lagMakesFeedsStale() throws {
    var staleness = -1.0
    var missing = -1
    for delay in ["0s", "2s", "10s", "60s"] {
      var run = LeafRun()
      run.leaves = "leaves: 4, tailer: {delay: \(delay), visit: constant(0s)}"
      try run.look { system in
        let mean = system.measurements.staleness.mean
        #expect(mean > staleness && system.measurements.leaves.missing > missing)
        staleness = mean
        missing = system.measurements.leaves.missing
      }
    }
  }

  /// What is older than the retention is on no leaf, and in no feed.
  @Test func retentionLimitsFeeds() throws {
    var entries = 0
    for retention in ["2m", "10m", "1h"] {
      var run = LeafRun()
      run.leaves = "leaves: 4, retention: \(retention)"
      try run.look { system in
        let figures = system.leafFigures()
        #expect(figures.entries > entries)
        entries = figures.entries
        let audit = system.auditDeliveries()
        #expect(audit.lost == 0)
      }
    }
  }

  @Test(arguments: [
    "failure: {at: 1m, leaf: 16}", "leaves: 0", "tailer: {visit: 3}", "retention: 0s",
    "whenDown: panic",
  ])
  func refusesWhatCannotBe(_ leaves: String) {
    var run = LeafRun()
    run.leaves = leaves
    #expect(throws: InvalidInput.self) { try run.look { _ in } }
  }
}

/// What a run has come to.
private struct LeafEnd {
  var broken: [String]
  var audit: DeliveryAudit
  var isALeafDown: Bool
  /// Followers of the posts that wait for leaves which nothing stands in for.
  var waitingPairs: Int
  var rebuilt: Int
}

extension FeedSystem {
  fileprivate var isALeafDown: Bool {
    for leaf in tailers.leaves where leaf.isDown { return true }
    return false
  }

  fileprivate func end() throws -> LeafEnd {
    let broken = brokenLaws()
    let isAnswered = design.leafIndex?.whenDown == .postStore
    var waiting = 0
    for leaf in tailers.leaves where !(leaf.isDown && isAnswered) {
      for post in leaf.waiting.all where posts[post.post].measured != 0 {
        waiting += audience.graph.followerCount(of: posts[post.post].author)
      }
    }
    return LeafEnd(
      broken: broken, audit: auditDeliveries(), isALeafDown: isALeafDown,
      waitingPairs: waiting, rebuilt: measurements.leaves.rebuilds.count)
  }

  /// The newest posts of an author, from an id on: at the post store, and on the leaf.
  fileprivate func bothReads(
    _ author: UInt32, from oldest: UInt32
  ) -> (stored: [UInt32], held: [UInt32]) {
    scratch.reserve(candidates: 1000, authors: 1)
    let ids = oldest..<UInt32(posts.count)
    let authors = [author]
    let count = authors.withUnsafeBufferPointer {
      scratch.pull($0, from: posts, ids: ids, perAuthor: 500, after: 0)
    }
    let stored = (0..<count).map { scratch.ids[$0] }
    let found = leaves.read(author, ids: ids, limit: 500, into: scratch.ids)
    return (stored, (0..<found).map { scratch.ids[$0] })
  }
}
