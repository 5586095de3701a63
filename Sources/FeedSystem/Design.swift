import Settings
import Simulation

/// Everything that a design decides about the system under study; a validated value.
public struct Design: Sendable {
  public var fanOut: any FanOutPolicy
  /// Followers a fan-out job covers.
  public var fanOutBatch = 1000
  public var timelines = TimelineSettings()
  public var cache = FeedCacheSettings()
  public var ranking: [any RankingStage]
  public var feed = FeedSettings()
  public var tiers: [TierName: TierSettings]
  public var network = NetworkSettings()
  public var posts = PostSettings()
  public var delivery = DeliverySettings()

  /// Reads a scenario's `fanOut`, `timelines`, `cache`, `ranking`, `feed`, `tiers`, `network`,
  /// `post` and `delivery`.
  public init(_ parameters: inout Parameters) throws {
    fanOut = try Design.fanOutPolicy(&parameters, batch: &fanOutBatch)
    if var section = try parameters.nested("timelines") { try timelines.read(&section) }
    if var section = try parameters.nested("cache") {
      if var feedSection = try section.nested("feed") { try cache.read(&feedSection) }
      try section.finish()
    }
    let stages = try parameters.list("ranking")
    ranking = try stages?.map { try Catalog.ranking.make($0) } ?? []
    if ranking.isEmpty {
      var none = Parameters.empty
      ranking = [try Chronological(&none)]
    }
    if var section = try parameters.nested("feed") { try feed.read(&section) }
    tiers = [:]
    var tierSection = try parameters.nested("tiers")
    for tier in TierName.allCases {
      var settings = TierSettings.standard(tier)
      if var section = try tierSection?.nested(tier.key) { try settings.read(&section, tier) }
      tiers[tier] = settings
    }
    try tierSection?.finish()
    if var section = try parameters.nested("network") { try network.read(&section) }
    if var section = try parameters.nested("post") { try posts.read(&section) }
    if var section = try parameters.nested("delivery") { try delivery.read(&section) }
    if fanOut.activeWindow > .zero, cache.lifetime > fanOut.activeWindow {
      throw parameters.error(
        "cache.feed.ttl is longer than fanOut.activeWindow: a follower counted as away would "
          + "still be shown a held feed", key: "cache")
    }
  }

  private static func fanOutPolicy(
    _ parameters: inout Parameters, batch: inout Int
  ) throws -> any FanOutPolicy {
    var section = try parameters.nested("fanOut") ?? .empty
    batch = try section.count("batch", in: 1...1_000_000) ?? batch
    let policy = try Catalog.fanOut.make(namedBy: "policy", &section) ?? Hybrid(&section)
    // Another design may read them: `otherPolicies` tells whoever knows all designs.
    for entry in section.unread where !Catalog.fanOut.readers(of: entry.key).isEmpty {
      _ = try section.setting(entry.key)
    }
    try section.finish()
    return policy
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

  public func settings(of tier: TierName) -> TierSettings {
    tiers[tier] ?? TierSettings.standard(tier)
  }
}

/// Materialised timelines: S1.16 caps them at 500 entries, S0.5 gives an entry 7 days.
public struct TimelineSettings: Sendable {
  public var capacity = 500
  public var lifetime = Duration.seconds(7 * 86_400)
  /// Entries a load reads.
  public var read = 500
  /// Bytes an entry takes in the store: a post id and a time in a sorted set.
  public var entryBytes = 16

  mutating func read(_ parameters: inout Parameters) throws {
    capacity = try parameters.count("capacity", in: 1...65_536) ?? capacity
    lifetime = try parameters.duration("lifetime") ?? lifetime
    read = try parameters.count("read", in: 1...65_536) ?? min(capacity, read)
    entryBytes = try parameters.bytes("entryBytes", in: 1...1_000_000) ?? entryBytes
    if lifetime <= .zero || lifetime > .seconds(24 * 86_400) {
      throw parameters.error("must be above 0 and at most 24d", key: "lifetime")
    }
    try parameters.finish()
  }
}

/// The cache of ranked feeds: S2.5 keeps one for 300 s.
public struct FeedCacheSettings: Sendable {
  public var policy = "lru"
  /// Feeds held, as a share of the users …
  public var share: Double? = 0.2
  /// … or as a number.
  public var size: Int?
  public var lifetime = Duration.seconds(300)

  mutating func read(_ parameters: inout Parameters) throws {
    policy =
      try parameters.choice("policy", from: Catalog.cache.names.map { ($0, $0) }) ?? policy
    if let setting = try parameters.setting("size") {
      if let text = try? setting.text(), text.hasSuffix("%") {
        share = try setting.share(in: 0...1)
        size = nil
      } else {
        size = try setting.count(in: 0...1_000_000_000)
        share = nil
      }
    }
    lifetime = try parameters.duration("ttl") ?? lifetime
    try parameters.finish()
  }

  /// Feeds held at most among so many users; 0 switches the cache off.
  public func capacity(users: Int) -> Int {
    min(users, size ?? Int((Double(users) * (share ?? 0)).rounded()))
  }

  func makePolicy(users: Int) -> any CachePolicy {
    let capacity = max(1, capacity(users: users))
    let type = Catalog.cache.parts.first { $0.name == policy } as? any CachePolicy.Type
    return (type ?? LRU.self).init(capacity: capacity, keys: users)
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

  mutating func read(_ parameters: inout Parameters) throws {
    page = try parameters.count("page", in: 1...1000) ?? page
    length = try parameters.count("length", in: 1...10_000) ?? max(length, page)
    candidates = try parameters.count("candidates", in: 1...100_000) ?? candidates
    perAuthor = try parameters.count("perAuthor", in: 1...10_000) ?? perAuthor
    if length < page { throw parameters.error("is below the page size \(page)", key: "length") }
    try parameters.finish()
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

  mutating func read(_ parameters: inout Parameters) throws {
    roundTrip = try parameters.duration("roundTrip") ?? roundTrip
    client = try parameters.duration("client") ?? client
    eventBus = try parameters.duration("eventBus") ?? eventBus
    try parameters.finish()
  }
}

/// Sizes of a post: S1.3's 2 KB and 500 KB of media.
public struct PostSettings: Sendable {
  public var bytes = 2000
  public var mediaBytes = 500_000

  mutating func read(_ parameters: inout Parameters) throws {
    bytes = try parameters.bytes("bytes", in: 1...1_000_000_000) ?? bytes
    mediaBytes = try parameters.bytes("mediaBytes", in: 0...1_000_000_000_000) ?? mediaBytes
    try parameters.finish()
  }
}

/// When a delivery counts as late: S1.1 asks for freshness within a minute.
public struct DeliverySettings: Sendable {
  public var within = Duration.seconds(60)

  mutating func read(_ parameters: inout Parameters) throws {
    within = try parameters.duration("within") ?? within
    try parameters.finish()
  }
}
