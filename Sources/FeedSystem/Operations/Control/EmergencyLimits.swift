import Settings
import Simulation

/// What is turned away in degraded mode, before it costs a server any time (S0.20's emergency rate
/// limiting): `degraded.limits`, of all users together, and `degraded.shed`.
public struct EmergencyLimits: Sendable, Equatable {
  /// By endpoint, requests a second in all; nil for as many as come.
  public var rates: [Double?]
  /// By endpoint, the share turned away by chance.
  public var shares: [Double]

  /// Those that a client's request may be for.
  public static let endpoints: [Endpoint] = [.feed, .post, .engagement]

  init?(_ parameters: inout Parameters) throws {
    rates = Endpoint.allCases.map { _ in nil }
    shares = Endpoint.allCases.map { _ in 0 }
    let rates = try parameters.section(
      "limits", "Requests a second that are let in, of all users together; more are answered 429."
    ) { section in
      try Self.endpoints.map { endpoint in
        try section.read(
          endpoint.key, .rate(in: 0.001...1e9), "As many as come if not given.")
      }
    }
    let shares = try parameters.section(
      "shed", "The share of requests that is turned away, by chance."
    ) { section in
      try Self.endpoints.map { endpoint in
        try section.read(endpoint.key, .share(), default: 0, "Of these requests.")
      }
    }
    for (index, endpoint) in Self.endpoints.enumerated() {
      self.rates[endpoint.rawValue] = rates?[index]
      self.shares[endpoint.rawValue] = shares?[index] ?? 0
    }
    if self.rates.allSatisfy({ $0 == nil }), self.shares.allSatisfy({ $0 == 0 }) { return nil }
  }
}

/// A rate that is kept to in all, with a second's worth at once: the generic cell rate algorithm
/// (ITU-T I.371), in whole nanoseconds.
public struct TotalLimit: Sendable, Equatable {
  private let gap: Int64
  private let burst: Int64
  /// When the next request would come if all came evenly.
  private var due = Int64.min / 2

  public init(perSecond rate: Double) {
    gap = max(1, Duration(seconds: 1 / rate).nanoseconds)
    burst = max(0, 1_000_000_000 - gap)
  }

  /// Whether a request is let in.
  public mutating func admits(at now: Instant) -> Bool {
    guard due - now.nanoseconds <= burst else { return false }
    due = max(due, now.nanoseconds) + gap
    return true
  }
}

/// What degraded mode has turned away.
struct Refusals: Sendable {
  let settings: EmergencyLimits
  private var limits: [TotalLimit?]
  /// By endpoint, of the window: requests made in degraded mode, and those turned away.
  var asked = [Int](repeating: 0, count: Endpoint.allCases.count)
  var refused = [Int](repeating: 0, count: Endpoint.allCases.count)

  init(_ settings: EmergencyLimits) {
    self.settings = settings
    limits = settings.rates.map { $0.map { TotalLimit(perSecond: $0) } }
  }

  /// Why a request is turned away; nil where it is let in.
  ///
  /// - Parameter draw: uniform on [0, 1), of the request.
  mutating func ask(
    _ endpoint: Endpoint, at now: Instant, draw: Double, isMeasured: Bool
  ) -> FailureCause? {
    var cause: FailureCause?
    if draw < settings.shares[endpoint.rawValue] {
      cause = .shed
    } else if limits[endpoint.rawValue]?.admits(at: now) == false {
      cause = .limited
    }
    if isMeasured {
      asked[endpoint.rawValue] += 1
      if cause != nil { refused[endpoint.rawValue] += 1 }
    }
    return cause
  }
}

extension FeedSystem {
  /// Why degraded mode turns a client's request away; nil where it does not.
  ///
  /// - Parameter key: of the request, the same in every design.
  @inline(__always)
  func refusal(of endpoint: Endpoint, key: UInt64) -> FailureCause? {
    controls.refusals == nil ? nil : askRefusals(endpoint, key: key)
  }

  private func askRefusals(_ endpoint: Endpoint, key: UInt64) -> FailureCause? {
    guard degradedMode != nil else { return nil }
    var stream = RandomStream(
      seed: seed, purpose: Purpose.refusal.rawValue,
      entity: key &+ UInt64(endpoint.rawValue) << 62)
    let (present, isMeasured) = (now, measuring)
    return controls.refusals?.ask(
      endpoint, at: present, draw: stream.uniform(), isMeasured: isMeasured)
  }

  /// Whether degraded mode turns a load away; loads that the system makes for itself are nobody's.
  func isRefused(load id: UInt32) -> Bool {
    guard controls.refusals != nil, loads[id].madeFor == nil,
      let cause = refusal(of: .feed, key: loads[id].key)
    else { return false }
    let isOrphan = loads[id].isOrphan
    reject(id, cause)
    // Turned away on purpose: no error that would keep an alarm up.
    if !isOrphan { controls.pardonFailure() }
    return true
  }

  func isRefused(post id: UInt32) -> Bool {
    guard let cause = refusal(of: .post, key: publications[id].key) else { return false }
    reject(post: id, cause)
    return true
  }

  func isRefused(engagement id: UInt32) -> Bool {
    guard let cause = refusal(of: .engagement, key: engagements[id].key) else { return false }
    reject(engagement: id, cause)
    return true
  }
}
