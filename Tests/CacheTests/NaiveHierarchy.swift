@testable import FeedSystem

/// Levels of caches done the plainest way: a list of entries for each, the next to go first.
struct NaiveHierarchy {
  struct Part {
    var capacity: Int
    var isSized = false
    /// Whether a use makes an entry the last to go.
    var renewsOnUse = true
    var lifetimes = CacheLifetimes(usual: .max, degraded: .max, negative: .max)
    var held: [(key: UInt32, entry: CacheEntry)] = []

    func size(_ key: UInt32) -> Int { isSized ? NaiveHierarchy.size(key) : 1 }
    var used: Int { held.reduce(0) { $0 + size($1.key) } }

    mutating func use(_ key: UInt32) -> Bool {
      guard let place = held.firstIndex(where: { $0.key == key }) else { return false }
      if renewsOnUse { held.append(held.remove(at: place)) }
      return true
    }

    mutating func drop(_ key: UInt32) -> Bool {
      guard let place = held.firstIndex(where: { $0.key == key }) else { return false }
      held.remove(at: place)
      return true
    }
  }

  static func size(_ key: UInt32) -> Int { 1 + Int(key) * 7 % 19 }

  var parts: [Part]
  var promotion: CacheHierarchy.Promotion
  var isExclusive: Bool
  var isDegraded = false
  var hits: [Int]
  var staleHits: [Int]
  var promoted: [Int]

  init(_ parts: [Part], promotion: CacheHierarchy.Promotion, isExclusive: Bool) {
    self.parts = parts
    self.promotion = promotion
    self.isExclusive = isExclusive
    hits = parts.map { _ in 0 }
    staleHits = hits
    promoted = hits
  }

  mutating func lookUp(
    _ key: UInt32, at now: Int64, version: UInt32
  ) -> (level: Int, entry: CacheEntry)? {
    for level in parts.indices {
      guard parts[level].use(key),
        let entry = parts[level].held.first(where: { $0.key == key })?.entry
      else { continue }
      let limits = parts[level].lifetimes
      let usual = isDegraded ? limits.degraded : limits.usual
      guard now - entry.since < (entry.isNegative ? limits.negative : usual) else {
        _ = parts[level].drop(key)
        continue
      }
      hits[level] += 1
      if entry.version != version { staleHits[level] += 1 }
      if promotion != .none, level > 0 { promote(key, entry, from: level, at: now) }
      return (level, entry)
    }
    return nil
  }

  private mutating func promote(
    _ key: UInt32, _ entry: CacheEntry, from level: Int, at now: Int64
  ) {
    var entry = entry
    if promotion == .renew { entry.since = now }
    if isExclusive {
      _ = parts[level].drop(key)
      if let taken = place(key, entry) { promoted[taken] += 1 }
    } else {
      for upper in 0..<level where keep(key, entry, in: upper).isTaken { promoted[upper] += 1 }
    }
  }

  mutating func fill(_ key: UInt32, _ entry: CacheEntry) {
    if isExclusive {
      for level in 1..<parts.count { _ = parts[level].drop(key) }
      _ = place(key, entry)
    } else {
      for level in parts.indices { _ = keep(key, entry, in: level) }
    }
  }

  /// Returns the level that has taken the entry.
  private mutating func place(_ key: UInt32, _ entry: CacheEntry) -> Int? {
    var next: [(key: UInt32, entry: CacheEntry)] = [(key, entry)]
    var taken: Int?
    for level in parts.indices {
      guard let moving = next.first else { return taken }
      let kept = keep(moving.key, moving.entry, in: level)
      if kept.isTaken { taken = taken ?? level }
      next = kept.isTaken ? kept.victims : next
    }
    return taken
  }

  private mutating func keep(
    _ key: UInt32, _ entry: CacheEntry, in level: Int
  ) -> (isTaken: Bool, victims: [(key: UInt32, entry: CacheEntry)]) {
    if parts[level].use(key) {
      if let place = parts[level].held.firstIndex(where: { $0.key == key }) {
        parts[level].held[place].entry = entry
      }
      return (true, [])
    }
    let size = parts[level].size(key)
    guard size <= parts[level].capacity else { return (false, []) }
    var victims: [(key: UInt32, entry: CacheEntry)] = []
    while parts[level].used + size > parts[level].capacity {
      victims.append(parts[level].held.removeFirst())
    }
    parts[level].held.append((key, entry))
    return (true, victims)
  }

  mutating func renew(_ key: UInt32, version: UInt32, at now: Int64) {
    for level in parts.indices {
      guard let place = parts[level].held.firstIndex(where: { $0.key == key }),
        !parts[level].held[place].entry.isNegative
      else { continue }
      parts[level].held[place].entry.version = version
      parts[level].held[place].entry.since = now
    }
  }

  mutating func invalidate(_ keys: Range<UInt32>) {
    for level in parts.indices { parts[level].held.removeAll { keys.contains($0.key) } }
  }
}
