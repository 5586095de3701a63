import FeedSystem
import Planning

extension Overview {
  /// What levels of caches do; all that is known of each, or what fits a screen.
  func cacheLevels(_ detail: Detail) -> [Row?] {
    // Feeds alone have a ratio without levels too.
    var rows = [row("hits, of all look-ups", "cache.hit_ratio")]
    for content in CacheContent.allCases where content != .feed {
      rows.append(row("hits, \(content.key)", "cache.\(content.key).hit_ratio"))
    }
    rows.append(row("stale hits", "cache.stale_hits"))
    rows.append(row("look-ups while degraded", "cache.degraded"))
    rows.append(row("memory of all levels", "cache.memory"))
    for level in CacheLevel.allCases {
      rows.append(row("\(level.key): hits", "cache.\(level.key).hit_ratio"))
      if detail == .full {
        for content in CacheContent.allCases {
          let name = "cache.\(level.key).\(content.key).hit_ratio"
          rows.append(row("\(level.key): hits, \(content.key)", name))
        }
      }
      for (label, metric) in Self.ofLevels(detail) {
        rows.append(row("\(level.key): \(label)", "cache.\(level.key).\(metric)"))
      }
    }
    return rows
  }

  private static func ofLevels(_ detail: Detail) -> [(String, String)] {
    let brief = [("evictions", "evictions"), ("memory", "memory")]
    guard detail == .full else { return brief }
    return [
      ("stale hits", "stale_hits"), ("hits on nothing", "negative_hits"),
      ("evictions", "evictions"), ("invalidations", "invalidations"),
      ("expirations", "expirations"), ("promotions", "promotions"),
      ("bytes moved", "bytes_moved"), ("memory", "memory"),
    ]
  }
}
