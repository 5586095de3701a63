import FeedSystem
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

/// How large a cache is that a trace is replayed against.
public enum CacheSize: Sendable, Equatable {
  /// Every object counts 1.
  case objects(Int)
  /// Of the trace's objects, rounded down and at least 1.
  case share(Double)
  /// Objects count their sizes.
  case bytes(Int)

  /// `1000`, `10k`, `1%` or `5MB`.
  public init(_ text: String) throws {
    if text.hasSuffix("%") {
      self = .share(try Quantity.share(text))
    } else if text.last == "B" {
      self = .bytes(try Quantity.bytes(text))
    } else {
      self = .objects(try Quantity.count(text))
    }
    guard self != .objects(0), self != .bytes(0), self != .share(0) else {
      throw InvalidInput("a cache holds at least 1 object")
    }
  }

  /// Objects or bytes.
  public func capacity(of trace: Trace) -> Int {
    switch self {
    case .objects(let count), .bytes(let count): count
    case .share(let share): max(1, Int(share * Double(trace.objects)))
    }
  }

  public var isInBytes: Bool { if case .bytes = self { true } else { false } }
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

  /// Replays a trace against an empty cache: a miss admits the object as the policy decides.
  ///
  /// - Parameters:
  ///   - lifetime: how long an object is valid after its admission, in the trace's unit of time, or
  ///     in requests where it has no times; nil for ever. `ttl` and `sliding-ttl` count it their
  ///     own way.
  /// - Throws: `InvalidInput` for bytes of a trace without sizes; when the policy's own structures
  ///   are inconsistent afterwards.
  public init(
    _ trace: Trace, policy type: any CachePolicy.Type, size: CacheSize, lifetime: Double? = nil
  ) throws {
    if size.isInBytes, trace.sizes.isEmpty {
      throw InvalidInput("--size in bytes needs a trace with sizes")
    }
    // More room than objects changes nothing, and need not be allocated.
    let capacity = size.capacity(of: trace)
    let space = CacheSpace(
      capacity: size.isInBytes ? capacity : min(capacity, trace.objects), keys: trace.objects,
      isSized: size.isInBytes, lifetime: lifetime.map(Self.ticks) ?? .max)
    let policy = type.init(space)
    policy.foresee(trace.keys)
    requests = trace.requests
    if trace.sizes.isEmpty, lifetime == nil {
      misses = trace.keys.withUnsafeBufferPointer { policy.replay($0) }
      requestedBytes = Double(requests)
      missedBytes = Double(misses)
    } else {
      (misses, requestedBytes, missedBytes) = Self.replay(trace, policy)
    }
    try policy.checkInvariants()
  }

  /// Times of a trace as whole numbers, to the thousandth.
  private static func ticks(_ time: Double) -> Int64 {
    Int64(min(max(time * 1000, 0), 0x1p62))
  }

  private static func replay(
    _ trace: Trace, _ policy: any CachePolicy
  ) -> (misses: Int, requested: Double, missed: Double) {
    let lifetime = policy.space.lifetime
    var expiry = [Int64](repeating: .max, count: lifetime == .max ? 0 : trace.objects)
    let keepsTime = policy is TTL || policy is SlidingTTL
    var misses = 0
    var requested = 0.0
    var missed = 0.0
    var now: Int64 = 0
    for (index, key) in trace.keys.enumerated() {
      if lifetime != .max {
        // The order is that of the file, whatever the times say.
        now = max(now, ticks(trace.instants.isEmpty ? Double(index) : trace.instants[index]))
        policy.advance(to: now)
        if !keepsTime, expiry[Int(key)] <= now { policy.invalidate(key) }
      }
      let bytes = trace.sizes.isEmpty ? 1 : trace.sizes[index]
      requested += Double(bytes)
      if policy.access(key) != nil { continue }
      misses += 1
      missed += Double(bytes)
      let size = policy.space.isSized ? Int(clamping: bytes) : 1
      if policy.admit(key, size: size) != nil, lifetime != .max {
        expiry[Int(key)] = now.addingReportingOverflow(lifetime).overflow ? .max : now + lifetime
      }
    }
    return (misses, requested, missed)
  }
}
