import FeedSystem

extension Benchmark {
  /// The misses of LRU at all sizes, and of a sample's, beside one replay a size.
  static func curves(_ requests: [UInt32], keys: Int) -> [BenchLine] {
    func line(_ name: String, target: String? = nil, _ body: () -> MissCurve?) -> BenchLine {
      let cost = BenchTimer.nanoseconds(per: requests.count, repeats: 2) {
        UInt64(body()?.misses(size: 1000).rounded() ?? 0)
      }
      return BenchLine(name: name, value: 1000 / cost, unit: "M requests/s", target: target)
    }
    return [
      line("lru at all sizes", target: ">= 10") { MissCurve(keys: requests, objects: keys) },
      line("lru at all sizes, 1 % sample") {
        MissCurve(keys: requests, objects: keys, sample: .rate(0.01))
      },
    ]
  }
}
