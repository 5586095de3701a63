import Settings
import Simulation

/// Turns calls away at their caller while too many fail (Nygard, "Release It!", 2007, section 5.2).
///
/// Closed, it counts failures over a sliding window; open, it lets nothing pass for a while; then,
/// half open, it lets a few probes pass, closes if all are answered and opens anew if one is not.
public struct CircuitBreaker: Sendable {
  public struct Settings: Sendable {
    public var errorRate = 0.5
    public var window = Duration.seconds(10)
    public var minimum = 20
    public var openFor = Duration.seconds(5)
    public var probes = 3

    public init() {}

    init(_ parameters: inout Parameters) throws {
      let time = Form<Duration>.duration(in: .milliseconds(10)...Duration.seconds(86_400))
      errorRate = try parameters.read(
        "errorRate", .share(in: 0.001...1), default: errorRate,
        "Opens when so many of the window's calls have failed.")
      window = try parameters.read(
        "window", time, default: window, "How far back calls are counted.")
      minimum = try parameters.read(
        "minimum", .count(in: 1...1_000_000), default: minimum,
        "Calls in the window below which it stays closed.")
      openFor = try parameters.read(
        "openFor", time, default: openFor, "How long it lets nothing pass.")
      probes = try parameters.read(
        "probes", .count(in: 1...10_000), default: probes,
        "Calls that it lets pass then; all must be answered for it to close.")
    }
  }

  public enum Passage: Equatable, Sendable {
    case passes
    /// Of the half-open time of this number.
    case probes(UInt32)
    case refused
  }

  private enum State: Equatable {
    case closed
    case open(until: Instant)
    case halfOpen
  }

  /// Into as many parts a window is cut: counts leave it part by part.
  private static let parts: Int64 = 10

  public let settings: Settings
  private var state = State.closed
  private var calls = [Int](repeating: 0, count: Int(parts))
  private var failures = [Int](repeating: 0, count: Int(parts))
  private var part: Int64 = 0
  private var totals = (calls: 0, failures: 0)
  private var probesOut = 0
  private var probesGood = 0
  private var epoch: UInt32 = 0
  private var closedUntil = Instant.start
  private var openTime = Duration.zero
  /// How often it has opened.
  public private(set) var openings = 0

  public init(_ settings: Settings) { self.settings = settings }

  /// Whether calls pass unasked.
  public var isClosed: Bool { state == .closed }

  /// Asks for a call to be made.
  public mutating func ask(at now: Instant) -> Passage {
    switch state {
    case .closed: return .passes
    case .open(let until):
      if now < until { return .refused }
      state = .halfOpen
      epoch += 1
      (probesOut, probesGood) = (1, 0)
      return .probes(epoch)
    case .halfOpen:
      if probesOut == settings.probes { return .refused }
      probesOut += 1
      return .probes(epoch)
    }
  }

  /// A call has ended.
  ///
  /// - Parameter probe: the number of its half-open time; 0 for one that passed unasked.
  public mutating func note(hasFailed: Bool, probe: UInt32 = 0, at now: Instant) {
    switch state {
    case .open: return
    case .halfOpen:
      guard probe == epoch else { return }
      if hasFailed { return open(at: now) }
      probesGood += 1
      if probesGood == settings.probes { close(at: now) }
    case .closed:
      // Late answers of a half-open time that is over say nothing of this one.
      guard probe == 0 else { return }
      advance(to: now)
      let place = Int(part % Self.parts)
      calls[place] += 1
      totals.calls += 1
      guard hasFailed else { return }
      failures[place] += 1
      totals.failures += 1
      if totals.calls >= settings.minimum,
        Double(totals.failures) >= settings.errorRate * Double(totals.calls)
      {
        open(at: now)
      }
    }
  }

  /// Time for which calls were refused or probed, from the start until an instant.
  public func openTime(until now: Instant) -> Duration {
    openTime + (state == .closed ? .zero : now - closedUntil)
  }

  private mutating func open(at now: Instant) {
    if state == .closed { closedUntil = now }
    state = .open(until: now + settings.openFor)
    openings += 1
  }

  private mutating func close(at now: Instant) {
    openTime += now - closedUntil
    state = .closed
    forget()
    part = number(of: now)
  }

  private func number(of instant: Instant) -> Int64 {
    instant.nanoseconds / max(1, settings.window.nanoseconds / Self.parts)
  }

  private mutating func advance(to now: Instant) {
    let number = number(of: now)
    if number - part >= Self.parts {
      forget()
      part = number
    }
    while part < number {
      part += 1
      let place = Int(part % Self.parts)
      totals.calls -= calls[place]
      totals.failures -= failures[place]
      calls[place] = 0
      failures[place] = 0
    }
  }

  private mutating func forget() {
    for place in calls.indices { (calls[place], failures[place]) = (0, 0) }
    totals = (0, 0)
  }
}
