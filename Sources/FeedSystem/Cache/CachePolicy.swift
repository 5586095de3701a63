import Settings

/// Decides what a cache keeps. Keys are dense ids; an object counts 1, or its size.
///
/// Whoever owns the cache asks `access` first and, on a miss, offers the object to `admit`. Slots
/// tell where the owner keeps the object itself.
public protocol CachePolicy: AnyObject, Part {
  var space: CacheSpace { get }
  /// Objects held now, and the room they take.
  var count: Int { get }
  var used: Int { get }

  /// The slot of a held key, used once more; nil when it is not held. Without sizes, slots are
  /// below the capacity.
  func access(_ key: UInt32) -> Int?

  /// The slot for a key that was just found missing, others evicted if need be; nil for one that is
  /// not let in, as none that is larger than the cache.
  func admit(_ key: UInt32, size: Int) -> Int?

  /// Drops a key, if it is held.
  func invalidate(_ key: UInt32)

  /// Time has come to an instant, never before the last one: what has outlived its lifetime goes.
  func advance(to instant: Int64)

  /// All requests there will be, in their order, for a policy that knows the future.
  func foresee(_ keys: [UInt32])

  /// Whether it does: only a trace can be replayed with it.
  static var knowsFuture: Bool { get }

  /// A key will soon be asked for.
  func prefetch(_ key: UInt32)

  /// Asks for keys one after the other and admits what is missing; returns the misses.
  func replay(_ keys: UnsafeBufferPointer<UInt32>) -> Int

  /// Throws what is inconsistent about the policy's own structures.
  func checkInvariants() throws

  init(_ space: CacheSpace)
}

extension CacheSpace {
  /// Whether requests to an empty cache are so many that tables by key are worth their making.
  func suitsTables(_ requests: UnsafeBufferPointer<UInt32>) -> Bool {
    !isSized && requests.count >= keys / 16 && requests.count < UInt32.max
  }
}

extension CachePolicy {
  /// A cache is sized by whoever owns it; `init(_: CacheSpace)` is the one that is used.
  public init(_ parameters: inout Parameters) throws {
    guard let capacity = try parameters.count("capacity", in: 1...Int(Int32.max)) else {
      throw parameters.missing("capacity")
    }
    guard let keys = try parameters.count("keys", in: 1...CacheSpace.keyLimit) else {
      throw parameters.missing("keys")
    }
    self.init(capacity: capacity, keys: keys)
  }

  /// Of objects that count 1 each.
  public init(capacity: Int, keys: Int) { self.init(CacheSpace(capacity: capacity, keys: keys)) }

  public var capacity: Int { space.capacity }

  @inline(__always)
  public func admit(_ key: UInt32) -> Int? { admit(key, size: 1) }

  public func advance(to instant: Int64) {}

  public func foresee(_ keys: [UInt32]) {}

  public static var knowsFuture: Bool { false }

  public func prefetch(_ key: UInt32) {}

  public func replay(_ keys: UnsafeBufferPointer<UInt32>) -> Int { requested(keys) }

  /// The same key by key, whatever is held already.
  ///
  /// A function of its own for each policy: the compiler puts the C function that asks for memory
  /// into those, but not into a protocol's witnesses.
  @inline(never)
  func requested(_ keys: UnsafeBufferPointer<UInt32>) -> Int {
    let ahead = 16
    var misses = 0
    var place = 0
    while place < keys.count &- ahead {
      prefetch(keys[place &+ ahead])
      misses &+= miss(keys[place])
      place &+= 1
    }
    while place < keys.count {
      misses &+= miss(keys[place])
      place &+= 1
    }
    return misses
  }

  /// Asks for a key and admits it if it is missing; 1 for a miss.
  @inline(__always)
  private func miss(_ key: UInt32) -> Int {
    if access(key) != nil { return 0 }
    _ = admit(key, size: 1)
    return 1
  }
}

extension Catalog where Contract == any CachePolicy {
  /// Every cache policy: a new one is one file and one line here.
  public static var cache: Catalog<any CachePolicy> {
    Catalog(
      "cache policy",
      [
        LRU.self,
        FIFO.self,
        Clock.self,
        SIEVE.self,
        SLRU.self,
        LFU.self,
        TwoQ.self,
        ARC.self,
        LIRS.self,
        S3FIFO.self,
        WTinyLFU.self,
        RandomEviction.self,
        TTL.self,
        SlidingTTL.self,
        Belady.self,
      ])
  }
}

/// A broken promise of the engine's own data structures: a bug, never bad input.
public struct BrokenInvariant: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
