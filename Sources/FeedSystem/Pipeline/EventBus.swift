import Simulation

/// A post whose message has been handled, as it is needed to be handled again.
struct ReplayedMessage: BitwiseCopyable {
  var author: UInt32
  var post: UInt32
  var opened: Instant
  var published: Instant
  var key: UInt64
}

/// A log in partitions between stored posts and fan-out jobs (Kreps, Narkhede, Rao: "Kafka: a
/// distributed messaging system for log processing", NetDB 2011).
///
/// A partition is read in order by one consumer, one message at a time; a consumer has its
/// partitions in turn. Offsets say how far both ends have come, and their difference is the
/// consumer's lag. What is older than the retention when its consumer comes to it is lost.
struct EventBus: ~Copyable {
  /// A post on its way, by its publication's id, and since when it has been readable.
  struct Message {
    var publication: UInt32
    var published: Instant
  }

  enum Answer { case enters, waits, refused }

  struct Partition {
    var log = Fifo<Message>()
    /// The offset that the next message will have.
    var end = 0
    /// The offset of the first message that its consumer is not done with.
    var committed = 0
    /// Posts let in that have not come to the log yet.
    var promised = 0
    /// Publishers that wait until the lag allows another message.
    var held = Fifo<UInt32>()
    /// Faults that keep its consumer from it.
    var stalledBy = 0
    /// Messages handled, of which the newest are remembered.
    var handled = 0
    var recent = Fifo<ReplayedMessage>()
    /// Faults that make a poison message of the next one, by occurrence.
    var poison = Fifo<UInt32>()

    var lag: Int { end - committed }
  }

  private struct Consumer {
    var serving: (message: Message, partition: Int)?
    /// When it will be done with that.
    var ends = Instant.never
    /// Crashes that it has not come back from.
    var downBy = 0
    /// The partition, among its own, that has its turn.
    var turn = 0
  }

  let settings: BusSettings
  private(set) var partitions: [Partition]
  private var consumers: [Consumer]
  /// Messages over all partitions that their consumers are not done with.
  private(set) var lag = 0
  /// Whether consumers have stopped until fewer jobs wait.
  var isPaused = false
  /// Messages of a partition that a crash may have read again.
  private let remembers: Int

  init(_ settings: BusSettings, remembers: Int = 0) {
    self.settings = settings
    self.remembers = remembers
    partitions = Array(repeating: Partition(), count: settings.partitions)
    consumers = Array(repeating: Consumer(), count: settings.consumers)
  }

  var consumerCount: Int { consumers.count }
  func consumer(of partition: Int) -> Int { partition % consumers.count }
  /// Whether a consumer is free to begin with a message.
  func isIdle(_ consumer: Int) -> Bool {
    consumers[consumer].serving == nil && consumers[consumer].downBy == 0
  }

  /// A publisher asks for a place before its post is stored, so that the bound holds exactly.
  mutating func ask(_ publication: UInt32, for partition: Int) -> Answer {
    if hasRoom(partition) {
      partitions[partition].promised += 1
      return .enters
    }
    if settings.whenBehind == .refuse { return .refused }
    partitions[partition].held.append(publication)
    return .waits
  }

  /// The next publisher in line, if the lag lets it in now.
  mutating func letIn(to partition: Int) -> UInt32? {
    guard hasRoom(partition), let next = partitions[partition].held.popFirst() else { return nil }
    partitions[partition].promised += 1
    return next
  }

  private func hasRoom(_ partition: Int) -> Bool {
    guard let limit = settings.lagLimit else { return true }
    return partitions[partition].lag + partitions[partition].promised < limit
  }

  /// A publisher that was let in does not come after all.
  mutating func withdraw(from partition: Int) { partitions[partition].promised -= 1 }

  mutating func append(_ publication: UInt32, to partition: Int, at now: Instant) {
    partitions[partition].log.append(Message(publication: publication, published: now))
    partitions[partition].promised -= 1
    partitions[partition].end += 1
    lag += 1
  }

  /// Drops a partition's next message if it is older than the retention.
  mutating func expire(in partition: Int, at now: Instant) -> UInt32? {
    guard let retention = settings.retention, let next = partitions[partition].log.first,
      now - next.published > retention
    else { return nil }
    _ = partitions[partition].log.popFirst()
    advance(partition)
    return next.publication
  }

