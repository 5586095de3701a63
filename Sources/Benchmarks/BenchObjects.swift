import FeedSystem
import Simulation

extension Benchmark {
  /// What the object store does all day, over sources whose lists are of all lengths.
  public static let objects = Benchmark(
    name: "objects", summary: "associations added, counted and read, and bytes each takes"
  ) { size, _ in
    let count = size == .large ? 10_000_000 : 500_000
    let sources = UInt64(count / 20)
    var draws = RandomStream(seed: 1, purpose: 1)
    // Half of the associations belong to a tenth of the sources.
    let picked = (0..<count).map { _ -> UInt32 in
      let isBusy = draws.below(2) == 0
      return UInt32(draws.below(isBusy ? max(1, sources / 10) : sources))
    }
    var store = ObjectStore()
    var time: Int32 = 0
    let adding = BenchTimer.nanoseconds(per: count, repeats: 1) {
      store = ObjectStore()
      for (index, source) in picked.enumerated() {
        time &+= 1
        store.add(
          Association(destination: UInt32(index), time: time), of: .likedBy, from: source)
      }
      return UInt64(store.associationCount)
    }
    let bytes = Double(store.bytes) / Double(count)
    func cost(_ name: String, _ body: (UInt32, Int) -> Int) -> BenchLine {
      let asked = min(count, 500_000)
      let each = BenchTimer.nanoseconds(per: asked) {
        (0..<asked).reduce(UInt64(0)) { $0 &+ UInt64(body(picked[$1], $1)) }
      }
      return BenchLine(name: name, value: each, unit: "ns")
    }
    return [
      BenchLine(name: "assoc_add, \(count) associations", value: adding, unit: "ns"),
      cost("assoc_get of one") { source, index in
        store.get([UInt32(index)], of: .likedBy, from: source).count
      },
      cost("assoc_count") { source, _ in store.count(of: .likedBy, from: source) },
      cost("assoc_range of 20") { source, _ in
        let page = store.range(of: .likedBy, from: source, position: 0, limit: 20)
        return page.count > 0 ? Int(page[page.count - 1].destination) : 0
      },
      BenchLine(name: "an association", value: bytes, unit: "bytes"),
    ]
  }
}
