import Simulation

/// A run's levels of caches: what their keys are, how much fits, and which versions there are.
final class CacheLevels {
  let settings: LevelsSettings
  let hierarchy: CacheHierarchy
  /// Entries of a viewer's feed, and posts of each.
  let entriesPerFeed: Int
  let postsPerEntry: Int
  /// Posts whose ids are equal in these bits share a key; entries tell them apart by their tag.
  private let postMask: UInt32
  /// Changes of what is held of viewers, by content; empty where no level holds it.
  private var changes: [[UInt32]]
  /// Look-ups of levels, and of these those while the system was degraded.
  private var lookUps = 0
  private var lookUpsDegraded = 0

  /// Nil for a design without levels.
  init?(_ design: Design, _ audience: Audience, seed: UInt64) {
    guard let settings = design.levels else { return nil }
    self.settings = settings
    let users = audience.graph.userCount
    let page = design.feed.page
    let pages = settings.keysPages ? (design.feed.length + page - 1) / page : 1
    entriesPerFeed = pages
    postsPerEntry = settings.keysPages ? page : design.feed.length
    let live = design.postsAlive(audience)
    let postKeys = settings.holds(.post) ? max(1024, 2 * live).nextPowerOfTwo : 1
    postMask = UInt32(postKeys - 1)
    let sizes = ObjectSizes(design, settings, audience, entriesPerFeed: pages)
    let parts = CacheLevel.allCases.compactMap { settings[$0] }.enumerated().map { place, level in
      CacheContent.allCases.map { content -> CachePart? in
        guard let holding = level[content] else { return nil }
        let keys = content == .post ? postKeys : content == .feed ? users * pages : users
        let all = content == .post ? live : keys
        return holding.part(
          of: content, keys: keys, objects: all, compressedTo: level.compressedTo, sizes, settings,
          width: content == .feed ? settings.keysPages ? page : design.feed.length : 0,
          seed: mix64(seed &+ UInt64(place * 4 + content.rawValue)))
      }
    }
    let ratios = CacheLevel.allCases.compactMap { settings[$0]?.compressedTo }
    hierarchy = CacheHierarchy(
      parts, promotion: settings.promotion, isExclusive: settings.isExclusive,
      size: { sizes.bytes($1, $2, compressedTo: ratios[$0]) })
    changes = CacheContent.allCases.map { content in
      let isKept = content == .features || content == .graph
      return isKept && settings.holds(content) ? [UInt32](repeating: 0, count: users) : []
    }
  }

  /// Some level's policy for feeds; nil where none holds them.
  var feedPolicy: (any CachePolicy)? {
    hierarchy.next(holding: .feed).flatMap { hierarchy.part($0, .feed)?.policy }
  }

  /// The levels there are, the nearest first, as the hierarchy numbers them.
  private(set) lazy var levels = CacheLevel.allCases.filter { settings[$0] != nil }

  /// The first level that holds a content, from one on.
  func next(holding content: CacheContent, from level: CacheLevel? = .l1) -> CacheLevel? {
    guard let level, let place = levels.firstIndex(where: { $0.rawValue >= level.rawValue })
    else { return nil }
    return hierarchy.next(holding: content, from: place).map { levels[$0] }
  }

  func next(holding content: CacheContent, after level: CacheLevel) -> CacheLevel? {
    next(holding: content, from: CacheLevel(rawValue: level.rawValue + 1))
  }

  func place(of level: CacheLevel) -> Int { levels.firstIndex(of: level) ?? 0 }

  // MARK: Keys and versions

  /// The entry in which a viewer's feed has the page that begins with a post.
  func feedKey(_ viewer: UInt32, offset: UInt32) -> UInt32 {
    viewer &* UInt32(entriesPerFeed)
      &+ (entriesPerFeed == 1 ? 0 : min(offset / UInt32(postsPerEntry), UInt32(entriesPerFeed - 1)))
  }

  func postKey(_ post: UInt32) -> UInt32 { post & postMask }

  /// Which version of what is held of a viewer is the newest.
  func version(_ content: CacheContent, of viewer: UInt32) -> UInt32 {
    changes[content.rawValue].isEmpty ? 0 : changes[content.rawValue][Int(viewer)]
  }

  // MARK: Changes

  /// What is held of a viewer has changed.
  func note(_ content: CacheContent, of viewer: UInt32, at now: Int64) {
    guard !changes[content.rawValue].isEmpty else { return }
    changes[content.rawValue][Int(viewer)] &+= 1
    apply(settings.onWrite[content], content, viewer, version: version(content, of: viewer), now)
  }

