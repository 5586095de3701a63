import Simulation

extension FeedSystem {
  /// Looks at a sharded tier; nil for one that is not.
  func shards<Value>(of tier: TierName, _ look: (borrowing ShardedTier) -> Value) -> Value? {
    switch tier {
    case .postStore: look(postShards)
    case .objectStore: look(objectShards)
    case .leafServers: look(leafShards)
    default: nil
    }
  }

  /// Sends a journey to a shard of the object store.
  func visitObjects(shard: Int, for units: Int, key: UInt64) -> ShardVisit {
    let service = serviceTime(.objectStore, units: units, key: key &+ UInt64(shard) << 40)
    let visit = objectShards.arrive(shard, at: now, service: service)
    if measuring { measurements.waiting[TierName.objectStore.rawValue].record(visit.waited) }
    return visit
  }

  /// Sends a journey to a leaf.
  func visitLeaf(_ leaf: Int, for units: Int, key: UInt64) -> ShardVisit {
    let service = serviceTime(.leafServers, units: units, key: key &+ UInt64(leaf) << 40)
    let visit = leafShards.arrive(leaf, at: now, service: service)
    if measuring { measurements.waiting[TierName.leafServers.rawValue].record(visit.waited) }
    return visit
  }
}
