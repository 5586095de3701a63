import Simulation

/// Where posts lie among the shards of the post store.
struct ShardMap {
  let key: ShardKey
  let shards: Int
  /// Of read replicas; nil without any.
  let lag: Distribution?
  /// Nil where authors stand for nobody else.
  private let cell: Cell?
  /// By post from `firstPlaced` on, where posts are hashed.
  private var places: [UInt16] = []
  private var firstPlaced: UInt32 = 0

  init(_ settings: TierSettings, _ cell: Cell? = nil) {
    self.cell = cell
    key = settings.shardBy ?? .author
    shards = settings.shards
    lag = settings.replicas?.lag
  }

  /// The shard that a post about to be stored goes to, or the first of them.
  ///
  /// - Parameter key: of its publication.
  @inline(__always)
  func place(by author: UInt32, key: UInt64) -> Int {
    self.key == .post ? hashed(key) : home(of: author, asked: key)
  }

  /// Remembers where a post was stored; posts come in their order.
  mutating func note(_ post: UInt32, key: UInt64) {
    guard self.key == .post else { return }
    if places.isEmpty { firstPlaced = post }
    places.append(UInt16(hashed(key)))
  }

  /// An author's shard. One who stands for several of the population stands for those who are next
  /// to it by followers: each that asks means one of them, so that shards are asked as evenly as
  /// the whole's are.
  ///
  /// - Parameter number: of who asks.
  @inline(__always)
  func home(of author: UInt32, asked number: UInt64) -> Int {
    let place = ShardKey.home(of: author, shards: shards)
    guard let others = cell?.standsFor(author).rounded(), others > 1 else { return place }
    let who = mix64(mix64(UInt64(author) ^ 0x636f_7079) ^ number) % UInt64(others)
    return Int((UInt64(place) &+ who) % UInt64(shards))
  }

  /// The shard that a viewer reads a post from.
  ///
  /// - Parameter asker: whoever asks for the author's shard; the viewer if nobody is given.
  @inline(__always)
  func shard(
    of post: UInt32, by author: UInt32, for viewer: UInt32, asked asker: UInt32? = nil
  ) -> Int {
    switch key {
    case .author: return home(of: author, asked: UInt64(asker ?? viewer))
    case .viewer: return ShardKey.home(of: viewer, shards: shards)
    case .post:
      let index = Int(post) - Int(firstPlaced)
      return index >= 0 && index < places.count ? Int(places[index]) : hashed(UInt64(post))
    }
  }

  private func hashed(_ key: UInt64) -> Int { Int(mix64(key ^ 0x7368_6172_64) % UInt64(shards)) }
}

/// Visits to shards side by side, for the tier's books.
struct ShardVisits: BitwiseCopyable {
  var count: UInt32 = 0
  /// The sum of their ends, in wrapping nanoseconds.
  var ends: UInt64 = 0
  /// When the slowest of them ends.
  var last = Instant.start

  mutating func add(_ visit: ShardVisit) {
    last = count == 0 ? visit.end : max(last, visit.end)
    count += 1
    ends &+= UInt64(bitPattern: visit.end.nanoseconds)
  }
}

extension FeedSystem {
  /// Counts into the scratch memory the authors that a pull asks each shard for.
  func countPulls(of authors: UnsafeBufferPointer<UInt32>, by viewer: UInt32) {
    let shards = shardMap.shards
    switch shardMap.key {
    case .author where cell == nil: scratch.count(authors, shards: shards)
    case .author:
      scratch.clearShards(shards)
      for author in authors {
        scratch.perShard[shardMap.home(of: author, asked: UInt64(viewer))] += 1
      }
    case .post:
      scratch.clearShards(shards)
      for shard in 0..<shards { scratch.perShard[shard] = UInt32(authors.count) }
    case .viewer:
      scratch.clearShards(shards)
      scratch.perShard[ShardKey.home(of: viewer, shards: shards)] = UInt32(authors.count)
    }
  }

  /// Sends a row of an author to every shard that keeps it, side by side.
  ///
  /// - Parameter place: its shard, where there is one.
  func writeRow(of author: UInt32, to place: Int, key: UInt64) -> ShardVisits {
    var visits = ShardVisits()
    if shardMap.key == .viewer {
      for shard in holders(of: author) {
        visits.add(visitPosts(shard: shard, for: 1, key: key))
      }
    } else {
      visits.add(visitPosts(shard: place, for: 1, key: key))
    }
    return visits
  }

  /// Books the ends of a row's writes, and has the read replicas write it too, each for as long as
  /// its primary took.
  func endWrites(_ visits: ShardVisits, of author: UInt32, to place: Int, key: UInt64) {
    postShards.depart(count: UInt64(visits.count), ends: visits.ends)
    guard postShards.replicas > 0 else { return }
    for shard in shardMap.key == .viewer ? holders(of: author) : [place] {
      let service = serviceTime(.postStore, units: 1, key: key &+ UInt64(shard) << 40)
      for replica in 1...postShards.replicas
      where postShards.outages.isEmpty || replica != postShards.outages.primary(of: shard) {
        postShards.apply(
          to: shard, replica: replica, at: now, service: service, pace: cellPace(at: .postStore))
      }
    }
  }

  private func holders(of author: UInt32) -> [Int] {
    ShardKey.viewer.holders(of: author, in: audience.graph, shards: shardMap.shards)
  }
}
