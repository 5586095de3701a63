import FeedSystem

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

  public init(_ trace: Trace) {
    var counts = [Int](repeating: 0, count: trace.objects)
    for key in trace.keys { counts[Int(key)] += 1 }
    requests = trace.requests
    objects = trace.objects
    oneHitWonders = counts.count { $0 == 1 }
    counts.sort(by: >)
    maximumRequests = counts.first ?? 0
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
  }
}

/// What a cache policy makes of a trace.
public struct TraceReplay: Sendable, Equatable {
  public let requests: Int
  public let misses: Int
  /// Bytes of all requests and of the missed ones; without sizes every object has one byte.
  public let requestedBytes: Double
  public let missedBytes: Double

  public var missRatio: Double { Double(misses) / Double(requests) }
  /// The share of the bytes that missed; the miss ratio where every size is 0.
  public var byteMissRatio: Double {
    requestedBytes > 0 ? missedBytes / requestedBytes : missRatio
  }

  /// Replays a trace against an empty cache: every object counts 1, and a miss admits the object
  /// as the policy decides.
  ///
  /// - Throws: when the policy's own structures are inconsistent afterwards.
  public init(_ trace: Trace, policy: any CachePolicy) throws {
    var misses = 0
    var requested = 0.0
    var missed = 0.0
    for (index, key) in trace.keys.enumerated() {
      let isMiss = policy.access(key) == nil
      if isMiss {
        _ = policy.admit(key)
        misses += 1
      }
      let size = trace.sizes.isEmpty ? 1 : Double(trace.sizes[index])
      requested += size
      if isMiss { missed += size }
    }
    try policy.checkInvariants()
    requests = trace.requests
    self.misses = misses
    requestedBytes = requested
    missedBytes = missed
  }
}
