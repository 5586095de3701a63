import Simulation

/// A post that is looked at.
struct ModerationRow: BitwiseCopyable {
  enum Course: UInt8, BitwiseCopyable {
    /// Looked at as every post is, because a viewer has reported it, because its author appeals.
    case first, report, appeal
  }

  /// None where it waits to be published.
  var post: UInt32
  var publication: UInt32
  var author: UInt32
  var draws: ModerationDraws
  var course = Course.first
  var opened: Instant
  /// When it began to wait for a reviewer.
  var queued = Instant.never
  var key: UInt64
  var measured: Bool
}

/// What moderation has counted; of posts opened in the window unless said otherwise.
public struct ModerationMeasurements: ~Copyable {
  public var timeToDecision = Histogram()
  /// From the review queue to the verdict.
  public var reviewTime = Histogram()
  public var removed = 0
  public var reduced = 0
  public var wronglyRemoved = 0
  /// Harmful posts that nothing is done about.
  public var missed = 0
  public var appeals = 0
  public var overturned = 0
  /// Impressions in the window: all, of harmful posts not decided on, of harmful ones let pass.
  public var impressions = 0
  public var harmfulImpressions = 0
  public var missedImpressions = 0
  /// In the window: reports that sent a post to the reviewers, verdicts, the most posts waiting.
  public var reports = 0
  public var reviewed = 0
  public var backlogPeak = 0

  // Since the run's start.
  public var opened = 0
  public var decided = 0
  /// Of those decided: removed by hash, model and scan, let pass by the model, by reviewers.
  public var byHash = 0
  public var byModel = 0
  public var byScan = 0
  public var byDefault = 0
  public var byReview = 0
  /// Removed before they were published; and of these, those opened in the window.
  public var withheld = 0
  public var withheldMeasured = 0

  init() {}
}

/// How the reviewers' time was used until an instant.
public struct ReviewerFigures: Sendable {
  /// Server time used, and there to be used, seconds.
  public var busy: Double
  public var onDuty: Double
}

/// The state of moderation: where every post stands, who is looked at, the reviewers.
public struct Moderation: ~Copyable {
  public let settings: ModerationSettings?
  let law: ModerationLaw
  var rows = Pool<ModerationRow>()
  var reviewers: Tier<Event>
  /// Of posts, by id; bits of `Mark`.
  private var marks: [UInt8] = []
  /// Whether any post is removed or of reduced reach.
  private(set) var takesDown = false
  private let reach: UInt64
  private let reachBound: UInt64
  /// When the number on duty was set last, and server time there has been until then.
  private var dutySince = Instant.start
  private var dutyTime = 0.0
  let midnight: Instant
  public internal(set) var measurements = ModerationMeasurements()

  private enum Mark {
    static let standing: UInt8 = 3
    static let harmful: UInt8 = 4
    /// Waits for a reviewer, or has been looked at by one.
    static let reviewed: UInt8 = 8
  }

  init(_ settings: ModerationSettings?, midnight: Instant, seed: UInt64) {
    self.settings = settings
    self.midnight = midnight
    let known = settings ?? ModerationSettings()
    law = ModerationLaw(known, seed: seed)
    reach = mix64(mix64(seed) ^ mix64(Purpose.reducedReach.rawValue))
    reachBound = UInt64(known.reducedReach * 0x1p32)
    reviewers = Tier(servers: 1, classes: ModerationLaw.lines)
    reviewers.resize(servers: onDuty(at: .start), at: .start)
  }

  public var isUsed: Bool { settings != nil }

  // MARK: Posts

  mutating func note(_ post: UInt32, _ standing: Standing, isHarmful: Bool) {
    if post >= marks.count {
      let more = max(1024, marks.count, Int(post) + 1 - marks.count)
      marks.append(contentsOf: repeatElement(0, count: more))
    }
    let kept = marks[Int(post)] & Mark.reviewed
    marks[Int(post)] = standing.rawValue | kept | (isHarmful ? Mark.harmful : 0)
    if standing == .removed || standing == .reduced { takesDown = true }
  }

  mutating func noteReview(_ post: UInt32) { marks[Int(post)] |= Mark.reviewed }

  func standing(of post: UInt32) -> Standing {
    Standing(rawValue: marks[Int(post)] & Mark.standing) ?? .open
  }

  func isHarmful(_ post: UInt32) -> Bool { marks[Int(post)] & Mark.harmful != 0 }

  func hasBeenReviewed(_ post: UInt32) -> Bool { marks[Int(post)] & Mark.reviewed != 0 }

  /// Whether a viewer is shown a post that can be found.
  func shows(_ post: UInt32, to viewer: UInt32) -> Bool {
    switch standing(of: post) {
    case .open, .passed: true
    case .removed: false
    case .reduced:
      mix64(reach ^ (UInt64(viewer) << 32 | UInt64(post))) >> 32 < reachBound
    }
  }

  // MARK: Reviewers

  func onDuty(at instant: Instant) -> Int {
    settings?.review.onDuty(at: timeOfDay(instant)) ?? 1
  }

  private func timeOfDay(_ instant: Instant) -> Duration {
    let day = ReviewSettings.Shift.day.nanoseconds
    let rest = (instant - midnight).nanoseconds % day
    return Duration(nanoseconds: rest < 0 ? rest + day : rest)
  }

  /// When the number on duty may change next.
  func nextChange(after instant: Instant) -> Instant? {
    settings?.review.untilChange(from: timeOfDay(instant)).map { instant + $0 }
  }

  mutating func changeShift(at now: Instant) {
    dutyTime += Double(reviewers.servers) * (now - dutySince).seconds
    dutySince = now
    reviewers.resize(servers: onDuty(at: now), at: now)
  }

  /// Reviewers' time used and there to be used until now; those who finish a review after their
  /// shift are busy and no longer there.
  public func figures(at now: Instant) -> ReviewerFigures {
    ReviewerFigures(
      busy: reviewers.busyTime(until: now).seconds,
      onDuty: dutyTime + Double(reviewers.servers) * (now - dutySince).seconds)
  }
}
