import FeedSystem
import Foundation
import Planning
import Settings
import Testing

@Suite struct TraceTests {
  private func trace(_ text: String, key: String? = nil) throws -> Trace {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-trace-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try Trace(path: file.path, key: key)
  }

  @Test func numbersObjectsAsTheyAppear() throws {
    let trace = try trace("time,obj_id,size\n0,7,10\n0.5,007,1\n3,\"a,b\",2\n4,7,30\n5,\"a,b\",2\n")
    #expect(trace.keys == [0, 1, 2, 0, 2])
    #expect(trace.sizes == [10, 1, 2, 30, 2])
    #expect(trace.objects == 3 && trace.times == 0...5)
    let found = TraceStatistics(trace)
    #expect(found.oneHitWonders == 1 && found.maximumRequests == 2)
    #expect(found.requestedBytes == 45 && found.objectBytes == 33)
    #expect(found.topPercentShare == 0.4)
  }

  @Test func findsTheKeyColumn() throws {
    #expect(try trace("lbn\n1\n2\n1\n").keys == [0, 1, 0])
    #expect(try trace("\u{FEFF}ID,x\r\n1,9\r\n\r\n2,9\r\n").keys == [0, 1])
    #expect(try trace("a,b\n1,9\n2,9\n", key: "b").keys == [0, 0])
    #expect(throws: InvalidInput.self) { try trace("a,b\n1,9\n") }
    #expect(throws: InvalidInput.self) { try trace("a,b\n1,9\n", key: "c") }
  }

  /// a b c a d: with two places, only the second a could hit, and b, c pushed it out.
  @Test func replaysByHand() throws {
    let trace = try trace("key,size\na,1\nb,2\na,1\nc,4\na,1\nb,2\n")
    let replay = try TraceReplay(trace, policy: LRU(capacity: 2, keys: trace.objects))
    #expect(replay.misses == 4 && replay.missRatio == 4.0 / 6)
    #expect(replay.byteMissRatio == 9.0 / 11)
    let roomy = try TraceReplay(trace, policy: LRU(capacity: 3, keys: trace.objects))
    #expect(roomy.misses == 3)
  }

  private static let cloudPhysics = "../shared/data/trace_cloudphysics/cloudPhysicsIO.csv.zst"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: cloudPhysics),
      "the recorded trace is not in ../shared/data"),
    arguments: [(1000, 94_823), (10_000, 79_438)])
  func missesAsOthersCount(_ size: Int, _ misses: Int) throws {
    let trace = try Trace(path: Self.cloudPhysics)
    #expect(trace.requests == 113_872 && trace.objects == 48_974)
    let replay = try TraceReplay(trace, policy: LRU(capacity: size, keys: trace.objects))
    #expect(replay.misses == misses)
  }
}
