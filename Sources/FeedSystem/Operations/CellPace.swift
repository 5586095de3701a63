import Simulation

/// How many pages a cell's viewers ask for, in multiples of what they do where the traffic's factor
/// is 1: what `CellBacklog` knows beforehand.
///
/// Sessions begin at the profile's rate f. Each of their P pages, a geometric number, is followed
/// by another with probability 1 − 1/P after a think time of mean m, so that pages are asked for at
/// f / P + (1 − 1/P) g with g' = (f − g) / (m P), exactly where the think time is exponential.
struct CellPace {
  private var profile = RateProfile.constant
  /// 1 − 1/P.
  private var following = 0.0
  /// m P, in nanoseconds.
  private var memory = 0.0
  /// g.
  private var later = 0.0
  private var latest: Instant?
  private var pace = 1.0

  init() {}

  init(_ traffic: Traffic) {
    let habits = traffic.sessions
    let pages = habits.pages * habits.loads
    profile = traffic.loads.profile
    following = 1 - 1 / pages
    memory = habits.thinkTime.mean * 1e9 * pages
  }

  mutating func factor(at now: Instant) -> Double {
    if now == latest { return pace }
    let factor = profile.factor(at: now)
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
