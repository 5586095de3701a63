import Simulation
import Testing

@testable import FeedSystem

/// What of the whole's work waits, as one cell of many tells it.
@Suite struct CellBacklogTests {
  /// Exponential services of 10 ms on ten servers, of which a cell sees one visit in forty.
  private static let (service, servers, cells) = (0.01, 10.0, 40.0)

  /// Waits of a cell's visits, Poisson, with the load of each phase for so many seconds.
  private func waits(
    _ phases: [(load: Double, seconds: Double)], knowsPace: Bool = true, seed: UInt64 = 1,
    longest: Double = 30
  ) -> [(time: Double, wait: Double)] {
    var backlog = CellBacklog(
      work: Self.cells / Self.servers, longest: Duration(seconds: longest))
    var stream = RandomStream(seed: seed, purpose: 1, entity: 7)
    let services = Distribution.exponential(mean: Self.service)
    var (time, begins) = (0.0, 0.0)
    var waits: [(time: Double, wait: Double)] = []
    for phase in phases {
      let rate = phase.load * Self.servers / Self.service / Self.cells
      let gaps = Distribution.exponential(mean: 1 / rate)
      time = begins + gaps.sample(&stream).seconds
      while time < begins + phase.seconds {
        let wait = backlog.wait(
          at: .start + Duration(seconds: time), service: services.sample(&stream),
          pace: knowsPace ? phase.load : 1)
        waits.append((time, wait / 1e9))
        time += gaps.sample(&stream).seconds
      }
      begins += phase.seconds
    }
    return waits
  }

  /// Servers asked for less than they can do make nobody wait, whatever one cell's visits are by
  /// chance; as they come, unaveraged, they would keep one in two waiting.
  @Test func chanceOfOneCellMakesNobodyWait() {
    let told = waits([(0.9, 1000)])
    #expect(told.count > 20_000)
    #expect(told.count { $0.wait > 0.001 } * 500 < told.count)
    let unaveraged = waits([(0.9, 1000)], longest: 0)
    #expect(unaveraged.count { $0.wait > 0.001 } * 50 > unaveraged.count)
  }

  /// What is asked for too much waits, from the profile's spike on, and until it has been made
  /// good: (1.3 − 1) × 200 s are worked off at 0.5 seconds a second.
  @Test(arguments: [true, false])
  func allThatIsTooMuchWaits(knowsPace: Bool) throws {
    let told = waits([(0.5, 400), (1.3, 200), (0.5, 400)], knowsPace: knowsPace)
    func mean(_ seconds: ClosedRange<Double>) -> Double {
      let some = told.filter { seconds.contains($0.time) }.map(\.wait)
      return some.reduce(0, +) / Double(some.count)
    }
    let late = knowsPace ? 0.0 : 30.0
    #expect(mean(100...400) < 0.01)
    // Late by e^(−t / 30 s): 0.8 of what is asked is still to come at first.
    #expect(abs(mean(495...505) - (knowsPace ? 30 : 13)) < 4, "\(mean(495...505))")
    #expect(abs(mean(598...602) - (knowsPace ? 60 : 42)) < 5, "\(mean(598...602))")
    let over = try #require(told.last { $0.wait > 0 }).time
    #expect(abs(over - 720 - late / 2) < 25, "\(over)")
  }

  /// What no pace tells of is seen within some hundreds of visits, not in the thousands that are
  /// averaged over; (1.3 − 1) × 600 s wait in the end, and chance is not taken for it.
  @Test(arguments: [1, 2, 3])
  func whatNoPaceTellsOfIsToldSoon(seed: UInt64) {
    let told = waits(
      [(0.6, 1000), (1.3, 600), (0.6, 1000)], knowsPace: false, seed: seed, longest: 300)
    func mean(_ seconds: ClosedRange<Double>) -> Double {
      let some = told.filter { seconds.contains($0.time) }.map(\.wait)
      return some.reduce(0, +) / Double(some.count)
    }
    #expect(mean(400...1000) < 0.01)
    // Averaged over 4000 visits alone, nothing would wait for 200 s, and 35 s at the end.
    for (time, wait) in [(1100.0, 30.0), (1300, 90), (1600, 180), (1800, 100)] {
      let told = mean(time - 5...time + 5)
      #expect(abs(told - wait) < 8 + 0.3 * wait, "\(time) s: \(told)")
    }
    #expect(mean(2300...2600) < 0.01)
  }

  /// As many leave as servers can serve, while some wait; else as many as come.
  @Test func theFlowIsTheServersWhileSomeWait() {
    var backlog = CellBacklog(work: Self.cells / Self.servers, longest: Duration(seconds: 30))
    var flows: [Double] = []
    var time = 0.0
    // 25 visits a second of 10 ms of 40 cells on 10 servers: all of their time.
    for (load, count) in [(0.5, 12_500), (1.25, 12_500), (0.5, 4000)] {
      for _ in 0..<count {
        time += 0.04 / load
        _ = backlog.wait(
          at: .start + Duration(seconds: time), service: Duration(seconds: Self.service),
          pace: load)
        flows.append(backlog.flow)
      }
    }
    #expect(flows[5000..<12_000].allSatisfy { $0 == 1 })
    #expect(flows[20_000..<25_000].allSatisfy { abs($0 * 1.25 - 1) < 0.01 })
    // 0.25 × 400 s wait, and are worked off in 200 s: 2500 visits.
    #expect(flows[25_100..<27_400].allSatisfy { abs($0 * 0.5 - 1) < 0.02 })
    #expect(flows[27_700...].allSatisfy { $0 == 1 })
  }

  /// Fewer visits than can be averaged over for as long as is allowed: the least are.
  @Test func averagesOverWhatThereIs() {
    let window = Duration(seconds: 600)
    #expect(CellBacklog.averaged(rate: 0.1, window: window) == 100)
    #expect(CellBacklog.averaged(rate: 20, window: window) == 600)
    #expect(CellBacklog.averaged(rate: 1e6, window: window) == 4000)
  }
}
