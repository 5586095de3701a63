import Settings
import Simulation

extension Form where Value == Duration {
  /// How far clocks are ahead, such as `+8h` or `-5h`: at most 14 h either way.
  static var timeZone: Form {
    let units = ["ns", "us", "ms", "s", "m", "min", "h"]
    let scalar = Shape.Scalar(
      "a length of time with a sign, such as +8h or -5h; at most 14h either way",
      pattern: "^[-+]?(0|[1-9][0-9]*)(\\.[0-9]+)? *(" + units.joined(separator: "|") + ")$")
    return Form(
      .scalar(scalar), example: .zero, spell: { Setting.spellTime($0.nanoseconds) },
      read: { try $0.timeZone() })
  }
}

extension Setting {
  fileprivate func timeZone() throws -> Duration {
    var text = try text()
    let isBehind = text.hasPrefix("-")
    if isBehind || text.hasPrefix("+") { text.removeFirst() }
    let length: Int64
    do {
      length = try Quantity.nanoseconds(text)
    } catch let problem as InvalidInput {
      throw problem.located(at: location, path: path)
    }
    guard length <= 14 * 3_600_000_000_000 else {
      throw error("is more than 14h, and no clock is as far ahead or behind")
    }
    return Duration(nanoseconds: isBehind ? -length : length)
  }
}

/// How the activity of regions with clocks of their own goes through the day.
struct LocalHours: Sendable {
  /// By region: its part of the day and the week, and its shares of the loads and of the posts.
  let profiles: [RateProfile]
  let loads: [Double]
  let posts: [Double]

  /// What all regions together do, of mean 1.
  func mixture(_ weights: [Double]) -> RateProfile {
    .mixture(of: zip(weights, profiles).map { (weight: $0, profile: $1) })
  }

  /// A user, drawn in proportion to their own rate and to what their region's hour makes of it: by
  /// rejection, as the rates alone are drawn from in constant time.
  ///
  /// - Parameter weights: of the regions; one without any decides nothing.
  func draw(
    at now: Instant, _ weights: [Double], of regions: Regions, _ stream: inout RandomStream,
    _ user: (inout RandomStream) -> UInt32
  ) -> UInt32 {
    let factors = profiles.map { $0.factor(at: now) }
    var highest = 0.0
    for (factor, weight) in zip(factors, weights) where weight > 0 {
      highest = max(highest, factor)
    }
    var drawn = user(&stream)
    // At an hour at which nobody is up an arrival has been rounded across its end.
    guard highest > 0 else { return drawn }
    for _ in 0..<10_000 {
      if stream.uniform() * highest < factors[regions.of(drawn)] { return drawn }
      drawn = user(&stream)
    }
    return drawn
  }
}

extension FeedSystem {
  /// Gives each region its own hours, where clocks differ and activity follows them.
  func keepHours() {
    let regions = edge.regions
    guard regions.all.contains(where: { $0.timeZone != .zero }), traffic.clock.varies else {
      return
    }
    func shares(_ rates: [Double]) -> [Double] {
      var shares = regions.all.map { _ in 0.0 }
      for (user, rate) in rates.enumerated() { shares[regions.of(UInt32(user))] += rate }
      return shares
    }
    let hours = LocalHours(
      profiles: regions.all.map { traffic.clock.hours.shifted(by: .zero - $0.timeZone) },
      loads: shares(audience.activity.loadRates), posts: shares(audience.activity.postRates))
    let loads = hours.mixture(hours.loads)
    traffic.loads = ProfiledArrivals(loads * traffic.clock.loads)
    traffic.posts = ProfiledArrivals(hours.mixture(hours.posts) * traffic.clock.posts)
    traffic.ordinary = loads * traffic.clock.measured
    traffic.follows.arrivals = ProfiledArrivals(traffic.ordinary)
    crowd.hours = hours
  }

  /// Without spikes, as the regions' hours make it.
  public var ordinaryTraffic: RateProfile { traffic.ordinary }

  /// Who loads a feed next, of those whose hour it is.
  func awakeReader(_ stream: inout RandomStream) -> UInt32 {
    guard let hours = crowd.hours else { return audience.activity.reader(&stream) }
    return hours.draw(at: now, hours.loads, of: edge.regions, &stream) {
      audience.activity.reader(&$0)
    }
  }

  /// Who posts next, of those whose hour it is.
  func awakeAuthor() -> UInt32 {
    guard let hours = crowd.hours else { return audience.activity.author(&authors) }
    return hours.draw(at: now, hours.posts, of: edge.regions, &authors) {
      audience.activity.author(&$0)
    }
  }
}

/// The parts of a traffic's profiles that regions with other clocks have at other times, and those
/// that they have at the same.
struct TrafficClock: Sendable {
  var hours = RateProfile.constant
  var posts = RateProfile.constant
  var loads = RateProfile.constant
  var measured = RateProfile.constant

  var varies: Bool { !hours.isConstant }
}
