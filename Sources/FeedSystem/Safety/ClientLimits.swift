import Settings
import Simulation

/// What clients ask of the gateway.
public enum Endpoint: Int, CaseIterable, Sendable {
  case feed, post, engagement, media

  /// In scenarios and metric names.
  public var key: String {
    switch self {
    case .feed: "feed"
    case .post: "post"
    case .engagement: "engagement"
    case .media: "media"
    }
  }

  /// S1.14: feed loads 60 a minute, posts 10 an hour, likes and comments 100 a minute, uploads of
  /// media 50 an hour.
  var standard: LimitSettings.Limit {
    switch self {
    case .feed: LimitSettings.Limit(requests: 60, per: .seconds(60))
    case .post: LimitSettings.Limit(requests: 10, per: .seconds(3600))
    case .engagement: LimitSettings.Limit(requests: 100, per: .seconds(60))
    case .media: LimitSettings.Limit(requests: 50, per: .seconds(3600))
    }
  }
}

/// A scenario's `limits`: what a user may ask of each endpoint. The seed's table names a window for
/// each (S1.14), so the window is fixed if nothing else is said.
public struct LimitSettings: Sendable {
  public struct Limit: Sendable, Equatable {
    public var requests: Int
    public var per: Duration

    init(requests: Int, per: Duration) { (self.requests, self.per) = (requests, per) }

    init(_ parameters: inout Parameters, _ standard: Limit) throws {
      requests = try parameters.read(
        "requests", .count(in: 1...10_000), default: standard.requests, "Of one user.")
      per = try parameters.read(
        "per", .duration(in: .milliseconds(1)...Duration.seconds(30 * 86_400)),
        default: standard.per, "In a window of this length.")
    }
  }

  public var algorithm = LimitAlgorithm.fixedWindow
  /// By endpoint; nil where there is none.
  public var limits: [Limit?] = Endpoint.allCases.map(\.standard)
  public var retries = 0
  public var backOff = BackOff()

  init(_ parameters: inout Parameters) throws {
    algorithm = try parameters.read(
      "algorithm", .choice(LimitAlgorithm.allCases.map { ($0.rawValue, $0) }),
      default: algorithm, "How requests are counted.")
    limits = try Endpoint.allCases.map { endpoint in
      let form = Form<Limit>.keys { try Limit(&$0, endpoint.standard) }.or("none")
      return try parameters.read(
        endpoint.key, form, default: endpoint.standard, Self.about(endpoint))
    }
    retries = try parameters.read(
      "retries", .count(in: 0...100), default: retries,
      "How often a client that is answered 429 asks again, once it may; then it gives up.")
    backOff =
      try parameters.section("backOff", "What clients wait beyond the Retry-After of a 429.") {
        try BackOff(&$0, first: "first", least: .milliseconds(1))
      } ?? backOff
  }

  private static func about(_ endpoint: Endpoint) -> String {
    switch endpoint {
    case .feed: "Pages of the feed; 60 a minute if not given, or none."
    case .post: "New posts; 10 an hour if not given, or none."
    case .engagement: "Likes, comments and shares; 100 a minute if not given, or none."
    case .media: "Uploads of photos and videos; 50 an hour if not given, or none."
    }
  }
}

/// The answers that an endpoint has given: requests = admitted + rejected, and rejected = retried +
/// given up.
public struct EndpointCounts: Sendable, Equatable {
  public var requests = 0
  public var admitted = 0
  /// Answered 429.
  public var rejected = 0
  public var retried = 0
  public var givenUp = 0
  /// Answered 503, for want of room in a tier.
  public var unavailable = 0
}

/// What each user has asked of each endpoint.
public struct ClientLimits: Sendable {
  public let settings: LimitSettings?
  private var limiters: [RateLimiter?]
  /// By endpoint: since the run's start, and in the window.
  public private(set) var counts = [EndpointCounts](
    repeating: EndpointCounts(), count: Endpoint.allCases.count)
  public private(set) var measured = [EndpointCounts](
    repeating: EndpointCounts(), count: Endpoint.allCases.count)

  init(_ settings: LimitSettings?) {
    self.settings = settings
    limiters = (settings?.limits ?? []).map { limit in
      limit.map {
        RateLimiter(settings?.algorithm ?? .fixedWindow, requests: $0.requests, per: $0.per)
      }
    }
  }

  public var isUsed: Bool { settings != nil }

  /// Admits a user's request, or says after how long the next one could be.
  mutating func ask(
    _ endpoint: Endpoint, by user: UInt32, at now: Instant, measured isMeasured: Bool
  ) -> Duration? {
    guard limiters[endpoint.rawValue] != nil else { return nil }
    let wait = limiters[endpoint.rawValue]?.ask(user, at: now)
    count(endpoint, isMeasured) {
      $0.requests += 1
      if wait == nil { $0.admitted += 1 } else { $0.rejected += 1 }
    }
    return wait
  }

  mutating func count(
    _ endpoint: Endpoint, _ isMeasured: Bool, _ book: (inout EndpointCounts) -> Void
  ) {
    book(&counts[endpoint.rawValue])
    if isMeasured { book(&measured[endpoint.rawValue]) }
  }
}

