import Settings
import Simulation

/// Everything that a design decides about the system under study; a validated value.
public struct Design: Sendable {
  public var fanOut: any FanOutPolicy
  /// Followers a fan-out job covers.
  public var fanOutBatch: Int
  /// What the policy weighs and its regret is told in; nil where nobody asks.
  public var fanOutCosts: FanOutCosts?
  /// When posts are pulled instead of pushed because fan-out is overloaded; nil for never.
  public var flash: FlashSettings?
  public var timelines = TimelineSettings()
  public var cache = FeedCacheSettings()
  /// Nil where stores are asked for all but feeds.
  public var levels: LevelsSettings?
  /// Nil without edges.
  public var edge: EdgeSettings?
  /// Nil where nobody's feed is made before it is asked for.
  public var prefetch: PrefetchSettings?
  /// Where the users live; empty for one world.
  public var regions: [Region] = []
  /// Nil where all regions have the same servers.
  public var geography: GeographySettings?
  public var ranking: Funnel
  public var feed = FeedSettings()
  /// Nil where nothing is tested.
  public var experiment: ExperimentSettings?
  /// Nil where the system is never in degraded mode.
  public var degraded: DegradedMode?
  public var tiers: [TierName: TierSettings]
  /// Of machines whose tier does not say.
  public var purchase = PurchaseOption.onDemand
  public var network = NetworkSettings()
  public var posts = PostSettings()
  public var delivery = DeliverySettings()
  /// Nil for jobs that wait in one line and never fail.
  public var pipeline: PipelineSettings?
  /// Nil where every engagement is a write into the post store.
  public var counters: CounterSettings?
  /// Nil where follows and reactions are asked of no store of their own.
  public var objects: ObjectSettings?
  /// Nil where pulled posts come from the post store.
  public var leafIndex: LeafIndexSettings?
  /// Nil where clients hear of nothing until they load.
  public var live: LiveSettings?
  /// Nil where nobody is notified.
  public var notifications: NotificationSettings?
  /// Nil where nobody looks at posts.
  public var moderation: ModerationSettings?
  /// Nil where users may ask for as much as they like.
  public var limits: LimitSettings?
  /// Nil where posts are shown as they are.
  public var privacy: PrivacySettings?
  /// Nil where clients take the first answer, or none.
  public var clients: ClientSettings?
  /// What breaks, and when.
  public var faults = FaultSettings()
  /// What turns knobs while it runs.
  public var control = ControlSettings()

