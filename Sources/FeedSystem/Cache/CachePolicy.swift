import Settings

/// Decides what a cache of fixed capacity keeps. Keys are dense ids; every object counts 1.
public protocol CachePolicy: AnyObject, Part {
  /// Objects held at most.
  var capacity: Int { get }
  /// Objects held now.
  var count: Int { get }

  /// The slot (0 ..< capacity) of a held key, marked as used; nil when it is not held.
  func access(_ key: UInt32) -> Int?

  /// The slot for a key that is not held, evicting another if need be.
  func admit(_ key: UInt32) -> Int

  /// Drops a key, if it is held.
  func invalidate(_ key: UInt32)

  /// Throws what is inconsistent about the policy's own structures.
  func checkInvariants() throws

  /// - Parameters:
  ///   - capacity: objects, at least 1.
  ///   - keys: ids are below this.
  init(capacity: Int, keys: Int)
}

extension CachePolicy {
  /// A cache is sized by whoever owns it; `init(capacity:keys:)` is the one that is used.
  public init(_ parameters: inout Parameters) throws {
    guard let capacity = try parameters.count("capacity", in: 1...Int(Int32.max)) else {
      throw parameters.missing("capacity")
    }
    guard let keys = try parameters.count("keys", in: 1...Int(Int32.max)) else {
      throw parameters.missing("keys")
    }
    self.init(capacity: capacity, keys: keys)
  }
}

extension Catalog where Contract == any CachePolicy {
  /// Every cache policy: a new one is one file and one line here.
  public static var cache: Catalog<any CachePolicy> {
    Catalog(
      "cache policy",
      [
        LRU.self
      ])
  }
}

/// A broken promise of the engine's own data structures: a bug, never bad input.
public struct BrokenInvariant: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
