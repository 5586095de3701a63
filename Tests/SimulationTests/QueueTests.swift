import Settings
import Simulation
import Testing

@Suite("Stations, tiers and histograms")
struct QueueTests {
  /// The waits of a run through a tier, with begin events as the model must schedule them.
  private func tierWaits(_ visits: [(at: Int64, service: Int64)], servers: Int) -> [Int64] {
    var tier = Tier<UInt32>(servers: servers)
    var calendar = Calendar<UInt32>()
    var waits = [Int64](repeating: -1, count: visits.count)
    let begins = UInt32.max
    for (index, visit) in visits.enumerated() {
      calendar.schedule(UInt32(index), at: Instant(nanoseconds: visit.at))
    }
    while let event = calendar.next(notAfter: .never) {
      let now = calendar.now
      if event != begins {
        let service = Duration(nanoseconds: visits[Int(event)].service)
        if case .begins = tier.arrive(event, service: service, at: now) { waits[Int(event)] = 0 }
      } else {
        while let begun = tier.begin(at: now) {
          waits[Int(begun.visitor)] = begun.waited.nanoseconds
        }
      }
      if let next = tier.nextBegin() { calendar.schedule(begins, at: next) }
    }
    return waits
  }

  @Test("A station and a tier give the same waits to the last bit", arguments: [1, 2, 3, 16, 37])
  func sameWaits(_ servers: Int) {
    for coarse in [false, true] {
      var stream = RandomStream(seed: 5, purpose: UInt64(servers))
      let service = Distribution.gamma(mean: 1e-3 * 0.95 * Double(servers), cv: 1.3)
      let gap = Distribution.exponential(mean: 1e-3)
      var now: Int64 = 0
      let visits = (0..<20_000).map { _ in
        // Coarse times bring ties of arrivals with departures, and services of length 0.
        let grain: Int64 = coarse ? 1_000_000 : 1
        now += gap.sample(&stream).nanoseconds / grain * grain
        return (at: now, service: service.sample(&stream).nanoseconds / grain * grain)
      }
      var station = Station(servers: servers)
      let waits = visits.map { visit in
        let at = Instant(nanoseconds: visit.at)
        let answer = station.arrive(at: at, service: Duration(nanoseconds: visit.service))
        #expect(answer.end - answer.begin == Duration(nanoseconds: visit.service))
        return (answer.begin - at).nanoseconds
      }
      #expect(waits == tierWaits(visits, servers: servers))
      #expect(waits.contains { $0 > 0 })
      #expect(station.books.balance)
      #expect(station.books.waiting == waits.reduce(0, &+))
    }
  }

  @Test("A histogram's quantiles are within 0.1 % of the sorted values")
  func histogramBound() {
    for (seed, law) in [
      Distribution.lognormal(mean: 0.01, cv: 3), .exponential(mean: 1e-6), .constant(1.25),
      .pareto(alpha: 1.5, mean: 100),
    ].enumerated() {
      var stream = RandomStream(seed: UInt64(seed), purpose: 3)
      var histogram = Histogram()
      var values: [Int64] = []
      for _ in 0..<20_001 {
        let value = law.sample(&stream).nanoseconds
        values.append(value)
        histogram.record(value)
      }
      values.sort()
      for q in [0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1] {
        let rank = max(1, Int((q * Double(values.count)).rounded(.up)))
        let exact = Double(values[rank - 1])
        #expect(abs(histogram.quantile(q) - exact) <= 0.001 * exact)
      }
      #expect(histogram.minimum == values[0])
      #expect(histogram.maximum == values[values.count - 1])
      let sum = values.reduce(0.0) { $0 + Double($1) }
      #expect(abs(histogram.sum - sum) <= 1e-9 * sum)
    }
  }

