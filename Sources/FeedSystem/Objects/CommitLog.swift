import Simulation

/// When each object's newer values were committed: what a read of the database finds, whether a
/// cached value is still the newest, and since when it is not.
///
/// A value is known by the commit that made it. 8 bytes a key, 16 a commit.
struct CommitLog: ~Copyable {
  /// Of a value that no commit has made: the object as it was created.
  static let original = UInt32.max

  struct Commit: BitwiseCopyable {
    var at: Instant
    /// Of the same key; `original` where there is none.
    var previous: UInt32
    var next = CommitLog.original
  }

  private var commits: [Commit] = []
  private let first: UnsafeMutablePointer<UInt32>
  private let latest: UnsafeMutablePointer<UInt32>

  /// - Parameter keys: are below this.
  init(keys: Int) {
    first = .allocate(capacity: keys)
    latest = .allocate(capacity: keys)
    first.initialize(repeating: Self.original, count: keys)
    latest.initialize(repeating: Self.original, count: keys)
  }

  deinit {
    first.deallocate()
    latest.deallocate()
  }

  /// A write of a key is in the database; instants never fall.
  mutating func commit(_ key: UInt32, at now: Instant) {
    let commit = UInt32(commits.count)
    let previous = latest[Int(key)]
    commits.append(Commit(at: now, previous: previous))
    if previous == Self.original {
      first[Int(key)] = commit
    } else {
      commits[Int(previous)].next = commit
    }
    latest[Int(key)] = commit
  }

  func newest(of key: UInt32) -> UInt32 { latest[Int(key)] }

  /// The value that a read finds which the database has served at an instant: one not far back.
  func version(of key: UInt32, at instant: Instant) -> UInt32 {
    var version = latest[Int(key)]
    while version != Self.original, commits[Int(version)].at > instant {
      version = commits[Int(version)].previous
    }
    return version
  }

  /// Since when a key has a newer value than this one; nil while it has not.
  @inline(__always)
  func superseded(_ version: UInt32, of key: UInt32) -> Instant? {
    if version == latest[Int(key)] { return nil }
    let next = version == Self.original ? first[Int(key)] : commits[Int(version)].next
    return commits[Int(next)].at
  }
}
