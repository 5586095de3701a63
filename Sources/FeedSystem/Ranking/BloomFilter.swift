import Simulation

/// A set that forgets nothing and takes some strangers for members (Bloom: "Space/time trade-offs
/// in hash coding with allowable errors", CACM 13(7), 1970): so many bits, and so many of them set
/// for each member.
///
/// A stranger is taken for a member with probability (1 − (1 − 1/m)^{kn})^k, for n members in m
/// bits with k hashes. The shape is the smallest that keeps to a rate at its capacity, in words of
/// 64.
public struct BloomShape: Sendable, Equatable {
  public let capacity: Int
  public let hashes: Int
  public let bits: Int

  /// - Parameter rate: of strangers taken for members when it is full, above 0 and below 1.
  public init(capacity: Int, falsePositives rate: Double) {
    self.capacity = capacity
    hashes = max(1, Int((-ln(rate) / ln(2)).rounded()))
    // A bit must be clear with probability 1 − rate^{1/k} after k·n draws.
    let set = power(rate, 1 / Double(hashes))
    let needed = -Double(hashes * capacity) / ln(1 - set)
    bits = max(64, (Int(needed.rounded(.up)) + 63) / 64 * 64)
  }

  public var words: Int { bits / 64 }

  /// The share of strangers taken for members of so many.
  public func falsePositives(members: Int) -> Double {
    let clear = power(1 - 1 / Double(bits), Double(hashes * members))
    return power(1 - clear, Double(hashes))
  }

  /// Where hash number `index` of a key lies; the key is well mixed.
  @inline(__always)
  private func bit(_ index: Int, of key: UInt64) -> Int {
    let word = mix64(key &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
    return Int(truncatingIfNeeded: word.multipliedFullWidth(by: UInt64(bits)).high)
  }

  func insert(_ key: UInt64, into words: UnsafeMutablePointer<UInt64>) {
    for index in 0..<hashes {
      let bit = bit(index, of: key)
      words[bit >> 6] |= 1 << UInt64(bit & 63)
    }
  }

  func contains(_ key: UInt64, in words: UnsafePointer<UInt64>) -> Bool {
    for index in 0..<hashes {
      let bit = bit(index, of: key)
      if words[bit >> 6] >> UInt64(bit & 63) & 1 == 0 { return false }
    }
    return true
  }
}
