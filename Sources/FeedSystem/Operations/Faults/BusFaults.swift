import Simulation

/// Deliveries that are made again because their message was read again.
///
/// A store knows an entry by its post, so that a timeline has it once; but the work is done twice,
/// and the audit counts the pair as delivered twice.
struct RepeatedDeliveries {
  /// Entries due again as messages became jobs again, of the whole run; of these, written again.
  var announced = 0
  private(set) var written = 0
  /// Of measured posts.
  private(set) var measured = 0
  private(set) var byViewer: [UInt32]

  init(users: Int) { byViewer = [UInt32](repeating: 0, count: users) }

  mutating func note(_ viewer: UInt32, measured isMeasured: Bool) {
    written += 1
    guard isMeasured else { return }
    measured += 1
    byViewer[Int(viewer)] += 1
  }
}

extension FaultSettings {
  /// Messages of a partition that a crash may have read again.
  var messagesRemembered: Int {
    planned.compactMap { ($0.fault as? ConsumerCrash)?.commitEvery }.max() ?? 0
  }
}

/// What faults do to the event bus and its consumers.
extension FeedSystem {
  /// A partition may be read again, as far as this fault goes.
  func resume(partition: Int) {
    bus.resume(partition)
    startConsumer(bus.consumer(of: partition))
  }

  // MARK: Crashes

  /// Remembers what a crash may have read again.
  func remember(_ id: UInt32, _ message: EventBus.Message, of partition: Int) {
    guard !faults.again.byViewer.isEmpty else { return }
    let row = publications[id]
    // What was skipped or laid aside is not handled again.
    if row.poison != 0 { return }
    bus.remember(
      ReplayedMessage(
        author: row.author, post: row.post, opened: row.opened, published: message.published,
        key: row.key), of: partition)
  }

  /// A consumer dies: what it was at is the next message again, and before that stands what it has
  /// handled since the last offset stored.
  func crash(consumer: Int, commitEvery: Int) {
    _ = bus.giveBack(consumer)
    bus.crash(consumer)
    for partition in bus.turns(of: consumer) {
      for message in bus.rewind(partition, storedEvery: commitEvery).reversed() {
        var row = PublishRow(
          author: message.author, post: message.post, opened: message.opened, key: message.key,
          measured: false)
        row.isReplay = true
        let id = publications.take(row)
        bus.prepend(
          EventBus.Message(publication: id, published: message.published), to: partition)
        if measuring { faults.measurements.messagesReplayed += 1 }
      }
      measurements.pipeline.noteLag(of: bus.partitions[partition])
    }
    measurements.pipeline.noteLag(of: bus)
  }

  /// Writes a batch's entries again: the store has each of them once, as before.
  func writeAgain(_ job: DeliverRow) -> Int {
    var due: [UInt32] = []
    forEachDue(job.post, in: Int(job.first)..<Int(job.first + job.count)) { due.append($0) }
    let isMeasured = posts[job.post].measured != 0
    let invalidates = invalidatesFeeds(plan(ofPost: job.post))
    for viewer in due {
      faults.again.note(viewer, measured: isMeasured)
      if invalidates { dropHeldFeed(of: viewer) }
    }
    return due.count
  }

  // MARK: Poison

  /// A consumer has taken a message, which a fault may have made one that fails every time.
  func notePoison(_ id: UInt32, of partition: Int) {
    guard publications[id].poison == 0, !publications[id].isReplay,
      let fault = bus.takePoison(of: partition)
    else { return }
    publications[id].poison = fault + 1
    let present = now
    faults.open(fault, at: present)
  }

  /// A message has failed once more; whether it holds up its partition still.
  func isBlocked(by id: UInt32, at consumer: Int) -> Bool {
    let occurrence = publications[id].poison - 1
    guard let poison = faults.planned[faults[occurrence].planned].fault as? PoisonMessage else {
      return false
    }
    publications[id].poisonAttempts += 1
    guard Int(publications[id].poisonAttempts) < poison.attempts,
      let partition = bus.giveBack(consumer)
    else { return false }
    bus.stall(partition)
    faults[occurrence].stage += 1
    calendar.schedule(.fault(occurrence, .advances), at: now + poison.retryAfter)
    startConsumer(consumer)
    return true
  }

  /// A message that has failed every time is given up.
  func endPoison(_ id: UInt32) {
    let occurrence = publications[id].poison - 1
    let poison = faults.planned[faults[occurrence].planned].fault as? PoisonMessage
    let post = publications[id].post
    if poison?.ending == .deadLetter {
      announce(id, isDead: true)
    } else {
      faults.skipped.append(post)
      measurements.pipeline.entriesLost += countDue(post)
    }
    endFault(occurrence)
  }

  // MARK: The laws

  /// Entries due again = written again + in jobs + dead-lettered.
  func repeatBalance() -> [Check] {
    guard planned(ConsumerCrash.self) else { return [] }
    var underWay = 0
    for id in deliveries.live() where deliveries[id].isReplay {
      underWay += countDue(deliveries[id])
    }
    let again = faults.again
    let byViewer = again.byViewer.reduce(0) { $0 + Int($1) }
    return [
      Check(
        name: "repeat balance",
        passed: again.announced == again.written + underWay && byViewer == again.measured,
        detail: "\(again.announced) due again = \(again.written) written + \(underWay) in jobs; "
          + "\(again.measured) of the window = \(byViewer) by viewer")
    ]
  }

  /// Partitions are stalled, and consumers down, by the faults that are under way and no others.
  func stallBalance() -> [Check] {
    guard hasBus else { return [] }
    var (stalls, crashes) = (0, 0)
    for occurrence in faults.occurrences {
      switch faults.planned[occurrence.planned].fault {
      case is PartitionStalled: stalls += occurrence.isOpen ? 1 : 0
      case is PoisonMessage: stalls += occurrence.stage
      case is ConsumerCrash: crashes += occurrence.isOpen ? 1 : 0
      default: break
      }
    }
    return [
      Check(
        name: "stall balance", passed: stalls == bus.stalls && crashes == bus.crashes,
        detail: "\(bus.stalls) stalls and \(bus.crashes) crashes of \(stalls) and \(crashes) faults"
      )
    ]
  }
}
