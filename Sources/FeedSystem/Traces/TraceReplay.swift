import Settings

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
  ///   - admission: what is missed is offered to the cache if all of these let it in, each asked as
  ///     long as those before it do.
  /// - Throws: `InvalidInput` for bytes of a trace without sizes; when the policy's own structures
  ///   are inconsistent afterwards.
  public init(
    _ trace: Trace, policy type: any CachePolicy.Type, size: CacheSize, lifetime: Double? = nil,
    admission: [any AdmissionRule] = []
  ) throws {
    if size.isInBytes, trace.sizes.isEmpty {
      throw InvalidInput("--size in bytes needs a trace with sizes")
    }
    if trace.sizes.isEmpty, admission.contains(where: { $0 is SizeLimit }) {
      throw InvalidInput("--admit by size needs a trace with sizes")
    }
    // More room than objects changes nothing, and need not be allocated.
    let capacity = size.capacity(of: trace)
    let space = CacheSpace(
      capacity: size.isInBytes ? capacity : min(capacity, trace.objects), keys: trace.objects,
      isSized: size.isInBytes, lifetime: lifetime.map(Self.ticks) ?? .max)
    let policy = type.init(space)
    policy.foresee(trace.keys)
    requests = trace.requests
    if trace.sizes.isEmpty, lifetime == nil, admission.isEmpty {
      misses = trace.keys.withUnsafeBufferPointer { policy.replay($0) }
      requestedBytes = Double(requests)
      missedBytes = Double(misses)
    } else {
      (misses, requestedBytes, missedBytes) = Self.replay(
        trace, policy, admission.map { $0.makeFilter(for: space) })
    }
    try policy.checkInvariants()
  }

  /// Times of a trace as whole numbers, to the thousandth.
  private static func ticks(_ time: Double) -> Int64 {
    Int64(min(max(time * 1000, 0), 0x1p62))
  }

  private static func replay(
    _ trace: Trace, _ policy: any CachePolicy, _ filters: [any AdmissionFilter]
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
      guard filters.allSatisfy({ $0.admits(key, bytes: bytes) }) else { continue }
      let size = policy.space.isSized ? Int(clamping: bytes) : 1
      if policy.admit(key, size: size) != nil, lifetime != .max {
        expiry[Int(key)] = now.addingReportingOverflow(lifetime).overflow ? .max : now + lifetime
      }
    }
    return (misses, requested, missed)
  }
}

extension TraceReplay {
  /// The miss ratio of independent requests that ask for each object as often as the trace does:
  /// Che's approximation of LRU, FIFO and Random; exact for lifetimes in requests where all have
  /// room, but for the trace's end.
  ///
  /// - Returns: nil where there is none.
  public static func approximation(
    _ theory: CacheTheory, of trace: Trace, policy: any CachePolicy.Type, size: CacheSize,
    lifetime: Double?, admission: [any AdmissionRule]
  ) -> Double? {
    guard !size.isInBytes, admission.isEmpty else { return nil }
    let one = CacheCase(policy, size: size.capacity(of: trace))
    guard let lifetime else {
      return one.stay.flatMap { theory.approximation($0, size: one.size ?? 1) }
        .map { 1 - $0.hitRatio }
    }
    guard trace.instants.isEmpty, size.capacity(of: trace) >= trace.objects else { return nil }
    var rule = Lifetime(lifetime)
    rule.isSliding = one.isSliding
    return 1 - theory.hitRatio(rule)
  }
}
