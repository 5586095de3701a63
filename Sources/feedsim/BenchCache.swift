import FeedSystem
import Settings
import Simulation

extension Benchmark {
  /// Requests of a Zipf law, replayed against each policy; the ids of the most popular are spread.
  static let cache = Benchmark(
    name: "cache", summary: "requests a second that cache policies answer"
  ) { size in
    let keys = size == .large ? 1_000_000 : 100_000
    let requests = zipf(keys: keys, count: size == .large ? 10_000_000 : 500_000)
    let capacities = size == .large ? [10_000, 100_000] : [10_000]
    var lines: [BenchLine] = []
    for capacity in capacities {
      let space = CacheSpace(capacity: capacity, keys: keys)
      let plain = BenchTimer.nanoseconds(per: requests.count, repeats: 2) {
        var cache = DictionaryLRU(capacity: capacity)
        return requests.reduce(0) { $0 + (cache.request($1) ? 0 : 1) }
      }
      lines.append(
        BenchLine(
          name: "cache of \(capacity), dictionary LRU", value: 1000 / plain,
          unit: "M requests/s"))
      for type in Catalog<any CachePolicy>.cache.parts.compactMap({ $0 as? any CachePolicy.Type }) {
        let cost = BenchTimer.nanoseconds(per: requests.count, repeats: 2) {
          let policy = type.init(space)
          policy.foresee(requests)
          return UInt64(requests.withUnsafeBufferPointer { policy.replay($0) })
        }
        lines.append(
          BenchLine(
            name: "cache of \(capacity), \(type.name)", value: 1000 / cost, unit: "M requests/s",
            ratio: plain / cost, baseline: "dictionary LRU",
            target: capacity == 10_000 ? targets[type.name] : nil))
      }
    }
    return lines + curves(requests, keys: keys)
  }

  private static let targets = [
    "lru": ">= 120", "sieve": ">= 180", "s3-fifo": ">= 60", "arc": ">= 40", "w-tinylfu": ">= 25",
  ]

  private static func zipf(keys: Int, count: Int) -> [UInt32] {
    var stream = RandomStream(seed: 1, purpose: 1)
    var ids = (0..<UInt32(keys)).map { $0 }
    ids.shuffle(using: &stream)
    let law = Zipf(alpha: 1, count: keys)
    return (0..<count).map { _ in ids[law.sample(&stream)] }
  }
}

/// The cache that one would write first: a dictionary from keys to nodes of a linked list.
private struct DictionaryLRU {
  private final class Node {
    let key: UInt32
    var newer: Node?
    unowned(unsafe) var older: Node?

    init(_ key: UInt32) { self.key = key }
  }

  private let capacity: Int
  private var nodes: [UInt32: Node] = [:]
  private var newest: Node?
  private var oldest: Node?

  init(capacity: Int) { self.capacity = capacity }

  /// Whether the key was held.
  mutating func request(_ key: UInt32) -> Bool {
    if let node = nodes[key] {
      if node !== newest {
        unlink(node)
        append(node)
      }
      return true
    }
    if nodes.count == capacity, let oldest {
      nodes[oldest.key] = nil
      unlink(oldest)
    }
    let node = Node(key)
    nodes[key] = node
    append(node)
    return false
  }

  private mutating func append(_ node: Node) {
    node.older = newest
    newest?.newer = node
    newest = node
    if oldest == nil { oldest = node }
  }

  private mutating func unlink(_ node: Node) {
    let newer = node.newer
    let older = node.older
    older?.newer = newer
    newer?.older = older
    if node === oldest { oldest = newer }
    if node === newest { newest = older }
    node.newer = nil
    node.older = nil
  }
}
