import Simulation

/// The whole's work that waits because servers are asked for more than they can do, from the visits
/// of one of C cells: a fluid that servers work off at one second a second.
///
/// Each visit stands for C, whose work comes bit by bit (e^(−u/τ) of it is still to come after u):
/// in time τ some thousands of the cell's visits come, so that what they are by chance too many, √C
/// times as much as in the whole, is averaged out. All of it comes in the end. Time is that of the
/// tier's pace, faster in a spike (`CellPace`), so that what is known beforehand begins and ends
/// when it does. What no pace tells of, as a star's shard that is asked by all who have heard, is
/// told by a second fluid with a τ of some hundreds of visits, from when the two are asked for
/// amounts that differ by more than chance would make them until they are alike again.
public struct CellBacklog: Sendable {
  /// Visits of the cell that are averaged over, where `longest` allows; never fewer than the least.
  static let visits = (least: 100.0, soon: 200.0, most: 4000.0)
  /// Standard deviations of the mean of the fewer that are no chance.
  private static let unlikely = 5.0

  /// What a second of service is of all servers' time, in seconds.
  private let work: Double
  private let longest: Double
  private var latest = 0.0
  private var count = 0.0
  /// Since the first visit and between visits, in nanoseconds of the pace's time.
  private var (age, gap) = (0.0, 0.0)
  private var usual = CellFluid()
  private var soon = CellFluid()
  /// Whether the second fluid is what is told.
  private var isSoon = false
  /// How many times faster visits leave than they come: as fast as servers can while some wait.
  private(set) var flow = 1.0

  /// - Parameters:
  ///   - work: cells by servers of the whole.
  ///   - longest: τ at most, if enough visits come in it.
  init(work: Double, longest: Duration) {
    self.work = work
    self.longest = Double(longest.nanoseconds)
  }

  /// The visits that are averaged over.
  ///
  /// - Parameters:
  ///   - rate: the cell's, in visits a second.
  ///   - window: that is measured.
  public static func averaged(rate: Double, window: Duration) -> Double {
    max(visits.least, min(visits.most, rate * longest(of: window).seconds))
  }

  /// A twentieth of the window: what no profile tells of is not to be moved by more.
  static func longest(of window: Duration) -> Duration {
    Duration(nanoseconds: window.nanoseconds / 20)
  }

  /// What a visit that arrives now waits for others to be served, in nanoseconds.
  ///
  /// - Parameter pace: how many times as many visits come as in ordinary traffic, as far as known.
  mutating func wait(at now: Instant, service: Duration, pace: Double) -> Double {
    let time = Double(now.nanoseconds)
    if count > 0 { pass(time - latest, pace: pace) }
    (latest, count) = (time, count + 1)
    let work = Double(service.nanoseconds) * work
    usual.coming += work
    soon.coming += work
    return isSoon ? soon.waiting : usual.waiting
  }

  private mutating func pass(_ passed: Double, pace: Double) {
    age += passed * pace
    // A mean at first, then one that forgets: slowly, as a shorter τ tells at once what has come.
    gap += (passed * pace - gap) / min(count, Self.visits.most)
    let long = max(gap * Self.visits.least, min(gap * Self.visits.most, longest))
    let short = min(long, gap * Self.visits.soon)
    usual.pass(passed, pace: pace, averaging: long)
    soon.pass(passed, pace: pace, averaging: short)
    let mean = usual.mean(over: long, age: age)
    let deviation = mean / Self.visits.soon.squareRoot()
    let difference = abs(soon.mean(over: short, age: age) - mean)
    if difference > Self.unlikely * deviation {
      isSoon = true
    } else if isSoon, difference < deviation {
      (isSoon, usual.waiting) = (false, soon.waiting)
    }
    let load = (isSoon ? soon.mean(over: short, age: age) : mean) * pace
    let someWait = (isSoon ? soon : usual).waiting > 0
    flow = someWait && load > 0 ? min(1 / load, 1e6) : 1
  }
}

/// Work in nanoseconds of all servers' time: of visits that have come, and not yet been done.
private struct CellFluid {
  var coming = 0.0
  var waiting = 0.0

  mutating func pass(_ passed: Double, pace: Double, averaging: Double) {
    let came = averaging > 0 ? coming * (1 - expo(-passed * pace / averaging)) : coming
    coming -= came
    waiting = max(0, waiting + came - passed)
  }

  /// What is asked of all servers, of their time, where the pace is 1; as far back as there was
  /// anything.
  func mean(over averaging: Double, age: Double) -> Double {
    guard averaging > 0, age > 0 else { return 0 }
    return coming / (averaging * (1 - expo(-age / averaging)))
  }
}
