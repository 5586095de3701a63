import Settings
import Simulation

/// A time in which the system does less for each load, so that it can bear more of them (S0.22:
/// simple ranking, 20 posts in place of 50, feeds held for 3600 s in place of 300, and nothing
/// made for the viewer alone, such as personalised advertisements, which are stages left out).
public struct DegradedMode: Sendable {
  /// When it begins, from the opening of the measurement window; nil where only readings decide.
  public var at: Duration?
  /// How long it lasts; nil for the rest of the run.
  public var length: Duration?
  /// What ranks meanwhile; nil for what always does.
  public var ranking: Funnel?
  /// Ranked posts that a feed keeps.
  public var feedLength: Int?
  /// Candidates ranked at most.
  public var candidates: Int?
  /// How long a feed is held.
  public var lifetime: Duration?
  /// When the system goes into it and leaves it by itself; nil for at its time alone.
  public var when: BrownOutSettings?
  /// What is turned away meanwhile; nil for nothing.
  public var refuses: EmergencyLimits?
  /// What trends is ranked in place of the posts that authors would be asked for (S0.20's
  /// injection); nil where they are asked.
  public var trending: TrendSettings?

  init(_ parameters: inout Parameters, feed: FeedSettings) throws {
    at = try parameters.read(
      "at", .duration(),
      "When it begins, in the window; if neither this nor when is given, at once.")
    when = try parameters.section(
      "when", "It begins when any reading reaches its limit, besides at.", BrownOutSettings.init)
    if at == nil, when == nil { at = .zero }
    length = try parameters.read(
      "for", .duration(in: Duration(nanoseconds: 1)...(.seconds(31_536_000))),
      "How long it lasts; if not given, for the rest of the run.")
    ranking = try Funnel(readingFrom: &parameters, "The ranking stages meanwhile.")
    let limits = try parameters.section("feed", "What a load gathers and keeps meanwhile.") {
      section in
      (
        try section.read(
          "length", .count(in: 1...10_000),
          "Ranked posts kept for scrolling, at most as many as "
            + "usual."),
        try section.read("candidates", .count(in: 1...100_000), "Posts ranked at most.")
      )
    }
    (feedLength, candidates) = limits ?? (nil, nil)
    lifetime = try parameters.section("cache", "What is held meanwhile.") {
      try $0.read(
        "ttl", .duration(), default: .seconds(3600), "How long a feed is held.")
    }
    if let feedLength, feedLength > feed.length {
      throw parameters.error("feed.length is longer than usual, \(feed.length)")
    }
    if when != nil, at == nil {
      try parameters.refuse("for", "is for at; when has a for of its own")
    }
    refuses = try EmergencyLimits(&parameters)
    trending = try parameters.section(
      "trending", "What trends is ranked in place of the posts that authors would be asked for.",
      TrendSettings.init)
    let changesNothing =
      ranking == nil && feedLength == nil && candidates == nil && lifetime == nil && refuses == nil
      && trending == nil
    if changesNothing, !parameters.isDescribing {
      throw parameters.error(
        "changes nothing: give ranking, feed.length, feed.candidates, cache, limits, shed or "
          + "trending")
    }
  }

  /// Whether an instant lies in it, given as nanoseconds since the window's opening.
  func contains(_ nanoseconds: Int64) -> Bool {
    guard let at else { return false }
    let since = nanoseconds - at.nanoseconds
    return since >= 0 && since < length?.nanoseconds ?? .max
  }
}

extension Design {
  /// Reads a scenario's `degraded`, once its cache and feed are known.
  func degradedMode(_ parameters: inout Parameters) throws -> DegradedMode? {
    let feed = feed
    let mode = try parameters.section(
      "degraded", "A time in which less is done for each load."
    ) { try DegradedMode(&$0, feed: feed) }
    guard let lifetime = mode?.lifetime else { return mode }
    func refuse(_ reason: String) -> InvalidInput {
      parameters.error("cache.ttl \(reason)", key: "degraded")
    }
    if levels?.holds(.feed) == true {
      throw refuse("is for cache.feed; cache.levels.degraded says how long levels hold feeds")
    }
    if prefetch != nil || cache.refreshes {
      throw refuse("knows no feeds that are made ahead; leave out cache.prefetch and refreshes")
    }
    if [TTL.name, SlidingTTL.name].contains(cache.policy) {
      throw refuse("is the cache's; with policy: ttl or sliding-ttl the policy drops feeds itself")
    }
    if fanOut.activeWindow > .zero, lifetime > fanOut.activeWindow {
      throw refuse(
        "is longer than fanOut.activeWindow: a follower counted as away would still be "
          + "shown a held feed")
    }
    if let after = timelines.dormantAfter, after <= lifetime {
      throw refuse(
        "is not shorter than timelines.dormantAfter: a held feed would outlive its "
          + "timeline")
    }
    return mode
  }

  /// Candidates that a load has at once, at most, in any mode.
  var candidatesAtMost: Int {
    let usual = feed.candidates + (funnels.map { $0.room(for: feed) }.max() ?? 0)
    let degraded = degraded.map {
      ($0.candidates ?? feed.candidates) + ($0.ranking ?? ranking).room(for: feed)
    }
    return max(feed.length, usual, degraded ?? 0)
  }
}

extension FeedSystem {
  /// The degraded mode that the system is in now.
  var degradedMode: DegradedMode? {
    guard let mode = design.degraded,
      controls.isBrownedOut || mode.contains(now.nanoseconds - window.lowerBound)
    else { return nil }
    return mode
  }

  /// Candidates that a load that gathers now ranks at most.
  var candidatesRanked: Int { degradedMode?.candidates ?? design.feed.candidates }
}