  /// The partitions of a consumer, from the one whose turn it is.
  func turns(of consumer: Int) -> [Int] {
    let own = Array(stride(from: consumer, to: partitions.count, by: consumers.count))
    guard !own.isEmpty else { return [] }
    let turn = consumers[consumer].turn % own.count
    return Array(own[turn...] + own[..<turn])
  }

  /// Begins with a partition's next message; nil where there is none.
  mutating func take(for consumer: Int, from partition: Int) -> UInt32? {
    guard let message = partitions[partition].log.popFirst() else { return nil }
    consumers[consumer].serving = (message, partition)
    consumers[consumer].turn = partition / consumers.count + 1
    return message.publication
  }

  /// A consumer will be done with its message then.
  mutating func note(_ consumer: Int, ends: Instant) { consumers[consumer].ends = ends }

  /// Whether a consumer is done with a message now: one that has crashed meanwhile is not.
  func isDone(_ consumer: Int, with publication: UInt32, at now: Instant) -> Bool {
    consumers[consumer].serving?.message.publication == publication
      && consumers[consumer].ends == now
  }

  /// A consumer is done with its message.
  mutating func commit(_ consumer: Int) -> (message: Message, partition: Int)? {
    guard let served = consumers[consumer].serving else { return nil }
    consumers[consumer].serving = nil
    advance(served.partition)
    return served
  }

  /// A consumer gives its message back: it is the next one of its partition again.
  mutating func giveBack(_ consumer: Int) -> Int? {
    guard let served = consumers[consumer].serving else { return nil }
    consumers[consumer].serving = nil
    partitions[served.partition].log.prepend(served.message)
    return served.partition
  }

  /// How long the oldest message has waited for its consumer.
  func waited(at now: Instant) -> Duration {
    partitions.compactMap { $0.log.first }.map { now - $0.published }.max() ?? .zero
  }

  // MARK: Faults

  mutating func stall(_ partition: Int) { partitions[partition].stalledBy += 1 }
  mutating func resume(_ partition: Int) { partitions[partition].stalledBy -= 1 }

  mutating func crash(_ consumer: Int) { consumers[consumer].downBy += 1 }
  mutating func restart(_ consumer: Int) { consumers[consumer].downBy -= 1 }

  /// The next message of a partition fails every time, because of a fault.
  mutating func poisonNext(of partition: Int, _ fault: UInt32) {
    partitions[partition].poison.append(fault)
  }
  mutating func takePoison(of partition: Int) -> UInt32? {
    partitions[partition].poison.popFirst()
  }

  /// Faults that stall partitions, and crashes, which are not over.
  var stalls: Int { partitions.reduce(0) { $0 + $1.stalledBy } }
  var crashes: Int { consumers.reduce(0) { $0 + $1.downBy } }

  /// Remembers a message that has become jobs.
  mutating func remember(_ message: ReplayedMessage, of partition: Int) {
    partitions[partition].handled += 1
    partitions[partition].recent.append(message)
    if partitions[partition].recent.count > remembers {
      _ = partitions[partition].recent.popFirst()
    }
  }

  /// The messages of a partition handled since the last of its offsets that was stored, one every
  /// so many messages: they will be handled again.
  mutating func rewind(_ partition: Int, storedEvery count: Int) -> [ReplayedMessage] {
    let since = partitions[partition].handled % count
    guard since > 0 else { return [] }
    var known: [ReplayedMessage] = []
    while let message = partitions[partition].recent.popFirst() { known.append(message) }
    let again = known.suffix(since)
    for message in known.dropLast(again.count) { partitions[partition].recent.append(message) }
    partitions[partition].handled -= again.count
    return Array(again)
  }

  /// Puts a message that was handled before ahead of all others.
  mutating func prepend(_ message: Message, to partition: Int) {
    partitions[partition].log.prepend(message)
    partitions[partition].committed -= 1
    lag += 1
  }

  private mutating func advance(_ partition: Int) {
    partitions[partition].committed += 1
    lag -= 1
  }
}
