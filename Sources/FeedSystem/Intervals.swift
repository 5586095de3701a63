import Simulation

/// How the measurement window went, interval by interval: streaming, in fixed memory (half a
/// megabyte at the most), whatever happens. What begins in an interval counts there, whenever it
/// ends.
public struct Intervals: ~Copyable {
  /// What one interval has counted.
  public struct Row: Sendable {
    public var loadsOpened = 0
    public var loadsRejected = 0
    /// Of clients that count them, for pages of the feed.
    public var requestsOpened = 0
    public var requestsFailed = 0
    public var postsOpened = 0
    public var feedCacheHits = 0
    public var feedCacheMisses = 0
    public var engagement = FeedWorth()
    /// The most fan-out entries due and not yet written at any moment of it.
    public var backlogPeak = 0.0
    /// The most messages on the event bus at any moment of it; nil without one.
    public var consumerLag: Int?
    /// Server time used in it, by tier.
    public var busy: [Duration] = []
  }

  /// Rounds in which people read time.
  private static let lengths: [Int64] =
    [1, 2, 3, 5, 10, 15, 20, 30] + [1, 2, 3, 5, 10, 15, 20, 30].map { $0 * 60 }
    + [1, 2, 3, 4, 6, 8, 12, 24].map { $0 * 3600 }

  /// The longest round number of seconds of which the window has 60: up to 119 intervals, as no
  /// length is more than twice the one before. A window of less than a minute has seconds.
  public static func length(of window: Duration) -> Duration {
    let fitting = lengths.last { $0 * 60 <= window.nanoseconds / 1_000_000_000 }
    return .seconds(fitting ?? lengths[0])
  }

  public let window: Range<Instant>
  public let interval: Duration
  public internal(set) var rows: [Row]
  /// From opening to page, by the interval in which the load was opened.
  public internal(set) var feedLatency: CoarseHistograms

  /// Intervals whose end has come.
  private var ended = 0
  private var busyBefore: [Duration] = []

  public init(of window: Range<Instant>) {
    self.window = window
    let length = window.upperBound - window.lowerBound
    interval = Intervals.length(of: length)
    let count = (length.nanoseconds + interval.nanoseconds - 1) / interval.nanoseconds
    rows = [Row](repeating: Row(), count: Int(count))
    feedLatency = CoarseHistograms(count: Int(count))
  }

  public var count: Int { rows.count }

  /// Of an interval; the last one may be shorter than the others.
  public func length(of index: Int) -> Duration {
    min(interval, window.upperBound - window.lowerBound - interval * index)
  }

  /// When intervals are, in nanoseconds.
  var ranges: [Range<Int64>] {
    rows.indices.map { index in
      let begins = (window.lowerBound + interval * index).nanoseconds
      return begins..<begins + length(of: index).nanoseconds
    }
  }

  /// The interval of an instant of the window.
  func index(of instant: Instant) -> Int {
    Int((instant - window.lowerBound).nanoseconds / interval.nanoseconds)
  }

  subscript(instant: Instant) -> Row {
    get { rows[index(of: instant)] }
    _modify { yield &rows[index(of: instant)] }
  }

  /// A load's time from its opening to its page.
  mutating func record(_ latency: Duration, opened: Instant) {
    feedLatency.record(latency, in: index(of: opened))
  }

  /// When the next reading of the system is due: at the window's start and at every interval's
  /// end; nil after the last.
  var nextReading: Instant? {
    if busyBefore.isEmpty { return rows.isEmpty ? nil : window.lowerBound }
    return ended < rows.count ? window.lowerBound + interval * ended + length(of: ended) : nil
  }

  /// Takes a reading of the server time used since the run's start, by tier, and of the highest
  /// backlog since the last one.
  mutating func read(busy: [Duration], backlogPeak: Int, consumerLag: Int?) {
    if !busyBefore.isEmpty {
      rows[ended].busy = zip(busy, busyBefore).map { $0 - $1 }
      rows[ended].backlogPeak = Double(backlogPeak)
      rows[ended].consumerLag = consumerLag
      ended += 1
    }
    busyBefore = busy
  }
}
