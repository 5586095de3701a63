import FeedSystem
import Simulation

/// What a replication says of its levels of caches, where the scenario has them.
extension Replication {
  /// - Parameter figures: of the measurement window.
  mutating func addLevels(_ figures: LevelFigures?, _ design: Design, seconds: Double) {
    guard let figures else { return }
    for content in CacheContent.allCases where content != .feed {
      let parts = figures.parts.filter { $0.content == content }
      guard let first = parts.first else { continue }
      let asked = first.books.hits + first.books.misses
      let hits = parts.reduce(0) { $0 + $1.books.hits }
      if asked > 0 {
        add("cache.\(content.key).hit_ratio", .ratio, Double(hits) / Double(asked))
      }
    }
    addAllLevels(figures)
    if design.levels?.degraded != nil, figures.lookUps > 0 {
      add("cache.degraded", .ratio, Double(figures.lookUpsDegraded) / Double(figures.lookUps))
    }
    for level in CacheLevel.allCases {
      let parts = figures.parts.filter { $0.level == level }
      if !parts.isEmpty { add(level, parts, seconds: seconds) }
    }
  }

  /// Of all levels and contents together: each look-up counts once, whichever level answers it.
  private mutating func addAllLevels(_ figures: LevelFigures) {
    var asked = 0
    var all = CacheBooks()
    for content in CacheContent.allCases {
      let parts = figures.parts.filter { $0.content == content }
      if let first = parts.first { asked += first.books.hits + first.books.misses }
      all = parts.reduce(all) { $0 + $1.books }
    }
    if asked > 0 { add("cache.hit_ratio", .ratio, Double(all.hits) / Double(asked)) }
    add("cache.stale_hits", .ratio, Double(all.staleHits) / Double(max(all.hits, 1)))
    add("cache.memory", .bytes, Double(figures.parts.reduce(0) { $0 + $1.bytes }))
  }

  private mutating func add(
    _ level: CacheLevel, _ parts: [LevelFigures.Part], seconds: Double
  ) {
    let name = "cache.\(level.key)"
    let books = parts.reduce(CacheBooks()) { $0 + $1.books }
    if books.hits + books.misses > 0 { add("\(name).hit_ratio", .ratio, books.hitRatio) }
    for part in parts where part.books.hits + part.books.misses > 0 {
      add("\(name).\(part.content.key).hit_ratio", .ratio, part.books.hitRatio)
    }
    let hits = Double(max(books.hits, 1))
    add("\(name).stale_hits", .ratio, Double(books.staleHits) / hits)
    add("\(name).negative_hits", .ratio, Double(books.negativeHits) / hits)
    add("\(name).evictions", .perSecond, Double(books.evicted) / seconds)
    add("\(name).invalidations", .perSecond, Double(books.invalidated) / seconds)
    add("\(name).expirations", .perSecond, Double(books.expired) / seconds)
    add("\(name).promotions", .perSecond, Double(books.promoted) / seconds)
    add(
      "\(name).bytes_moved", .bytesPerSecond,
      Double(books.bytesRead + books.bytesWritten) / seconds)
    let bytes = Double(parts.reduce(0) { $0 + $1.bytes })
    add("\(name).memory", .bytes, bytes)
    usage.levelBytes[level.rawValue] = bytes
  }
}

extension CacheBooks {
  fileprivate var hitRatio: Double { Double(hits) / Double(hits + misses) }
}

extension MetricNames {
  /// Of scenarios that have levels of caches.
  static let levelScalars: [(name: String, unit: Unit, direction: Direction)] = {
    var all: [(name: String, unit: Unit, direction: Direction)] = [
      ("cache.hit_ratio", .ratio, .higher)
    ]
    for content in CacheContent.allCases where content != .feed {
      all.append(("cache.\(content.key).hit_ratio", .ratio, .higher))
    }
    all += [
      ("cache.stale_hits", .ratio, .lower), ("cache.memory", .bytes, .lower),
      ("cache.degraded", .ratio, .none),
    ]
    for level in CacheLevel.allCases {
      let name = "cache.\(level.key)"
      all.append(("\(name).hit_ratio", .ratio, .higher))
      for content in CacheContent.allCases {
        all.append(("\(name).\(content.key).hit_ratio", .ratio, .higher))
      }
      all += [
        ("\(name).stale_hits", .ratio, .lower), ("\(name).negative_hits", .ratio, .none),
        ("\(name).evictions", .perSecond, .none), ("\(name).invalidations", .perSecond, .none),
        ("\(name).expirations", .perSecond, .none), ("\(name).promotions", .perSecond, .none),
        ("\(name).bytes_moved", .bytesPerSecond, .lower), ("\(name).memory", .bytes, .lower),
      ]
    }
    return all
  }()
}
