import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Counts on their way into the database, and what crashes make of them.
struct WriteBehindTests {
  /// When each like is opened, in seconds, and of which post; it is counted a second later.
  private struct Like {
    var post: UInt32
    var at: Double
  }

  private struct Outcome: Equatable {
    var stored = 0
    var lost = 0
    var doubled = 0
    /// What readers see at the end, over all posts.
    var shown = 0
    var writes = 0
  }

  /// Two posts stored at 2 s; a write takes a second of its shard's only server and half a second
  /// of network to be answered; flushes at 5 s, 10 s, …
  private func outcome(_ counters: String, _ likes: [Like]) throws -> Outcome {
    let audience = WrittenAudience(
      follows: [(1, 0), (2, 0)], posts: [0, 0, 0], loads: [0, 0, 0]
    ).audience
    let yaml = """
      fanOut: {policy: pull}
      network: {roundTrip: 500ms, client: 0s, eventBus: 0s}
      tiers:
        gateway: {visit: constant(0s)}
        feedCache: {visit: constant(0s)}
        postStore: {shards: 1, visit: constant(1s), perUnit: 0s}
      counters: \(counters)
      """
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let design = try Design(&parameters)
    var traffic = try TrafficSettings(&parameters).traffic(for: audience.graph, window: .start)
    traffic.scripted = [(at: .start, author: 0), (at: .start, author: 1)]
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic, seed: 1, memory: TimelineMemory())
    system.start(measuring: .start..<(.start + .seconds(3600)))
    for (index, like) in likes.enumerated() {
      system.measurements.engagementsOpened += 1
      let id = system.engagements.take(
        EngageRow(
          viewer: 1, post: like.post, kind: .like, key: JourneyKind.engage.key(UInt64(index))))
      system.calendar.schedule(
        .engage(id, .opened), at: .start + Duration(seconds: like.at))
    }
    // Two servers, until both posts are stored.
    system.run(until: .start + Duration(seconds: 2.2))
    system.resize(to: Fleet { _ in 1 })
    system.run(until: .start + .seconds(3600))
    system.drain(until: .start + .seconds(7200))
    #expect(system.brokenLaws() == [])
    let isDrained = system.measurements.drained
    #expect(isDrained)
    return Outcome(
      stored: system.measurements.storage.countsStored,
      lost: system.measurements.storage.countsLost,
      doubled: system.measurements.storage.countsDoubled, shown: Int(system.posts.countsTotal),
      writes: system.measurements.storage.counterWrites)
  }

  /// Counted at 2.5, 3.5 and 4.5 s, and one at 5.5 s that the first flush does not have.
  private static let likes = [1.5, 2.5, 3.5, 4.5].map { Like(post: 0, at: $0) }

  /// The first flush's write is served from 5 s to 6 s and answered at 6.5 s. Each row is a crash:
  /// what is lost and what is doubled of four likes.
  @Test(arguments: [
    ("clearFirst, buffer: process", "5.8s", 4, 0), ("clearFirst, buffer: shared", "5.8s", 3, 0),
    ("writeFirst, buffer: process", "5.8s", 4, 0), ("writeFirst, buffer: shared", "5.8s", 0, 0),
    ("clearFirst, buffer: process", "6.2s", 1, 0), ("clearFirst, buffer: shared", "6.2s", 0, 0),
    ("writeFirst, buffer: process", "6.2s", 1, 0), ("writeFirst, buffer: shared", "6.2s", 0, 3),
    ("writeFirst, buffer: shared, idempotent: true", "6.2s", 0, 0),
    ("clearFirst, buffer: process", "4.9s", 3, 0), ("writeFirst, buffer: shared", "4.9s", 0, 0),
    ("clearFirst, buffer: process", "7s", 1, 0), ("writeFirst, buffer: shared", "7s", 0, 0),
    ("clearFirst, buffer: process", "30s", 0, 0), ("writeFirst, buffer: shared", "30s", 0, 0),
  ])
  func crashesLoseAndDoubleExactly(
    _ order: String, _ crash: String, _ lost: Int, _ doubled: Int
  ) throws {
    for read in ["immediate", "stored"] {
      let found = try outcome("{order: \(order), crashAt: \(crash), read: \(read)}", Self.likes)
      #expect(found.lost == lost && found.doubled == doubled && found.stored == 4 - lost)
      #expect(found.shown == (read == "immediate" ? 4 : 4 - lost + doubled))
    }
  }

  /// A flush is cleared as a whole: of two writes the first is answered at 6.5 s, and kept until
  /// the second is, which is served at 7 s.
  @Test func aFlushIsClearedAsAWhole() throws {
    let likes = [Like(post: 0, at: 2), Like(post: 0, at: 3), Like(post: 1, at: 3)]
    let late = try outcome("{order: writeFirst, crashAt: 6.8s}", likes)
    #expect(late == Outcome(stored: 3, lost: 0, doubled: 2, shown: 3, writes: 3))
    let twice = try outcome("{order: writeFirst, crashAt: [6.8s, 13s]}", likes)
    // Both are served again by 12.8 s and 13.8 s: the first a third time from 18 s on.
    #expect(twice == Outcome(stored: 3, lost: 0, doubled: 4, shown: 3, writes: 4))
    let seed = try outcome("{order: clearFirst, buffer: process, crashAt: 6.8s}", likes)
    #expect(seed == Outcome(stored: 2, lost: 1, doubled: 0, shown: 3, writes: 1))
  }

  /// A write is a post and an interval with any count at all, whatever their number.
  @Test(arguments: [2, 5, 60])
  func writesAreThePostsOfEachInterval(_ interval: Int) throws {
    var stream = RandomStream(seed: UInt64(interval), purpose: 3)
    var likes: [Like] = []
    var expected = Set<Int>()
    for _ in 0..<400 {
      // Never on an interval's end.
      let at = 2 + Int(stream.below(600))
      let post = Int(stream.below(2))
      likes.append(Like(post: UInt32(post), at: Double(at) + 0.25))
      expected.insert((at + 1) / interval * 2 + post)
    }
    let found = try outcome("{writeBehind: \(interval)s}", likes)
    #expect(
      found
        == Outcome(
          stored: 400, lost: 0, doubled: 0, shown: 400, writes: expected.count))
  }

  /// Buffering moves no count and makes no reader see another: only the writes are fewer.
  @Test func whatIsReadFromTheDatabaseIsBehind() throws {
    var ages: [Double] = []
    for read in ["immediate", "stored"] {
      var small = SmallSystem()
      small.length = .seconds(900)
      small.yaml = "fanOut: {policy: push}\ncounters: {writeBehind: 5s, read: \(read)}"
      try small.run { system in
        #expect(system.brokenLaws() == [])
        let storage = system.measurements.storage.counterWrites
        #expect(storage > 500 && storage < system.measurements.engagementsMeasured)
        // The oldest count of a write has waited for at most an interval and the write itself.
        let least = system.measurements.storage.writeAge.minimum
        let most = system.measurements.storage.writeAge.maximum
        let mean = system.measurements.storage.writeAge.mean
        #expect(least >= 0 && most < 5_500_000_000 && mean > 1e9)
        ages.append(system.measurements.storage.readAge.mean)
      }
    }
    #expect(ages[0] == 0 && ages[1] > 0)
  }
}
