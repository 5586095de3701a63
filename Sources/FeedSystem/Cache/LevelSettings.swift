import Settings
import Simulation

/// The levels of caches before the stores, the nearest first (S0.10).
public enum CacheLevel: Int, CaseIterable, Sendable {
  /// Memory of the process that answers.
  case l1
  /// Memory that all processes share, behind the network.
  case l2
  /// Flash.
  case l3

  /// In scenarios and in metric names.
  public var key: String { "l\(rawValue + 1)" }

  public var tier: TierName {
    switch self {
    case .l1: .l1Cache
    case .l2: .l2Cache
    case .l3: .l3Cache
    }
  }

  /// S0.10 calls L1's memory 10 ms away; a process finds its own in well under one.
  fileprivate var latency: Distribution? { self == .l1 ? .constant(0.0001) : nil }

  /// S2.5 keeps a feed for 300 s, S0.11 for 3600 in L2 and for 86400 in L3. Posts: as long as S0.11
  /// keeps anything. Features: S2.13's 3600 s; follows: the 3600 s of S1.29's leader.
  fileprivate func lifetime(_ content: CacheContent) -> Duration {
    switch content {
    case .feed: .seconds(self == .l1 ? 300 : self == .l2 ? 3600 : 86_400)
    case .post: .seconds(86_400)
    case .features, .graph: .seconds(3600)
    }
  }
}

/// How much of a content a level holds.
public enum LevelSize: Sendable, Equatable {
  /// A share of all there is, or so many objects.
  case portion(Portion)
  case bytes(Int)
}

/// One content in one level: `cache.levels.<level>.<content>`.
public struct HoldingSettings: Sendable {
  public var policy: String
  public var size: LevelSize
  public var lifetime: Duration

  init(_ parameters: inout Parameters, _ level: CacheLevel, _ content: CacheContent) throws {
    let policies = FeedCacheSettings.policies.map { ($0.name, $0.name) }
    // S0.10: LRU for feeds, LFU for posts, TTL for features.
    let standard =
      switch content {
      case .feed, .graph: LRU.name
      case .post: LFU.name
      case .features: TTL.name
      }
    policy = try parameters.read(
      "policy", .choice(policies), default: standard, "Decides what makes room.")
    size = try parameters.require(
      "size", .levelSize,
      "Held at most: a share of all there is, a number of objects, or bytes; 0 for none.")
    lifetime = try parameters.read(
      "ttl", .duration(in: .milliseconds(1)...(.seconds(24 * 86_400))),
      default: level.lifetime(content), "How long it may be shown, from when it was read or made.")
  }
}

/// A level of caches: `cache.levels.l1`, `l2` or `l3`.
public struct LevelSettings: Sendable {
  /// Of a look-up or a fill, whoever else there is; nil for a tier of servers.
  public var latency: Distribution?
  /// Bytes of an object as it is stored, over its own.
  public var compressedTo = 1.0
  /// Time that packing or unpacking takes for a megabyte.
  public var perMegabyte = Duration.zero
  /// By content.
  public var holdings: [HoldingSettings?]

  init(_ parameters: inout Parameters, _ level: CacheLevel) throws {
    latency = try parameters.read(
      "latency", Form<Distribution>.distribution.or("servers"), default: level.latency,
      "Of a look-up, whatever else is asked; or servers, for those of tiers.\(level.tier.key).")
    let compression = try parameters.section(
      "compress", "What is held takes less room, and time to unpack."
    ) {
      // S0.16: half the bytes; zstd unpacks about a gigabyte a second on a core.
      (
        to: try $0.read(
          "to", .share(in: 0.01...1), default: 0.5, "Of an object's bytes, what is left."),
        perMegabyte: try $0.read(
          "perMB", .duration(), default: .milliseconds(1),
          "Time to pack or unpack a megabyte of what is held, beside the visit's own.")
      )
    }
    if let compression { (compressedTo, perMegabyte) = compression }
    holdings = try CacheContent.allCases.map { content in
      try parameters.section(content.key, Self.about(content)) {
        try HoldingSettings(&$0, level, content)
      }
    }
  }

  private static func about(_ content: CacheContent) -> String {
    switch content {
    case .feed: "Ranked feeds, in place of cache.feed."
    case .post: "Posts and their counters, which timelines with an encoding lack."
    case .features: "What ranking is told of a viewer."
    case .graph: "Whom a viewer follows, which loads that ask authors look up."
    }
  }

