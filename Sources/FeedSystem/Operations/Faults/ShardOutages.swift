import Simulation

/// Which shards of a tier are down or slow, and since when; nothing where none has ever been.
struct ShardOutages {
  private struct Shard {
    /// Faults that have it down.
    var downBy = 0
    var downSince = Instant.never
    var upSince = Instant.start
    /// The replica that takes writes in the primary's place; 0 for none.
    var promoted = 0
    /// Of the faults that make it slow, by occurrence.
    var factors: [(id: UInt32, factor: Double)] = []
    var slowness = 1.0
  }

  private var shards: [Shard] = []
  /// Visits that have gone to a primary that was down: there must be none.
  private(set) var strays = 0

  @inline(__always)
  var isEmpty: Bool { shards.isEmpty }

  private mutating func reserve(_ count: Int) {
    if shards.isEmpty { shards = Array(repeating: Shard(), count: count) }
  }

  // MARK: Queries

  func isDown(_ shard: Int) -> Bool { !shards.isEmpty && shards[shard].downBy > 0 }

  /// Whether some station of it takes writes.
  func takesWrites(_ shard: Int) -> Bool { !isDown(shard) || shards[shard].promoted > 0 }

  /// The station of a shard that takes its writes.
  func primary(of shard: Int) -> Int { shards.isEmpty ? 0 : shards[shard].promoted }

  /// Since when a shard has neither a primary nor a replica in its place; nil where it has one.
  func headlessSince(_ shard: Int) -> Instant? {
    takesWrites(shard) ? nil : shards[shard].downSince
  }

  func downSince(_ shard: Int) -> Instant? { isDown(shard) ? shards[shard].downSince : nil }

  /// Whether a shard was down at an instant, as far as its last outage tells.
  func wasDown(_ shard: Int, at instant: Instant) -> Bool {
    guard !shards.isEmpty, shards[shard].downSince <= instant else { return false }
    return shards[shard].downBy > 0 || shards[shard].upSince > instant
  }

  var down: Int { shards.reduce(0) { $0 + $1.downBy } }

  /// The service of a visit, as long as it takes now.
  func slowed(_ service: Duration, at shard: Int) -> Duration {
    let slowness = shards[shard].slowness
    if slowness == 1 { return service }
    return Duration(nanoseconds: Int64(min(Double(service.nanoseconds) * slowness, 9e17)))
  }

  mutating func noteVisit(to shard: Int, replica: Int) {
    if replica == 0, shards[shard].downBy > 0 { strays += 1 }
  }

  // MARK: Changes

  mutating func takeDown(_ shard: Int, of count: Int, at now: Instant) {
    reserve(count)
    if shards[shard].downBy == 0 { shards[shard].downSince = now }
    shards[shard].downBy += 1
  }

  /// One fault less has it down; whether it is back with that.
  mutating func bringBack(_ shard: Int, at now: Instant) -> Bool {
    shards[shard].downBy -= 1
    guard shards[shard].downBy == 0 else { return false }
    shards[shard].promoted = 0
    shards[shard].upSince = now
    return true
  }

  mutating func promote(_ replica: Int, of shard: Int) { shards[shard].promoted = replica }

  mutating func slow(_ shard: Int, of count: Int, by factor: Double, for id: UInt32) {
    reserve(count)
    shards[shard].factors.append((id, factor))
    settle(shard)
  }

  mutating func endSlowness(of shard: Int, for id: UInt32) {
    shards[shard].factors.removeAll { $0.id == id }
    settle(shard)
  }

  private mutating func settle(_ shard: Int) {
    shards[shard].slowness = shards[shard].factors.reduce(1) { $0 * $1.factor }
  }
}

/// Posts that their shard has lost for good, before any replica had them.
struct GonePosts {
  private(set) var all: [UInt32] = []
  /// A bit a post.
  private var bits: [UInt64] = []

  @inline(__always)
  func contains(_ post: UInt32) -> Bool {
    let word = Int(post >> 6)
    return word < bits.count && bits[word] >> UInt64(post & 63) & 1 == 1
  }

  @inline(__always)
  var isEmpty: Bool { all.isEmpty }

  mutating func add(_ post: UInt32) {
    guard !contains(post) else { return }
    let word = Int(post >> 6)
    while bits.count <= word { bits.append(0) }
    bits[word] |= 1 << UInt64(post & 63)
    all.append(post)
  }
}
