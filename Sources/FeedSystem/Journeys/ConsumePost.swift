import Simulation

/// stored → partition → its consumer, when its turn comes → fan-out jobs
///        └ older than the retention → lost
extension FeedSystem {
  var hasBus: Bool { design.pipeline?.bus != nil }

  /// How long the oldest message on the event bus has waited for its consumer.
  public var eventBusWait: Duration { bus.waited(at: now) }

  /// Whether the bus lets a post in that is about to be stored; without one, always.
  func askBus(_ id: UInt32) -> EventBus.Answer {
    hasBus ? bus.ask(id, for: partition(of: id)) : .enters
  }

  func partition(of id: UInt32) -> Int {
    let row = publications[id]
    let key = bus.settings.key == .author ? UInt64(row.author) : row.key
    return Int(mix64(key) % UInt64(bus.settings.partitions))
  }

  /// The post is a message now; an idle consumer begins with it at once.
  func publishToBus(_ id: UInt32) {
    let partition = partition(of: id)
    bus.append(id, to: partition, at: now)
    measurements.pipeline.noteLag(of: bus)
    measurements.pipeline.noteLag(of: bus.partitions[partition])
    startConsumer(bus.consumer(of: partition))
  }

  /// The message becomes jobs, and its consumer goes on to the next.
  func commit(_ id: UInt32) {
    let consumer = bus.consumer(of: partition(of: id))
    guard bus.isDone(consumer, with: id, at: now) else { return }
    if publications[id].poison != 0, isBlocked(by: id, at: consumer) { return }
    guard let (message, partition) = bus.commit(consumer) else { return }
    measurements.pipeline.noteLag(of: bus)
    if publications[id].measured {
      measurements.pipeline.busDelay.record(now - message.published)
    }
    remember(id, message, of: partition)
    if publications[id].poison != 0 {
      endPoison(id)
    } else {
      announce(id)
    }
    publications.release(id)
    letIn(to: partition)
    startConsumer(consumer)
  }

  /// A publisher that the bus has let in does not come.
  func withdrawFromBus(_ id: UInt32) {
    if hasBus { bus.withdraw(from: partition(of: id)) }
  }

  /// An idle consumer begins with the next message of its partitions, unless enough jobs wait.
  func startConsumer(_ consumer: Int) {
    if !bus.isIdle(consumer) { return }
    if isSated {
      bus.isPaused = true
      return
    }
    for partition in bus.turns(of: consumer) where bus.partitions[partition].stalledBy == 0 {
      dropExpired(in: partition)
      guard let id = bus.take(for: consumer, from: partition) else { continue }
      var stream = RandomStream(
        seed: seed, purpose: Purpose.consume.rawValue, entity: publications[id].key)
      let time = bus.settings.consume.sample(&stream)
      if faults.isUsed { notePoison(id, of: partition) }
      bus.note(consumer, ends: now + time)
      return calendar.schedule(.publish(id, .consumed), at: now + time)
    }
  }

  /// Whether as many jobs wait for a worker as consumers put up with.
  private var isSated: Bool {
    guard let limit = bus.settings.jobsWaiting else { return false }
    if calls.guards(.fanOutWorkers) { return calls.waiting(.fanOutWorkers) >= limit }
    return tiers[TierName.fanOutWorkers.rawValue].waiting >= limit
  }

  /// Begins again where consumers have paused, as soon as fewer jobs wait.
  func resumeConsumers() {
    if isSated { return }
    bus.isPaused = false
    for consumer in 0..<bus.consumerCount { startConsumer(consumer) }
  }

  /// Publishers that were held back go on as far as the lag allows.
  private func letIn(to partition: Int) {
    while let id = bus.letIn(to: partition) { sendToStore(id) }
  }

  // MARK: Retention

  /// Drops what no consumer has come to in time.
  func dropExpired() {
    for partition in 0..<bus.partitions.count { dropExpired(in: partition) }
  }

  private func dropExpired(in partition: Int) {
    var hasDropped = false
    while let id = bus.expire(in: partition, at: now) {
      lose(id)
      hasDropped = true
    }
    guard hasDropped else { return }
    measurements.pipeline.noteLag(of: bus)
    letIn(to: partition)
  }

  /// Nobody will be given this post any more.
  private func lose(_ id: UInt32) {
    let row = publications[id]
    if row.poison != 0 { endFault(row.poison - 1) }
    // Whoever was due it has had it.
    if row.isReplay { return publications.release(id) }
    lostPosts.append(row.post)
    measurements.pipeline.entriesLost += countDue(row.post)
    publications.release(id)
  }
}