  public subscript(_ content: CacheContent) -> HoldingSettings? { holdings[content.rawValue] }

  /// Whether it holds nothing: then it is not there.
  var isEmpty: Bool { holdings.allSatisfy { $0 == nil } }
}

/// What becomes of the copies of something that changes.
public enum CopyRule: String, CaseIterable, Sendable {
  /// They are written with it, and a new post is written into the caches as it is stored.
  case through
  /// They stay as they are, and grow stale.
  case around
  /// They are dropped.
  case invalidate
}

/// Which rule holds for which content; feeds have `invalidate`.
public struct CopyRules: Sendable, Equatable {
  var rules: [CopyRule]

  init(_ rule: CopyRule) { rules = CacheContent.allCases.map { _ in rule } }

  init(_ parameters: inout Parameters) throws {
    self.init(.around)
    for content in [CacheContent.post, .features, .graph] {
      rules[content.rawValue] = try parameters.read(
        content.key, CopyRules.words, default: .around, Self.about(content))
    }
  }

  static var words: Form<CopyRule> { .choice(CopyRule.allCases.map { ($0.rawValue, $0) }) }

  private static func about(_ content: CacheContent) -> String {
    switch content {
    case .feed: ""
    case .post: "When a post is stored or reacted to."
    case .features: "When their viewer reacts to a post."
    case .graph: "When the viewer follows or unfollows."
    }
  }

  public subscript(_ content: CacheContent) -> CopyRule { rules[content.rawValue] }
}

/// What a delivery drops of a viewer's held feeds.
public enum FeedInvalidation: String, CaseIterable, Sendable {
  /// Every page, as S0.11's delete_pattern("feed:V:*").
  case pattern
  /// The entry of the first page alone.
  case key
  case none
}

/// When entries may be shown for longer (S0.22: 3600 s for 300).
public struct DegradedSettings: Sendable {
  public var lifetime = Duration.seconds(3600)
  /// From the window's start; nil where only what is under way decides.
  public var at: Duration?
  /// Nil for until the end.
  public var length: Duration?
  /// Entries that fan-out is behind, and loads under way, from which it is so.
  public var backlog: Int?
  public var loads: Int?

  init(_ parameters: inout Parameters) throws {
    lifetime = try parameters.read(
      "ttl", .duration(in: .milliseconds(1)...(.seconds(24 * 86_400))), default: lifetime,
      "How long entries may be shown then, where their own ttl is shorter.")
    at = try parameters.read(
      "at", .duration(in: .zero...(.seconds(24 * 86_400))),
      "When, from the window's start; 0s where nothing else says when.")
    length = try parameters.read(
      "for", .duration(in: .zero...(.seconds(24 * 86_400))),
      "For how long; if not given, until the end.")
    backlog = try parameters.read(
      "backlog", .count(in: 1...1_000_000_000_000), "Or while fan-out is behind by such entries.")
    loads = try parameters.read(
      "loads", .count(in: 1...1_000_000_000), "Or while so many loads are under way.")
    if length != nil || (backlog == nil && loads == nil) { at = at ?? .zero }
  }
}

/// A scenario's `cache.levels`: what is held in memory, over the network and on flash, and how
/// copies come and go (S0.10, S0.11).
public struct LevelsSettings: Sendable {
  /// By level; nil for one that is not there.
  public var levels: [LevelSettings?]
  /// Of the store behind features, and behind follows without `objects`; nil for a tier of servers.
  public var originLatency: Distribution?
  var promotion = CacheHierarchy.Promotion.copy
  public var isExclusive = false
  /// Whether each page is an entry of its own (S2.5's key has the limit and the cursor).
  public var keysPages = false
  public var invalidation = FeedInvalidation.pattern
  public var onWrite = CopyRules(.around)
  /// How long it is known that there is nothing; nil for empty feeds and rows as long as any, and
  /// for posts not at all.
  public var negative: Duration?
  public var degraded: DegradedSettings?
  public var bytes = ContentBytes()

