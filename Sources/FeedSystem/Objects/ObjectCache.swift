import Simulation

/// One cache of objects: a policy decides what stays, a lifetime when a value is too old, leases
/// who fetches what is missing. A value is known by its commit; time is known only as an argument.
struct ObjectCache: ~Copyable {
  enum Answer: Equatable {
    case hit(version: UInt32)
    /// The value that the cache had before, while somebody fetches a newer one.
    case stale(version: UInt32)
    /// To be fetched, with a lease's token where there are leases.
    case missed(token: UInt32)
    /// Somebody has the lease.
    case held(token: UInt32)
  }

  /// Look-ups since the start: reads = hits + served stale + missed + waits. Values that came back:
  /// accepted + refused.
  struct Counts: Equatable {
    var reads = 0
    var hits = 0
    var servedStale = 0
    var missed = 0
    var waits = 0
    var accepted = 0
    var refused = 0
  }

  struct Value: BitwiseCopyable {
    var version: UInt32
    var filled: Instant
  }

  let policy: any CachePolicy
  private let lifetime: Duration
  private let rule: LeaseSettings
  private let values: UnsafeMutablePointer<Value>
  private(set) var leases: LeaseTable
  private(set) var counts = Counts()
  /// What was invalidated or has expired, and when, for those who are served stale values.
  private var old: [UInt32: Value] = [:]
  /// Keys that are not filled until a millisecond, and how long an invalidation has one of them.
  private var holds = FlatTable()
  private var hold = Duration.zero

  init(policy: any CachePolicy, lifetime: Duration, lease: LeaseSettings) {
    self.policy = policy
    self.lifetime = lifetime
    rule = lease
    leases = LeaseTable(lease)
    values = .allocate(capacity: policy.capacity)
  }

  deinit { values.deallocate() }

  // MARK: Reading

  /// - Parameter fills: whether the answer fills another cache, which a value of before may not.
  mutating func read(_ key: UInt32, fills: Bool = false, at now: Instant) -> Answer {
    counts.reads += 1
    policy.advance(to: now.nanoseconds / 1_000_000)
    if let slot = policy.access(key) {
      if now - values[slot].filled < lifetime {
        counts.hits += 1
        return .hit(version: values[slot].version)
      }
      drop(key, at: now)
    }
    guard rule.isUsed else {
      counts.missed += 1
      return .missed(token: LeaseTable.none)
    }
    switch leases.ask(key, at: now) {
    case .granted(let token):
      counts.missed += 1
      return .missed(token: token)
    case .held(let token):
      if rule.whenHeld == .stale, !fills, let value = old[key], now - value.filled < rule.length {
        counts.servedStale += 1
        return .stale(version: value.version)
      }
      counts.waits += 1
      return .held(token: token)
    }
  }

  /// The value held, for whoever asks for another cache: nothing is counted, nobody gets a lease.
  func peek(_ key: UInt32, at now: Instant) -> UInt32? {
    guard let slot = policy.access(key), now - values[slot].filled < lifetime else { return nil }
    return values[slot].version
  }

  mutating func wait(_ visitor: UInt32, for token: UInt32) { leases.wait(visitor, for: token) }

  // MARK: Filling

  /// A value has been fetched.
  ///
  /// - Parameters:
  ///   - token: of the lease; none without leases.
  ///   - isDown: whether the key's server has failed meanwhile.
  /// - Returns: whether it was filled in, and who has waited for it, in their order.
  mutating func fill(
    _ key: UInt32, _ version: UInt32, token: UInt32, isDown: Bool = false, at now: Instant
  ) -> (accepted: Bool, waited: [UInt32]) {
    var (accepted, waited) = (true, [UInt32]())
    if token != LeaseTable.none { (accepted, waited) = leases.end(token, at: now) }
    if isDown || isHeldOff(key, at: now) { accepted = false }
    guard accepted else {
      counts.refused += 1
      return (false, waited)
    }
    counts.accepted += 1
    put(key, version, at: now)
    return (true, waited)
  }

  /// A value that was written through the cache.
  mutating func put(_ key: UInt32, _ version: UInt32, at now: Instant) {
    policy.advance(to: now.nanoseconds / 1_000_000)
    if let slot = policy.access(key) ?? policy.admit(key) {
      values[slot] = Value(version: version, filled: now)
    }
    if rule.whenHeld == .stale { old[key] = nil }
  }

  private func isHeldOff(_ key: UInt32, at now: Instant) -> Bool {
    guard holds.count > 0, let until = holds[UInt64(key)] else { return false }
    return now.nanoseconds < Int64(until) * 1_000_000
  }

  // MARK: Dropping

  /// A write has made the key's value old.
  mutating func invalidate(_ key: UInt32, at now: Instant) {
    drop(key, at: now)
    leases.void(key, at: now)
    guard hold > .zero else { return }
    holds.set(UInt64(key), to: UInt32((now + hold).nanoseconds / 1_000_000 + 1))
  }

  private mutating func drop(_ key: UInt32, at now: Instant) {
    if rule.whenHeld == .stale, let slot = policy.access(key) {
      old[key] = Value(version: values[slot].version, filled: now)
    }
    policy.invalidate(key)
  }

  /// A server has failed: what it knew of a key is gone, its lease too.
  mutating func lose(_ key: UInt32, at now: Instant) {
    policy.invalidate(key)
    old[key] = nil
    leases.void(key, at: now)
  }

  /// From now on an invalidated key is not filled for so long.
  mutating func holdOff(for length: Duration) { hold = length }
}