  /// Reads a scenario's `fanOut`, `timelines`, `cache`, `regions`, `geography`, `ranking`, `feed`,
  /// `tiers`, `network`, `post`, `delivery`, `pipeline`, `counters`, `objects`, `leafIndex`,
  /// `live`, `notifications`, `moderation`, `limits`, `privacy`, `clients`, `faults` and what
  /// controls.
  public init(_ parameters: inout Parameters) throws {
    (fanOut, fanOutBatch, fanOutCosts, flash) = try Design.fanOut(&parameters)
    timelines =
      try parameters.section("timelines", "Materialised timelines.", TimelineSettings.init)
      ?? timelines
    let caches = try parameters.section("cache", "Caches.", Caches.init)
    cache = caches?.feed ?? cache
    (levels, edge, prefetch) = (caches?.levels, caches?.edge, caches?.prefetch)
    regions = try Region.list(&parameters)
    geography = try GeographySettings.read(&parameters, regions)
    ranking = try Funnel(&parameters, "The ranking stages, in their order.")
    feed =
      try parameters.section("feed", "What a load gathers, ranks and shows.", FeedSettings.init)
      ?? feed
    if feed.budget != nil { try ranking.checkBudget(parameters) }
    let tiers = try parameters.section("tiers", "The parts that take time.", Design.tiers) ?? [:]
    self.tiers = [:]
    for tier in TierName.allCases { self.tiers[tier] = tiers[tier] ?? .standard(tier) }
    purchase = try PurchaseOption.read(&parameters)
    degraded = try degradedMode(&parameters)
    experiment = try parameters.section(
      "experiment", "An A/B test of ranking: viewers fall into arms.", ExperimentSettings.init)
    try checkTrained(parameters)
    network =
      try parameters.section(
        "network", "Delays that no server is held for.", NetworkSettings.init) ?? network
    posts = try parameters.section("post", "Sizes of a post.", PostSettings.init) ?? posts
    if let encoding = timelines.encoding, !timelines.givesEntryBytes {
      timelines.entryBytes = encoding.bytes(post: posts.bytes)
    }
    try settleLevels(givesFeedCache: caches?.feed != nil, parameters)
    delivery =
      try parameters.section("delivery", "What a delivery must keep.", DeliverySettings.init)
      ?? delivery
    pipeline = try parameters.section(
      "pipeline", "The way from a stored post to the fan-out workers.", PipelineSettings.init)
    counters = try parameters.section(
      "counters", "Likes, comments and shares that are buffered on their way into the database.",
      CounterSettings.init)
    if cache.countsStale, timelines.keep == .counts || timelines.tick != nil {
      throw parameters.error(
        "cache.feed's read, invalidate and newPosts count what a held feed lacks, entry by entry; "
          + "leave out keep: counts and key: time", key: "timelines")
    }
    if timelines.tick != nil, timelines.keep == .counts {
      throw parameters.error("key: time needs entries; leave out keep: counts", key: "timelines")
    }
    objects = try parameters.section(
      "objects", "A store of objects and associations: follows, likes, comments and shares.",
      ObjectSettings.init)
    leafIndex = try parameters.section(
      "leafIndex", "Leaves that hold recent posts in memory, asked in place of the post store.",
      LeafIndexSettings.init)
    if let leafIndex { self.tiers[.leafServers]?.shards = leafIndex.leaves }
    if counters != nil, objects != nil {
      throw parameters.error(
        "and objects both say where likes, comments and shares go; leave one out", key: "counters")
    }
    if leafIndex != nil, settings(of: .postStore).replicas != nil {
      throw parameters.error(
        "is asked in place of the post store's replicas; leave out tiers.postStore.replicas",
        key: "leafIndex")
    }
    live = try parameters.section(
      "live", "What clients with an open session are told of.", LiveSettings.init)
    notifications = try parameters.section(
      "notifications", "Push notifications to viewers without a session.",
      NotificationSettings.init)
    moderation = try parameters.section(
      "moderation", "What takes down posts that break the rules.", ModerationSettings.init)
    limits = try parameters.section(
      "limits", "What one user may ask of each endpoint; more is answered 429.",
      LimitSettings.init)
    privacy = try parameters.section(
      "privacy", "What is taken out of posts before they are shown.", PrivacySettings.init)
    clients = try parameters.section(
      "clients", "What clients do where a request fails or takes too long.", ClientSettings.init)
    faults = try FaultSettings(&parameters)
    control = try ControlSettings(&parameters)
    try checkControl(parameters)
    if let after = timelines.dormantAfter {
      if after <= cache.heldFor {
        throw parameters.error(
          "dormantAfter is not longer than cache.feed.ttl: a held feed would outlive its timeline",
          key: "timelines")
      }
      if fanOut.activeWindow > .zero, timelines.onReturn != .wait {
        throw parameters.error(
          "onReturn: \(timelines.onReturn.rawValue) knows no followers who are away and catch up; "
            + "use onReturn: wait, or let fanOut.pullFrom be pushBelow", key: "timelines")
      }
    }
    if timelines.keep == .counts, !fanOut.plans.allSatisfy({ $0 == .push || $0 == .pull }) {
      throw parameters.error(
        "keep: counts knows posts that are written to all followers or to none; with "
          + "fanOut.policy: hybrid, let pullFrom be pushBelow", key: "timelines")
    }
    if timelines.keep == .counts, flash != nil || fanOut.thresholdControl != nil {
      throw parameters.error(
        "keep: counts knows one plan an author for the whole run; with "
          + (flash == nil ? "a threshold that moves" : "fanOut.flash") + ", use keep: entries",
        key: "timelines")
    }
    if leafIndex != nil, flash != nil || fanOut.thresholdControl != nil {
      throw parameters.error(
        "knows one plan an author for the whole run: leave out "
          + (flash == nil ? "a threshold that moves" : "fanOut.flash"), key: "leafIndex")
    }
    try checkEdge(parameters)
    try faults.check(self)
    if fanOut.activeWindow > .zero, cache.heldFor > fanOut.activeWindow {
      throw parameters.error(
        "cache.feed.ttl is longer than fanOut.activeWindow: a follower counted as away would "
          + "still be shown a held feed", key: "cache")
    }
  }

  /// A scenario's `cache`.
  private struct Caches {
    var feed: FeedCacheSettings?
    var levels: LevelsSettings?
    var edge: EdgeSettings?
    var prefetch: PrefetchSettings?

