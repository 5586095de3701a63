import CGSL
import Simulation

/// How often each viewer has interacted with each author.
///
/// What happened in the run is counted pair by pair in an open-addressing table; what happened
/// before it is a keyed draw, exponential around `meanHistory`, so that it needs no memory and
/// is the same under every design. In a world its mean follows what the viewer makes of the
/// author, log-normally.
final class AffinityStore {
  /// Interactions of a follower with an author before the run, on average.
  static let meanHistory = 10.0

  private let seed: UInt64
  private let world: World?
  private var pairs: UnsafeMutablePointer<UInt64>
  private var counts: UnsafeMutablePointer<UInt32>
  private var mask: UInt64
  private var used = 0
  /// Histories by the highest bits of a pair's key.
  private let slices: UnsafeMutablePointer<Double>
  /// Room for those of a block of authors, and their pairs' keys.
  private let histories: UnsafeMutablePointer<Double>
  private let keys: UnsafeMutablePointer<UInt64>
  private static let block = 256

  init(seed: UInt64, world: World? = nil) {
    self.world = world
    self.seed = mix64(seed ^ Purpose.affinity.rawValue)
    mask = 1023
    pairs = .allocate(capacity: 1024)
    pairs.initialize(repeating: AffinityStore.empty, count: 1024)
    counts = .allocate(capacity: 1024)
    slices = .allocate(capacity: 16)
    slices.initialize(from: AffinityStore.slices, count: 16)
    histories = .allocate(capacity: AffinityStore.block)
    histories.initialize(repeating: 0, count: AffinityStore.block)
    keys = .allocate(capacity: AffinityStore.block)
    keys.initialize(repeating: 0, count: AffinityStore.block)
  }

  deinit {
    pairs.deallocate()
    counts.deallocate()
    slices.deallocate()
    histories.deallocate()
    keys.deallocate()
  }

  private static let empty = UInt64.max

  func interactions(of viewer: UInt32, with author: UInt32) -> Double {
    let pair = UInt64(viewer) << 32 | UInt64(author)
    let key = mix64(pair ^ seed)
    // Sixteen steps of the exponential's quantile function are enough for a history.
    var history = slices[Int(key >> 60)]
    if let world { history *= expo(Double(world.affinity(of: viewer, with: author)) - 0.5) }
    return history + Double(count(of: pair, from: key))
  }

  /// Interactions in the run: looked for from the place that the pair's key says.
  @inline(__always)
  private func count(of pair: UInt64, from key: UInt64) -> UInt32 {
    let (pairs, mask) = (pairs, mask)
    var slot = key & mask
    while pairs[Int(slot)] != AffinityStore.empty {
      if pairs[Int(slot)] == pair { return counts[Int(slot)] }
      slot = (slot &+ 1) & mask
    }
    return 0
  }

  /// Interactions of a viewer with several authors, as they are told of each, in a third of the
  /// time: draws and exponentials are made several at a time.
  ///
  /// - Parameters:
  ///   - authors: to be read up to the next multiple of four places.
  ///   - interactions: room for as many.
  func write(
    of viewer: UInt32, with authors: UnsafePointer<UInt32>, count: Int,
    into interactions: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: 0, to: count, by: AffinityStore.block) {
      let block = min(AffinityStore.block, count - first)
      writeBlock(of: viewer, with: authors + first, count: block, into: interactions + first)
    }
  }

  private func writeBlock(
    of viewer: UInt32, with authors: UnsafePointer<UInt32>, count: Int,
    into interactions: UnsafeMutablePointer<Float>
  ) {
    let (pairs, mask, slices) = (pairs, mask, slices)
    let (keys, histories) = (keys, histories)
    let row = UInt64(viewer) << 32
    if let world {
      // What the viewer makes of each stands where interactions will, and its draws in the keys.
      world.writeAffinities(
        of: viewer, with: authors, count: count, words: keys, into: interactions)
    }
    feedsim_mix_pairs(row, authors, count, seed, 1, keys)
    for place in 0..<count {
      let key = keys[place]
      histories[place] = slices[Int(key >> 60)]
      feedsim_prefetch_read(pairs + Int(key & mask))
    }
    if world != nil { feedsim_grow(histories, interactions, count) }
    for place in 0..<count {
      let found = self.count(of: row | UInt64(authors[place]), from: keys[place])
      interactions[place] = Float(histories[place] + Double(found))
    }
  }

  /// Means of the sixteen equal-probability slices of an exponential of mean `meanHistory`.
  private static let slices: [Double] = (0..<16).map { slice in
    let low = 1 - Double(slice) / 16
    let high = 1 - Double(slice + 1) / 16
    func part(_ tail: Double) -> Double { tail == 0 ? 0 : tail * (1 - ln(tail)) }
    return meanHistory * 16 * (part(low) - part(high))
  }

  func record(_ viewer: UInt32, with author: UInt32) {
    let pair = UInt64(viewer) << 32 | UInt64(author)
    var slot = mix64(pair ^ seed) & mask
    while pairs[Int(slot)] != AffinityStore.empty {
      if pairs[Int(slot)] == pair {
        counts[Int(slot)] &+= 1
        return
      }
      slot = (slot + 1) & mask
    }
    pairs[Int(slot)] = pair
    counts[Int(slot)] = 1
    used += 1
    if used * 2 > Int(mask) { grow() }
  }

  private func grow() {
    let oldPairs = pairs
    let oldCounts = counts
    let oldCapacity = Int(mask) + 1
    mask = mask * 2 + 1
    pairs = .allocate(capacity: oldCapacity * 2)
    pairs.initialize(repeating: AffinityStore.empty, count: oldCapacity * 2)
    counts = .allocate(capacity: oldCapacity * 2)
    for index in 0..<oldCapacity where oldPairs[index] != AffinityStore.empty {
      var slot = mix64(oldPairs[index] ^ seed) & mask
      while pairs[Int(slot)] != AffinityStore.empty { slot = (slot + 1) & mask }
      pairs[Int(slot)] = oldPairs[index]
      counts[Int(slot)] = oldCounts[index]
    }
    oldPairs.deallocate()
    oldCounts.deallocate()
  }
}
