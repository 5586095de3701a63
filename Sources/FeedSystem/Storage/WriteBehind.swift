import Settings
import Simulation

/// How the counts of engagements reach the database: buffered over an immediate counter and written
/// now and then, a row a post (S1.30).
///
/// Without these settings every engagement is a write of its own.
public struct CounterSettings: Sendable {
  /// What a flush does first.
  public enum Order: String, CaseIterable, Sendable {
    /// The seed's: what is being written stands nowhere else.
    case clearFirst
    case writeFirst
  }

  /// Where counts wait for a flush.
  public enum Buffer: String, CaseIterable, Sendable {
    /// In the process that a crash ends, as in the seed.
    case process
    /// Beside the immediate counters, where a crash leaves them.
    case shared
  }

  /// What readers are shown.
  public enum Source: String, CaseIterable, Sendable { case immediate, stored }

  public var interval = Duration.seconds(5)
  public var order = Order.writeFirst
  public var buffer = Buffer.shared
  /// Whether the database knows a write that it has had before.
  public var isIdempotent = false
  public var read = Source.immediate
  /// From the window's start.
  public var crashAt: [Duration] = []

  init(_ parameters: inout Parameters) throws {
    interval = try parameters.read(
      "writeBehind", .duration(in: .milliseconds(1)...Duration.seconds(86_400)), default: interval,
      "Between two flushes of the buffered counts into the database.")
    order = try parameters.read(
      "order", .choice(Order.allCases.map { ($0.rawValue, $0) }), default: order,
      "Whether a flush clears the buffer and then writes, or writes and then clears.")
    buffer = try parameters.read(
      "buffer", .choice(Buffer.allCases.map { ($0.rawValue, $0) }), default: buffer,
      "Whether counts wait in the process that crashes, or beside the immediate counters.")
    isIdempotent = try parameters.read(
      "idempotent", .flag, default: isIdempotent,
      "Whether the database ignores a write that it has had before a crash.")
    read = try parameters.read(
      "read", .choice(Source.allCases.map { ($0.rawValue, $0) }), default: read,
      "Whether readers and rankers see the immediate counters or those of the database.")
    let withinRun = Form<Duration>.duration(in: .zero...Duration.seconds(366 * 86_400))
    crashAt = try parameters.read(
      "crashAt", .oneOrMore(withinRun), default: crashAt,
      "When the process that flushes crashes and begins anew, from the window's start.")
  }
}

/// Counts of one post that wait for the database.
struct BufferedCounts: BitwiseCopyable {
  var post: UInt32
  var likes: UInt32 = 0
  var comments: UInt32 = 0
  var shares: UInt32 = 0
  /// When the oldest of them was counted.
  var since: Instant

  var total: Int { Int(likes) + Int(comments) + Int(shares) }

  mutating func add(_ kind: Engagement) {
    switch kind {
    case .like: likes += 1
    case .comment: comments += 1
    case .share: shares += 1
    }
  }
}

/// The buffer between immediate counters and the database, and what crashes have left to repeat.
struct WriteBehind {
  struct Repeat {
    var counts: BufferedCounts
    /// Whether the database has them already, which nobody knows any more.
    var isStored: Bool
  }

  /// In the order of each post's first count.
  private(set) var buffer: [BufferedCounts] = []
  private var places: [UInt32: Int] = [:]
  var repeats: [Repeat] = []
  /// Flushes are whole intervals after this.
  var origin = Instant.start
  /// `never` where nothing waits for one.
  var nextFlush = Instant.never
  var flushCount: UInt32 = 0
  var writeCount: UInt64 = 0
  /// Writes of a flush that have not been answered.
  var unanswered: [UInt32: Int] = [:]
  /// By post, for each of its writes on its way, when its oldest count was made.
  private var onTheirWay: [UInt32: [Instant]] = [:]
  /// What counters stood at when the run began.
  var countsBefore: UInt64 = 0

  mutating func add(_ kind: Engagement, to post: UInt32, at now: Instant) {
    if places[post] == nil {
      places[post] = buffer.count
      buffer.append(BufferedCounts(post: post, since: now))
    }
    if let place = places[post] { buffer[place].add(kind) }
  }

  var buffered: Int { buffer.reduce(0) { $0 + $1.total } }

  /// Empties the buffer into writes on their way.
  mutating func takeBuffer() -> [BufferedCounts] {
    let taken = buffer
    buffer.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for counts in taken { onTheirWay[counts.post, default: []].append(counts.since) }
    return taken
  }

  /// A write could not be sent: its counts wait as before.
  mutating func putBack(_ counts: BufferedCounts) {
    settle(counts)
    if let place = places[counts.post] {
      buffer[place].likes += counts.likes
      buffer[place].comments += counts.comments
      buffer[place].shares += counts.shares
      buffer[place].since = min(buffer[place].since, counts.since)
    } else {
      places[counts.post] = buffer.count
      buffer.append(counts)
    }
  }

  /// A write is on its way no longer.
  mutating func settle(_ counts: BufferedCounts) {
    guard var times = onTheirWay[counts.post] else { return }
    if let place = times.firstIndex(of: counts.since) { times.remove(at: place) }
    onTheirWay[counts.post] = times.isEmpty ? nil : times
  }

  /// By how long the database's counters of a post are behind; zero if they are not.
  func age(of post: UInt32, at now: Instant) -> Duration {
    let sent = onTheirWay[post]?.min()
    let waiting = places[post].map { buffer[$0].since }
    let oldest = [sent, waiting].compactMap { $0 }.min()
    return oldest.map { now - $0 } ?? .zero
  }
}
