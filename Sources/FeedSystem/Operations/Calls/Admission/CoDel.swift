import Settings
import Simulation

/// Controlled delay: drops from the head of the line once every visit of an interval has waited
/// longer than the target, and ever more often while that lasts (Nichols, Jacobson, "Controlling
/// Queue Delay", ACM Queue 2012; the variant of RFC 8289).
public struct CoDel: CallAdmission {
  public static let name = "codel"
  public static let summary = "drops from a line whose waiting time stays above a target"
  public static let isByLine = true

  public var target = Duration.milliseconds(5)
  public var interval = Duration.milliseconds(100)

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(in: .microseconds(1)...Duration.seconds(3600))
    target = try parameters.read(
      "target", time, default: target, "Waiting time that a line may have for good.")
    interval = try parameters.read(
      "interval", time, default: interval, "How long it may have more before visits are dropped.")
  }

  public func makeGate() -> any AdmissionGate { CoDelGate(self) }
}

/// The state of one line.
struct CoDelGate: AdmissionGate {
  let settings: CoDel
  /// When visits may be dropped, if none has waited less than the target until then.
  private var firstAbove: Instant?
  private var isDropping = false
  private var dropNext = Instant.start
  private var count = 0
  private var lastCount = 0

  init(_ settings: CoDel) { self.settings = settings }

  mutating func drops(waited: Duration, isLast: Bool, at now: Instant) -> Bool {
    let mayDrop = isAbove(waited, isLast: isLast, at: now)
    if isDropping {
      if !mayDrop {
        isDropping = false
      } else if now >= dropNext {
        count += 1
        dropNext = next(after: dropNext)
        return true
      }
      return false
    }
    guard mayDrop else { return false }
    isDropping = true
    // Soon after the last time, it goes on at the rate that was enough then.
    let more = count - lastCount
    let isSoon = now - dropNext < Duration(nanoseconds: 16 * settings.interval.nanoseconds)
    count = more > 1 && isSoon ? more : 1
    dropNext = next(after: now)
    lastCount = count
    return true
  }

  private mutating func isAbove(_ waited: Duration, isLast: Bool, at now: Instant) -> Bool {
    if waited < settings.target || isLast {
      firstAbove = nil
      return false
    }
    guard let since = firstAbove else {
      firstAbove = now + settings.interval
      return false
    }
    return now >= since
  }

  private func next(after instant: Instant) -> Instant {
    instant + Duration(seconds: settings.interval.seconds / Double(count).squareRoot())
  }
}
