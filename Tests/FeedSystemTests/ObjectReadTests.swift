import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Whole runs that read objects through followers and the leader.
struct ObjectReadTests {
  /// A hundred users who load and react often, with a slow database: reads and writes meet.
  private func run(
    _ cache: String, seed: UInt64 = 5, objects: String = "", window: Double = 120,
    database: String = "200ms"
  ) -> LeafRun {
    var run = LeafRun(seed: seed, policy: "pull")
    run.tiers = "objectStore: {visit: exponential(mean \(database)), shards: 4}"
    run.perDay = 4000
    run.window = Duration(seconds: window)
    run.lifetime = "10m"
    run.more = """
      objects:
        \(objects)
        cache:
          \(cache.replacing("\n", with: "\n    "))
      engagement: {likes: 10%, comments: 2%, shares: 1%}
      sessions: {loads: 3, pages: 1.5, thinkTime: exponential(mean 3s)}
      feed: {page: 5, length: 20}
      """
    return run
  }

  private static let small = """
    follower: {clusters: 2, size: 10%}
    leader: {size: 20%}
    """

  /// Without room for anything the caches are not there: the same run, event by event.
  @Test func cachesOfNothingAreNone() throws {
    let none = try run("follower: {size: 0}\nleader: {size: 0%}").look { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      return system.fingerprint
    }
    var plain = run("")
    plain.more = plain.more.replacing("objects:\n  \n  cache:\n    \n", with: "objects: {}\n")
    let without = try plain.look { $0.fingerprint }
    let with = try run(Self.small).look { $0.fingerprint }
    #expect(none == without && none != with)
  }

  static let rules = [
    "lease: {length: 0s}", "lease: {}", "lease: {whenHeld: join}", "lease: {whenHeld: stale}",
    "lease: {length: 20ms, whenHeld: join}", "lease: {length: 20ms, release: anyone}",
    "lease: {length: 20ms, retry: 5ms}\ninvalidation: {batch: 5, every: 2s}",
    "gutter: {size: 5%}\nfailure: {at: 10s, share: 50%, for: 30s}",
    "failure: {at: 10s, for: 5s, cluster: 1, warmUp: {from: 0, for: 40s}}",
  ]

  /// Wherever a run stops, its books are right, and at the end nothing is under way.
  @Test(arguments: rules)
  func everyLawHoldsAtAnyMoment(_ rule: String) throws {
    for (index, levels) in [
      Self.small, "follower: {size: 0}\nleader: {size: 10%, ttl: 5s}",
      "follower: {size: 10%, ttl: 2s, policy: s3-fifo}\nleader: {size: 0}",
    ].enumerated() {
      if index == 1, rule.contains("failure") { continue }
      if index == 2, rule.contains("cluster: 1") { continue }
      for seed in 0..<UInt64(4) {
        var run = run("\(levels)\n\(rule)", seed: seed, objects: "pageLimit: 3", window: 60)
        run.stop = seed == 0 ? nil : Double(seed) * 13.7
        try run.look(servers: 16) { system in
          let broken = system.brokenLaws()
          #expect(broken == [], "\(rule), \(index), seed \(seed)")
          let reads = system.objectCaches.databaseReads
          #expect(reads > 20)
          if seed == 0 {
            let underWay = system.objectsUnderWay
            let drained = system.measurements.drained
            #expect(underWay == 0 && drained)
          }
        }
      }
    }
  }

  /// With leases one reader at a time fetches an object; without, as many as miss it.
  @Test func leasesLetOneReaderThrough() throws {
    func most(_ lease: String) throws -> (together: Int, reads: Int, staleFills: Int) {
      let slow = run("\(Self.small)\nlease: {\(lease)}", database: "3s")
      return try slow.look(servers: 2000) { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let m = (
          system.objectCaches.measurements.concurrentFetches, system.objectCaches.databaseReads,
          system.objectCaches.measurements.leader.staleFills
        )
        return m
      }
    }
    let without = try most("length: 0s")
    let retry = try most("")
    let join = try most("whenHeld: join")
    let stale = try most("whenHeld: stale")
    #expect(without.together > 2 && without.staleFills > 0)
    for with in [retry, join, stale] {
      // A write voids a lease: then a second reader may fetch beside the first.
      #expect(with.together < without.together && with.staleFills == 0)
      #expect(with.reads < without.reads)
    }
  }

  /// Without writes there are none beside the first, whatever else happens, and nothing is stale.
  @Test func withoutWritesOneFetchAtATime() throws {
    for lease in ["", "whenHeld: join", "whenHeld: stale"] {
      var run = run("\(Self.small)\nlease: {\(lease)}")
      run.more = run.more.replacing(
        "engagement: {likes: 10%, comments: 2%, shares: 1%}",
        with: "engagement: {likes: 0%, comments: 0%, shares: 0%}")
      try run.look { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let m = system.objectCaches.measurements.concurrentFetches
        let stale = system.objectCaches.measurements.follower.stale
        let messages = system.objectCaches.invalidations.counts.messages
        #expect(m == 1 && stale == 0 && messages == 0)
      }
    }
  }

  /// Each write is told to each cluster once, in packets; and every reaction and follow is a write.
  @Test func everyWriteIsTold() throws {
    try run("\(Self.small)\ninvalidation: {batch: 4, every: 5s}").look { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let counts = system.objectCaches.invalidations.counts
      #expect(counts.messages == 2 * system.measurements.engagementsCounted)
      #expect(counts.messages > 500)
      #expect(counts.applied == counts.messages)
      #expect(counts.packets * 4 >= counts.messages && counts.packets * 3 < counts.messages)
    }
  }

