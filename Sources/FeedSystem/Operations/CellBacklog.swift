import Simulation

/// The whole's work that waits because servers are asked for more than they can do, from the visits
/// of one of C cells: a fluid that servers work off at one second a second.
///
/// Each visit stands for C, whose work comes bit by bit (e^(−u/τ) of it is still to come after u):
/// in time τ some thousands of the cell's visits come, so that what they are by chance too many, √C
/// times as much as in the whole, is averaged out. All of it comes in the end. Time is that of the
/// traffic's profile, faster in a spike, so that what is known beforehand begins and ends when it
/// does; anything else is told up to τ late.
public struct CellBacklog: Sendable {
  /// Visits of the cell that are averaged over, where `longest` allows; never fewer than the least.
  static let visits = (least: 100.0, most: 4000.0)

  /// What a second of service is of all servers' time, in seconds.
  private let work: Double
  private let longest: Double
  private var latest = 0.0
  private var count = 0.0
  /// Between visits, in nanoseconds of the profile's time.
  private var gap = 0.0
  /// In nanoseconds of all servers' time.
  private var coming = 0.0
  private var waiting = 0.0

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
  /// - Parameter pace: the factor of the traffic's profile.
  mutating func wait(at now: Instant, service: Duration, pace: Double) -> Double {
    let time = Double(now.nanoseconds)
    if count > 0 {
      let passed = time - latest
      // A mean at first, then one that forgets.
      gap += (passed * pace - gap) / min(count, 256)
      let averaging = max(gap * Self.visits.least, min(gap * Self.visits.most, longest))
      let came = averaging > 0 ? coming * (1 - expo(-passed * pace / averaging)) : coming
      coming -= came
      waiting = max(0, waiting + came - passed)
    }
    (latest, count) = (time, count + 1)
    coming += Double(service.nanoseconds) * work
    return waiting
  }
}
