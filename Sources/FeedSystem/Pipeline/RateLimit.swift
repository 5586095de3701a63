import Simulation

/// An emergency brake on fan-out: while it is on, jobs are let go at a steady rate, each when
/// those before it have had their time (the virtual scheduling form of the generic cell rate
/// algorithm, ITU-T I.371). Whatever is still held when it ends goes at once.
struct RateLimit {
  private let on: Range<Instant>
  private let perSecond: Double
  private let authorsFrom: Int
  /// When the next job may go.
  private var next = Instant.start

  init(_ settings: RateLimitSettings, opens: Instant) {
    on = (opens + settings.at)..<(opens + settings.at + settings.length)
    perSecond = settings.deliveries
    authorsFrom = settings.authorsFrom
  }

  /// When a job of so many deliveries, of an author with so many followers, may go.
  mutating func release(_ deliveries: Int, followers: Int, at now: Instant) -> Instant {
    guard on.contains(now), followers >= authorsFrom else { return now }
    let begins = min(max(next, now), on.upperBound)
    next = begins + Duration(seconds: Double(deliveries) / perSecond)
    return begins
  }
}
