import Settings
import Simulation

/// A bound on the retries of all clients together: at most a share of the requests of the last
/// while, so that retries cannot multiply an overload (Beyer et al., "Site Reliability
/// Engineering", chapter 21: 10 %; Finagle's retry budget keeps them over 10 s).
///
/// Counts lie in ten slots of a tenth of the window; the oldest falls out whole, so what is counted
/// is of between nine tenths of the window and all of it.
public struct RetryBudget: Sendable, Equatable {
  private static let slots = 10

  /// In millionths, so that a share of a count is exact.
  private let millionths: Int
  private let slot: Int64
  private var requests = [Int](repeating: 0, count: slots)
  private var retries = [Int](repeating: 0, count: slots)
  /// Of the newest slot, since the run's start.
  private var newest: Int64 = 0
  private var requestCount = 0
  private var retryCount = 0

  init(share: Double, window: Duration = .seconds(10)) {
    millionths = Int((share * 1e6).rounded())
    slot = max(1, window.nanoseconds / Int64(Self.slots))
  }

  init(reading parameters: inout Parameters) throws {
    self.init(
      share: try parameters.read(
        "share", .share(), default: 0.1, "Of the requests of the last while."),
      window: try parameters.read(
        "window", .duration(in: .milliseconds(10)...Duration.seconds(86_400)),
        default: .seconds(10), "How long that is."))
  }

  /// A client asks for something for the first time.
  mutating func noteRequest(at now: Instant) {
    step(to: now)
    requests[place] += 1
    requestCount += 1
  }

  /// Takes one retry out of the budget; false where none is left.
  mutating func take(at now: Instant) -> Bool {
    step(to: now)
    guard (retryCount + 1) * 1_000_000 <= millionths * requestCount else { return false }
    retries[place] += 1
    retryCount += 1
    return true
  }

  private var place: Int { Int(newest % Int64(Self.slots)) }

  private mutating func step(to now: Instant) {
    let slot = now.nanoseconds / slot
    // After a whole window nothing is left to be remembered.
    newest = max(newest, slot - Int64(Self.slots))
    while newest < slot {
      newest += 1
      requestCount -= requests[place]
      retryCount -= retries[place]
      (requests[place], retries[place]) = (0, 0)
    }
  }
}
