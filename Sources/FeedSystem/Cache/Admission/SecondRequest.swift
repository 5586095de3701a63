import Settings
import Simulation

/// Lets an object in at its second request, so that those asked for once never take room (Maggs and
/// Sitaraman: "Algorithmic nuggets in content delivery", ACM CCR 45(3), 2015, section 4).
///
/// Requests are remembered by Bloom filters (Bloom: "Space/time trade-offs in hash coding with
/// allowable errors", CACM 13(7), 1970), a new one whenever one is full; the one before is kept
/// beside it, so that an object is remembered until at least so many others have been asked for and
/// at most twice as many. An object never asked for is let in by mistake with the odds that are
/// given, at most.
public struct SecondRequest: AdmissionRule {
  public static let name = "second-request"
  public static let summary = "objects asked for before, which a Bloom filter remembers"

  /// Odds, at most, that an object passes at its first request.
  public let falsePositives: Double
  /// Objects that a filter holds; nil for as many as the cache.
  public let remembers: Int?

  public init(falsePositives: Double = 0.01, remembers: Int? = nil) {
    self.falsePositives = falsePositives
    self.remembers = remembers
  }

  public init(_ parameters: inout Parameters) throws {
    falsePositives = try parameters.read(
      "falsePositives", .share(in: 1e-9...0.5), default: 0.01,
      "Odds, at most, that an object passes at its first request.")
    remembers = try parameters.read(
      "remembers", .count(in: 1...Int(Int32.max)),
      "Objects that are remembered at least, and twice as many at most; if not given, as many as "
        + "the cache holds, or all where it counts bytes.")
  }

  public func makeFilter(for space: CacheSpace) -> any AdmissionFilter {
    Filter(
      objects: remembers ?? (space.isSized ? space.keys : space.capacity),
      falsePositives: falsePositives, seed: space.seed)
  }

  private final class Filter: AdmissionFilter {
    private let objects: Int
    private let seed: UInt64
    /// The one that is being filled, and the one before.
    private var current: BloomFilter
    private var former: BloomFilter

    init(objects: Int, falsePositives: Double, seed: UInt64) {
      self.objects = objects
      self.seed = mix64(seed ^ 0x626c_6f6f_6d)
      // Either may be mistaken.
      let odds = 1 - (1 - falsePositives).squareRoot()
      current = BloomFilter(objects: objects, falsePositives: odds)
      former = current
    }

    func admits(_ key: UInt32, bytes: UInt64) -> Bool {
      let hash = mix64(seed ^ UInt64(key))
      if current.contains(hash) { return true }
      let isKnown = former.contains(hash)
      current.insert(hash)
      if current.count == objects {
        swap(&current, &former)
        current.removeAll()
      }
      return isKnown
    }
  }
}

/// A set of hashes that may hold more than was put in: k bits each, in places that have nothing to
/// do with one another. (Two hashes in place of k have too few patterns in a small filter.)
struct BloomFilter {
  private var words: [UInt64]
  private let bits: UInt64
  private let hashes: Int
  private(set) var count = 0

  /// As small as it can be: n objects at odds p take -n ln p / ln² 2 bits and -log₂ p hashes.
  init(objects: Int, falsePositives: Double) {
    let ln2 = ln(2)
    let wanted = -Double(objects) * ln(falsePositives) / (ln2 * ln2)
    // A few more: the formula is of large filters.
    let size = Int((wanted * 1.01).rounded(.up)) / 64 + 1
    words = [UInt64](repeating: 0, count: size)
    bits = UInt64(size) * 64
    hashes = max(1, Int((-ln(falsePositives) / ln2).rounded()))
  }

  private func place(_ hash: UInt64, _ number: Int) -> (word: Int, bit: UInt64) {
    let place = mix64(hash &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
      .multipliedFullWidth(by: bits).high
    return (Int(place >> 6), 1 << (place & 63))
  }

  func contains(_ hash: UInt64) -> Bool {
    for number in 0..<hashes {
      let (word, bit) = place(hash, number)
      if words[word] & bit == 0 { return false }
    }
    return true
  }

  mutating func insert(_ hash: UInt64) {
    for number in 0..<hashes {
      let (word, bit) = place(hash, number)
      words[word] |= bit
    }
    count += 1
  }

  mutating func removeAll() {
    for word in words.indices { words[word] = 0 }
    count = 0
  }
}