extension FeedSystem {
  /// Asks an endpoint's limit on behalf of a client.
  ///
  /// - Parameters:
  ///   - attempts: that were answered 429 before.
  ///   - retry: what asks again; nil for a client that would not.
  /// - Returns: whether the request is admitted, turned away for good, or will be made again.
  private func ask(
    _ endpoint: Endpoint, by user: UInt32, attempts: UInt8, key: UInt64, retry: Event?
  ) -> LimitAnswer {
    guard let settings = limits.settings else { return .admitted }
    let isMeasured = measuring
    guard let wait = limits.ask(endpoint, by: user, at: now, measured: isMeasured) else {
      return .admitted
    }
    var stream = RandomStream(
      seed: seed, purpose: Purpose.clientBackOff.rawValue, entity: key &+ UInt64(attempts))
    let pause = wait + settings.backOff.wait(after: Int(attempts) + 1, chance: stream.uniform())
    let time = now + pause
    guard let retry, Int(attempts) < settings.retries, time.nanoseconds < window.upperBound else {
      limits.count(endpoint, isMeasured) { $0.givenUp += 1 }
      return .rejected
    }
    limits.count(endpoint, isMeasured) { $0.retried += 1 }
    calendar.schedule(retry, at: time)
    return .retries(at: time)
  }

  /// Whether a load is answered 429; loads that the system makes for itself are nobody's request.
  func isTurnedAway(load id: UInt32) -> Bool {
    if isRefused(load: id) { return true }
    let row = loads[id]
    guard limits.isUsed, row.madeFor == nil else { return false }
    let retry = row.isInVain ? nil : Event.load(id, .opened)
    switch ask(.feed, by: row.viewer, attempts: row.attempts, key: row.key, retry: retry) {
    case .admitted: return false
    case .rejected: reject(id, .limited)
    case .retries(let time):
      loads[id].attempts += 1
      loads[id].since = time
      if row.request == RequestRow.none {
        // A request of its own, with its own latency.
        loads[id].opened = time
      } else {
        loads[id].parts.add(time - now, to: LatencyParts.Slot.client)
        hold(row.request, until: time)
      }
    }
    return true
  }

  /// Whether a post is answered 429: first its upload, if it has media, then itself. Its author
  /// waits from the first attempt on.
  func isTurnedAway(post id: UInt32) -> Bool {
    if isRefused(post: id) { return true }
    guard limits.isUsed else { return false }
    let row = publications[id]
    let retry = Event.publish(id, .opened)
    if hasMedia(row), !row.hasUploaded {
      let answer = ask(
        .media, by: row.author, attempts: row.attempts, key: row.key, retry: retry)
      if isHeldUp(id, by: answer) { return true }
      publications[id].hasUploaded = true
    }
    let answer = ask(.post, by: row.author, attempts: row.attempts, key: row.key, retry: retry)
    return isHeldUp(id, by: answer)
  }

  private func isHeldUp(_ id: UInt32, by answer: LimitAnswer) -> Bool {
    switch answer {
    case .admitted: return false
    case .rejected: reject(post: id, .limited)
    case .retries(let time):
      publications[id].attempts += 1
      hold(publications[id].request, until: time)
    }
    return true
  }

  /// Without a world every post has the media that `post.mediaBytes` says.
  private func hasMedia(_ row: PublishRow) -> Bool {
    guard world != nil, let traits = traits(of: row) else { return design.posts.mediaBytes > 0 }
    return traits.type == .photo || traits.type == .video
  }

  /// Whether a reaction is answered 429.
  func isTurnedAway(engagement id: UInt32) -> Bool {
    if isRefused(engagement: id) { return true }
    guard limits.isUsed else { return false }
    let row = engagements[id]
    let answer = ask(
      .engagement, by: row.viewer, attempts: row.attempts, key: row.key,
      retry: .engage(id, .opened))
    switch answer {
    case .admitted: return false
    case .rejected: reject(engagement: id, .limited)
    case .retries(let time):
      engagements[id].attempts += 1
      hold(row.request, until: time)
    }
    return true
  }

  /// A tier has no room: the client is answered 503.
  func noteUnavailable(_ endpoint: Endpoint) {
    guard limits.isUsed else { return }
    limits.count(endpoint, measuring) { $0.unavailable += 1 }
  }

  func limitBalances() -> [Check] {
    guard limits.isUsed else { return [] }
    return Endpoint.allCases.map { endpoint in
      let counts = limits.counts[endpoint.rawValue]
      let (answered, ended) = (counts.admitted + counts.rejected, counts.retried + counts.givenUp)
      return Check(
        name: "requests: \(endpoint.key)",
        passed: counts.requests == answered && counts.rejected == ended,
        detail: "\(counts.requests) requests = \(counts.admitted) admitted + "
          + "\(counts.retried) to be made again + \(counts.givenUp) given up")
    }
  }
}

/// What becomes of a request.
private enum LimitAnswer {
  case admitted, rejected
  case retries(at: Instant)
}
