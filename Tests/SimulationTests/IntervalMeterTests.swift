import Simulation
import Testing

/// What an interval's meters are made of.
@Suite struct IntervalMeterTests {
  @Test func coarseQuantilesAreWithinAThirtySecond() {
    let laws: [Distribution] = [
      .lognormal(mean: 0.05, cv: 3), .exponential(mean: 1e-3), .constant(1.25),
      .pareto(alpha: 1.5, mean: 1000),
    ]
    var histograms = CoarseHistograms(count: laws.count)
    var rows: [[Int64]] = []
    for (row, law) in laws.enumerated() {
      var stream = RandomStream(seed: UInt64(row), purpose: 3)
      rows.append((0..<20_001).map { _ in law.sample(&stream).nanoseconds })
    }
    // All rows in turn: none may spill into another.
    for place in 0..<20_001 {
      for row in laws.indices {
        histograms.record(Duration(nanoseconds: rows[row][place]), in: row)
      }
    }
    for row in laws.indices {
      let values = rows[row].sorted()
      #expect(histograms[row].count == 20_001)
      #expect(histograms[row].sum == values.reduce(UInt128(0)) { $0 + UInt128(UInt64($1)) })
      #expect(histograms[row].maximum.nanoseconds == values.last)
      for q in [0.01, 0.5, 0.9, 0.99, 1] {
        let exact = Double(values[max(1, Int((q * 20_001).rounded(.up))) - 1])
        let found = histograms.quantile(q, of: row)
        #expect(abs(found - exact) <= max(exact / 32, 1024), "\(row) \(q): \(found) \(exact)")
      }
    }
  }

  @Test func coarseHistogramsTakeEveryTime() {
    var histograms = CoarseHistograms(count: 2)
    for value: Int64 in [-5, 0, 1, 1023, 65_535, 65_536, 1 << 50, 1 << 55, .max] {
      histograms.record(Duration(nanoseconds: value), in: 1)
    }
    #expect(histograms[0] == CoarseHistograms(count: 1)[0] && histograms.quantile(0.5, of: 0) == 0)
    #expect(histograms[1].count == 9 && histograms[1].maximum.nanoseconds == .max)
    #expect(histograms.quantile(0.01, of: 1) < 1024)
    #expect(histograms.quantile(0.5, of: 1) > 60_000 && histograms.quantile(0.5, of: 1) < 70_000)
  }

  /// Against the servers' free times, kept as a plain list.
  @Test(arguments: [1, 2, 31, 32, 33, 70])
  func whatAStationHasStillToDo(_ servers: Int) {
    var stream = RandomStream(seed: 5, purpose: UInt64(servers))
    var station = Station(servers: servers)
    var free = [Int64](repeating: 0, count: servers)
    var now: Int64 = 0
    #expect(station.remaining(after: .start) == .zero)
    for _ in 0..<2000 {
      now += Int64(stream.below(1000))
      let service = Int64(stream.below(UInt64(1100 * servers)))
      _ = station.arrive(
        at: Instant(nanoseconds: now), service: Duration(nanoseconds: service))
      let first = free.indices.min { free[$0] < free[$1] } ?? 0
      free[first] = max(free[first], now) + service
      let later = now + Int64(stream.below(3000))
      let left = free.reduce(0) { $0 + max($1 - later, 0) }
      #expect(station.remaining(after: Instant(nanoseconds: later)).nanoseconds == left)
    }
  }
}
