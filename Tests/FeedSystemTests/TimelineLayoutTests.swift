import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What an entry takes, what a read must look up, and what the store forgets.
struct TimelineLayoutTests {
  private func small(_ timelines: String, fanOut: String = "{policy: push}", more: String = "")
    -> SmallSystem
  {
    var small = SmallSystem()
    small.yaml = "fanOut: \(fanOut)\ntimelines: \(timelines)\n\(more)"
    small.length = .seconds(900)
    return small
  }

  /// A billion users' 500 entries, as feeds are planned: 7.3, 18.2, 36.4 and 45.5 TiB.
  @Test func encodingsTakeWhatPlansSay() {
    let tebibytes = EntryEncoding.allCases.map {
      Double($0.bytes(post: 2000)) * 500e9 / 1_099_511_627_776
    }
    let expected = [7.28, 18.19, 36.38, 45.47, 954.97]
    #expect(zip(tebibytes, expected).allSatisfy { abs($0 - $1) < 0.01 }, "\(tebibytes)")
  }

  @Test func entryBytesComeFromTheEncodingUnlessGiven() throws {
    func bytes(_ timelines: String) throws -> Int {
      try small(timelines, more: "post: {bytes: 300B}").settings().0.timelines.entryBytes
    }
    #expect(try bytes("{}") == 16)
    #expect(try bytes("{encoding: row}") == 100)
    #expect(try bytes("{encoding: post}") == 400)
    #expect(try bytes("{encoding: post, entryBytes: 90B}") == 90)
    #expect(try bytes("{entryBytes: 40B}") == 40)
  }

  /// Every ranked post of every load that missed the cache is looked up once, whatever the batch;
  /// a batch of one asks once for each.
  @Test(arguments: [1, 7, 100])
  func looksUpWhatIsRanked(batch: Int) throws {
    let lookUp = "feed: {length: 30, hydration: {batch: \(batch)}}"
    try small("{encoding: packed}", more: lookUp).run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let m = system.measurements.counts
      #expect(m.misses > 300 && m.lookedUp > m.misses * 25)
      #expect(m.lookedUp <= m.misses * 30)
      // But for the few who follow nobody.
      let hydrations = Int(system.measurements.stages[Stage.hydration.rawValue].count)
      #expect(hydrations <= m.misses && hydrations > m.misses * 95 / 100)
      if batch == 1 { #expect(m.queries == m.lookedUp) }
      // At most one more for each of the shards that are asked.
      let shards = system.postShards.shards
      #expect(m.queries * batch >= m.lookedUp)
      #expect(m.queries <= m.lookedUp / batch + m.misses * shards)
    }
  }

  /// Posts that their authors were asked for came whole.
  @Test func whatIsPulledNeedsNoLookUp() throws {
    func fingerprint(_ timelines: String) throws -> UInt64 {
      try small(timelines, fanOut: "{policy: pull}").run { system in
        let lookedUp = system.measurements.postsLookedUp
        #expect(lookedUp == 0)
        return system.fingerprint
      }
    }
    #expect(try fingerprint("{encoding: packed}") == fingerprint("{}"))
  }

  /// The same loads with the same draws: counters are had sooner than posts, and one query sooner
  /// than one for each post.
  @Test func lookUpsTakeTheirTime() throws {
    func latency(_ timelines: String, _ feed: String = "{}") throws -> Double {
      try small(timelines, more: "feed: \(feed)").run { $0.measurements.feedLatency.mean }
    }
    let nothing = try latency("{}")
    let counters = try latency("{encoding: post}")
    let posts = try latency("{encoding: row}")
    let singly = try latency("{encoding: row}", "{hydration: {batch: 1}}")
    #expect(nothing < counters && counters < posts && posts < singly)
    #expect(try latency("{encoding: packed}") == posts)
  }

  @Test func orphansAreThoseWhoNeverCome() throws {
    var some = small("{capacity: 100, encoding: packed}")
    some.activity = "{postsPerDay: 20, loadsPerDay: 60, activeShare: 70%}"
    try some.run { system in
      let figures = system.timelineFigures()
      var orphaned = 0
      var entries = 0
      for viewer in 0..<UInt32(system.audience.graph.userCount) {
        let held = system.timelines.count(of: viewer)
        entries += held
        let isActive = system.audience.activity.loadRate(of: viewer) > 0
        orphaned += isActive ? 0 : held
      }
      #expect(figures.entries == entries && figures.orphaned == orphaned)
      #expect(abs(Double(orphaned) / Double(entries) - 0.3) < 0.03)
      #expect(figures.overshoot == 0)
    }
  }

