/// What LRU would miss of a trace whose objects count their sizes, at chosen sizes of the cache,
/// from one pass.
///
/// LRU evicts from the end of the recency order until the newest object fits, so a cache holds an
/// object as long as the sizes from the newest object to it sum to no more than the capacity. That
/// is exact for objects whose size never changes and caches that hold the largest of them; what is
/// larger than the cache is not admitted, and who has changed its size keeps the one it was
/// admitted with, which only a replay knows.
public struct ByteMisses: Sendable, Equatable {
  public let requests: Int
  /// One for each capacity asked for, in that order.
  public let misses: [Int]
  /// Whether the misses are those of a replay.
  public let isExact: [Bool]
  /// Objects that are requested in more than one size, and the largest object.
  public let changing: Int
  public let largest: Int

  /// - Parameters:
  ///   - trace: with sizes.
  ///   - capacities: in bytes.
  public init(_ trace: Trace, capacities: [Int]) {
    requests = trace.requests
    let rising = Set(capacities).sorted()
    // Hits that need a capacity, at least, and at most the next.
    var hits = [Int](repeating: 0, count: rising.count + 1)
    var sizeOf = [UInt64](repeating: .max, count: trace.objects)
    var changed = [Bool](repeating: false, count: trace.objects)
    var order = RecencyOrder(objects: trace.objects, isSized: true)
    // No sum of sizes overflows.
    let bound = UInt64(Int.max / max(1, trace.objects))
    for (key, size) in zip(trace.keys, trace.sizes) {
      if sizeOf[Int(key)] != .max, sizeOf[Int(key)] != size { changed[Int(key)] = true }
      sizeOf[Int(key)] = size
      // So large that no cache holds it, and so small that no sum of them overflows.
      guard let needed = order.request(key, size: Int(min(size, bound))) else { continue }
      hits[Self.place(of: needed, in: rising)] += 1
    }
    let changing = changed.count { $0 }
    let largest = Int(clamping: sizeOf.max() ?? 0)
    self.changing = changing
    self.largest = largest
    var sum = 0
    var hitsAt: [Int: Int] = [:]
    for (place, capacity) in rising.enumerated() {
      sum += hits[place]
      hitsAt[capacity] = sum
    }
    misses = capacities.map { trace.requests - (hitsAt[$0] ?? 0) }
    isExact = capacities.map { changing == 0 && $0 >= largest }
  }

  /// The first of rising numbers that is not below a value, or their count.
  private static func place(of value: Int, in rising: [Int]) -> Int {
    var low = 0
    var high = rising.count
    while low < high {
      let middle = (low + high) / 2
      if rising[middle] >= value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
