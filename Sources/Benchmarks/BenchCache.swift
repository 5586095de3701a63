import CGSL
import FeedSystem
import Foundation
import Glibc
import Settings
import Simulation

extension Benchmark {
  /// Requests of a Zipf law, replayed against each policy; the ids of the most popular are spread.
  public static let cache = Benchmark(
    name: "cache", summary: "requests a second that cache policies answer, and their memory"
  ) { size, _ in
    let keys = size == .large ? 1_000_000 : 100_000
    let requests = zipf(keys: keys, count: size == .large ? 10_000_000 : 500_000)
    let policies = Catalog<any CachePolicy>.cache.parts.compactMap { $0 as? any CachePolicy.Type }
    var lines: [BenchLine] = []
    for capacity in size == .large ? [10_000, 100_000] : [10_000] {
      lines += speeds(policies, CacheSpace(capacity: capacity, keys: keys), requests)
    }
    lines += curves(requests, keys: keys)
    return lines + memory(policies.filter { !$0.knowsFuture }, objects: 1_000_000)
  }

  private static func speeds(
    _ policies: [any CachePolicy.Type], _ space: CacheSpace, _ requests: [UInt32]
  ) -> [BenchLine] {
    let title = "cache of \(space.capacity)"
    let plain = BenchTimer.nanoseconds(per: requests.count, repeats: 3) {
      var cache = DictionaryLRU(capacity: space.capacity)
      return requests.reduce(0) { $0 + (cache.request($1) ? 0 : 1) }
    }
    func line(_ name: String, _ cost: Double, target: String?) -> BenchLine {
      BenchLine(
        name: "\(title), \(name)", value: 1000 / cost, unit: "M requests/s", ratio: plain / cost,
        baseline: "dictionary LRU", target: space.capacity == 10_000 ? target : nil)
    }
    var lines = [
      BenchLine(name: "\(title), dictionary LRU", value: 1000 / plain, unit: "M requests/s")
    ]
    for type in policies {
      let cost = BenchTimer.nanoseconds(per: requests.count) {
        let policy = type.init(space)
        policy.foresee(requests)
        return UInt64(requests.withUnsafeBufferPointer { policy.replay($0) })
      }
      lines.append(line(type.name, cost, target: targets[type.name]))
    }
    let sparse = requests.map { mix64(UInt64($0)) }
    let cost = BenchTimer.nanoseconds(per: requests.count) { replay(sparse, LRU(space)) }
    lines.append(line("lru, sparse 64-bit ids", cost, target: ">= 25"))
    return lines
  }

  private static let targets = [
    "lru": ">= 120", "sieve": ">= 180", "s3-fifo": ">= 60", "arc": ">= 40", "w-tinylfu": ">= 25",
  ]

  /// The misses where every request's id has to be numbered first.
  private static func replay(_ ids: [UInt64], _ policy: some CachePolicy) -> UInt64 {
    var numbers = KeyNumbers()
    var keys = [UInt32](repeating: 0, count: 4096)
    var misses = 0
    ids.withUnsafeBufferPointer { ids in
      keys.withUnsafeMutableBufferPointer { keys in
        for start in stride(from: 0, to: ids.count, by: keys.count) {
          let end = min(start + keys.count, ids.count)
          numbers.number(UnsafeBufferPointer(rebasing: ids[start..<end]), into: keys)
          misses += policy.replay(UnsafeBufferPointer(rebasing: keys[..<(end - start)]))
        }
      }
    }
    return UInt64(misses)
  }

  /// What the process grows by, for each object, while a cache comes to hold all there are.
  private static func memory(
    _ policies: [any CachePolicy.Type], objects: Int
  ) -> [BenchLine] {
    let keys = (0..<UInt32(objects)).map { $0 }
    func growth(_ type: any CachePolicy.Type) -> Int {
      feedsim_trim_memory()
      let before = residentBytes()
      let policy = type.init(CacheSpace(capacity: objects, keys: objects))
      _ = keys.withUnsafeBufferPointer { policy.replay($0) }
      // What only the replay needed is no longer in use.
      feedsim_trim_memory()
      return withExtendedLifetime(policy) { residentBytes() - before }
    }
    // The first also brings in code that was not in memory yet.
    _ = policies.first.map(growth)
    return policies.map { type in
      let grown = growth(type)
      return BenchLine(
        name: "memory of \(type.name), all of \(objects) ids held",
        value: Double(grown) / Double(objects), unit: "bytes/object",
        target: ["lru", "sieve"].contains(type.name) ? "<= 16" : nil)
    }
  }

  /// Memory of the process that is not paged out; 0 where the system does not say.
  private static func residentBytes() -> Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

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
