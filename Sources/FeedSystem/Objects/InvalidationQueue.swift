import Simulation

/// Messages to follower clusters that keys have newer values, in packets: a packet is sent when it
/// is full, or when its first message has waited long enough.
struct InvalidationQueue: ~Copyable {
  private static let none = UInt32.max

  /// Since the start: messages = applied + under way.
  struct Counts: Equatable {
    var messages = 0
    var applied = 0
    var packets = 0
  }

  struct Message: BitwiseCopyable {
    var key: UInt32
    var committed: Instant
    var next = InvalidationQueue.none
  }

  struct Packet: BitwiseCopyable {
    var cluster: Int32
    var isSent = false
    /// Events that still name it.
    var events: Int32 = 0
    var count = 0
    var first = InvalidationQueue.none
    var last = InvalidationQueue.none
  }

  private let limit: Int
  private var messages = Pool<Message>()
  private var packets = Pool<Packet>()
  /// By cluster, the packet that takes messages.
  private var open: [UInt32]
  private(set) var counts = Counts()

  init(_ settings: InvalidationSettings, clusters: Int) {
    limit = settings.batch
    open = Array(repeating: Self.none, count: clusters)
  }

  /// Messages on their way.
  var underWay: Int { messages.count }

  func cluster(of packet: UInt32) -> Int { Int(packets[packet].cluster) }

  /// What becomes of a message's packet, besides.
  enum Added: Equatable {
    case joins
    /// It is the packet's first: the packet is due some time.
    case opens(UInt32)
    /// It fills the packet, which is to be sent.
    case fills(UInt32)
  }

  mutating func add(_ key: UInt32, to cluster: Int, at now: Instant) -> Added {
    counts.messages += 1
    let message = messages.take(Message(key: key, committed: now))
    let isFirst = open[cluster] == Self.none
    if isFirst { open[cluster] = packets.take(Packet(cluster: Int32(cluster))) }
    let packet = open[cluster]
    if packets[packet].first == Self.none {
      packets[packet].first = message
    } else {
      messages[packets[packet].last].next = message
    }
    packets[packet].last = message
    packets[packet].count += 1
    if packets[packet].count == limit { return .fills(packet) }
    if isFirst { packets[packet].events += 1 }
    return isFirst ? .opens(packet) : .joins
  }

  /// The packet's first message has waited long enough: whether the packet is to be sent now.
  mutating func due(_ packet: UInt32) -> Bool {
    packets[packet].events -= 1
    if !packets[packet].isSent { return true }
    releaseIfDone(packet)
    return false
  }

  /// The packet leaves; returns its number, for what is drawn for it.
  mutating func send(_ packet: UInt32) -> UInt64 {
    counts.packets += 1
    packets[packet].isSent = true
    packets[packet].events += 1
    open[cluster(of: packet)] = Self.none
    return UInt64(counts.packets)
  }

  /// The packet has arrived: its messages, in their order.
  mutating func arrive(_ packet: UInt32) -> [(key: UInt32, committed: Instant)] {
    var arrived: [(key: UInt32, committed: Instant)] = []
    arrived.reserveCapacity(packets[packet].count)
    var message = packets[packet].first
    while message != Self.none {
      let row = messages[message]
      arrived.append((row.key, row.committed))
      messages.release(message)
      message = row.next
    }
    counts.applied += arrived.count
    packets[packet].first = Self.none
    packets[packet].events -= 1
    releaseIfDone(packet)
    return arrived
  }

  private mutating func releaseIfDone(_ packet: UInt32) {
    if packets[packet].events == 0 { packets.release(packet) }
  }
}
