import Simulation

/// committed → a packet for each follower cluster, which waits for more → sent → applied: the copy
/// dropped, its lease voided
///
/// Gutters are told nothing: what they hold lives for a short time only (Nishtala et al., section
/// 3.3).
extension FeedSystem {
  func tellFollowerCaches(_ object: UInt32) {
    guard let settings = objectCaches.settings?.invalidation else { return }
    for cluster in objectCaches.followerClusters {
      if measuring { objectCaches.measurements.messages += 1 }
      switch objectCaches.invalidations.add(object, to: cluster, at: now) {
      case .joins: break
      case .fills(let packet): sendPacket(packet)
      case .opens(let packet):
        calendar.schedule(.object(packet, .packetDue), at: now + settings.every)
      }
    }
  }

  func sendPacket(_ id: UInt32) {
    guard let settings = objectCaches.settings?.invalidation else { return }
    if measuring { objectCaches.measurements.packets += 1 }
    let number = objectCaches.invalidations.send(id)
    var draws = RandomStream(
      seed: seed, purpose: Purpose.invalidationLag.rawValue, entity: number)
    calendar.schedule(.object(id, .packetArrived), at: now + settings.lag.sample(&draws))
  }

  func applyPacket(_ id: UInt32) {
    let cluster = objectCaches.invalidations.cluster(of: id)
    for message in objectCaches.invalidations.arrive(id) {
      objectCaches.caches[cluster].invalidate(message.key, at: now)
      if measuring { objectCaches.measurements.invalidationLag.record(now - message.committed) }
    }
  }
}

/// The caches' servers: as a run begins, and as they fail.
extension FeedSystem {
  /// Makes the caches for the objects there are and those that the run will add.
  func startObjectCaches(_ window: Range<Instant>) {
    guard let settings = design.objects?.cache, settings.isUsed else { return }
    let users = audience.graph.userCount
    let expected =
      audience.activity.postRateTotal
      * traffic.posts.profile.integral(from: .start, to: window.upperBound)
    // Posts are a Poisson process: eight standard deviations more do not happen.
    let more = Int(expected + 8 * expected.squareRoot()) + traffic.scripted.count + 64
    objectCaches = ObjectCaches(
      settings, objects: users + posts.count, keys: users + posts.count + more,
      shards: objectShards.shards, seed: seed)
    for (index, failure) in settings.failures.enumerated() {
      calendar.schedule(
        .object(UInt32(index), .failed), at: window.lowerBound + failure.at)
    }
  }

  private func failure(_ id: UInt32) -> CacheFailure? {
    design.objects?.cache?.failures[Int(id)]
  }

  func failCache(_ id: UInt32) {
    guard let failure = failure(id) else { return }
    objectCaches.fail(failure, at: now)
    calendar.schedule(.object(id, .cameBack), at: now + failure.length)
  }

  func bringCacheBack(_ id: UInt32) {
    guard let failure = failure(id) else { return }
    objectCaches.bringBack(failure)
    if let warmUp = failure.warmUp {
      calendar.schedule(.object(id, .warmedUp), at: now + warmUp.length)
    }
  }

  func endWarmUp(_ id: UInt32) {
    if let failure = failure(id) { objectCaches.endWarmUp(failure) }
  }
}
