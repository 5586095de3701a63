import Simulation

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

    var lag: Int { end - committed }
  }

  private struct Consumer {
    var serving: (message: Message, partition: Int)?
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

  init(_ settings: BusSettings) {
    self.settings = settings
    partitions = Array(repeating: Partition(), count: settings.partitions)
    consumers = Array(repeating: Consumer(), count: settings.consumers)
  }

  var consumerCount: Int { consumers.count }
  func consumer(of partition: Int) -> Int { partition % consumers.count }
  func isServing(_ consumer: Int) -> Bool { consumers[consumer].serving != nil }

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

  /// A consumer is done with its message.
  mutating func commit(_ consumer: Int) -> (message: Message, partition: Int)? {
    guard let served = consumers[consumer].serving else { return nil }
    consumers[consumer].serving = nil
    advance(served.partition)
    return served
  }

  /// How long the oldest message has waited for its consumer.
  func waited(at now: Instant) -> Duration {
    partitions.compactMap { $0.log.first }.map { now - $0.published }.max() ?? .zero
  }

  private mutating func advance(_ partition: Int) {
    partitions[partition].committed += 1
    lag -= 1
  }
}
