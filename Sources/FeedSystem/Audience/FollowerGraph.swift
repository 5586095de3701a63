/// Who follows whom: users numbered by falling follower count, sorted rows both ways.
///
/// The numbering makes a policy's follower threshold one id (`firstWithFewer(than:)`) and a
/// reader's most followed authors a prefix of a row. Users with equally many followers keep
/// their original order. Immutable once built, hence shared between threads without locks.
///
/// Rows are plain or compressed (`GraphStorage`). A plain row is there as long as the graph is; a
/// compressed one is unpacked by the thread that asks for it, and stays until that thread has asked
/// for `UnpackedRows.kept` - 1 others.
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
  @usableFromInline let isCompressed: Bool
  private let packed: CompressedGraph?
  /// Bytes of rows and offsets.
  private let rowBytes: Int
  private let memory: GraphMemory
  private let blocks: [GraphMemory.Block]

  public struct NamedUser: Sendable, Equatable {
    public var name: String
    public var id: UInt32
  }

  /// The most follows that plain rows can hold: offsets are 32 bits wide.
  public static let maximumEdgeCount = Int(UInt32.max)
  /// The most follows that compressed rows can hold, which nobody has the memory for.
  public static let maximumCompressedEdgeCount = 1 << 40
  /// The most users a graph can hold.
  public static let maximumUserCount = Int(Int32.max)

  /// The rows of one direction: row u is `rows[offsets[u] ..< offsets[u + 1]]`, or as long as that
  /// and compressed (`CompressedRows`).
  struct Rows {
    var offsets: GraphMemory.Block
    var rows: GraphMemory.Block
    /// Where compressed rows begin; nil where rows are plain.
    var starts: GraphMemory.Block?
    /// Bytes of compressed rows.
    var byteCount = 0

    init(
      offsets: GraphMemory.Block, rows: GraphMemory.Block, starts: GraphMemory.Block? = nil
    ) {
      self.offsets = offsets
      self.rows = rows
      self.starts = starts
    }

    func compressed(users: Int, edges: Int) -> CompressedRows? {
      starts.map { starts in
        CompressedRows(
          universe: users, edges: edges, offsets: offsets.words, starts: starts.longs,
          bytes: rows.base)
      }
    }
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
    let starts = [followers.starts, followees.starts].compactMap { $0 }
    blocks = [followers.offsets, followers.rows, followees.offsets, followees.rows] + starts
    self.memory = memory
    packed = followers.compressed(users: userCount, edges: edgeCount).flatMap { followers in
      followees.compressed(users: userCount, edges: edgeCount).map { followees in
        CompressedGraph(followers: followers, followees: followees)
      }
    }
    isCompressed = packed != nil
    let known = 2 * 8 * (userCount / CompressedRows.stride + 1)
    rowBytes =
      8 * (userCount + 1)
      + (isCompressed ? followers.byteCount + followees.byteCount + known : 8 * edgeCount)
  }

  /// - Precondition: `isCompressed`.
  var compressed: CompressedGraph {
    guard let packed else { preconditionFailure("the rows are plain") }
    return packed
  }

  deinit { for block in blocks { memory.give(block) } }

  /// The users who follow `user`, ascending.
  @inlinable @inline(__always)
  public func followers(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    if isCompressed { return unpackedFollowers(of: user) }
    let start = Int(followerOffsets[Int(user)])
    let end = Int(followerOffsets[Int(user) &+ 1])
    return UnsafeBufferPointer(start: followerRows + start, count: end &- start)
  }

  /// The users whom `user` follows, ascending: those with most followers first.
  @inlinable @inline(__always)
  public func followees(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    if isCompressed { return unpackedFollowees(of: user) }
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
  public var bytes: Int { rowBytes + 8 * (names?.count ?? 0) }
}
