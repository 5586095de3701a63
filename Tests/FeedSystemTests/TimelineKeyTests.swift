import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Timelines whose primary key is the viewer and the time.
struct TimelineKeyTests {
  private func small(_ timelines: String, fanOut: String = "{policy: push}") -> SmallSystem {
    var small = SmallSystem()
    small.users = 800
    small.maximum = 300
    small.warmUp = .zero
    small.length = .seconds(900)
    small.activity = "{postsPerDay: 200, loadsPerDay: 40, activeShare: 70%}"
    small.yaml = "fanOut: \(fanOut)\ntimelines: {\(timelines)}"
    return small
  }

  /// Of each viewer's posts of one tick all but one: counted from posts and graph alone.
  private func overwrites(_ system: FeedSystem, tick: Int) -> (lost: Int, rows: Int) {
    var posted: [[Int]] = Array(repeating: [], count: system.audience.graph.userCount)
    for post in 0..<UInt32(system.posts.count) {
      posted[Int(system.posts[post].author)].append(Int(system.posts[post].storedMilliseconds))
    }
    var due = 0
    var rows = 0
    for viewer in 0..<UInt32(system.audience.graph.userCount) {
      var ticks = Set<Int>()
      for author in system.audience.graph.followees(of: viewer) {
        for time in posted[Int(author)] {
          due += 1
          ticks.insert(time / tick)
        }
      }
      rows += ticks.count
    }
    return (due - rows, rows)
  }

  @Test(arguments: [(1, 0), (200, 50), (1000, 500), (30_000, 5000)])
  func theAuditFindsEveryOverwrittenRow(_ tick: Int, _ least: Int) throws {
    let key = "key: time, tick: \(tick)ms, capacity: 60k"
    try small(key).run(warmStart: false) { system in
      let expected = overwrites(system, tick: tick)
      let audit = system.auditDeliveries()
      #expect(audit.due == expected.lost + expected.rows && audit.due > 20_000)
      #expect(audit.overwritten == expected.lost && expected.lost >= least)
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.exact)
      #expect(system.timelineFigures().entries == expected.rows)
      #expect(system.measurements.entriesWritten == audit.due)
      #expect(system.brokenLaws() == [])
    }
  }

  @Test func withThePostInTheKeyNothingIsLost() throws {
    try small("key: post").run(warmStart: false) { system in
      #expect(overwrites(system, tick: 1000).lost > 100)
      let audit = system.auditDeliveries()
      #expect(audit.overwritten == 0 && audit.lost == 0)
    }
  }

  /// Timelines that hold less than was written, that begin with a past, and that catch up: nothing
  /// is lost but what was overwritten.
  @Test(arguments: [
    "{policy: push}", "{policy: hybrid, pushBelow: 20, pullFrom: 150, activeWindow: 20m}",
  ])
  func nothingElseIsLost(_ fanOut: String) throws {
    var small = small("key: time, tick: 1s, capacity: 50", fanOut: fanOut)
    small.warmUp = .seconds(300)
    try small.run { system in
      let audit = system.auditDeliveries()
      #expect(audit.overwritten > 100 && audit.lost == 0 && audit.duplicate == 0)
      #expect(audit.exact && system.brokenLaws() == [])
    }
  }

  /// The row that is replaced may have moved to the ring or not.
  @Test func replacesWhereverTheRowLies() throws {
    let store = try TimelineStore(users: 2, capacity: 16, memory: TimelineMemory())
    for post in 0..<10 as Range<UInt32> { store.insert(post * 10, into: 1) }
    #expect(store.replace(anyOf: 30..<31, in: 1, by: 33) == 30)
    #expect(store.replace(anyOf: 90..<99, in: 1, by: 99) == 90)
    #expect(store.replace(anyOf: 41..<50, in: 1, by: 7) == nil)
    #expect(store.replace(anyOf: 0..<99, in: 0, by: 7) == nil)
    var held = [UInt32](repeating: 0, count: 16)
    let count = held.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { store.read(1, limit: 16, ids: 0..<1000, into: $0) } ?? 0
    }
    #expect(held[..<count] == [99, 80, 70, 60, 50, 40, 33, 20, 10, 0])
  }
}