  /// Windows are dropped as wholes: exactly the posts since the window began in which the oldest
  /// live one lies, from the posts and the graph alone; counted deliveries know it too.
  @Test(arguments: ["entries", "counts"])
  func windowsAreDroppedAsWholes(_ keep: String) throws {
    let limits = "capacity: 20k, read: 500, lifetime: 6h, keep: \(keep)"
    for (window, most) in [("30m", 0.2), ("2h", 0.6)] {
      try small("{\(limits), window: \(window)}", fanOut: "{policy: push, batch: 1M}").run {
        system in
        let length = try #require(system.design.timelines.window).nanoseconds / 1_000_000
        let oldest = system.nowMilliseconds - 6 * 3_600_000
        let opened = Int64((Double(oldest) / Double(length)).rounded(.down)) * length
        var expected = 0
        var live = 0
        for post in 0..<UInt32(system.posts.count) {
          let followers = system.audience.graph.followerCount(of: system.posts[post].author)
          let stored = Int64(system.posts[post].storedMilliseconds)
          expected += stored >= opened ? followers : 0
          live += stored >= oldest ? followers : 0
        }
        let entries = system.timelineFigures().entries
        #expect(entries == expected)
        #expect(expected >= live && live > 50_000)
        #expect(Double(expected) < Double(live) * (1 + most))
      }
    }
  }

  @Test func refusesWindowsBeyondTheClock() {
    #expect(throws: InvalidInput.self) {
      try small("{lifetime: 20d, window: 5d}").settings()
    }
  }
}

/// Trimming by chance against the law of its overshoot.
struct TrimTests {
  /// A timeline that is cut at each of these inserts, insert by insert.
  private func lengths(_ law: TrimLaw, viewer: UInt32, capacity: Int, inserts: UInt32) -> [Int] {
    var length = 0
    return (1...inserts).map { insert in
      length += 1
      if law.cuts(viewer, insert) { length = min(length, capacity) }
      return length
    }
  }

  /// Looking back finds what cutting insert by insert would have left, and the store gives it.
  @Test(arguments: [0.05, 0.3, 1.0])
  func lookingBackIsCutting(chance: Double) throws {
    let law = TrimLaw(chance: chance, seed: 9)
    let store = try TimelineStore(users: 20, capacity: 10, trim: law, memory: TimelineMemory())
    let out = UnsafeMutablePointer<UInt32>.allocate(capacity: 1000)
    defer { out.deallocate() }
    for viewer in 0..<20 as Range<UInt32> {
      let lengths = lengths(law, viewer: viewer, capacity: 10, inserts: 400)
      for insert in 1...400 as ClosedRange<UInt32> {
        store.insert(insert, into: viewer)
        let length = min(lengths[Int(insert) - 1], 10 + law.room)
        let held = store.count(of: viewer)
        #expect(held == length)
        let count = store.read(viewer, limit: 1000, ids: 0..<1000, into: out)
        #expect(count == length && out[0] == insert)
        #expect(out[length - 1] == insert + 1 - UInt32(length))
      }
    }
  }

  /// The mean over many timelines is the geometric law's, within four standard errors.
  @Test(arguments: [0.01, 0.1, 0.5])
  func overshootIsGeometric(chance: Double) {
    let law = TrimLaw(chance: chance, seed: 4)
    let viewers = 200_000
    var sum = 0
    var none = 0
    for viewer in 0..<UInt32(viewers) {
      let beyond = law.overshoot(viewer, written: 1_000_000)
      sum += beyond
      none += beyond == 0 ? 1 : 0
    }
    let mean = TrimLaw.meanOvershoot(chance: chance, room: law.room)
    let error = (1 - chance).squareRoot() / chance / Double(viewers).squareRoot()
    #expect(abs(mean - (1 - chance) / chance) < 0.01 * mean)
    #expect(abs(Double(sum) / Double(viewers) - mean) < 4 * error)
    #expect(abs(Double(none) / Double(viewers) - chance) < 0.005)
  }

  /// In a run: full timelines lie beyond their capacity by the law's mean, and deliveries are what
  /// they are without.
  @Test func aRunOvershootsAsTheLawSays() throws {
    func run(_ trim: String) throws -> (TimelineFigures, DeliveryAudit) {
      var small = SmallSystem()
      small.yaml = "fanOut: {policy: push}\ntimelines: {capacity: 50, trim: \(trim)}"
      small.length = .seconds(300)
      return try small.run { ($0.timelineFigures(), $0.auditDeliveries()) }
    }
    let (always, audit) = try run("100%")
    let (seldom, other) = try run("10%")
    #expect(audit == other && always.overshoot == 0)
    let overshoot = try #require(seldom.overshoot)
    #expect(abs(overshoot - 9) < 1)
    #expect(seldom.entries > always.entries)
  }
}

extension Measurements {
  fileprivate var counts: (misses: Int, lookedUp: Int, queries: Int) {
    (feedCacheMisses, postsLookedUp, lookUpQueries)
  }
}
