import Simulation
import Testing

@testable import FeedSystem

/// What a run begins with.
@Suite struct WarmStartTests {
  /// A past of a few posts for each timeline, of more than a timeline holds, and of hundreds of
  /// times as many: the newest are there, in their order, whatever was before them.
  @Test(arguments: [(20, "50"), (400, "50"), (20_000, "50"), (20_000, "1"), (5000, "3k")])
  func timelinesHoldTheNewestOfThePast(_ postsPerDay: Int, _ capacity: String) throws {
    var small = SmallSystem()
    small.users = 60
    small.meanFollows = 12
    small.maximum = 30
    small.warmUp = .zero
    small.length = .seconds(1)
    small.activity = "{postsPerDay: \(postsPerDay), loadsPerDay: 1}"
    small.yaml = "fanOut: {policy: push}\ntimelines: {capacity: \(capacity), lifetime: 6h}"
    try small.run { system in
      let past = UInt32(system.historyCount)
      var by: [[UInt32]] = Array(repeating: [], count: small.users)
      for post in 0..<past { by[Int(system.posts[post].author)].append(post) }
      let room = system.timelines.capacity
      let found = UnsafeMutablePointer<UInt32>.allocate(capacity: room)
      defer { found.deallocate() }
      for viewer in 0..<UInt32(small.users) {
        let due = system.audience.graph.followees(of: viewer).flatMap { by[Int($0)] }.sorted()
        let written = Int(system.timelines.head(viewer).pointee.written)
        #expect(written >= due.count)
        let count = system.timelines.read(viewer, limit: room, ids: 0..<past, into: found)
        let read = (0..<count).map { found[$0] }
        #expect(read == due.suffix(max(0, min(due.count, room - written + due.count))).reversed())
      }
      #expect(system.brokenLaws() == [])
    }
  }
}