    init(_ parameters: inout Parameters) throws {
      feed = try parameters.section("feed", "The cache of ranked feeds.", FeedCacheSettings.init)
      let levels = try parameters.section(
        "levels", "Levels of caches before the stores, the nearest first.", LevelsSettings.init)
      self.levels = levels.flatMap { $0.isEmpty ? nil : $0 }
      edge = try parameters.section(
        "edge", "A cache in each region, before the gateway.", EdgeSettings.init)
      prefetch = try parameters.section(
        "prefetch", "Feeds made for viewers who are likely to load soon.", PrefetchSettings.init)
      guard prefetch != nil else { return }
      if feed?.size == .share(0) || feed?.size == .count(0) {
        throw parameters.error("has nowhere to go: cache.feed has no size", key: "prefetch")
      }
      if self.levels?.holds(.feed) == true {
        throw parameters.error(
          "makes feeds for cache.feed, and cache.levels hold them in its place; leave one out",
          key: "prefetch")
      }
    }
  }

  private static func tiers(_ parameters: inout Parameters) throws -> [TierName: TierSettings] {
    var tiers: [TierName: TierSettings] = [:]
    for tier in TierName.allCases {
      tiers[tier] = try parameters.section(tier.key) { try TierSettings(&$0, tier) }
    }
    return tiers
  }

  private static func fanOut(
    _ parameters: inout Parameters
  ) throws -> (any FanOutPolicy, batch: Int, FanOutCosts?, FlashSettings?) {
    let read = try parameters.section("fanOut", "Who gets a post written, who reads it.") {
      try Design.policy(&$0)
    }
    if let read { return read }
    var none = Parameters.empty
    return try policy(&none)
  }

  private static func policy(
    _ section: inout Parameters
  ) throws -> (any FanOutPolicy, batch: Int, FanOutCosts?, FlashSettings?) {
    let batch = try section.read(
      "batch", .count(in: 1...1_000_000), default: 1000, "Followers that a fan-out job covers.")
    let costs = try section.section(
      "costs", "What pushing and pulling cost; the regret over the best choice is then reported.",
      FanOutCosts.init)
    let flash = try section.section(
      "flash", "Posts are pulled instead of pushed while fan-out is overloaded.",
      FlashSettings.init)
    let policy = try Catalog.fanOut.make(
      namedBy: "policy", default: Hybrid.name, about: "Decides by an author's followers.", &section)
    guard let policy else { throw section.missing("policy") }
    // Another design may read them: `otherPolicies` tells whoever knows all designs.
    for entry in section.unread where !Catalog.fanOut.readers(of: entry.key).isEmpty {
      _ = try section.setting(entry.key)
    }
    let weighs = policy is PerEdgeOptimal || policy.thresholdControl != nil
    return (policy, batch, costs ?? (weighs ? FanOutCosts() : nil), flash)
  }

  /// The settings of a scenario's `fanOut` that its policy does not read and another does, each
  /// with the error it is where no other design reads it.
  public static func otherPolicies(
    in scenario: Setting
  ) throws -> [(entry: Setting.Entry, problem: InvalidInput)] {
    guard let fanOut = scenario["fanOut"] else { return [] }
    var section = try Parameters(fanOut)
    let policy = try section.text("policy") ?? Hybrid.name
    return section.unread.compactMap { entry in
      let readers = Catalog.fanOut.readers(of: entry.key)
      guard let reader = readers.first, !readers.contains(policy) else { return nil }
      let message =
        "the fan-out policy \(policy) does not read \"\(entry.key)\", \(reader) does; leave it "
        + "out, or write policy: \(reader)"
      return (entry, InvalidInput(message, at: entry.location, path: entry.value.path))
    }
  }

  /// Whether the design has such a tier.
  public func has(_ tier: TierName) -> Bool {
    switch tier {
    case .objectStore: objects != nil
    case .leafServers: leafIndex != nil
    case .liveGateway: live != nil
    case .notifier: notifications != nil
    case .hashMatch, .moderationModel, .mediaScan: moderation != nil
    case .privacyFilter: privacy != nil
    case .l1Cache: levels?.hasServers(.l1) ?? false
    case .l2Cache: levels?.hasServers(.l2) ?? false
    case .l3Cache: levels?.hasServers(.l3) ?? false
    case .origin: asksOrigin && levels?.originLatency == nil
    case .followerCache: objects?.cache?.follower.isUsed == true
    case .leaderCache: objects?.cache?.leader.isUsed == true
    case .featureStore: funnels.contains { $0.fetchesFeatures }
    case .gateway, .feedCache, .timelineStore, .postStore, .ranking, .fanOutWorkers: true
    }
  }

  public func settings(of tier: TierName) -> TierSettings {
    tiers[tier] ?? TierSettings.standard(tier)
  }
}

