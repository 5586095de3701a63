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

  /// Fewer visits than can be averaged over for as long as is allowed: the least are.
  @Test func averagesOverWhatThereIs() {
    let window = Duration(seconds: 600)
    #expect(CellBacklog.averaged(rate: 0.1, window: window) == 100)
    #expect(CellBacklog.averaged(rate: 20, window: window) == 600)
    #expect(CellBacklog.averaged(rate: 1e6, window: window) == 4000)
  }
}
