import HeapModule
import Simulation

extension Benchmark {
  /// Stations, tiers and the calendar, each with its random draws and its histogram.
  public static let kernel = Benchmark(
    name: "kernel", summary: "visits through stations and tiers, holds of the calendar"
  ) { size, _ in
    let visits = size == .large ? 2_000_000 : 200_000
    let holds = size == .large ? 2_000_000 : 200_000
    func rate(_ name: String, _ target: String, _ body: () -> UInt64) -> BenchLine {
      let cost = BenchTimer.nanoseconds(per: visits, repeats: 40, body)
      return BenchLine(name: name, value: 1000 / cost, unit: "M visits/s", target: target)
    }
    var lines = [
      rate("station, M/M/1 at 0.8", ">= 40") { stationVisits(visits, servers: 1) },
      rate("station, M/M/16 at 0.8", ">= 25") { stationVisits(visits, servers: 16) },
      rate("tier, M/M/1 at 0.8", ">= 16") { tierVisits(visits, servers: 1) },
      rate("tier, M/M/16 at 0.8", ">= 16") { tierVisits(visits, servers: 16) },
    ]
    lines += holdLines(holds)
    return lines
  }

  /// The hold model: take the earliest event, schedule one an exponential later (Jones: "An
  /// empirical comparison of priority-queue and event-set implementations", CACM 29, 1986).
  private static func holdLines(_ holds: Int) -> [BenchLine] {
    let few = 1000
    let many = 1_000_000
    let small = holdCost(few, holds)
    let large = holdCost(many, holds)
    return [
      BenchLine(
        name: "calendar, hold at 10^3 pending", value: small, unit: "ns",
        ratio: small / heapCost(few, holds), baseline: "binary heap"),
      BenchLine(
        name: "calendar, hold at 10^6 pending", value: large, unit: "ns",
        ratio: large / heapCost(many, holds / 2), baseline: "binary heap", target: "<= 52"),
      BenchLine(
        name: "calendar, 10^6 against 10^3", value: large / small, unit: "times",
        target: "<= 1.7"),
    ]
  }

  private static func holdCost(_ pending: Int, _ holds: Int) -> Double {
    let law = Distribution.exponential(mean: 1e-6 * Double(pending))
    var stream = RandomStream(seed: 1, purpose: 1)
    var calendar = Calendar<UInt64>()
    for event in 0..<pending {
      calendar.schedule(UInt64(event), at: Instant.start + law.sample(&stream))
    }
    return BenchTimer.nanoseconds(per: holds, repeats: 40) {
      hold(&calendar, holds, law, &stream)
    }
  }

  private static func hold(
    _ calendar: inout Calendar<UInt64>, _ holds: Int, _ law: Distribution,
    _ stream: inout RandomStream
  ) -> UInt64 {
    var sum: UInt64 = 0
    for _ in 0..<holds {
      guard let event = calendar.next(notAfter: .never) else { break }
      sum &+= event
      calendar.schedule(event, at: calendar.now + law.sample(&stream))
    }
    return sum
  }

  /// An event in time order, ties by insertion: what a binary heap must compare.
  private struct HeapEntry: Comparable {
    var time: Int64
    var sequence: UInt64
    var event: UInt64

    static func < (a: HeapEntry, b: HeapEntry) -> Bool {
      a.time < b.time || (a.time == b.time && a.sequence < b.sequence)
    }
  }

  private static func heapCost(_ pending: Int, _ holds: Int) -> Double {
    let law = Distribution.exponential(mean: 1e-6 * Double(pending))
    var stream = RandomStream(seed: 1, purpose: 1)
    var heap = Heap<HeapEntry>()
    var sequence: UInt64 = 0
    for event in 0..<pending {
      let time = law.sample(&stream).nanoseconds
      heap.insert(HeapEntry(time: time, sequence: sequence, event: UInt64(event)))
      sequence += 1
    }
    return BenchTimer.nanoseconds(per: holds, repeats: 10) {
      var sum: UInt64 = 0
      for _ in 0..<holds {
        guard var entry = heap.popMin() else { break }
        sum &+= entry.event
        entry.time += law.sample(&stream).nanoseconds
        entry.sequence = sequence
        sequence += 1
        heap.insert(entry)
      }
      return sum
    }
  }

  private static func stationVisits(_ visits: Int, servers: Int) -> UInt64 {
    var station = Station(servers: servers)
    let gap = Distribution.exponential(mean: 0.001)
    let service = Distribution.exponential(mean: 0.0008 * Double(servers))
    var gaps = RandomStream(seed: 1, purpose: 2)
    var services = RandomStream(seed: 1, purpose: 3)
    var sojourn = Histogram()
    var now = Instant.start
    for _ in 0..<visits {
      now = now + gap.sample(&gaps)
      let visit = station.arrive(at: now, service: service.sample(&services))
      sojourn.record(visit.end - now)
    }
    return sojourn.count
  }

  private enum Event: UInt8 { case arrived, begins, departed }

  private static func tierVisits(_ visits: Int, servers: Int) -> UInt64 {
    var tier = Tier<UInt32>(servers: servers)
    var calendar = Calendar<Event>()
    var gaps = Draws(.exponential(mean: 0.001), RandomStream(seed: 1, purpose: 2))
    var services = Draws(
      .exponential(mean: 0.0008 * Double(servers)), RandomStream(seed: 1, purpose: 3))
    var sojourn = Histogram()
    var arrived = 0
    calendar.schedule(.arrived, at: Instant.start + gaps.next)
    gaps.advance()
    while let event = calendar.next(notAfter: .never) {
      let now = calendar.now
      switch event {
      case .arrived:
        arrived += 1
        if arrived < visits { calendar.schedule(.arrived, at: now + gaps.next) }
        gaps.advance()
        let service = services.next
        services.advance()
        switch tier.arrive(0, service: service, at: now) {
        case .begins(let end):
          sojourn.record(end - now)
          calendar.schedule(.departed, at: end)
        case .waits, .blocked:
          if let next = tier.nextBegin() { calendar.schedule(.begins, at: next) }
        }
      case .begins:
        while let begun = tier.begin(at: now) {
          sojourn.record(begun.waited + (begun.end - now))
          calendar.schedule(.departed, at: begun.end)
        }
        if let next = tier.nextBegin() { calendar.schedule(.begins, at: next) }
      case .departed: tier.depart(at: now)
      }
    }
    return sojourn.count
  }
}
