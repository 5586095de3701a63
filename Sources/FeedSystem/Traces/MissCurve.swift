import HeapModule
import Simulation

/// What LRU would miss at every size of the cache, from one pass over a trace.
///
/// LRU of any size holds the objects of the smallest stack distances, so one histogram of distances
/// has the misses of all sizes (Mattson et al., 1970; see `RecencyOrder`).
public struct MissCurve: Sendable, Equatable {
  public let requests: Int
  /// Distinct objects, of the sample if there is one.
  public let objects: Int
  /// By size up to the largest at which anything changes: requests that a cache of that size
  /// answers. Whole numbers without sampling.
  private let hits: [Double]

  /// The curve of a trace whose objects count 1 each: the misses are those of a replay.
  public init(_ trace: Trace) { self.init(keys: trace.keys, objects: trace.objects) }

  /// - Parameter objects: keys are below this.
  public init(keys: [UInt32], objects: Int) {
    requests = keys.count
    self.objects = objects
    var found = [UInt32](repeating: 0, count: objects)
    var order = RecencyOrder(objects: objects)
    let ahead = 12
    keys.withUnsafeBufferPointer { keys in
      found.withUnsafeMutableBufferPointer { found in
        for place in keys.indices {
          if place + ahead < keys.count { order.prefetch(keys[place + ahead]) }
          if let distance = order.request(keys[place]) { found[distance] &+= 1 }
        }
      }
    }
    hits = Self.cumulative(found.map(Double.init))
  }

  private init(requests: Int, objects: Int, _ histogram: [Double]) {
    self.requests = requests
    self.objects = objects
    hits = Self.cumulative(histogram)
  }

  /// Hits by size from 0, of a histogram of distances.
  private static func cumulative(_ histogram: [Double]) -> [Double] {
    var sum = 0.0
    var hits = [0.0]
    hits.reserveCapacity(histogram.count + 1)
    for count in histogram {
      sum += count
      hits.append(sum)
    }
    return hits
  }

  /// Requests that a cache of so many objects does not answer.
  public func misses(size: Int) -> Double {
    Double(requests) - hits[min(max(size, 0), hits.count - 1)]
  }

  public func missRatio(size: Int) -> Double {
    // What a sample is corrected by may exceed what it holds.
    min(max(misses(size: size) / Double(requests), 0), 1)
  }

  /// The sizes at which there are fewer misses than at the size before, from 1 on.
  public var steps: [Int] {
    (1..<max(1, hits.count)).filter { hits[$0] != hits[$0 - 1] }
  }

  /// The mean distance of the miss ratios from another curve's, over all sizes up to as many
  /// objects as the other has.
  public func meanAbsoluteError(against exact: MissCurve) -> Double {
    var sum = 0.0
    for size in 1...max(1, exact.objects) {
      sum += abs(missRatio(size: size) - exact.missRatio(size: size))
    }
    return sum / Double(max(1, exact.objects))
  }
}

/// Which objects a sampled curve is made of (Waldspurger, Park, Garthwaite, Ahmad: "Efficient MRC
/// construction with SHARDS", FAST 2015).
public enum MissCurveSample: Sendable, Equatable {
  /// Each object with this chance: section 3.
  case rate(Double)
  /// At most so many objects: the rate falls as there are more (section 4).
  case objects(Int)
}

extension MissCurve {
  /// Hashes lie below this, a sample is those below a threshold.
  private static let modulus = 1 << 24

  private struct Sampled: Comparable {
    let hash: Int
    let object: UInt32

    static func < (one: Sampled, other: Sampled) -> Bool {
      (one.hash, one.object) < (other.hash, other.object)
    }
  }

  /// An estimated curve: a distance among the sampled objects stands for one that is greater by
  /// the rate, and a sampled request for as many as the rate says. What these miss of all requests
  /// is added to the distance 0 (SHARDS-adj, section 5.3), since popular objects decide it.
  ///
  /// - Returns: nil when no object is in the sample.
  public init?(_ trace: Trace, sample: MissCurveSample) {
    self.init(keys: trace.keys, objects: trace.objects, sample: sample)
  }

  public init?(keys: [UInt32], objects: Int, sample: MissCurveSample) {
    var most = Int.max
    var threshold = Self.modulus
    switch sample {
    case .rate(let rate): threshold = Int((rate * Double(Self.modulus)).rounded())
    case .objects(let count): most = count
    }
    var histogram = [Double](repeating: 0, count: objects)
    var order = RecencyOrder(objects: objects)
    var sampled = Heap<Sampled>()
    var accounted = 0.0
    for object in keys {
      let hash = Int(mix64(UInt64(object) &+ 0x5368_6172_6473) >> 40)
      guard hash < threshold else { continue }
      let scale = Double(Self.modulus) / Double(threshold)
      accounted += scale
      if let distance = order.request(object) {
        histogram[min(Int(Double(distance) * scale), objects - 1)] += scale
      } else if most < .max {
        sampled.insert(Sampled(hash: hash, object: object))
        if sampled.count > most, let largest = sampled.max { threshold = largest.hash }
        while let largest = sampled.max, largest.hash >= threshold {
          order.remove(sampled.removeMax().object)
        }
      }
    }
    guard accounted > 0 else { return nil }
    histogram[0] += Double(keys.count) - accounted
    self.init(requests: keys.count, objects: order.count, histogram)
  }
}