  init(_ parameters: inout Parameters) throws {
    levels = try CacheLevel.allCases.map { level in
      let read = try parameters.section(level.key, Self.about(level)) {
        try LevelSettings(&$0, level)
      }
      return read.flatMap { $0.isEmpty ? nil : $0 }
    }
    originLatency = try parameters.read(
      "origin", Form<Distribution>.distribution.or("servers"), default: nil,
      "Time that features take where no level has them, and follows without objects; or servers, "
        + "for those of tiers.origin.")
    promotion = try parameters.read(
      "promote",
      .choice(CacheHierarchy.Promotion.allCases.map { ($0.rawValue, $0) }), default: promotion,
      "Whether a hit is copied into the levels before it, as old as it is or as if it were new.")
    isExclusive = try parameters.read(
      "inclusion", .choice([("inclusive", false), ("exclusive", true)]), default: isExclusive,
      "Whether levels have copies of the same, or each entry is in one level alone.")
    keysPages = try parameters.read(
      "keys", .choice([("viewer", false), ("page", true)]), default: keysPages,
      "Whether a feed is one entry, or each of its pages.")
    invalidation = try parameters.read(
      "invalidate", .choice(FeedInvalidation.allCases.map { ($0.rawValue, $0) }),
      default: invalidation,
      "What a delivery drops: all pages of the viewer's feed, the first alone, or none.")
    onWrite = try parameters.read(
      "onWrite", CopyRules.words.map { CopyRules($0) }.orKeys(CopyRules.init), default: onWrite,
      "What becomes of copies of what changes: written through, left as they are, or dropped.")
    negative = try parameters.read(
      "negative", .duration(in: .zero...(.seconds(24 * 86_400))),
      "How long an empty feed or row, and a post that was not found, are known to be; 0s for "
        + "never; if not given, the former as long as any, and the latter never.")
    degraded = try parameters.section(
      "degraded", "Entries are shown for longer while the system is under stress.",
      DegradedSettings.init)
    bytes = try parameters.section("bytes", "What objects take.", ContentBytes.init) ?? bytes
    try check(parameters)
  }

  private static func about(_ level: CacheLevel) -> String {
    switch level {
    case .l1: "Memory of the process."
    case .l2: "Memory shared over the network."
    case .l3: "Flash."
    }
  }

  private func check(_ parameters: Parameters) throws {
    guard isExclusive else { return }
    for level in CacheLevel.allCases {
      guard case .bytes = self[level]?[.graph]?.size else { continue }
      throw parameters.error(
        "exclusive needs objects of equal size, and rows of follows are not: give "
          + "\(level.key).graph.size as a share or a number", key: "inclusion")
    }
  }

  public subscript(_ level: CacheLevel) -> LevelSettings? { levels[level.rawValue] }

  /// Whether some level holds anything.
  var isEmpty: Bool { !CacheContent.allCases.contains(where: holds) }

  /// Whether some level is there to hold such.
  public func holds(_ content: CacheContent) -> Bool {
    levels.contains { $0?[content] != nil }
  }

  /// The longest that a feed is shown.
  var longestFeedLifetime: Duration {
    let usual = levels.compactMap { $0?[.feed]?.lifetime }.max() ?? .zero
    return max(usual, degraded?.lifetime ?? .zero)
  }

  /// Whether a level has servers of its own.
  func hasServers(_ level: CacheLevel) -> Bool { self[level].map { $0.latency == nil } ?? false }
}

/// What an object takes: S0.10 says 1 KB a post and 10 KB of features, and 100 KB a graph, which
/// are a thousand follows of S1.3's 100 B.
public struct ContentBytes: Sendable {
  /// Nil for the ids of its posts and a key (S0.10: 50 MB, with the posts and their media).
  public var feed: Int?
  public var post = 1000
  public var features = 10_000
  public var follow = 100

  init() {}

  init(_ parameters: inout Parameters) throws {
    let some = Form<Int>.bytes(in: 1...1_000_000_000)
    feed = try parameters.read(
      "feed", some, "A whole feed; its post ids of 8 bytes and 100 for a key if not given.")
    post = try parameters.read("post", some, default: post, "A post with its counters.")
    features = try parameters.read(
      "features", some, default: features, "What ranking is told of a viewer.")
    follow = try parameters.read("follow", some, default: follow, "Each of a viewer's follows.")
  }
}

extension Form where Value == LevelSize {
  /// `20%`, `300k` or `5GB`.
  static var levelSize: Form {
    let portion = Form<Portion>.portion(count: 0...1_000_000_000)
    let bytes = Form<Int>.bytes()
    return portion.map(LevelSize.portion).or(bytes.map(LevelSize.bytes)) { $0.hasSuffix("B") }
  }
}
