/// What a level of caches may hold.
public enum CacheContent: Int, CaseIterable, Sendable {
  /// A viewer's ranked feed, or a page of it.
  case feed
  /// A post, with its counters.
  case post
  /// What ranking knows of a viewer.
  case features
  /// Whom a viewer follows.
  case graph

  /// In scenarios and in metric names.
  public var key: String {
    switch self {
    case .feed: "feed"
    case .post: "post"
    case .features: "features"
    case .graph: "graph"
    }
  }
}

/// Levels of caches, the nearest first, each with a part for every content that it holds.
///
/// Inclusive levels have copies: a fill writes all of them, and what a level further away has is
/// copied to those before it when it is asked for. Exclusive levels have each entry once: a fill
/// writes the nearest, what it drives out goes one level further, and a hit further away moves the
/// entry back (Wong, Wilkes: "My cache or yours? Making storage more exclusive", USENIX ATC 2002).
/// It knows no clock and nothing of feeds: instants and lifetimes are numbers of one unit.
final class CacheHierarchy {
  /// What a hit does to the levels before the one that had it.
  enum Promotion: String, CaseIterable, Sendable {
    case none
    /// They have it from now on, as old as it is.
    case copy
    /// They have it as if it had just been made, so that it may be shown for longer than any
    /// lifetime says; S0.11's code does so.
    case renew
  }

  let levelCount: Int
  let promotion: Promotion
  let isExclusive: Bool
  /// By level and content.
  private let parts: [CachePart?]
  /// Bytes of an object by level, content and key, as it is stored.
  private let size: (Int, CacheContent, UInt32) -> Int
  /// Whether lifetimes are those of a degraded system.
  var isDegraded = false
  /// What the latest hit has found.
  private let found: CarriedEntry
  private let carried: [CarriedEntry]

  /// - Parameters:
  ///   - parts: by level and in it by content; nil for what a level does not hold.
  ///   - size: in bytes, of a copy in a level.
  init(
    _ parts: [[CachePart?]], promotion: Promotion = .copy, isExclusive: Bool = false,
    size: @escaping (Int, CacheContent, UInt32) -> Int = { _, _, _ in 1 }
  ) {
    levelCount = parts.count
    self.parts = parts.flatMap { $0 }
    self.promotion = promotion
    self.isExclusive = isExclusive
    self.size = size
    let width = self.parts.compactMap { $0?.width }.max() ?? 0
    found = CarriedEntry(width: width)
    carried = [CarriedEntry(width: width), CarriedEntry(width: width)]
  }

  func part(_ level: Int, _ content: CacheContent) -> CachePart? {
    parts[level * CacheContent.allCases.count + content.rawValue]
  }

  /// Calls `body` with every part of a level.
  func forEachPart(of level: Int, _ body: (CachePart) -> Void) {
    for content in CacheContent.allCases {
      if let part = part(level, content) { body(part) }
    }
  }

  /// The first level from one on that holds a content.
  func next(holding content: CacheContent, from level: Int = 0) -> Int? {
    var level = level
    while level < levelCount {
      if part(level, content) != nil { return level }
      level += 1
    }
    return nil
  }

  /// The content of what the latest hit has found.
  var foundContent: UnsafeMutablePointer<UInt32> { found.content }

  // MARK: Reading

  /// Looks a key up in one level; what it has is promoted.
  ///
  /// - Parameters:
  ///   - version: the newest there is; an entry of another is stale.
  ///   - fits: whether an entry is what is asked for; one that is not is a miss.
  func probe(
    _ level: Int, _ content: CacheContent, _ key: UInt32, at now: Int64, version: UInt32 = 0,
    fits: (CacheEntry) -> Bool = { _ in true }
  ) -> CacheEntry? {
    guard let part = part(level, content) else { return nil }
    guard let slot = part.find(key, at: now, degraded: isDegraded), fits(part.entry(slot)) else {
      part.books.misses += 1
      return nil
    }
    let entry = part.entry(slot)
    let size = size(level, content, key)
    part.books.hits += 1
    part.books.bytesRead += size
    if entry.version != version { part.books.staleHits += 1 }
    if entry.isNegative { part.books.negativeHits += 1 }
    found.take(key, entry, part.content(slot), words: part.width)
    if promotion != .none, next(holding: content) != level {
      promote(content, from: level, at: now)
    }
    return entry
  }

  /// Looks a key up level by level; where it was found, and what.
  func lookUp(
    _ content: CacheContent, _ key: UInt32, at now: Int64, version: UInt32 = 0
  ) -> (level: Int, entry: CacheEntry)? {
    var level = next(holding: content)
    while let asked = level {
      if let entry = probe(asked, content, key, at: now, version: version) {
        return (asked, entry)
      }
      level = next(holding: content, from: asked + 1)
    }
    return nil
  }

