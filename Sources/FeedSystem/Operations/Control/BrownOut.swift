import Settings
import Simulation

/// When the system goes into degraded mode by itself, and when it leaves it: `degraded.when`.
public struct BrownOutSettings: Sendable, Equatable {
  public var every = Duration.seconds(30)
  public var enter = AlarmSettings.seed
  /// Whose utilisation and queues count.
  public var tiers: [TierName] = [.gateway, .ranking]
  /// How long it stays at least.
  public var atLeast = Duration.seconds(300)
  /// No seed says; far enough below the others that leaving does not bring the alarm back.
  public var leave = AlarmSettings(
    cpu: 0.4, p99: .milliseconds(500), errors: 0.01, queue: 1000)

  init(_ parameters: inout Parameters) throws {
    every = try parameters.read(
      "every", ScalingSettings.period, default: every, "How often the readings are looked at.")
    enter = try AlarmSettings(&parameters, standard: enter)
    tiers = try parameters.read(
      "tiers", .list(of: .choice(TierName.scalable.map { ($0.key, $0) })), default: tiers,
      "Whose utilisation and queues are looked at; gateway and ranking if not given.")
    atLeast = try parameters.read(
      "for", ScalingSettings.delay, default: atLeast,
      "How long it lasts at least; twice as long each time that it is back as soon.")
    let standard = leave
    leave =
      try parameters.section("leave", "It ends when all readings are below these limits.") {
        try AlarmSettings(&$0, standard: standard)
      } ?? leave
    let isBelow =
      Self.isBelow(leave.cpu, enter.cpu) && Self.isBelow(leave.p99, enter.p99)
      && Self.isBelow(leave.errors, enter.errors) && Self.isBelow(leave.queue, enter.queue)
    if !isBelow, !parameters.isDescribing {
      throw parameters.error("has a limit above that for entering", key: "leave")
    }
  }

  private static func isBelow<Value: Comparable>(_ leave: Value?, _ enter: Value?) -> Bool {
    guard let leave, let enter else { return true }
    return leave <= enter
  }
}

/// Whether the system is in degraded mode, by its readings: an alarm with hysteresis.
///
/// Leaving gives the work back that degraded mode saves, which may raise the alarm again. So a
/// stay that begins within the length of the one before it lasts twice as long, up to eight times
/// the least.
public struct BrownOut: Sendable, Equatable {
  public enum Change: Sendable, Equatable { case enters, leaves }

  public let settings: BrownOutSettings
  public private(set) var isOn = false
  /// The last change.
  public private(set) var since = Instant.start
  /// How long the stay under way, or the last one, lasts at least.
  public private(set) var stay: Duration
  public private(set) var entries = 0
  /// Of the stays that are over.
  private var spent = Duration.zero

  public init(_ settings: BrownOutSettings) {
    self.settings = settings
    stay = settings.atLeast
  }

  public mutating func decide(_ readings: Readings, at now: Instant) -> Change? {
    if isOn {
      guard now - since >= stay, !settings.leave.isRaised(by: readings) else { return nil }
      spent += now - since
      (isOn, since) = (false, now)
      return .leaves
    }
    guard settings.enter.isRaised(by: readings) else { return nil }
    let isBackSoon = entries > 0 && now - since <= stay
    stay = isBackSoon ? min(stay * 2, settings.atLeast * 8) : settings.atLeast
    entries += 1
    (isOn, since) = (true, now)
    return .enters
  }

  /// In all, until an instant after the last change.
  public func spent(until instant: Instant) -> Duration {
    isOn ? spent + (instant - since) : spent
  }
}
