import Glibc

/// One benchmark: what it measures, and how; listed in `Benchmark.all` of the program.
public struct Benchmark: Sendable {
  public let name: String
  public let summary: String
  /// Takes minutes: runs when it is named, or with --large.
  public let isLong: Bool
  /// Of a size; `Note` is told what a person would want to know meanwhile.
  public let run: @Sendable (BenchSize, Note) throws -> [BenchLine]

  public typealias Note = (String) -> Void

  public init(
    name: String, summary: String, isLong: Bool = false,
    run: @escaping @Sendable (BenchSize, Note) throws -> [BenchLine]
  ) {
    self.name = name
    self.summary = summary
    self.isLong = isLong
    self.run = run
  }
}

/// Small inputs keep the benchmarks honest in the tests; large ones fill the caches.
public enum BenchSize: Sendable {
  case small, large
}

/// One measured figure.
public struct BenchLine: Sendable, Encodable {
  public var name: String
  public var value: Double
  public var unit: String
  /// This figure over the baseline's, measured in the same run; nil where there is none.
  public var ratio: Double?
  public var baseline: String?
  /// What the design asks for.
  public var target: String?

  public init(
    name: String, value: Double, unit: String, ratio: Double? = nil, baseline: String? = nil,
    target: String? = nil
  ) {
    self.name = name
    self.value = value
    self.unit = unit
    self.ratio = ratio
    self.baseline = baseline
    self.target = target
  }
}

public enum BenchTimer {
  /// CPU nanoseconds for each of `count` operations: the least of several runs of `body`, after
  /// one that warms caches and tables. What else the machine does can only add to the work's own
  /// cost, so many short runs find that cost on a busy machine too.
  public static func nanoseconds(per count: Int, repeats: Int = 5, _ body: () -> UInt64) -> Double {
    var sink = body()
    var least = Double.infinity
    for _ in 0..<repeats {
      let start = cpuNanoseconds()
      sink ^= body()
      least = min(least, Double(cpuNanoseconds() - start) / Double(max(count, 1)))
    }
    // The results must be used, or the optimiser drops the work.
    withExtendedLifetime(sink) {}
    return least
  }

  public static func cpuNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
