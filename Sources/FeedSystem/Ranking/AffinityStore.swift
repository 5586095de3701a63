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

  init(seed: UInt64, world: World? = nil) {
    self.world = world
    self.seed = mix64(seed ^ Purpose.affinity.rawValue)
    mask = 1023
    pairs = .allocate(capacity: 1024)
    pairs.initialize(repeating: AffinityStore.empty, count: 1024)
    counts = .allocate(capacity: 1024)
  }

  deinit {
    pairs.deallocate()
    counts.deallocate()
  }

  private static let empty = UInt64.max

  func interactions(of viewer: UInt32, with author: UInt32) -> Double {
    let pair = UInt64(viewer) << 32 | UInt64(author)
    let key = mix64(pair ^ seed)
    // Sixteen steps of the exponential's quantile function are enough for a history.
    var history = AffinityStore.histories[Int(key >> 60)]
    if let world { history *= expo(Double(world.affinity(of: viewer, with: author)) - 0.5) }
    var slot = key & mask
    while pairs[Int(slot)] != AffinityStore.empty {
      if pairs[Int(slot)] == pair { return history + Double(counts[Int(slot)]) }
      slot = (slot + 1) & mask
    }
    return history
  }

  /// Means of the sixteen equal-probability slices of an exponential of mean `meanHistory`.
  private static let histories: [Double] = (0..<16).map { slice in
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
