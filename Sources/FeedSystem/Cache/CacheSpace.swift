/// What a cache is given to work with.
public struct CacheSpace: Sendable {
  /// Keys there may be: a slot, of which a key may need two, has 29 bits beside its mark.
  public static let keyLimit = 1 << 28

  /// Objects held at most; bytes if `isSized`.
  public var capacity: Int
  /// Keys are below this; 4 bytes each.
  public var keys: Int
  /// Whether objects count their own sizes instead of 1 each.
  public var isSized: Bool
  /// How long an object may stay, where the policy asks; in the unit of `CachePolicy.advance`.
  public var lifetime: Int64
  /// For policies that draw lots.
  public var seed: UInt64

  /// - Parameters:
  ///   - capacity: at least 1.
  ///   - keys: at least 1 and at most `keyLimit`.
  public init(
    capacity: Int, keys: Int, isSized: Bool = false, lifetime: Int64 = .max, seed: UInt64 = 0
  ) {
    // More bytes than any cache has; thrice as many can still be counted.
    self.capacity = min(capacity, 1 << 60)
    self.keys = keys
    self.isSized = isSized
    self.lifetime = lifetime
    self.seed = seed
  }

  /// Slots that objects can take at most.
  var slots: Int { isSized ? keys : min(keys, capacity) }

  /// A part of the capacity, rounded down.
  func share(_ part: Double) -> Int { Int(Double(capacity) * part) }
}