  @Test("Merged histograms are the histogram of everything")
  func histogramMerge() {
    var stream = RandomStream(seed: 9, purpose: 4)
    var one = Histogram()
    var other = Histogram()
    var whole = Histogram()
    for index in 0..<10_000 {
      let value = Int64(stream.below(1 << 40))
      whole.record(value)
      if index % 3 == 0 { one.record(value) } else { other.record(value) }
    }
    one.merge(other)
    #expect(one.count == whole.count)
    #expect(one.sum == whole.sum)
    for q in [0.01, 0.5, 0.999] { #expect(one.quantile(q) == whole.quantile(q)) }
  }

  @Test("A constant is its own quantile, and an atom at the least value too")
  func atoms() {
    var histogram = Histogram()
    for index in 0..<10_000 {
      histogram.record(Int64(1_250_000_000 + (index < 6000 ? 0 : index * 100_000)))
    }
    #expect(histogram.quantile(0.5) == 1_250_000_000)
  }

  @Test("Values on the hot path stay small")
  func layout() {
    #expect(MemoryLayout<Instant>.size == 8)
    #expect(MemoryLayout<Duration>.size == 8)
    #expect(MemoryLayout<RandomStream>.size == 8)
    #expect(MemoryLayout<Tier<UInt32>.Ticket>.size <= 16)
    #expect(MemoryLayout<Distribution>.stride <= 96)
  }

  @Test("Replications come back by index for any number of threads")
  func threads() throws {
    var text = QueueText(arrivals: "3/s", service: "lognormal(mean 1s, cv 2)", servers: "4")
    text.capacity = "9"
    let design = try text.design()
    var plan = QueuePlan(for: design)
    plan.jobs = 20_000
    plan.replications = 7
    let results = [1, 2, 5].map { QueueModel.run(design, plan, seed: 1, threads: $0) }
    #expect(Set(results.map(\.fingerprint)).count == 1)
    #expect(Set(results.map { $0.metrics["sojourn_time"]?.mean?.value }).count == 1)
    let other = QueueModel.run(design, plan, seed: 2, threads: 1)
    #expect(other.fingerprint != results[0].fingerprint)
  }

  @Test("A queue without a steady state has no mean")
  func unstable() throws {
    let text = QueueText(arrivals: "2/s", service: "exponential(mean 1s)", servers: "2")
    let design = try text.design()
    #expect(!design.isStable)
    let result = QueueModel.run(design, QueuePlan(for: design), seed: 1, threads: 1)
    let sojourn = try #require(result.metrics["sojourn_time"])
    #expect(sojourn.mean == nil)
    #expect(result.metrics["throughput"]?.mean?.value == 2)
    #expect(QueueTheory.closedForms(of: design).isEmpty)
  }

  @Test("Rules that cannot be combined are refused by name")
  func combinations() throws {
    var text = QueueText(arrivals: "1/s", service: "exponential(mean 100ms)", servers: "1")
    text.discipline = "ps"
    text.capacity = "5"
    #expect(throws: InvalidInput("discipline ps and capacity cannot be combined")) {
      try text.design()
    }
    text.capacity = nil
    text.servers = "2"
    #expect(throws: InvalidInput("discipline ps is simulated for 1 server only")) {
      try text.design()
    }
  }

  @Test("Quantiles are resolved by the observations beyond them")
  func resolved() {
    let values = [1.0, 1.1, 0.9]
    #expect(Estimate.quantile(0.99, of: values, observations: 20_000).resolved)
    #expect(Estimate.quantile(0.99, of: values, observations: 10_000).resolved)
    #expect(!Estimate.quantile(0.99, of: values, observations: 1000).resolved)
    #expect(!Estimate.quantile(0.99, of: [1], observations: 1e9).resolved)
    let estimate = Estimate.mean(of: values)
    // t(0.975, 2) = 4.30265273, sd = 0.1.
    #expect(abs((estimate.halfWidth ?? 0) - 4.30265273 * 0.1 / 3.0.squareRoot()) < 1e-8)
  }
}