  /// The later followers hear of writes, the more of what they give out is old, and the older.
  @Test func laterNewsIsStalerNews() throws {
    var shares: [Double] = []
    var ages: [Double] = []
    for lag in ["1ms", "300ms", "3s", "30s"] {
      let text = """
        follower: {clusters: 2, size: 90%}
        leader: {size: 90%}
        invalidation: {lag: constant(\(lag))}
        """
      let (stale, answers, age) = try run(text).look { system in
        let level = system.objectCaches.measurements.follower
        return (
          level.stale, level.answers, system.objectCaches.measurements.followerStaleAge.mean
        )
      }
      shares.append(Double(stale) / Double(answers))
      ages.append(age)
    }
    #expect(shares == shares.sorted() && shares[3] > 2 * shares[1])
    #expect(ages == ages.sorted())
  }

  /// Nothing that followers give out is older than the lag, where fills are from after the write;
  /// the leader, which hears of writes at once, gives out nothing old.
  @Test func stalenessIsBoundedByTheLag() throws {
    for lease in ["", "whenHeld: join"] {
      let text = "\(Self.small)\ninvalidation: {lag: constant(200ms)}\nlease: {\(lease)}"
      try run(text).look { system in
        let age = system.objectCaches.measurements.followerStaleAge.maximum
        let stale = system.objectCaches.measurements.follower.stale
        let atLeader = system.objectCaches.measurements.leader.stale
        #expect(stale > 3 && age <= 200_000_000)
        #expect(atLeader == 0)
      }
    }
  }

  /// Of a failed server's keys the leader, or the gutter, takes the reads.
  @Test func gutterTakesAFailedServersReads() throws {
    func look(_ more: String) throws -> (leader: Int, gutter: Int, answers: Int) {
      let text = "follower: {size: 90%}\nleader: {size: 90%}\n\(more)"
      return try run(text).look { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let leader = system.objectCaches.measurements.leader.reads
        let gutter = system.objectCaches.measurements.gutter
        return (leader, gutter.reads, gutter.hits)
      }
    }
    let whole = try look("gutter: {size: 20%, ttl: 20s}")
    let failed = try look("failure: {at: 20s, share: 60%, for: 80s}")
    let caught = try look("failure: {at: 20s, share: 60%, for: 80s}\ngutter: {size: 20%, ttl: 20s}")
    #expect(whole.gutter == 0 && failed.gutter == 0)
    #expect(caught.gutter > 500 && caught.answers * 2 > caught.gutter)
    #expect(caught.leader < failed.leader && whole.leader < caught.leader)
  }

  /// A cold cluster asks the warm one instead of the leader.
  @Test func aWarmClusterFillsAColdOne() throws {
    func look(_ warmUp: String) throws -> (leader: Int, warm: Int) {
      let text = """
        follower: {clusters: 2, size: 90%}
        leader: {size: 90%}
        failure: {at: 60s, cluster: 1\(warmUp)}
        """
      return try run(text).look { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let leader = system.objectCaches.measurements.leader.reads
        let warm = system.objectCaches.measurements.warmHits
        return (leader, warm)
      }
    }
    let cold = try look("")
    let warm = try look(", warmUp: {from: 0, hold: 0s}")
    #expect(cold.warm == 0 && warm.warm > 30 && warm.leader < cold.leader)
  }

  /// What the warm cluster has not heard of yet would stay in the cold one: holding off refuses it.
  @Test func holdingOffKeepsAStaleFillOut() throws {
    func oldest(_ hold: String) throws -> (age: Int64, refused: Int) {
      let text = """
        follower: {clusters: 2, size: 90%}
        leader: {size: 90%}
        invalidation: {lag: exponential(mean 500ms)}
        failure: {at: 10s, cluster: 1, warmUp: {from: 0, hold: \(hold)}}
        """
      return try run(text).look { system in
        let age = system.objectCaches.measurements.followerStaleAge.maximum
        let refused = system.objectCaches.measurements.fillsRefused
        return (age, refused)
      }
    }
    let (without, held) = (try oldest("0s"), try oldest("10s"))
    #expect(without.age > held.age && held.refused > without.refused)
  }

  /// Whom a viewer follows is read through the caches too, and a change of it is a write.
  @Test func followsAreReadThroughTheCaches() throws {
    var run = run(Self.small)
    run.more += "\ntraffic: {follows: {followsPerDay: 500, unfollowsPerDay: 500}}"
    try run.look { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let changes = system.measurements.follows.begun + system.measurements.follows.ended
      let messages = system.objectCaches.invalidations.counts.messages
      #expect(changes > 20)
      #expect(messages == 2 * (system.measurements.engagementsCounted + changes))
      #expect(system.measurements.stages[Stage.graph.rawValue].count > 100)
    }
  }

  /// A wait, a fill or a message that is not booked breaks a law.
  @Test func aLostBookingIsFound() throws {
    try run(Self.small).look { system in
      system.objectCaches.waitsEnded += 1
      let waits = system.checkConservation().filter { !$0.passed }.map(\.name)
      #expect(waits == ["object reads balance"])
      system.objectCaches.waitsEnded -= 1
      system.objectCaches.databaseReads += 1
      let reads = system.checkConservation().filter { !$0.passed }.map(\.name)
      #expect(reads == ["object fills balance"])
    }
  }
}
