import Foundation
import Simulation
import Testing

@testable import FeedSystem
@testable import Planning

/// The misses of all sizes at once, against one replay a size and against stacks that are searched.
@Suite struct TraceCurveTests {
  /// Keys of a Zipf law with now and then a scan, numbered as they appear.
  static func trace(_ requests: Int, keys: Int, alpha: Double = 0.9, seed: UInt64) -> Trace {
    var stream = RandomStream(seed: seed, purpose: 1)
    let zipf = Zipf(alpha: alpha, count: keys)
    var drawn: [Int] = []
    while drawn.count < requests {
      if stream.below(2000) == 0 {
        drawn += 0..<Int(stream.below(UInt64(keys)))
      } else {
        drawn.append(zipf.sample(&stream))
      }
    }
    return trace(Array(drawn.prefix(requests)))
  }

  static func trace(_ objects: [Int], sizes: ((Int) -> UInt64)? = nil) -> Trace {
    var numbers: [Int: UInt32] = [:]
    var keys: [UInt32] = []
    for object in objects {
      let number = numbers[object] ?? UInt32(numbers.count)
      numbers[object] = number
      keys.append(number)
    }
    return Trace(keys: keys, sizes: sizes.map(objects.map) ?? [], objects: numbers.count)
  }

  @Test func missesAsAReplayOfEverySize() throws {
    let trace = Self.trace(30_000, keys: 200, seed: 1)
    let curve = MissCurve(trace)
    for size in 1...(trace.objects + 2) {
      let replay = try TraceReplay(trace, policy: LRU.self, size: .objects(size))
      #expect(curve.misses(size: size) == Double(replay.misses), "size \(size)")
    }
    #expect(curve.misses(size: 0) == 30_000)
  }

  /// Long enough for the line to be compacted many times, with objects that come late.
  @Test func distancesAsInASearchedStack() {
    let trace = Self.trace(60_000, keys: 500, alpha: 0.6, seed: 2)
    var order = RecencyOrder(objects: trace.objects)
    var stack: [UInt32] = []
    var differences = 0
    for (number, key) in trace.keys.enumerated() {
      let at = stack.lastIndex(of: key)
      let expected = at.map { stack.count - 1 - $0 }
      if order.request(key) != expected { differences += 1 }
      if let at { stack.remove(at: at) }
      stack.append(key)
      if number % 1000 == 999 { order.remove(stack.remove(at: number % stack.count)) }
    }
    #expect(differences == 0)
    #expect(order.count == stack.count)
  }

  @Test func missesBytesAsAReplay() throws {
    let objects = Self.trace(20_000, keys: 150, seed: 3).keys.map(Int.init)
    let trace = Self.trace(objects) { UInt64($0 * 37 % 101) }
    let capacities = [100, 101, 250, 777, 2000, 5000, 1_000_000]
    let found = ByteMisses(trace, capacities: capacities)
    #expect(found.largest == 100 && found.changing == 0)
    for (capacity, misses) in zip(capacities, found.misses) {
      let replay = try TraceReplay(trace, policy: LRU.self, size: .bytes(capacity))
      #expect(misses == replay.misses, "\(capacity) B")
    }
    #expect(found.isExact == [true, true, true, true, true, true, true])
    #expect(ByteMisses(trace, capacities: [99]).isExact == [false])
    var changing = trace
    changing.sizes[19_999] += 1
    #expect(ByteMisses(changing, capacities: [777]).isExact == [false])
  }

  @Test func aSampleOfAllIsExact() throws {
    let trace = Self.trace(20_000, keys: 300, seed: 4)
    let exact = MissCurve(trace)
    let rate = try #require(MissCurve(trace, sample: .rate(1)))
    let size = try #require(MissCurve(trace, sample: .objects(300)))
    #expect(rate == exact && size == exact)
    #expect(rate.meanAbsoluteError(against: exact) == 0)
    #expect(MissCurve(trace, sample: .rate(1e-9)) == nil)
  }

