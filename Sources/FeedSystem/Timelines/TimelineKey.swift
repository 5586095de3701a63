import Settings
import Simulation

extension TimelineSettings {
  /// Reads `key` and `tick`.
  static func tick(_ parameters: inout Parameters) throws -> Duration? {
    let isTime = try parameters.read(
      "key", .choice([("post", false), ("time", true)]), default: false,
      "What tells the rows of a timeline apart: the post, or its time alone, so that two posts of "
        + "one tick share a row and the later one overwrites the other.")
    let tick = try parameters.read(
      "tick", .duration(in: .milliseconds(1)...Duration.seconds(3600)),
      "What times are rounded down to, with key: time; 1ms if not given.")
    if let tick, tick.nanoseconds % 1_000_000 != 0 {
      throw parameters.error("must be whole milliseconds", key: "tick")
    }
    if tick != nil, !isTime { throw parameters.error("is only for key: time", key: "tick") }
    return isTime ? tick ?? .milliseconds(1) : nil
  }
}

/// Rows of timelines that others have taken the place of, by viewer.
///
/// With the primary key (user, time) of S2.3 a post written in the tick of another replaces it, in
/// silence: the INSERT of Cassandra is an upsert. The delivery audit is told what is gone for this
/// reason and no other.
struct OverwrittenRows {
  /// All of them; a feed gathered before is stale.
  private(set) var all: [UInt32]
  /// Of measured posts, and the order-free sum of `auditHash` over them.
  private(set) var measured: [UInt32]
  private(set) var sums: [UInt64]

  /// - Parameter users: none where posts are told apart by their ids.
  init(users: Int) {
    all = [UInt32](repeating: 0, count: users)
    measured = all
    sums = [UInt64](repeating: 0, count: users)
  }

  /// Bytes a user.
  static var bytes: Int { 16 }

  mutating func note(_ post: UInt32, of viewer: UInt32, isMeasured: Bool) {
    all[Int(viewer)] &+= 1
    guard isMeasured else { return }
    measured[Int(viewer)] &+= 1
    sums[Int(viewer)] &+= auditHash(post)
  }
}

extension FeedSystem {
  /// The posts that share a row with this one where a timeline's key is the time: those stored in
  /// the same tick; nil where nothing shares one.
  func rowMates(of post: UInt32) -> Range<UInt32>? {
    guard let length = tickLength else { return nil }
    let opened = tick(of: post)
    let mates = posts.first(storedFrom: opened)..<posts.first(storedFrom: opened + length)
    return mates.count > 1 ? mates : nil
  }

  /// In milliseconds; nil where posts are told apart by their ids.
  var tickLength: Int64? { design.timelines.tick.map { $0.nanoseconds / 1_000_000 } }

  /// When the tick began that a post was stored in, in milliseconds.
  func tick(of post: UInt32) -> Int64 {
    let stored = Int64(posts[post].storedMilliseconds)
    let length = tickLength ?? 1
    return stored - ((stored % length) + length) % length
  }

  /// Writes an entry into a timeline in the place of one whose row it shares, if there is one.
  ///
  /// - Parameter mates: the posts that share its row.
  func insert(_ post: UInt32, into viewer: UInt32, mates: Range<UInt32>?) {
    let measured = posts[post].measured
    let head = timelines.head(viewer)
    if let mates, let gone = timelines.replace(anyOf: mates, in: viewer, by: post) {
      let wasMeasured = posts[gone].measured != 0
      overwritten.note(gone, of: viewer, isMeasured: wasMeasured)
      head.pointee.delivered &-= wasMeasured ? 1 : 0
      head.pointee.deliveredSum &-= wasMeasured ? auditHash(gone) : 0
    } else {
      timelines.insert(post, into: viewer)
    }
    head.pointee.delivered &+= measured
    head.pointee.deliveredSum &+= measured != 0 ? auditHash(post) : 0
  }
}

extension TimelineStore {
  /// Puts a post in the place of the newest entry held whose id is in `ids`; returns which that
  /// was, nil if there is none.
  func replace(anyOf ids: Range<UInt32>, in viewer: UInt32, by post: UInt32) -> UInt32? {
    let head = heads + Int(viewer)
    let ring = rings + (Int(viewer) &* slots)
    var position = head.pointee.written
    let settled = position & ~3
    let last = position &- UInt32(count(of: viewer))
    while position != last {
      position &-= 1
      let isRecent = position >= settled
      let slot = Int(position) & (isRecent ? 3 : slots &- 1)
      let held = isRecent ? head.pointee.recent[slot] : ring[slot]
      guard ids.contains(held) else { continue }
      if isRecent { head.pointee.recent[slot] = post } else { ring[slot] = post }
      return held
    }
    return nil
  }
}