/// Materialised timelines: S1.16 caps them at 500 entries, S0.5 gives an entry 7 days.
public struct TimelineSettings: Sendable {
  /// What a delivery leaves behind in the simulator.
  public enum Keep: Sendable {
    case entries
    /// Accounts by post: the same counts in a fraction of the memory and the time.
    case counts
  }

  public var capacity = 500
  /// Entries are stored by windows of this length and dropped by whole windows; nil for a capped
  /// ring, from which only new entries drive out old ones.
  public var window: Duration?
  /// A timeline is dropped so long after its viewer's last load; nil where none is.
  public var dormantAfter: Duration?
  public var onReturn = ReturnRule.wait
  /// The chance that an insert cuts a timeline back to its capacity.
  public var trim = 1.0
  public var keep = Keep.entries
  /// What the times in a row's key are rounded down to, where rows are told apart by viewer and
  /// time alone; nil where the post's id is part of the key.
  public var tick: Duration?
  public var lifetime = Duration.seconds(7 * 86_400)
  /// Posts of an author that a new follower's timeline is given: S2.8's 20.
  public var backFill = 20
  public var onUnfollow = UnfollowRule.remove
  /// Entries a load reads.
  public var read = 500
  /// How entries are laid out; nil where only their size is given, and a read lacks nothing.
  public var encoding: EntryEncoding?
  /// Bytes an entry takes in the store: a post id and a time if nothing else is said.
  public var entryBytes = EntryEncoding.packed.bytes(post: 0)
  /// Whether the scenario says so, whatever the encoding.
  fileprivate var givesEntryBytes = false

  init() {}

  init(_ parameters: inout Parameters) throws {
    let entries = Form<Int>.count(in: 1...65_536)
    capacity = try parameters.read(
      "capacity", entries, default: capacity, "Entries that a timeline holds.")
    dormantAfter = try parameters.read(
      "dormantAfter", .duration(in: .seconds(1)...(.seconds(24 * 86_400))),
      "A timeline is dropped so long after its viewer's last load; if not given, never.")
    onReturn = try parameters.read(
      "onReturn", .choice(ReturnRule.allCases.map { ($0.rawValue, $0) }), default: onReturn,
      "Whether a viewer back after that waits for the authors' posts, is shown what is there while "
        + "they are asked, or gets nothing of what was dropped.")
    trim = try parameters.read(
      "trim", .share(in: 0.001...1), default: trim,
      "The chance that an insert cuts the timeline back to its capacity.")
    keep = try parameters.read(
      "keep", .choice([("entries", .entries), ("counts", .counts)]), default: keep,
      "What the simulator keeps of deliveries: the entries, or accounts by post, which give the "
        + "same counts in less memory and time.")
    tick = try TimelineSettings.tick(&parameters)
    lifetime = try parameters.read(
      "lifetime", .duration(), default: lifetime, "How long an entry is kept; at most 24d.")
    read = try parameters.read(
      "read", entries, default: min(capacity, read), "Entries that a load reads at most.")
    backFill = try parameters.read(
      "backFill", .count(in: 0...65_536), default: backFill,
      "Newest posts of an author that a new follower's timeline is given, where they are pushed.")
    onUnfollow = try parameters.read(
      "onUnfollow", .choice(UnfollowRule.allCases.map { ($0.rawValue, $0) }), default: onUnfollow,
      "Whether an unfollow has the author's entries removed, or leaves them in the timeline, where "
        + "they are hidden as it is read and take room until newer ones drive them out.")
    encoding = try parameters.read(
      "encoding", .choice(EntryEncoding.allCases.map { ($0.rawValue, $0) }),
      "How entries are laid out: ids in 16, 40, 80 or 100 bytes, whose posts a read looks up, or "
        + "whole posts, whose counters it looks up.")
    let bytes = try parameters.read(
      "entryBytes", .bytes(in: 1...1_000_000),
      "What an entry takes in the store; by the encoding if not given, or 16 B.")
    entryBytes = bytes ?? entryBytes
    givesEntryBytes = bytes != nil
    if lifetime <= .zero || lifetime > .seconds(24 * 86_400) {
      throw parameters.error("must be above 0 and at most 24d", key: "lifetime")
    }
    window = try parameters.read(
      "window", .duration(in: .seconds(1)...(.seconds(24 * 86_400))),
      "Entries are dropped by whole windows of this length, when all in one have outlived the "
        + "lifetime; if not given, only new entries drive out old ones.")
    if let window, lifetime + window > .seconds(24 * 86_400) {
      throw parameters.error("and lifetime are longer than 24d together", key: "window")
    }
  }
}

