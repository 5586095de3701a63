import Simulation
import Testing

@testable import FeedSystem

/// What visits of a cell wait where the whole has few servers: known answers of the whole's queue.
@Suite struct CellQueueTests {
  /// Poisson arrivals and exponential services, of which a cell sees one in so many: Erlang's delay
  /// formula has the whole's mean, and of one server the waiting times fall off as e^(−(1−ρ)t/s).
  @Test(arguments: [(1, 0.6, 20.0, 0.6), (2, 0.5, 7.5, 1.0 / 3), (4, 0.8, 300, 0.5964)])
  func chanceIsTheWholes(servers: Int, use: Double, cells: Double, delayed: Double) {
    var queue = CellQueue(servers: servers, cells: cells)
    var stream = RandomStream(seed: 5, purpose: 1, entity: UInt64(servers))
    let service = 0.01
    let gap = Distribution.exponential(mean: service / (use * Double(servers)) * cells)
    var now = Instant.start
    var waits: [Double] = []
    for _ in 0..<400_000 {
      now = now + gap.sample(&stream)
      let wait = queue.wait(
        at: now, service: Distribution.exponential(mean: service).sample(&stream))
      waits.append(wait.seconds)
    }
    let mean = waits.reduce(0, +) / Double(waits.count)
    let exact = delayed * service / (Double(servers) * (1 - use))
    #expect(abs(mean / exact - 1) < 0.04, "\(mean), \(exact)")
    let few = Double(waits.count { $0 < 1e-9 }) / Double(waits.count)
    #expect(abs(few - (1 - delayed)) < 0.01)
    // Of those that wait at all, one in e waits longer than their mean.
    let longer = Double(waits.count { $0 > exact / delayed }) / Double(waits.count)
    #expect(abs(longer / (delayed / 2.718281828) - 1) < 0.05)
  }

  /// As many deliveries as a post has in the whole, one after another in each cell of their own.
  @Test(arguments: [(1, 20), (4, 40), (50, 200), (300, 3000)])
  func aBatchIsWorkedOffByAllServers(servers: Int, batch: Int) {
    let service = Duration(seconds: 0.02)
    let now = Instant.start + Duration(seconds: 9)
    var whole = Station(servers: servers)
    var (exact, told) = (0.0, 0.0)
    for index in 0..<batch {
      exact += (whole.arrive(at: now, service: service).begin - now).seconds
      var queue = CellQueue(servers: servers, cells: Double(batch))
      told +=
        queue.wait(
          at: now, service: service, batch: Double(batch),
          place: (Double(index) + 0.5) / Double(batch)
        ).seconds
    }
    #expect(abs(told / exact - 1) < 0.03, "\(told), \(exact)")
  }

  /// Two deliveries of a cell, for twice as many of the whole, and a visit of somebody else, who
  /// waits behind them and no longer than they take.
  @Test func othersWaitBehindABatch() {
    var queue = CellQueue(servers: 2, cells: 30)
    let service = Duration(seconds: 0.01)
    func wait(_ seconds: Double, batch: Double = 1, place: Double = 0) -> Double {
      queue.wait(
        at: .start + Duration(seconds: seconds), service: service, batch: batch, place: place
      ).seconds
    }
    #expect(wait(1, batch: 30, place: 1) == 0.145)
    #expect(wait(1, batch: 30, place: 0) == 0.145)
    #expect(wait(1.1) == 0.195)
    // Which had 30 like it: all of them are done at 1.445.
    #expect(abs(wait(1.3) - 0.145) < 1e-9)
    #expect(wait(9) == 0)
  }

  /// Six at once of thirty that the whole makes, the others at other times: all of them are work
  /// where a batch is waited for, and six where none is.
  @Test(arguments: [(true, 0.145 + 0.15 - 0.09), (false, 0.0)])
  func smallerBatchesCountForAllCells(isAfterOne: Bool, expected: Double) {
    var queue = CellQueue(servers: 2, cells: 30)
    func wait(_ seconds: Double, batch: Double) -> Double {
      queue.wait(
        at: .start + Duration(seconds: seconds), service: Duration(seconds: 0.01), batch: batch
      ).seconds
    }
    if isAfterOne { _ = wait(1, batch: 30) }
    _ = wait(1.05, batch: 6)
    #expect(abs(wait(1.09, batch: 1) - expected) < 1e-6)
  }

  /// A post of so many deliveries that a cell makes many of them itself: each is one of as many as
  /// there are cells, and fewer than there are servers.
  @Test(arguments: [(15, 5, 80), (60, 10, 6), (60, 10, 12), (8, 20, 30)])
  func jobsOfOnePostAreOneBatch(servers: Int, cells: Int, jobs: Int) {
    let service = Duration(seconds: 0.04)
    let now = Instant.start + Duration(seconds: 9)
    var whole = Station(servers: servers)
    var queue = CellQueue(servers: servers, cells: Double(cells))
    var (exact, told, longest) = (0.0, 0.0, 0.0)
    for _ in 0..<jobs {
      for _ in 0..<cells {
        let waited = (whole.arrive(at: now, service: service).begin - now).seconds
        exact += waited / Double(cells)
        longest = max(longest, waited)
      }
      told +=
        queue.wait(at: now, service: service, batch: Double(cells), place: 0.5).seconds
    }
    #expect(abs(told - exact) <= 0.04 * exact, "\(told), \(exact)")
    let last = queue.wait(at: now, service: service, batch: Double(cells), place: 0).seconds
    #expect(abs(last - longest) <= 0.04)
  }

  /// As many at once as there are servers wait for nobody, whoever comes after them does.
  @Test func aSmallBatchIsNone() {
    var queue = CellQueue(servers: 300, cells: 1000)
    func wait(_ seconds: Double, _ place: Double) -> Double {
      queue.wait(
        at: .start + Duration(seconds: seconds), service: Duration(seconds: 1), batch: 300,
        place: place
      ).seconds
    }
    for second in 0..<20 { #expect(wait(Double(second * 2), 0.999) == 0) }
    #expect(abs(wait(38, 0.75) - 1.25) < 1e-9)
  }

  /// A wait that no longer fits a count of nanoseconds is known to be wrong, whatever follows it.
  @Test(arguments: [
    (3600.0, 200, 100.0, 100.0, false), (1e6, 300, 1e9, 1, false), (1e6, 3, 1e6, 1, true),
    (2_592_000, 1, 1e9, 1e9, true), (1e6, 300, 1e9, 1e9, true),
  ])
  func endlessWaitsAreKnown(
    service: Double, servers: Int, cells: Double, batch: Double, isEndless: Bool
  ) {
    var queue = CellQueue(servers: servers, cells: cells)
    for second in 0..<2000 {
      let now = Instant.start + Duration(seconds: Double(second))
      let wait = queue.wait(at: now, service: Duration(seconds: service), batch: batch)
      #expect(wait >= .zero)
    }
    #expect(queue.isBeyondCount == isEndless)
  }
}
