import CGSL
import Simulation

/// How often keys have been asked for of late, estimated from above: a count-min sketch (Cormode,
/// Muthukrishnan, 2005) of counters that stop at 15 and are halved after every ten requests for
/// each object the cache holds (Einziger, Friedman, Manes: "TinyLFU: a highly efficient cache
/// admission policy", ACM ToS 13(4), 2017).
///
/// A key's four counters lie in one line of memory. 8 to 16 bytes for each object held.
struct FrequencySketch: ~Copyable {
  private let words: UnsafeMutablePointer<UInt64>
  private let count: Int
  private let seed: UInt64
  /// Requests counted until all is halved.
  private let period: Int
  private let requests: UnsafeMutablePointer<Int>

  /// - Parameter objects: that the cache holds.
  init(objects: Int, seed: UInt64) {
    count = max(8, objects.nextPowerOfTwo)
    words = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    words.initialize(repeating: 0, count: count)
    self.seed = mix64(seed ^ 0x736b_6574)
    period = 10 * max(1, objects)
    requests = .allocate(capacity: 1)
    requests.initialize(to: 0)
  }

  deinit {
    words.deallocate()
    requests.deallocate()
  }

  /// The word and the shift of a key's counter 0 ... 3: two words of the line for each.
  @inline(__always)
  private func place(_ hash: UInt64, _ counter: Int) -> (word: Int, shift: UInt64) {
    let line = line(hash)
    let bits = hash &>> UInt64(counter &* 6)
    return (line &* 8 &+ counter &* 2 &+ Int(bits & 1), (bits &>> 1 & 15) &* 4)
  }

  @inline(__always)
  private func line(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash >> 24) & (count / 8 - 1)
  }

  /// Asks for a key's line, ahead of its use.
  @inline(__always)
  func prefetch(_ key: UInt32) {
    feedsim_prefetch(words + line(mix64(seed ^ UInt64(key))) &* 8)
  }

  @inline(__always)
  func count(_ key: UInt32) {
    let hash = mix64(seed ^ UInt64(key))
    for counter in 0..<4 {
      let (word, shift) = place(hash, counter)
      // Without a branch: whether a counter has come to its end is anybody's guess.
      let isBelow: UInt64 = words[word] &>> shift & 15 < 15 ? 1 : 0
      words[word] &+= isBelow &<< shift
    }
    requests.pointee &+= 1
    if requests.pointee == period { halve() }
  }

  @inline(__always)
  func frequency(of key: UInt32) -> UInt64 {
    let hash = mix64(seed ^ UInt64(key))
    var least: UInt64 = 15
    for counter in 0..<4 {
      let (word, shift) = place(hash, counter)
      least = min(least, words[word] &>> shift & 15)
    }
    return least
  }

  private func halve() {
    for word in 0..<count { words[word] = words[word] >> 1 & 0x7777_7777_7777_7777 }
    requests.pointee = period / 2
  }
}
