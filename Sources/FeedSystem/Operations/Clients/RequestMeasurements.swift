import Simulation

/// What clients ask for, and wait for.
public enum RequestKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// A page of the feed.
  case feed
  case publish, engagement
}

/// What has become of the requests of one kind: opened = answered + failed + under way, and
/// attempts = opened + retries.
public struct RequestCounts: Sendable, Equatable {
  public var opened = 0
  public var answered = 0
  /// Of these, within the time that availability asks for.
  public var inTime = 0
  public var failed = 0
  public var attempts = 0
  public var retries = 0
  /// Attempts that their client has given up waiting for.
  public var timedOut = 0
  /// Retries that the budget did not allow.
  public var denied = 0
  /// Requests that were carried out more than once.
  public var doubled = 0
  /// Requests that were carried out although their client believes that they failed.
  public var unacknowledged = 0
  /// Requests failed, by cause.
  public var causes = [Int](repeating: 0, count: FailureCause.allCases.count)

  public func failed(_ cause: FailureCause) -> Int { causes[Int(cause.rawValue)] }
}

/// What clients have counted.
public struct RequestMeasurements: ~Copyable {
  /// By kind, since the run's start and of the requests opened in the window.
  public internal(set) var counts = [RequestCounts](
    repeating: RequestCounts(), count: RequestKind.allCases.count)
  public internal(set) var measured = [RequestCounts](
    repeating: RequestCounts(), count: RequestKind.allCases.count)
  /// Server time of the attempts at a page of the requests opened in the window, and of those that
  /// nobody was shown anything of.
  public internal(set) var serverTime = Duration.zero
  public internal(set) var wastedTime = Duration.zero
  /// Attempts that left a queue since nobody waited for them any more; since the run's start.
  public internal(set) var withdrawn = 0
  /// Of the window: pages asked for again by hand, and pages shown from what clients kept.
  public internal(set) var reloads = 0
  public internal(set) var offlinePages = 0
  /// How old these were.
  public internal(set) var offlineAge = Histogram()
  /// Of the window: likes shown before they were answered, those taken back, and how long they had
  /// been shown by then.
  public internal(set) var likesAtOnce = 0
  public internal(set) var likesRolledBack = 0
  public internal(set) var likesShownWrong = Histogram()

  init() {}

  public func measured(_ kind: RequestKind) -> RequestCounts { measured[Int(kind.rawValue)] }
  public func total(_ kind: RequestKind) -> RequestCounts { counts[Int(kind.rawValue)] }

  @inline(__always)
  mutating func count(
    _ kind: RequestKind, _ isMeasured: Bool, _ book: (inout RequestCounts) -> Void
  ) {
    book(&counts[Int(kind.rawValue)])
    if isMeasured { book(&measured[Int(kind.rawValue)]) }
  }
}

/// Feed requests interval by interval, as somebody sees it who watches them end: what ends in an
/// interval counts there, whenever it began.
public struct RequestIntervals: ~Copyable {
  public struct Row: Sendable, Equatable {
    /// Attempts begun.
    public var attempts = 0
    public var answered = 0
    public var inTime = 0
    public var failed = 0

    public init() {}
  }

  public let window: Range<Instant>
  public let interval: Duration
  public internal(set) var rows: [Row]
  /// Of the requests answered, from their first attempt on.
  public internal(set) var latency: CoarseHistograms

  /// The intervals of the time lines.
  init(of window: Range<Instant>) {
    self.window = window
    let length = window.upperBound - window.lowerBound
    interval = Intervals.length(of: length)
    let count = Int((length.nanoseconds + interval.nanoseconds - 1) / interval.nanoseconds)
    rows = [Row](repeating: Row(), count: count)
    latency = CoarseHistograms(count: count)
  }

  func index(of instant: Instant) -> Int? {
    guard window.contains(instant) else { return nil }
    return Int((instant - window.lowerBound).nanoseconds / interval.nanoseconds)
  }
}
