/// Who follows whom: users numbered by falling follower count, compressed rows both ways.
///
/// The numbering makes a policy's follower threshold one id (`firstWithFewer(than:)`) and a
/// reader's most followed authors a prefix of a row. Users with equally many followers keep
/// their original order. Immutable once built, hence shared between threads without locks.
public final class FollowerGraph: @unchecked Sendable {
  public let userCount: Int
  /// Distinct follows, without self-loops.
  public let edgeCount: Int
  /// Input lines in which a user follows itself; dropped.
  public let selfLoops: Int
  /// Input lines that repeat an earlier one; dropped.
  public let duplicates: Int
  /// What the reader of a report should know about how the graph came about.
  public let warnings: [String]
  /// The named accounts, in the order asked for.
  public let celebrities: [NamedUser]
  /// Where the users are one cell of a larger population; nil where they are all there are.
  public let cell: Cell?

  @usableFromInline let followerOffsets: UnsafePointer<UInt32>
  @usableFromInline let followerRows: UnsafePointer<UInt32>
  @usableFromInline let followeeOffsets: UnsafePointer<UInt32>
  @usableFromInline let followeeRows: UnsafePointer<UInt32>
  @usableFromInline let names: [UInt64]?
  private let memory: GraphMemory
  private let blocks: [GraphMemory.Block]

  public struct NamedUser: Sendable, Equatable {
    public var name: String
    public var id: UInt32
  }

  /// The most follows a graph can hold: offsets are 32 bits wide.
  public static let maximumEdgeCount = Int(UInt32.max)
  /// The most users a graph can hold.
  public static let maximumUserCount = Int(Int32.max)

  /// The compressed rows of one direction: row u is `rows[offsets[u] ..< offsets[u + 1]]`.
  struct Rows {
    var offsets: GraphMemory.Block
    var rows: GraphMemory.Block
  }

  /// What a graph is besides its rows.
  struct Origin {
    var selfLoops = 0
    var duplicates = 0
    var warnings: [String] = []
    var celebrities: [NamedUser] = []
    /// Original name of each user by id; nil where the id itself is the name.
    var names: [UInt64]?
    var cell: Cell?
  }

  init(
    userCount: Int, edgeCount: Int, followers: Rows, followees: Rows, origin: Origin,
    memory: GraphMemory
  ) {
    self.userCount = userCount
    self.edgeCount = edgeCount
    selfLoops = origin.selfLoops
    duplicates = origin.duplicates
    warnings = origin.warnings
    celebrities = origin.celebrities
    names = origin.names
    cell = origin.cell
    followerOffsets = UnsafePointer(followers.offsets.words)
    followerRows = UnsafePointer(followers.rows.words)
    followeeOffsets = UnsafePointer(followees.offsets.words)
    followeeRows = UnsafePointer(followees.rows.words)
    blocks = [followers.offsets, followers.rows, followees.offsets, followees.rows]
    self.memory = memory
  }

  deinit { for block in blocks { memory.give(block) } }

  /// The users who follow `user`, ascending.
  @inlinable @inline(__always)
  public func followers(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    let start = Int(followerOffsets[Int(user)])
    let end = Int(followerOffsets[Int(user) &+ 1])
    return UnsafeBufferPointer(start: followerRows + start, count: end &- start)
  }

  /// The users whom `user` follows, ascending: those with most followers first.
  @inlinable @inline(__always)
  public func followees(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    let start = Int(followeeOffsets[Int(user)])
    let end = Int(followeeOffsets[Int(user) &+ 1])
    return UnsafeBufferPointer(start: followeeRows + start, count: end &- start)
  }

  @inlinable @inline(__always)
  public func followerCount(of user: UInt32) -> Int {
    Int(followerOffsets[Int(user) &+ 1] &- followerOffsets[Int(user)])
  }

  /// The followers that a user has in the whole population, of which a cell holds its part: what
  /// decides how posts are delivered.
  @inlinable @inline(__always)
  public func audienceCount(of user: UInt32) -> Int {
    cell?.audienceCount(of: user) ?? followerCount(of: user)
  }

  @inlinable @inline(__always)
  public func followeeCount(of user: UInt32) -> Int {
    Int(followeeOffsets[Int(user) &+ 1] &- followeeOffsets[Int(user)])
  }

  /// Where the row of `user` begins among all follower rows: a key for per-edge tables.
  @inlinable @inline(__always)
  public func firstFollowerEdge(of user: UInt32) -> Int { Int(followerOffsets[Int(user)]) }

  /// Where the row of `user` begins among all followee rows.
  @inlinable @inline(__always)
  public func firstFolloweeEdge(of user: UInt32) -> Int { Int(followeeOffsets[Int(user)]) }

  /// The id that the imported file gave this user; generated users are named by their id.
  @inlinable
  public func originalName(of user: UInt32) -> UInt64 {
    names.map { $0[Int(user)] } ?? UInt64(user)
  }

  /// The id of a named account, or nil.
  public func user(named name: String) -> UInt32? {
    celebrities.first { $0.name == name }?.id
  }

  /// The first user with fewer followers: exactly the users below it have at least
  /// `followers` in the whole population; `userCount` where all have.
  @inlinable
  public func firstWithFewer(than followers: Int) -> UInt32 {
    var low = 0
    var high = userCount
    while low < high {
      let middle = (low + high) / 2
      if audienceCount(of: UInt32(middle)) >= followers {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return UInt32(low)
  }

  /// Bytes at rest: both directions and the original names.
  public var bytes: Int {
    4 * (2 * edgeCount + 2 * (userCount + 1)) + 8 * (names?.count ?? 0)
  }
}