/// What a load gathers, ranks and shows: S1.9 pages of 20; S1.8 funnels to 500 candidates.
public struct FeedSettings: Sendable {
  public var page = 20
  /// Ranked posts kept for scrolling.
  public var length = 100
  /// Candidates ranked at most, the newest.
  public var candidates = 500
  /// Posts pulled of one author: S2.8's 20.
  public var perAuthor = 20
  /// Whether a post that is both written and pulled is ranked once; S1's code only says so.
  public var deduplicates = true
  /// Time for ranking as a whole, after which a load is shown what has been scored; nil for none.
  public var budget: Duration?
  /// What is shown where the ranking tier does not answer.
  public enum Fallback: String, CaseIterable, Sendable {
    case none, chronological
  }
  public var fallback = Fallback.none
  public var hydration = HydrationSettings()
  /// Where `regions` have pages of more than the viewer's network.
  public var trending = TrendSettings()
  /// Nil where a page comes with the media of all its posts.
  public var lazyMedia: LazyMedia?

  init() {}

  init(_ parameters: inout Parameters) throws {
    page = try parameters.read("page", .count(in: 1...1000), default: page, "Posts of a page.")
    length = try parameters.read(
      "length", .count(in: 1...10_000), default: max(length, page),
      "Ranked posts kept for scrolling.")
    candidates = try parameters.read(
      "candidates", .count(in: 1...100_000), default: candidates,
      "Posts ranked at most, the newest.")
    perAuthor = try parameters.read(
      "perAuthor", .count(in: 1...10_000), default: perAuthor, "Posts pulled of one author.")
    deduplicates = try parameters.read(
      "deduplicate", .flag, default: deduplicates,
      "Whether a post that both the timeline and its author give is ranked once.")
    budget = try parameters.read(
      "budget", .duration(in: Duration(nanoseconds: 1)...(.seconds(86_400))),
      "Time for ranking as a whole, with its waiting, after which a load goes without the scorers "
        + "and sources that are left; if not given, no limit.")
    fallback = try parameters.read(
      "fallback", .choice(Fallback.allCases.map { ($0.rawValue, $0) }), default: fallback,
      "What a load is shown whose visit to the ranking tier fails: nothing, or the newest posts.")
    hydration =
      try parameters.section(
        "hydration", "Looking up what ranked posts lack, given timelines.encoding.",
        HydrationSettings.init) ?? hydration
    trending =
      try parameters.section(
        "trending", "What regions whose content says so mix into pages.", TrendSettings.init)
      ?? trending
    lazyMedia = try parameters.section(
      "lazyMedia", "Media are fetched as viewers come to them; with the page if not given.",
      LazyMedia.init)
    if length < page { throw parameters.error("is below the page size \(page)", key: "length") }
  }
}

/// Delays that no server is held for.
public struct NetworkSettings: Sendable {
  /// Between any two services, there and back.
  public var roundTrip = Duration.microseconds(500)
  /// Between the client and the gateway, there and back: S0.3's 50 ms.
  public var client = Duration.milliseconds(50)
  /// From a stored post to its fan-out jobs, through the event bus.
  public var eventBus = Duration.milliseconds(5)

  init() {}

  init(_ parameters: inout Parameters) throws {
    roundTrip = try parameters.read(
      "roundTrip", .duration(), default: roundTrip, "Between two services, there and back.")
    client = try parameters.read(
      "client", .duration(), default: client,
      "Between the client and the gateway, there and back.")
    eventBus = try parameters.read(
      "eventBus", .duration(), default: eventBus, "From a stored post to its fan-out jobs.")
  }
}

/// Sizes of a post: S1.3's 2 KB and 500 KB of media.
public struct PostSettings: Sendable {
  public var bytes = 2000
  public var mediaBytes = 500_000

  init() {}

  init(_ parameters: inout Parameters) throws {
    bytes = try parameters.read(
      "bytes", .bytes(in: 1...1_000_000_000), default: bytes, "A post without its media.")
    mediaBytes = try parameters.read(
      "mediaBytes", .bytes(in: 0...1_000_000_000_000), default: mediaBytes, "A post's media.")
  }
}

/// When a delivery counts as late: S1.1 asks for freshness within a minute.
public struct DeliverySettings: Sendable {
  public var within = Duration.seconds(60)

  init() {}

  init(_ parameters: inout Parameters) throws {
    within = try parameters.read(
      "within", .duration(), default: within, "A delivery that takes longer is late.")
  }
}
