import Settings
import Simulation

/// How the audience's activity varies over a run, bound to its start and its population.
public struct Traffic: Sendable {
  public var posts: ProfiledArrivals
  public var loads: ProfiledArrivals
  /// Factor on the odds that a shown post is reacted to.
  public var engagement: RateProfile
  public var scripted: [(at: Instant, author: UInt32)]
  public var sessions: SessionHabits
  public var engagementHabits: EngagementHabits
  /// The ordinary profile: cycles or series, without the spikes.
  public var ordinary: RateProfile
  /// What follows the clock on the wall, and the rest of each profile.
  var clock = TrafficClock()
  /// Posts that are passed on.
  var cascades: [Cascade] = []
  public var follows = FollowTraffic()
  /// When the measurement window does.
  public var opens = Instant.start
  /// Of the day that the window begins in.
  public var midnight = Instant.start
}

/// A scenario's `traffic`, `sessions` and `engagement`. Times count from the start of the
/// measurement window.
public struct TrafficSettings: Sendable {
  public struct ScriptedPost: Sendable {
    public var at: Duration
    public var by: String
    /// For the error message where nobody has that name.
    var source: Parameters
  }

  public var daily = RateProfile.constant
  /// When the window begins, from midnight.
  public var startsAt = Duration.zero
  /// A measured series, each value holding until the next.
  public var series: (offsets: [Duration], values: [Double])?
  /// Where the series was read from.
  private var file: String?
  public var weekly: WeeklyCycle?
  public var spikes: [Spike] = []
  public var cascades: [CascadeSettings] = []
  public var events: [FlashEvent] = []
  public var posts: [ScriptedPost] = []
  public var follows = FollowHabits()
  public var changes: [ScriptedChange] = []
  public var sessions = SessionHabits()
  public var engagement = EngagementHabits()

  public init(_ parameters: inout Parameters) throws {
    if let read = try parameters.section(
      "traffic", "How activity varies; times count from the measurement window's start.",
      TrafficSettings.init(section:))
    {
      self = read
    }
    sessions =
      try parameters.section("sessions", "What viewers do with a page.", SessionHabits.init)
      ?? sessions
    engagement =
      try parameters.section(
        "engagement", "How often a post shown is reacted to.", EngagementHabits.init)
      ?? engagement
  }

  private init(section: inout Parameters) throws {
    let cycle = try section.section("daily", "A cycle of a day.", Self.dailyCycle)
    if let cycle { (daily, startsAt) = cycle }
    weekly = try section.section(
      "weekly", "A cycle of a week: a factor for each day, 1 if not given.", WeeklyCycle.init)
    let file = try section.section("series", "A measured volume instead of a cycle.") {
      (
        startsAt: try $0.read(
          "startsAt", .duration(), default: .zero, "Where in the series the window begins."),
        name: try $0.require(
          "file",
          .written(Shape.Scalar("a path, relative to this file"), example: "volume.csv"),
          "CSV with a header and two columns, a time and a count.")
      )
    }
    if let file {
      let path = try file.name.resolvedPath()
      self.file = path
      series = try file.name.reading { try VolumeSeries.read(path, startsAt: file.startsAt) }
    }
    spikes = try section.read(
      "spikes", .list(of: .keys(Spike.init)), default: [], "Times of more traffic.")
    cascades = try section.read(
      "cascades", .list(of: .keys(CascadeSettings.init)), default: [],
      "Posts of named accounts that are passed on from follower to follower.")
    events = try section.read(
      "events", .list(of: .keys(FlashEvent.init)), default: [],
      "Topics that everybody posts about and looks for all of a sudden; they need audience.world.")
    posts = try section.read(
      "posts", .list(of: .keys(Self.post)), default: [], "Posts of named accounts.")
    follows =
      try section.section(
        "follows", "How often users change whom they follow.", FollowHabits.init) ?? follows
    changes = try section.read(
      "changes", .list(of: .keys(ScriptedChange.read)), default: [],
      "Many users who follow, unfollow, mute or block one account.")
  }

  private static func post(_ parameters: inout Parameters) throws -> ScriptedPost {
    ScriptedPost(
      at: try parameters.require("at", .duration(), "When."),
      by: try parameters.require(
        "by", .text, "An account of audience.celebrities, or a number in graph.edges."),
      source: parameters)
  }

  /// The same at its mean rates throughout: without spikes, scripted posts and changes, cycle
  /// and series.
  public var steady: TrafficSettings {
    var steady = self
    steady.daily = .constant
    steady.weekly = nil
    steady.series = nil
    steady.spikes = []
    steady.cascades = []
    steady.events = []
    steady.posts = []
    steady.changes = []
    return steady
  }

