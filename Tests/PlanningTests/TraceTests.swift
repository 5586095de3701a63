import Foundation
import Planning
import Settings
import Testing

@testable import FeedSystem

@Suite struct TraceTests {
  private func trace(
    _ text: String, format: TraceFormat? = nil, key: String? = nil
  ) throws -> Trace {
    try trace(bytes: Array(text.utf8), format, key: key)
  }

  private func trace(
    bytes: [UInt8], _ format: TraceFormat?, key: String? = nil
  ) throws -> Trace {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-trace-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    return try Trace(path: file.path, format: format, key: key)
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
    let replay = try TraceReplay(trace, policy: LRU.self, size: .objects(2))
    #expect(replay.misses == 4 && replay.missRatio == 4.0 / 6)
    #expect(replay.byteMissRatio == 9.0 / 11)
    let roomy = try TraceReplay(trace, policy: LRU.self, size: .objects(3))
    #expect(roomy.misses == 3)
  }

  private static let cloudPhysics = "../shared/data/trace_cloudphysics/cloudPhysicsIO.csv.zst"

  private static let isThere = FileManager.default.fileExists(atPath: cloudPhysics)

  struct Misses: Sendable {
    var policy: String
    var at1k: Int
    var at10k: Int
  }

  /// libCacheSim's counts, commit aa0fc40, with its defaults.
  static let misses = [
    Misses(policy: "lru", at1k: 94_823, at10k: 79_438),
    Misses(policy: "fifo", at1k: 95_520, at10k: 79_210),
    Misses(policy: "lfu", at1k: 95_562, at10k: 81_059),
    Misses(policy: "arc", at1k: 94_027, at10k: 79_413),
    Misses(policy: "sieve", at1k: 93_975, at10k: 81_059),
    Misses(policy: "s3-fifo", at1k: 94_017, at10k: 76_212),
    Misses(policy: "clock", at1k: 94_727, at10k: 84_750),
    Misses(policy: "slru", at1k: 94_084, at10k: 82_234),
    Misses(policy: "2q", at1k: 94_117, at10k: 78_831),
  ]

  @Test(.enabled(if: isThere, "the recorded trace is not in ../shared/data"))
  func missesAsOthersCount() throws {
    let trace = try Trace(path: Self.cloudPhysics)
    #expect(trace.requests == 113_872 && trace.objects == 48_974)
    for row in Self.misses {
      let part = Catalog<any CachePolicy>.cache.parts.first { $0.name == row.policy }
      let policy = try #require(part as? any CachePolicy.Type)
      let small = try TraceReplay(trace, policy: policy, size: .objects(1000))
      let large = try TraceReplay(trace, policy: policy, size: .objects(10_000))
      #expect(small.misses == row.at1k, "\(row.policy)")
      #expect(large.misses == row.at10k, "\(row.policy)")
    }
  }

  /// Request and object counts of Megiddo and Modha's table III.
  @Test(
    .enabled(if: isThere, "the recorded traces are not in ../shared/data"),
    arguments: [("OLTP", 914_145, 186_880), ("P3", 3_912_296, 762_543)])
  func readsTheTracesOfARC(_ name: String, _ requests: Int, _ objects: Int) throws {
    let trace = try Trace(path: "../shared/data/trace_arc/\(name).lis.zst")
    #expect(trace.requests == requests && trace.objects == objects)
  }

  @Test(.enabled(if: isThere, "the recorded traces are not in ../shared/data"))
  func readsNumbersAndSizes() throws {
    let pages = try Trace(path: "../shared/data/trace_cache2k/web07.trace.xz", format: .int32)
    #expect(pages.requests == 76_118 && pages.objects == 20_484)
    let sized = try Trace(path: "../shared/data/trace_adaptsize/request.trace.xz")
    #expect(sized.requests == 66_987 && sized.objects == 36_815)
    let all = try TraceReplay(sized, policy: LRU.self, size: .bytes(1_000_000_000_000))
    #expect(all.misses == 36_815)
  }

