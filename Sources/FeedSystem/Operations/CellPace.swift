import Simulation

/// How many pages a cell's viewers ask for, in multiples of what they do where the traffic's factor
/// is 1: what `CellBacklog` knows beforehand.
///
/// Sessions begin at the profile's rate f. Each of their P pages, a geometric number, is followed
/// by another with probability 1 − 1/P after a think time of mean m, so that pages are asked for at
/// f / P + (1 − 1/P) g with g' = (f − g) / (m P), exactly where the think time is exponential. P is
/// what viewers make of it: feeds that end soon are not scrolled.
struct CellPace {
  /// Choices that what is set counts for, and after how many the first are forgotten.
  private static let choices = (set: 100.0, most: 20_000.0)

  private let profile: RateProfile
  /// m, in nanoseconds.
  private let pause: Double
  /// 1 − 1/P, as the mean of so many choices.
  private var following: Double
  private var count = choices.set
  /// g.
  private var later = 0.0
  private var latest: Instant?
  private var pace = 1.0

  init(_ traffic: Traffic) {
    let habits = traffic.sessions
    profile = traffic.loads.profile
    following = 1 - 1 / (habits.pages * habits.loads)
    pause = habits.thinkTime.mean * 1e9
  }

  /// A viewer has seen a page, and asks for another or leaves.
  mutating func note(goesOn: Bool) {
    count = min(count + 1, Self.choices.most)
    following += ((goesOn ? 1 : 0) - following) / count
  }

  mutating func factor(at now: Instant) -> Double {
    if now == latest { return pace }
    let factor = profile.factor(at: now)
    // m P; endless sessions are not to be divided by.
    let memory = pause / max(1 - following, 1e-9)
    if let latest, memory > 0 {
      later += (factor - later) * (1 - expo(-Double((now - latest).nanoseconds) / memory))
    } else {
      later = factor
    }
    latest = now
    pace = (1 - following) * factor + following * later
    return pace
  }
}