  private static func dailyCycle(
    _ parameters: inout Parameters
  ) throws -> (RateProfile, startsAt: Duration) {
    let peak = try parameters.require(
      "peakToMean", .number(in: 1...2), "The rate at the peak, of the mean.")
    let peakAt = try parameters.read(
      "peakAt", .duration(), default: .seconds(20 * 3600), "The hour of the peak, from midnight.")
    let startsAt = try parameters.read(
      "startsAt", .duration(), default: .zero, "When the window begins, from midnight.")
    // Time 0 of the profile is midnight; the window begins at `startsAt`.
    let cycle = RateProfile.dailyCycle(
      peakToMean: peak,
      peakAt: Duration(
        nanoseconds: (peakAt.nanoseconds - startsAt.nanoseconds + 172_800_000_000_000)
          % 86_400_000_000_000))
    return (cycle, startsAt)
  }

  /// The files whose content decides the traffic.
  public var files: [String] {
    [file].compactMap { $0 } + spikes.compactMap(\.file)
  }

  /// Binds the settings to a population and to a run whose measurement window begins at
  /// `window`.
  public func traffic(for graph: FollowerGraph, window: Instant) throws -> Traffic {
    var clock = daily
    if let weekly { clock = clock * weekly.profile(startsAt: startsAt) }
    clock = clock.shifted(by: window - .start)
    var measured = RateProfile.constant
    if let series {
      let instants = series.offsets.map { window + $0 }
      guard let profile = RateProfile.series(instants, series.values) else {
        throw BrokenInvariant("a volume series was read that is no rate profile")
      }
      measured = profile
    }
    func profile(_ factor: (Spike) -> Double) -> RateProfile {
      (spikes + events.map(\.spike)).reduce(measured) {
        $0 * $1.profile(factor($1), opens: window)
      }
    }
    let (posts, loads) = (profile(\.posts), profile(\.loads))
    let ordinary = clock * measured
    let scripted = try self.posts.map { post -> (at: Instant, author: UInt32) in
      (window + post.at, try graph.account(post.by, asked: post.source))
    }
    return Traffic(
      posts: ProfiledArrivals(clock * posts), loads: ProfiledArrivals(clock * loads),
      engagement: spikes.reduce(.constant) { $0 * $1.profile($1.engagement, opens: window) },
      scripted: scripted, sessions: sessions, engagementHabits: engagement,
      ordinary: ordinary,
      clock: TrafficClock(hours: clock, posts: posts, loads: loads, measured: measured),
      cascades: try cascades.map { try $0.bound(to: graph, opens: window) },
      follows: try followTraffic(for: graph, window: window, ordinary: ordinary), opens: window,
      midnight: window - startsAt)
  }
}

/// What a viewer does after a page has appeared.
public struct SessionHabits: Sendable {
  public enum Choice: Equatable { case scroll, refresh, leave }

  /// Feed loads (first pages) of a session, on average.
  public var loads = 2.0
  /// Pages looked at of each load, on average.
  public var pages = 1.5
  /// From a page's appearance to the next action.
  public var thinkTime = Distribution.exponential(mean: 20)
  /// Posts of a page that remain when the client asks for the next; S1.34 has 5, nil is never.
  public var prefetch: Int?

  init() {}

  init(_ parameters: inout Parameters) throws {
    loads = try parameters.read(
      "loads", .number(in: 1...1000), default: loads, "Feed loads of a session, on average.")
    pages = try parameters.read(
      "pages", .number(in: 1...1000), default: pages, "Pages looked at of a load, on average.")
    thinkTime = try parameters.read(
      "thinkTime", .distribution, default: thinkTime, "From a page to the next action.")
    prefetch = try parameters.read(
      "prefetch", .count(in: 0...1000),
      "Posts of a page that remain when the client asks for the next; never if not given.")
  }

  /// Geometric numbers of pages and loads: each choice forgets the past.
  func continues(_ stream: inout RandomStream) -> Choice {
    if stream.uniform() < 1 - 1 / pages { return .scroll }
    return stream.uniform() < 1 - 1 / loads ? .refresh : .leave
  }
}

/// How often a shown post is reacted to: shares of posts shown.
public struct EngagementHabits: Sendable {
  public var likes = 0.02
  public var comments = 0.004
  public var shares = 0.002
  /// From a page's appearance to a reaction.
  public var readingTime = Distribution.exponential(mean: 10)

  public init() {}

  init(_ parameters: inout Parameters) throws {
    likes = try parameters.read("likes", .share(), default: likes, "Of the posts shown.")
    comments = try parameters.read("comments", .share(), default: comments, "Of the posts shown.")
    shares = try parameters.read("shares", .share(), default: shares, "Of the posts shown.")
    readingTime = try parameters.read(
      "readingTime", .distribution, default: readingTime, "From a page to a reaction.")
    if likes + comments + shares > 1 {
      throw parameters.error("likes, comments and shares add up to more than 100%", key: "likes")
    }
  }
}