  /// A tenth of 20,000 objects: the paper's errors at so many samples are near 0.01.
  @Test(arguments: [MissCurveSample.rate(0.1), .objects(2000), .objects(500)])
  func aSampleIsNearTheCurve(_ sample: MissCurveSample) throws {
    let trace = Self.trace(200_000, keys: 20_000, alpha: 0.8, seed: 5)
    let exact = MissCurve(trace)
    let sampled = try #require(MissCurve(trace, sample: sample))
    #expect(sampled.objects < 2200)
    if case .objects(let most) = sample { #expect(sampled.objects <= most) }
    #expect(sampled.meanAbsoluteError(against: exact) < 0.04)
    #expect(sampled.meanAbsoluteError(against: exact) > 0)
    #expect(sampled.missRatio(size: 0) == 1)
  }

  private static let cloudPhysics = "../shared/data/trace_cloudphysics/cloudPhysicsIO.csv.zst"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: cloudPhysics),
      "the recorded trace is not in ../shared/data"))
  func missesAsOthersCount() throws {
    let trace = try Trace(path: Self.cloudPhysics)
    let curve = MissCurve(trace)
    #expect(curve.misses(size: 1000) == 94_823 && curve.misses(size: 10_000) == 79_438)
    #expect(curve.misses(size: 48_974) == 48_974)
    let sampled = try #require(MissCurve(trace, sample: .rate(0.1)))
    #expect(sampled.meanAbsoluteError(against: curve) < 0.05)
  }
}

@Suite struct TraceStatisticsTests {
  @Test func countsReuseByHand() throws {
    // a b a c b b a: repeats a (2, 1 other), b (3, 2 others: a, c), b (1, 0), a (4, 2: c, b).
    let trace = TraceCurveTests.trace([0, 1, 0, 2, 1, 1, 0])
    let reuse = try #require(TraceStatistics(trace).reuse)
    #expect(reuse.share == 4.0 / 7)
    #expect(reuse.distance.p50 == 2 && reuse.distance.p90 == 4)
    #expect(reuse.stackDistance.p50 == 1 && reuse.stackDistance.p99 == 2)
    #expect(TraceStatistics(TraceCurveTests.trace([0, 1, 2])).reuse == nil)
    #expect(TraceStatistics(TraceCurveTests.trace([0])).zipf == nil)
  }

  @Test func workingSetsAreMeansOfAllWindows() {
    let drawn = TraceCurveTests.trace(3000, keys: 400, seed: 6).keys.map(Int.init)
    let trace = TraceCurveTests.trace(drawn) { UInt64($0 + 1) }
    let sets = TraceStatistics(trace).workingSets
    #expect(sets.map(\.window) == [1000])
    // Every object has one size, so it does not matter which request it is of.
    var sizes = [UInt64](repeating: 0, count: trace.objects)
    for (key, size) in zip(trace.keys, trace.sizes) { sizes[Int(key)] = size }
    var objects = 0
    var bytes = 0.0
    for start in 0...2000 {
      let window = Set(trace.keys[start..<(start + 1000)])
      objects += window.count
      for key in window.sorted() { bytes += Double(sizes[Int(key)]) }
    }
    #expect(abs(sets[0].objects - Double(objects) / 2001) < 1e-9)
    #expect(abs((sets[0].bytes ?? 0) - bytes / 2001) < 1e-6)
  }

  /// Counts that are exactly a Zipf law's, and requests drawn from one.
  @Test(arguments: [0.0, 0.5, 1.0, 1.7])
  func findsTheExponent(_ alpha: Double) throws {
    let counts = (1...500).map { Int((1e9 * power(Double($0), -alpha)).rounded()) }
    let fit = try #require(ZipfFit(counts))
    #expect(abs(fit.exponent - alpha) < 1e-4)
    var stream = RandomStream(seed: 7, purpose: 1)
    let law = Zipf(alpha: alpha, count: 50)
    var drawn = [Int](repeating: 0, count: 50)
    for _ in 0..<100_000 { drawn[law.sample(&stream)] += 1 }
    let sampled = try #require(ZipfFit(drawn.sorted(by: >)))
    // Ranked by what was drawn, the law looks a little steeper; most of all where it is flat.
    #expect(sampled.exponent > alpha - 4 * sampled.standardError)
    #expect(sampled.exponent < alpha + 4 * sampled.standardError + (alpha == 0 ? 0.02 : 0.003))
    #expect(sampled.standardError > 0.001 && sampled.standardError < 0.01)
  }
}