  /// A post's counters have changed; its version is their sum.
  func notePost(_ post: UInt32, version: UInt32, at now: Int64) {
    guard settings.holds(.post) else { return }
    apply(settings.onWrite[.post], .post, postKey(post), version: version, now)
  }

  private func apply(
    _ rule: CopyRule, _ content: CacheContent, _ key: UInt32, version: UInt32, _ now: Int64
  ) {
    switch rule {
    case .around: break
    case .invalidate: hierarchy.invalidate(content, key)
    case .through: hierarchy.renew(content, key, version: version, at: now)
    }
  }

  /// A new post is written into the caches too, if that is the rule.
  func writePost(_ post: UInt32, at now: Int64) {
    guard settings.holds(.post), settings.onWrite[.post] == .through else { return }
    fillPost(post, version: 0, isThere: true, at: now)
  }

  /// What was delivered to a viewer makes the held feeds old.
  func dropFeed(of viewer: UInt32) {
    let first = viewer &* UInt32(entriesPerFeed)
    switch settings.invalidation {
    case .none: break
    case .key: hierarchy.invalidate(.feed, first)
    case .pattern: hierarchy.invalidate(.feed, first..<first &+ UInt32(entriesPerFeed))
    }
  }

  // MARK: Filling

  /// Whether it is worth knowing that there is nothing.
  private func isKept(_ isNegative: Bool) -> Bool { !isNegative || settings.negative != .zero }

  func fillPost(_ post: UInt32, version: UInt32, isThere: Bool, at now: Int64) {
    // No store says that a post is not there yet: only who asks is told to remember it.
    guard isThere || settings.negative != nil, isKept(!isThere) else { return }
    hierarchy.fill(
      .post, postKey(post),
      CacheEntry(
        since: now, version: isThere ? version : .max, isNegative: !isThere, tag: post), at: now)
  }

  /// - Parameter isEmpty: whether there is nothing under the key.
  func fill(
    _ content: CacheContent, of viewer: UInt32, version: UInt32, isEmpty: Bool = false,
    at now: Int64
  ) {
    guard isKept(isEmpty) else { return }
    hierarchy.fill(
      content, viewer, CacheEntry(since: now, version: version, isNegative: isEmpty), at: now)
  }

  func fillFeed(
    _ viewer: UInt32, offset: UInt32, _ view: FeedCache.View, version: UInt32,
    ids: UnsafePointer<UInt32>, at now: Int64
  ) {
    guard isKept(view.count == 0) else { return }
    hierarchy.fill(
      .feed, feedKey(viewer, offset: offset),
      CacheEntry(
        since: view.gatheredMilliseconds, version: version, isNegative: view.count == 0,
        tag: view.asOf, count: view.count, behindMilliseconds: view.behindMilliseconds),
      ids, at: now)
  }

  // MARK: Figures

  /// Notes a look-up, and whether lifetimes are those of a degraded system now.
  func noteLookUp(isDegraded: Bool) {
    hierarchy.isDegraded = isDegraded
    lookUps += 1
    if isDegraded { lookUpsDegraded += 1 }
  }

  var figures: LevelFigures {
    var figures = LevelFigures(lookUps: lookUps, lookUpsDegraded: lookUpsDegraded)
    for (place, level) in levels.enumerated() {
      for content in CacheContent.allCases {
        guard let part = hierarchy.part(place, content) else { continue }
        figures.parts.append(
          LevelFigures.Part(
            level: level, content: content, books: part.books, objects: part.policy.count,
            bytes: hierarchy.bytesHeld(place, content)))
      }
    }
    return figures
  }
}

/// What levels of caches have done and hold.
public struct LevelFigures: Sendable {
  public struct Part: Sendable {
    public var level: CacheLevel
    public var content: CacheContent
    public var books: CacheBooks
    public var objects: Int
    public var bytes: Int
  }

  public var parts: [Part] = []
  public var lookUps: Int
  public var lookUpsDegraded: Int

  init(lookUps: Int, lookUpsDegraded: Int) {
    self.lookUps = lookUps
    self.lookUpsDegraded = lookUpsDegraded
  }

  /// What was done since an earlier time, and what is held now.
  public func since(_ earlier: LevelFigures) -> LevelFigures {
    var figures = self
    for index in parts.indices where index < earlier.parts.count {
      figures.parts[index].books = parts[index].books.since(earlier.parts[index].books)
    }
    figures.lookUps -= earlier.lookUps
    figures.lookUpsDegraded -= earlier.lookUpsDegraded
    return figures
  }
}

extension FeedSystem {
  /// Of the levels of caches; nil without any.
  public func levelFigures() -> LevelFigures? { levels?.figures }
}
