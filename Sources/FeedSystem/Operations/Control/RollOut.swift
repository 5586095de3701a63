import Simulation

/// A release on its way to a tier's servers: which of them have it, and what happens next.
public struct RollOut: Sendable {
  public enum State: Sendable, Equatable {
    case waits
    /// It comes to more servers, or the last stage is looked at.
    case rolls
    /// It has come to all that it was to come to.
    case finished
    /// It failed its check and stays where it is.
    case halted
    /// The decision has been made; the servers still have it.
    case goesBack
    case isBack
  }

  public enum Step: Sendable, Equatable {
    case nothing
    /// It has come to more servers.
    case widened
    /// It ends with what it is.
    case finished
  }

  public let settings: RollOutSettings
  public private(set) var state = State.waits
  /// The number of the stage that its servers are those of.
  private(set) var stage = 0
  /// The greatest share of the servers that ever had it.
  public private(set) var widest = 0.0
  /// The verdict of the last look; unknown without a check.
  private(set) var verdict = ReleaseCheck.Verdict.unknown
  public private(set) var began = Instant.never
  /// Of the decision to go back.
  public private(set) var decided = Instant.never
  public private(set) var endedBack = Instant.never

  public init(_ settings: RollOutSettings) { self.settings = settings }

  /// Whether any server has it.
  public var isOut: Bool {
    switch state {
    case .waits, .isBack: false
    case .rolls, .finished, .halted, .goesBack: true
    }
  }

  /// The share of the servers that have it.
  public var share: Double { isOut ? settings.stages[stage] : 0 }

  /// Of a tier with so many servers, those that have it: one at least.
  public func servers(of count: Int) -> Range<Int> {
    guard isOut, count > 0 else { return 0..<0 }
    return 0..<min(count, max(1, Int((share * Double(count)).rounded(.up))))
  }

  mutating func begin(at now: Instant) {
    (state, stage, began) = (.rolls, 0, now)
    widest = settings.stages[0]
  }

  /// A stage's time is over. One that a check has not seen enough calls of goes on.
  mutating func advance() -> Step {
    guard state == .rolls else { return .nothing }
    if settings.check != nil, verdict == .unknown { return .nothing }
    if stage + 1 < settings.stages.count {
      stage += 1
      widest = settings.stages[stage]
      return .widened
    }
    state = .finished
    return .finished
  }

  /// What the check says; whether the release is to go back.
  mutating func take(_ verdict: ReleaseCheck.Verdict, at now: Instant) -> Bool {
    guard state == .rolls else { return false }
    self.verdict = verdict
    guard verdict == .fails else { return false }
    if settings.rollsBack { return goBack(at: now) }
    state = .halted
    return false
  }

  /// It goes back, by the check or by hand; whether it was not on its way back already.
  mutating func goBack(at now: Instant) -> Bool {
    guard isOut, state != .goesBack else { return false }
    (state, decided) = (.goesBack, now)
    return true
  }

  /// The servers have the old release again.
  mutating func isBack(at now: Instant) {
    guard state == .goesBack else { return }
    (state, endedBack) = (.isBack, now)
  }
}
