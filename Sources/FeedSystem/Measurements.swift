import Simulation

/// A part of a feed load's time.
public enum Stage: Int, CaseIterable, Sendable {
  case gateway, feedCache, l1Cache, l2Cache, l3Cache, origin, graph, timeline, posts, leaves
  case gather, features, ranking, hydration, fill, objects, privacy

  /// In metric names.
  public var metric: String {
    switch self {
    case .gateway: "gateway"
    case .feedCache: "feed_cache"
    case .l1Cache: "l1_cache"
    case .l2Cache: "l2_cache"
    case .l3Cache: "l3_cache"
    case .origin: "origin"
    case .graph: "graph"
    case .timeline: "timeline"
    case .posts: "posts"
    case .leaves: "leaves"
    case .gather: "gather"
    case .features: "features"
    case .ranking: "ranking"
    case .hydration: "hydration"
    case .fill: "fill"
    case .objects: "objects"
    case .privacy: "privacy"
    }
  }
}

/// What one replication has counted. Streaming only: no history is kept.
public struct Measurements: ~Copyable {
  public var feedLatency = Histogram()
  public var publishLatency = Histogram()
  public var deliveryLag = Histogram()
  public var staleness = Histogram()
  /// What viewers who scroll wait for a page, where clients may ask for it ahead.
  public var scrollWait = Histogram()
  /// From a return, or from its load's miss, until the timeline was whole again.
  public var regeneration = Histogram()
  public var stages = Bank<Histogram>(count: Stage.allCases.count) { _ in Histogram() }
  public var waiting = Bank<Histogram>(count: TierName.allCases.count) { _ in Histogram() }
  /// What the recorded feed latencies are made of.
  public var latencyParts = LatencyBreakdown()
  public var waitingPeak = [Int](repeating: 0, count: TierName.allCases.count)
  /// Without any until the window is known.
  public internal(set) var intervals = Intervals(of: .start..<(.start))

  // Journeys since the run's start: opened = completed + rejected + in system.
  public var postsOpened = 0
  public var postsStored = 0
  public var postsRejected = 0
  /// Of those opened, made in other cells.
  public var postsElsewhere = 0
  public var loadsOpened = 0
  public var loadsCompleted = 0
  public var loadsRejected = 0
  public var engagementsOpened = 0
  public var engagementsCounted = 0
  public var engagementsRejected = 0
  /// Attempts that were found to repeat another one, and did nothing.
  public var postsRepeated = 0
  public var engagementsRepeated = 0

  // Fan-out since the run's start: due = written + pending + dead-lettered; what is lost with its
  // message was never announced.
  public var entriesDue = 0
  public var entriesWritten = 0
  public var entriesDead = 0
  public var caughtUp = 0

  // Of what began in the measurement window.
  public var postsMeasured = 0
  public var entriesWrittenMeasured = 0
  public var loadsMeasured = 0
  public var loadsRejectedMeasured = 0
  public var engagementsMeasured = 0
  public var feedCacheHits = 0
  public var feedCacheMisses = 0
  public var entriesFetched = 0
  /// Authors asked for their posts by loads that the feed cache did not answer.
  public var authorsAsked = 0
  public var candidates = 0
  public var postsShown = 0
  /// Of these, those whose media no client has fetched.
  public var mediaLeft = 0
  /// Posts of pages that were anonymised, by `PrivacyKind`.
  public var anonymised = [Int](repeating: 0, count: PrivacyKind.allCases.count)
  /// Ranked posts that had to be looked up, whole or for their counters, and the queries it took.
  public var postsLookedUp = 0
  public var lookUpQueries = 0
  /// Loads that found their timeline dropped; of these, those shown nothing, and those shown less
  /// than their authors' live posts; the authors asked for posts to make timelines anew.
  public var returns = 0
  public var returnsEmpty = 0
  public var returnsWithGap = 0
  public var regenerationQueries = 0
  /// Pages that clients asked for ahead and nobody came to see.
  public var pagesInVain = 0
  /// Deliveries later than the objective.
  public var late = 0
  /// Of these, each viewer's; empty until there is one.
  public var lateByViewer: [UInt32] = []

  // Fan-out backlog, in entries due and not yet written.
  public var backlogPeak = 0.0
  public var backlogPeakAt = Instant.start
  var drainedBelow = 0
  /// The peak since the last reading of the intervals.
  private var backlogHigh = 0
  public var backlogDrainedAt: Instant?
  /// Nil where the users are all there are.
  var cellFanOut: CellFanOut?

  public var pipeline = PipelineMeasurements()
  public var follows = FollowMeasurements()
  public var heldFeeds = HeldFeedMeasurements()
  public var storage = StorageMeasurements()
  public var leaves = LeafMeasurements()
  public internal(set) var funnel = FunnelMeasurements()
  public var engagement = EngagementMeasurements()
  /// Reactions that renewed an association instead of adding one, of all that were counted.
  public var reactionsRepeated = 0

  public var events: UInt64 = 0
  /// Whether everything under way ended before the drain's limit.
  public var drained = true

  public init() {}

  public var backlog: Int { entriesDue - entriesWritten - entriesDead }

  @inline(__always)
  mutating func record(
    _ stage: Stage, _ time: Duration, _ opened: Instant, _ window: Range<Int64>
  ) {
    if window.contains(opened.nanoseconds) { stages[stage.rawValue].record(time) }
  }

  mutating func announce(due: Int, at now: Instant) {
    entriesDue += due
    noteBacklog(at: now)
  }

  private mutating func noteBacklog(at now: Instant) {
    backlogHigh = max(backlogHigh, backlog)
    if Double(backlog) > backlogPeak {
      backlogPeak = Double(backlog)
      backlogPeakAt = now
      drainedBelow = backlog / 20
      backlogDrainedAt = nil
    }
  }

  mutating func wrote(_ entries: Int, measured: Bool, at now: Instant) {
    entriesWritten += entries
    if measured { entriesWrittenMeasured += entries }
    noteDrained(at: now)
  }

  /// Entries of a job that has failed for good are no backlog.
  mutating func buried(_ entries: Int, at now: Instant) {
    entriesDead += entries
    noteDrained(at: now)
  }

  /// Dead letters are due again.
  mutating func revived(_ entries: Int, at now: Instant) {
    entriesDead -= entries
    noteBacklog(at: now)
  }

  private mutating func noteDrained(at now: Instant) {
    if backlogDrainedAt == nil, backlog <= drainedBelow { backlogDrainedAt = now }
  }

  /// Ends an interval of the window.
  mutating func read(busy: [Duration]) {
    intervals.read(
      busy: busy, backlogPeak: backlogHigh, consumerLag: pipeline.takeConsumerLagHigh())
    backlogHigh = backlog
  }

  /// Puts the backlog of all cells, divided by their number, in the place of this one's.
  mutating func spreadBacklog(seed: UInt64, profile: RateProfile, window: Range<Int64>) {
    guard let cellFanOut else { return }
    let course = cellFanOut.course(
      seed: seed, profile: profile, window: window, intervals: intervals.ranges)
    for (index, peak) in course.peaks.enumerated() { intervals.rows[index].backlogPeak = peak }
    (backlogPeak, backlogPeakAt) = (course.peak, course.peakAt)
    backlogDrainedAt = course.drainedAt
  }

  /// From the backlog's peak until a twentieth of it was left; nil while more is left.
  public var drainTime: Duration? { backlogDrainedAt.map { $0 - backlogPeakAt } }
}
