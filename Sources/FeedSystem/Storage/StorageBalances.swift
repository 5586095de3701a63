import Simulation

extension FeedSystem {
  /// The laws of the object store: every visit is booked, and reactions counted are associations
  /// held, one by one.
  func objectBalances() -> [Check] {
    var inside: UInt64 = 0
    var ends: UInt64 = 0
    for id in loads.live() where loads[id].isAtObjects {
      inside += 1
      ends &+= UInt64(bitPattern: loads[id].objectsEnd.nanoseconds)
    }
    for id in engagements.live() where engagements[id].atStore {
      inside += 1
      ends &+= UInt64(bitPattern: engagements[id].storeEnd.nanoseconds)
    }
    let through = objectVisits()
    inside += through.inside
    ends &+= through.ends
    let books = objectShards.books
    var counted = 0
    var held = 0
    for post in 0..<UInt32(posts.count) {
      counted += posts.reactions(to: post)
      for type in [AssociationType.likedBy, .commentedBy, .sharedBy] {
        held += objects.count(of: type, from: object(of: post))
      }
    }
    return [
      Check(
        name: "flow balance: object_store",
        passed: books.balance(inside: inside, endsInside: ends),
        detail: "\(books.arrivals) in = \(books.departures) out + \(inside) inside; "
          + "Σ sojourn \(books.sojourns) ns"),
      Check(
        name: "association balance",
        passed: objects.isSound && counted - historyReactions == held
          && objects.objectCount == audience.graph.userCount + posts.count,
        detail: "\(counted) reactions counted = \(historyReactions) of the history + \(held) "
          + "associations"),
    ]
  }

  /// The laws of the leaves: every visit is booked; each post stored for a leaf has been tailed or
  /// waits; and a leaf in rotation has, of each author, all that is stored but what waits.
  func leafBalances() -> [Check] {
    var inside: UInt64 = 0
    var ends: UInt64 = 0
    for id in loads.live() {
      inside += UInt64(loads[id].leafVisits.count)
      ends &+= loads[id].leafVisits.ends
    }
    let books = leafShards.books
    var waiting = 0
    var behind = 0
    for leaf in tailers.leaves { waiting += leaf.waiting.count }
    for author in 0..<UInt32(audience.graph.userCount) where isOnLeaf(author) {
      let leaf = tailers.leaves[leaves.leaf(of: author)]
      let newest = posts.latest(of: author)
      guard !leaf.isDown, newest != PostStore.none, isRetained(newest) else { continue }
      let isWaiting = leaf.waiting.first.map { newest >= $0.post } ?? false
      if !isWaiting, leaves.latest(of: author) != newest { behind += 1 }
    }
    return [
      Check(
        name: "flow balance: leaf_servers",
        passed: books.balance(inside: inside, endsInside: ends),
        detail: "\(books.arrivals) in = \(books.departures) out + \(inside) inside; "
          + "Σ sojourn \(books.sojourns) ns"),
      Check(
        name: "tailing balance",
        passed: tailers.stored == tailers.tailed + waiting && behind == 0,
        detail: "\(tailers.stored) stored = \(tailers.tailed) tailed + \(waiting) waiting; "
          + "\(behind) authors behind without reason"),
    ]
  }
}
