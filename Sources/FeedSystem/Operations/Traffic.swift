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
  /// The ordinary profile: cycle or series, without the spikes.
  public var ordinary: RateProfile
}

/// A scenario's `traffic`, `sessions` and `engagement`. Times count from the start of the
/// measurement window.
public struct TrafficSettings: Sendable {
  public struct Spike: Sendable {
    public var at: Duration
    public var length: Duration
    public var posts: Double
    public var loads: Double
    public var engagement: Double
  }

  public struct ScriptedPost: Sendable {
    public var at: Duration
    public var by: String
    /// For the error message where nobody has that name.
    var source: Setting
  }

  public var daily = RateProfile.constant
  /// A measured series, each value holding until the next.
  public var series: (offsets: [Duration], values: [Double])?
  public var spikes: [Spike] = []
  public var posts: [ScriptedPost] = []
  public var sessions = SessionHabits()
  public var engagement = EngagementHabits()

  public init(_ parameters: inout Parameters) throws {
    if var section = try parameters.nested("traffic") {
      if var cycle = try section.nested("daily") { daily = try Self.dailyCycle(&cycle) }
      if var file = try section.nested("series") {
        let startsAt = try file.duration("startsAt") ?? .zero
        guard let name = try file.setting("file") else { throw file.missing("file") }
        let path = try name.resolvedPath()
        series = try name.reading { try VolumeSeries.read(path, startsAt: startsAt) }
        try file.finish()
      }
      for item in try section.list("spikes") ?? [] {
        var spike = try Parameters(item)
        spikes.append(try Self.spike(&spike))
      }
      for item in try section.list("posts") ?? [] {
        var post = try Parameters(item)
        guard let at = try post.duration("at") else { throw post.missing("at") }
        guard let by = try post.text("by") else { throw post.missing("by") }
        posts.append(ScriptedPost(at: at, by: by, source: item))
        try post.finish()
      }
      try section.finish()
    }
    if var section = try parameters.nested("sessions") { try sessions.read(&section) }
    if var section = try parameters.nested("engagement") { try engagement.read(&section) }
  }

  /// The same at its mean rates throughout: without spikes, scripted posts, cycle and series.
  public var steady: TrafficSettings {
    var steady = self
    steady.daily = .constant
    steady.series = nil
    steady.spikes = []
    steady.posts = []
    return steady
  }

  private static func dailyCycle(_ parameters: inout Parameters) throws -> RateProfile {
    let peak = try parameters.number("peakToMean", in: 1...2)
    let peakAt = try parameters.duration("peakAt") ?? .seconds(20 * 3600)
    let startsAt = try parameters.duration("startsAt") ?? .zero
    try parameters.finish()
    guard let peak else { throw parameters.missing("peakToMean") }
    // Time 0 of the profile is midnight; the window begins at `startsAt`.
    return .dailyCycle(
      peakToMean: peak,
      peakAt: Duration(
        nanoseconds: (peakAt.nanoseconds - startsAt.nanoseconds + 172_800_000_000_000)
          % 86_400_000_000_000))
  }

  private static func spike(_ parameters: inout Parameters) throws -> Spike {
    guard let at = try parameters.duration("at") else { throw parameters.missing("at") }
    guard let length = try parameters.duration("for") else { throw parameters.missing("for") }
    let factors = 0.0...100_000.0
    let spike = Spike(
      at: at, length: length,
      posts: try parameters.number("posts", in: factors) ?? 1,
      loads: try parameters.number("loads", in: factors) ?? 1,
      engagement: try parameters.number("engagement", in: factors) ?? 1)
    try parameters.finish()
    return spike
  }

  /// Binds the settings to a population and to a run whose measurement window begins at
  /// `window`.
  public func traffic(for graph: FollowerGraph, window: Instant) throws -> Traffic {
    var ordinary = daily.shifted(by: window - .start)
    if let series {
      let instants = series.offsets.map { window + $0 }
      guard let profile = RateProfile.series(instants, series.values) else {
        throw BrokenInvariant("a volume series was read that is no rate profile")
      }
      ordinary = ordinary * profile
    }
    func profile(_ factor: (Spike) -> Double) -> RateProfile {
      spikes.reduce(ordinary) {
        $0 * .spike(from: window + $1.at, for: $1.length, factor: factor($1))
      }
    }
    let scripted = try posts.map { post -> (at: Instant, author: UInt32) in
      guard let author = graph.user(named: post.by) else {
        let known = graph.celebrities.map(\.name)
        throw post.source.error(
          "nobody is called \"\(post.by)\"" + Suggestion.text(for: post.by, among: known))
      }
      return (window + post.at, author)
    }
    return Traffic(
      posts: ProfiledArrivals(profile(\.posts)), loads: ProfiledArrivals(profile(\.loads)),
      engagement: spikes.reduce(.constant) {
        $0 * .spike(from: window + $1.at, for: $1.length, factor: $1.engagement)
      },
      scripted: scripted, sessions: sessions, engagementHabits: engagement,
      ordinary: ordinary)
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

  mutating func read(_ parameters: inout Parameters) throws {
    loads = try parameters.number("loads", in: 1...1000) ?? loads
    pages = try parameters.number("pages", in: 1...1000) ?? pages
    thinkTime = try parameters.distribution("thinkTime") ?? thinkTime
    try parameters.finish()
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

  mutating func read(_ parameters: inout Parameters) throws {
    likes = try parameters.share("likes") ?? likes
    comments = try parameters.share("comments") ?? comments
    shares = try parameters.share("shares") ?? shares
    readingTime = try parameters.distribution("readingTime") ?? readingTime
    if likes + comments + shares > 1 {
      throw parameters.error("likes, comments and shares add up to more than 100%", key: "likes")
    }
    try parameters.finish()
  }
}
