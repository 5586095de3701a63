import Simulation

/// Who may fetch what a cache lacks: one reader of a key at a time, for a limited time (Nishtala et
/// al.: "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1).
///
/// A lease is known by its token. It is out until it is filled, voided by a write, found expired,
/// or released by somebody else; what its owner fetches after that is refused. The token stays
/// valid until the owner comes back. Time is known only as an argument.
struct LeaseTable: ~Copyable {
  enum Answer: Equatable {
    /// The reader is to fetch the value and to come back with the token.
    case granted(UInt32)
    case held(UInt32)
  }

  /// Leases since the start: granted = filled + voided + expired + released + out.
  struct Counts: Equatable {
    var granted = 0
    var filled = 0
    var voided = 0
    var expired = 0
    var released = 0
  }

  /// No lease, no visitor.
  static let none = UInt32.max

  struct Lease: BitwiseCopyable {
    var key: UInt32
    var isOut = true
    var expires: Instant
    /// Those who wait for the value, the first and the last of a chain.
    var first = LeaseTable.none
    var last = LeaseTable.none
  }

  struct Waiter: BitwiseCopyable {
    var visitor: UInt32
    var next = LeaseTable.none
  }

  private let rule: LeaseSettings
  private var leases = Pool<Lease>()
  private var waiters = Pool<Waiter>()
  /// The lease of a key that is out.
  private var current = FlatTable()
  private(set) var counts = Counts()

  init(_ rule: LeaseSettings) { self.rule = rule }

  var waiting: Int { waiters.count }

  /// Whether a lease's owner is later than the lease allows.
  func isLate(_ token: UInt32, at now: Instant) -> Bool { now >= leases[token].expires }

  /// Leases out, told from the leases themselves.
  func out() -> Int { leases.live().count { leases[$0].isOut } }

  /// A reader misses a key.
  mutating func ask(_ key: UInt32, at now: Instant) -> Answer {
    if let token = current[UInt64(key)] {
      if now < leases[token].expires { return .held(token) }
      leases[token].isOut = false
      counts.expired += 1
    }
    counts.granted += 1
    let token = leases.take(Lease(key: key, expires: now + rule.length))
    current.set(UInt64(key), to: token)
    return .granted(token)
  }

  /// Has a visitor wait until the owner of a lease is back.
  mutating func wait(_ visitor: UInt32, for token: UInt32) {
    let waiter = waiters.take(Waiter(visitor: visitor))
    let last = leases[token].last
    if last == Self.none {
      leases[token].first = waiter
    } else {
      waiters[last].next = waiter
    }
    leases[token].last = waiter
  }

  /// A write has made a key's value old: what its owner fetches may be from before. Where anyone
  /// may release, writers know nothing of leases.
  mutating func void(_ key: UInt32, at now: Instant) {
    guard rule.release == .owner else { return }
    take(key, at: now) { $0.voided += 1 }
  }

  /// Ends the lease of a key, if one is out.
  private mutating func take(_ key: UInt32, at now: Instant, _ count: (inout Counts) -> Void) {
    guard let token = current[UInt64(key)] else { return }
    current.remove(UInt64(key))
    leases[token].isOut = false
    if now < leases[token].expires { count(&counts) } else { counts.expired += 1 }
  }

  /// An owner comes back with the value: whether it may be filled in, and those who have waited for
  /// it, in their order.
  mutating func end(_ token: UInt32, at now: Instant) -> (accepted: Bool, waited: [UInt32]) {
    let lease = leases[token]
    var accepted = lease.isOut && now < lease.expires
    if lease.isOut {
      take(lease.key, at: now) { $0.filled += 1 }
    } else if rule.release == .anyone {
      take(lease.key, at: now) { $0.released += 1 }
    }
    if rule.release == .anyone { accepted = true }
    var waited: [UInt32] = []
    var waiter = lease.first
    while waiter != Self.none {
      waited.append(waiters[waiter].visitor)
      let next = waiters[waiter].next
      waiters.release(waiter)
      waiter = next
    }
    leases.release(token)
    return (accepted, waited)
  }
}
