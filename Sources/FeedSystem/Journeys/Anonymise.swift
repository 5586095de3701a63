import Simulation

/// page → privacy filter: what its posts must not show is taken out → page
///
/// Every page from the origin passes, also of a feed that a cache holds: what a viewer may see is
/// not known when a feed is made. A page at an edge has passed before it came there.
extension FeedSystem {
  /// Sends the page that a load is about to show through the filter; false where there is none.
  func anonymise(_ id: UInt32) -> Bool {
    guard let settings = design.privacy else { return false }
    let row = loads[id]
    let measured = window.contains(row.opened.nanoseconds)
    let shown = min(design.feed.page, Int(row.count) - Int(min(row.offset, row.count)))
    var work = Duration.zero
    for place in 0..<shown {
      let post = lists[row.list][Int(row.offset) + place]
      for kind in PrivacyKind.allCases {
        let need = settings.needs[kind.rawValue]
        guard needs(post, kind, share: need.share) else { continue }
        work += need.time
        if measured { measurements.anonymised[kind.rawValue] += 1 }
      }
    }
    let service = work + serviceTime(.privacyFilter, units: 0, key: row.key &+ 12)
    _ = visit(.privacyFilter, service: service, then: .load(id, .anonymised))
    loads[id].service = service
    return true
  }

  /// The same of a feed that a cache holds, whose posts are kept with the load meanwhile.
  func anonymiseHeld(
    _ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, asOf: UInt32
  ) -> Bool {
    guard design.privacy != nil else { return false }
    let list = lists.take()
    lists[list].update(from: ids, count: Int(loads[id].count))
    loads[id].list = list
    loads[id].asOf = asOf
    return anonymise(id)
  }

  /// Whether a post needs it, whoever looks at it.
  private func needs(_ post: UInt32, _ kind: PrivacyKind, share: Double) -> Bool {
    var stream = RandomStream(
      seed: seed, purpose: Purpose.anonymisation.rawValue,
      entity: UInt64(post) << 2 | UInt64(kind.rawValue))
    return stream.uniform() < share
  }
}