  @Test func tellsFormats() throws {
    #expect(try trace("5\n7\n5\n").keys == [0, 1, 0])
    let timed = try trace("0 a1 10\n", format: .timeIdSize)
    #expect(timed.sizes == [10] && timed.instants == [0])
    #expect(try trace("1 7 10\r\n2.5 8 4\r\n").instants == [1, 2.5])
    #expect(try trace("10 3 0 0\n11 1 0 1\n", format: .arc).keys == [0, 1, 2, 1])
    #expect(try trace(bytes: [0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 0, 5], .int32).keys == [0, 1, 0])
    #expect(try trace(bytes: [0, 0, 0, 0, 0, 0, 0, 5], .int64).keys == [0])
    var record: [UInt8] = [9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 0]
    record += [UInt8](repeating: 255, count: 8)
    let oracle = try trace(bytes: record + record, .oracleGeneral)
    #expect(oracle.keys == [0, 0] && oracle.sizes == [256, 256] && oracle.instants == [9, 9])
  }

  @Test func refusesBrokenFiles() {
    #expect(throws: InvalidInput.self) { try trace(bytes: [0, 0, 0, 5], nil) }
    #expect(throws: InvalidInput.self) { try trace(bytes: [0, 0, 0, 5, 1], .int32) }
    #expect(throws: InvalidInput.self) { try trace("1 2\n", format: .timeIdSize) }
    #expect(throws: InvalidInput.self) { try trace("-1 2 3\n", format: .timeIdSize) }
    #expect(throws: InvalidInput.self) { try trace("1 2000000 0 0\n", format: .arc) }
    #expect(throws: InvalidInput.self) { try trace("1 2 0\n", format: .arc) }
    #expect(throws: InvalidInput.self) { try trace("a b\n", format: .ids) }
    #expect(throws: InvalidInput.self) { try trace("", format: .ids) }
  }

  @Test func countsObjectsByTheirSizes() throws {
    // a 3 B, b 2 B, c 6 B is larger than the cache: a miss that drives out nothing.
    let trace = try trace("key,size\na,3\nb,2\nc,6\na,3\nb,2\n")
    let replay = try TraceReplay(trace, policy: LRU.self, size: .bytes(5))
    #expect(replay.misses == 3 && replay.missedBytes == 11)
    #expect(try TraceReplay(trace, policy: LRU.self, size: .bytes(4)).misses == 5)
    let plain = try self.trace("key\na\nb\n")
    #expect(throws: InvalidInput.self) {
      try TraceReplay(plain, policy: LRU.self, size: .bytes(5))
    }
  }

  /// a b a c a b: a is let in at its second request, and answers the third; b at its second.
  @Test func letsIntoTheCacheWhatTheRulesAllow() throws {
    let trace = try trace("key,size\na,3\nb,9\na,3\nc,1\na,3\nb,9\nb,9\n")
    func misses(_ rules: [any AdmissionRule], _ size: CacheSize = .objects(3)) throws -> Int {
      try TraceReplay(trace, policy: LRU.self, size: size, admission: rules).misses
    }
    let second = SecondRequest(falsePositives: 1e-9, remembers: 9)
    #expect(try misses([]) == 3)
    #expect(try misses([second]) == 5)
    #expect(try misses([SizeLimit(atMost: 3)]) == 5)
    #expect(try misses([SizeLimit(atMost: 3), second]) == 6)
    #expect(try misses([SizeLimit(atMost: 2)], .bytes(20)) == 7)
  }

  @Test func objectsOutliveTheirLifetimeByNothing() throws {
    let trace = try trace("time,key\n0,a\n4.999,a\n5,a\n9,a\n10,a\n")
    for policy: any CachePolicy.Type in [LRU.self, TTL.self] {
      let replay = try TraceReplay(trace, policy: policy, size: .objects(9), lifetime: 5)
      // At 0, 5 and 10.
      #expect(replay.misses == 3)
    }
    #expect(
      try TraceReplay(trace, policy: SlidingTTL.self, size: .objects(9), lifetime: 5).misses == 1)
  }
}
