import Settings
import Simulation

/// Pull instead of push for as long as fan-out is overloaded ("Feeding Frenzy", Silberstein et al.,
/// SIGMOD 2010, on flash loads): what is posted meanwhile by authors with many followers goes to
/// nobody's timeline and is read at the author, and pushing is taken up again when the backlog has
/// drained.
public struct FlashSettings: Sendable, Equatable {
  /// Entries due and not written from which it begins; nil for any number.
  public var backlog: Int?
  /// Delivery lag of the entries just written from which it begins; nil for any.
  public var lag: Duration?
  /// Authors with fewer followers are pushed throughout.
  public var authorsFrom = 1000
  /// Of the bounds, under which all of it must be before it ends.
  public var until = 0.5

  init() {}

  init(_ parameters: inout Parameters) throws {
    backlog = try parameters.read(
      "backlog", .count(in: 1...1_000_000_000_000), neededWithout: "lag",
      "Entries due and not yet written, above which it begins.")
    lag = try parameters.read(
      "lag", .duration(in: .milliseconds(1)...(.seconds(86_400))),
      "Delivery lag of the entries just written, above which it begins.")
    authorsFrom = try parameters.read(
      "authorsFrom", .count(), default: authorsFrom,
      "New posts of authors with so many followers are then pulled.")
    until = try parameters.read(
      "until", .share(), default: until,
      "It ends when backlog and lag have fallen below this share of their bounds.")
    if backlog == nil, lag == nil {
      throw parameters.error("is required, or lag", key: "backlog")
    }
  }
}

/// Whether posts are flipped just now, and what that has come to.
struct FlashState: Sendable {
  let settings: FlashSettings
  private(set) var isOn = false
  private var since = Instant.start
  /// Of the entries written last.
  private var lag = Duration.zero
  private let window: Range<Instant>
  private var timeOn = Duration.zero
  /// Of the measurement window: times it began, posts it flipped.
  private(set) var begun = 0
  var flipped = 0

  init(_ settings: FlashSettings, window: Range<Instant>) {
    self.settings = settings
    self.window = window
  }

  /// - Parameter lag: of entries that have just been written; nil where there are only more due.
  mutating func note(backlog: Int, lag written: Duration?, at now: Instant) {
    if let written { lag = written }
    // With nothing to write there is nobody to be late.
    if backlog == 0 { lag = .zero }
    func exceeds(_ share: Double) -> Bool {
      let entries = settings.backlog.map { Double(backlog) > Double($0) * share } ?? false
      let late = settings.lag.map { lag.seconds > $0.seconds * share } ?? false
      return entries || late
    }
    if !isOn, exceeds(1) {
      isOn = true
      since = now
      begun += window.contains(now) ? 1 : 0
    } else if isOn, !exceeds(settings.until) {
      isOn = false
      timeOn = timeOn + clipped(since, now)
    }
  }

  private func clipped(_ from: Instant, _ to: Instant) -> Duration {
    let begin = max(from, window.lowerBound)
    let end = min(to, window.upperBound)
    return begin < end ? end - begin : .zero
  }

  /// The share of the measurement window in which posts were flipped.
  func share(until now: Instant) -> Double {
    let time = timeOn + (isOn ? clipped(since, now) : .zero)
    return time.seconds / max((window.upperBound - window.lowerBound).seconds, 1e-9)
  }
}

extension FeedSystem {
  @inline(__always)
  func noteFlash(lag: Duration? = nil) {
    guard flash != nil else { return }
    let (backlog, present) = (measurements.backlog, now)
    flash?.note(backlog: backlog, lag: lag, at: present)
  }

  /// Stores a post: under its author's plan, or as one that is pulled while fan-out is overloaded.
  func storePost(_ row: PublishRow) -> UInt32 {
    let author = row.author
    let plan = plan(ofNextPostBy: author)
    let isFlipped =
      flash.map { flash in
        flash.isOn && plan.writes
          && follows.followerCount(of: author) >= flash.settings.authorsFrom
      } ?? false
    if isFlipped { change(.pull, of: author) }
    let post = posts.append(
      author: author, at: nowMilliseconds, measured: row.measured, traits: traits(of: row))
    if isFlipped {
      change(plan, of: author)
      if row.measured { flash?.flipped += 1 }
    }
    return post
  }

  /// What flash flipping has done in the window; nil without it.
  public var flashFigures: (begun: Int, flipped: Int, share: Double)? {
    flash.map { ($0.begun, $0.flipped, $0.share(until: now)) }
  }
}
