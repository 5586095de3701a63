import Settings

/// What a trace is like, counted exactly.
public struct TraceStatistics: Sendable, Equatable {
  public let requests: Int
  public let objects: Int
  /// Objects requested once.
  public let oneHitWonders: Int
  /// Requests that the most requested 1 % of the objects (rounded up) take, as a share.
  public let topPercentShare: Double
  public let maximumRequests: Int
  /// Bytes requested, and bytes of the distinct objects at their last size; nil without sizes.
  public let requestedBytes: Double?
  public let objectBytes: Double?
  /// nil for a trace of one object.
  public let zipf: ZipfFit?
  /// Requests for what was requested before; nil where there are none.
  public let reuse: Reuse?
  /// By windows of 1,000 requests, 10,000 and so on, as far as the trace reaches.
  public let workingSets: [WorkingSet]

  /// How soon objects are requested again. Quantiles are the smallest values that at least so many
  /// of the repeats do not exceed.
  public struct Reuse: Sendable, Equatable {
    /// Repeats over requests.
    public let share: Double
    /// Requests from one for an object to the next one for it: 1 where it follows at once.
    public let distance: Quantiles
    /// Distinct other objects requested in between: an LRU cache of more objects than that answers
    /// (Mattson et al., 1970).
    public let stackDistance: Quantiles
  }

  public struct Quantiles: Sendable, Equatable {
    public let p50: Int
    public let p90: Int
    public let p99: Int

    /// - Parameter histogram: how often each value from 0 on occurs; not empty.
    init(_ histogram: [UInt32]) {
      let total = histogram.reduce(0) { $0 + Int($1) }
      func value(_ percent: Int) -> Int {
        let rank = (total * percent + 99) / 100
        var below = 0
        for (value, count) in histogram.enumerated() {
          below += Int(count)
          if below >= rank { return value }
        }
        return histogram.count - 1
      }
      p50 = value(50)
      p90 = value(90)
      p99 = value(99)
    }
  }

  /// What is requested within a window of the trace, the mean of all such windows (Denning and
  /// Schwartz: "Properties of the working-set model", CACM 15(3), 1972; here over the windows that
  /// lie within the trace whole).
  public struct WorkingSet: Sendable, Equatable {
    /// Requests that a window is long.
    public let window: Int
    /// Distinct objects.
    public let objects: Double
    /// Their bytes at their first request in the window; nil without sizes.
    public let bytes: Double?
  }

  public init(_ trace: Trace) {
    var counts = [Int](repeating: 0, count: trace.objects)
    for key in trace.keys { counts[Int(key)] += 1 }
    requests = trace.requests
    objects = trace.objects
    oneHitWonders = counts.count { $0 == 1 }
    counts.sort(by: >)
    maximumRequests = counts.first ?? 0
    zipf = ZipfFit(counts)
    let top = counts.prefix((trace.objects + 99) / 100).reduce(0, +)
    topPercentShare = Double(top) / Double(requests)
    if trace.sizes.isEmpty {
      requestedBytes = nil
      objectBytes = nil
    } else {
      var last = [UInt64](repeating: 0, count: trace.objects)
      for (key, size) in zip(trace.keys, trace.sizes) { last[Int(key)] = size }
      requestedBytes = trace.sizes.reduce(0.0) { $0 + Double($1) }
      objectBytes = last.reduce(0.0) { $0 + Double($1) }
    }
    let previous = Self.previousRequests(trace)
    reuse = Self.reuse(trace, previous)
    var window = 1000
    var sets: [WorkingSet] = []
    while window < trace.requests {
      sets.append(Self.workingSet(trace, previous, window: window))
      window *= 10
    }
    workingSets = sets
  }

  /// By request: the number of the one before for the same object, or -1.
  private static func previousRequests(_ trace: Trace) -> [Int32] {
    var last = [Int32](repeating: -1, count: trace.objects)
    var previous: [Int32] = []
    previous.reserveCapacity(trace.requests)
    for (number, key) in trace.keys.enumerated() {
      previous.append(last[Int(key)])
      last[Int(key)] = Int32(truncatingIfNeeded: number)
    }
    return previous
  }

  private static func reuse(_ trace: Trace, _ previous: [Int32]) -> Reuse? {
    let repeats = trace.requests - trace.objects
    guard repeats > 0 else { return nil }
    var distances = [UInt32](repeating: 0, count: trace.requests)
    var stackDistances = [UInt32](repeating: 0, count: trace.objects)
    var order = RecencyOrder(objects: trace.objects)
    for (number, key) in trace.keys.enumerated() {
      guard let distance = order.request(key) else { continue }
      stackDistances[distance] += 1
      distances[number - Int(previous[number])] += 1
    }
    return Reuse(
      share: Double(repeats) / Double(trace.requests), distance: Quantiles(distances),
      stackDistance: Quantiles(stackDistances))
  }

  /// A request is the first for its object in every window that begins after the one before and
  /// reaches it.
  private static func workingSet(
    _ trace: Trace, _ previous: [Int32], window: Int
  ) -> WorkingSet {
    let windows = trace.requests - window + 1
    var firsts = 0
    var bytes = 0.0
    for number in 0..<trace.requests {
      let earliest = max(Int(previous[number]) + 1, number - window + 1)
      let latest = min(number, windows - 1)
      guard earliest <= latest else { continue }
      firsts += latest - earliest + 1
      if !trace.sizes.isEmpty {
        bytes += Double(trace.sizes[number]) * Double(latest - earliest + 1)
      }
    }
    return WorkingSet(
      window: window, objects: Double(firsts) / Double(windows),
      bytes: trace.sizes.isEmpty ? nil : bytes / Double(windows))
  }
}