  private func promote(_ content: CacheContent, from level: Int, at now: Int64) {
    var entry = found.entry
    if promotion == .renew { entry.since = now }
    if isExclusive {
      if let part = part(level, content), part.drop(found.key) { part.books.moved += 1 }
      carried[0].take(found.key, entry, found.content, words: width(of: content))
      place(content, at: now, isPromoted: true)
      return
    }
    for upper in 0..<level {
      guard let part = part(upper, content) else { continue }
      let before = part.books.admitted
      _ = part.keep(
        found.key, entry, found.content, size: size(upper, content, found.key), at: now,
        victim: carried[1])
      part.books.promoted += part.books.admitted - before
    }
  }

  private func width(of content: CacheContent) -> Int {
    next(holding: content).flatMap { part($0, content)?.width } ?? 0
  }

  /// Bytes that a level has under a key, as they are stored; no use of it.
  func bytesFound(_ level: Int, _ content: CacheContent, _ key: UInt32, at now: Int64) -> Int {
    guard part(level, content)?.holds(key, at: now, degraded: isDegraded) == true else { return 0 }
    return size(level, content, key)
  }

  /// Bytes of an object of equal ones.
  func bytes(_ level: Int, _ content: CacheContent) -> Int { size(level, content, 0) }

  // MARK: Writing

  /// Keeps what was read or made: in every level, or in the nearest of exclusive ones.
  func fill(
    _ content: CacheContent, _ key: UInt32, _ entry: CacheEntry,
    _ words: UnsafePointer<UInt32>? = nil, at now: Int64
  ) {
    let words = words ?? UnsafePointer(found.content)
    if isExclusive {
      // A copy further away would be older, and one too many.
      for level in 0..<levelCount where next(holding: content) != level {
        if let part = part(level, content), part.drop(key) { part.books.moved += 1 }
      }
      carried[0].take(key, entry, words, words: width(of: content))
      return place(content, at: now, isPromoted: false)
    }
    for level in 0..<levelCount {
      _ = part(level, content)?.keep(
        key, entry, words, size: size(level, content, key), at: now, victim: carried[1])
    }
  }

  /// Puts the carried entry into the nearest level that takes it, what that drives out into the
  /// next, and so on.
  private func place(_ content: CacheContent, at now: Int64, isPromoted: Bool) {
    var level = next(holding: content)
    var isPromoted = isPromoted
    var (current, spare) = (carried[0], carried[1])
    while let asked = level, let part = part(asked, content) {
      let result = part.keep(
        current.key, current.entry, current.content, size: size(asked, content, current.key),
        at: now,
        victim: spare)
      if isPromoted, result != .refused { part.books.promoted += 1 }
      switch result {
      case .kept: return
      case .refused: break
      case .keptFor: swap(&current, &spare)
      }
      if result != .refused { isPromoted = false }
      level = next(holding: content, from: asked + 1)
    }
  }

  /// Makes every copy one of a newer version; whether there was any.
  @discardableResult
  func renew(_ content: CacheContent, _ key: UInt32, version: UInt32, at now: Int64) -> Bool {
    var isHeld = false
    for level in 0..<levelCount {
      guard let part = part(level, content) else { continue }
      if part.renew(key, version: version, at: now, size: size(level, content, key)) {
        isHeld = true
      }
    }
    return isHeld
  }

  /// Drops every copy of some keys.
  func invalidate(_ content: CacheContent, _ keys: Range<UInt32>) {
    for level in 0..<levelCount {
      guard let part = part(level, content) else { continue }
      for key in keys where part.drop(key) { part.books.invalidated += 1 }
    }
  }

  func invalidate(_ content: CacheContent, _ key: UInt32) { invalidate(content, key..<key + 1) }

  /// Bytes that a part holds, as they are stored.
  func bytesHeld(_ level: Int, _ content: CacheContent) -> Int {
    guard let part = part(level, content) else { return 0 }
    if part.isSized { return part.policy.used }
    // Some of the keys may have expired unnoticed: what is held is as large as they on average.
    let keys = part.keys()
    guard !keys.isEmpty else { return 0 }
    let all = keys.reduce(0) { $0 + size(level, content, $1) }
    return all * part.policy.count / keys.count
  }

  // MARK: Checks

  /// Throws what is inconsistent about parts, and, of exclusive levels, a key held twice.
  func checkInvariants() throws {
    for content in CacheContent.allCases {
      var levelOf: [UInt32: Int] = [:]
      for level in 0..<levelCount {
        guard let part = part(level, content) else { continue }
        try part.checkInvariants("level \(level + 1), \(content.key)")
        guard isExclusive else { continue }
        for key in part.keys() {
          if let other = levelOf.updateValue(level, forKey: key) {
            throw BrokenInvariant(
              "\(content.key) \(key) is in levels \(other + 1) and \(level + 1)")
          }
        }
      }
    }
  }
}
