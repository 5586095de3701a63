import CArchive
import Glibc
import Settings

/// A file of follows, one a line: two whole numbers (up to 2^64 - 1) between blanks, tabs or
/// a comma. Plain, or compressed by gzip, bzip2, xz, lzma or zstd, as its content says.
///
/// Lines that begin with `#` or `%` are comments. A first line that is not numeric is a
/// header if the next one is numeric. Further columns (weights, times) are not read.
public struct EdgeList: Sendable, Equatable {
  /// What the two columns of a line mean.
  public enum Direction: String, Sendable, CaseIterable {
    /// The first follows the second.
    case followerFollowee
    case followeeFollower
    /// Each follows the other.
    case both
  }

  public var path: String
  public var direction: Direction

  public init(path: String, direction: Direction = .followerFollowee) {
    self.path = path
    self.direction = direction
  }

  /// Reads the file and builds its graph; users keep their names, and the order of lines
  /// makes no difference.
  ///
  /// - Throws: `InvalidInput` with line and column, or `MissingInput`.
  public func graph(
    memory: GraphMemory = GraphMemory(), storage: GraphStorage = .plain
  ) throws -> FollowerGraph {
    try build(celebrities: [], seed: 0, memory: memory, storage: storage)
  }

  func build(
    celebrities: [Celebrity], seed: UInt64, memory: GraphMemory, usersExpected: Int? = nil,
    storage: GraphStorage = .plain
  ) throws -> FollowerGraph {
    var parser = EdgeListParser(file: path, direction: direction)
    try read { try parser.consume($0) }
    try parser.finish()
    var (list, names) = parser.sortedByName()
    var origin = FollowerGraph.Origin()
    let users = list.userCount
    if let usersExpected, usersExpected != users {
      origin.warnings.append("\(path) holds \(users) users; \(usersExpected) were asked for")
    }
    for celebrity in celebrities {
      let followers = try celebrity.checkedFollowers(users: users, others: users)
      let id = list.addCelebrity(followers: followers, seed: seed)
      // Past every name in the file; the file's own names stay unique.
      names.append((names.last ?? 0) &+ 1)
      origin.celebrities.append(.init(name: celebrity.name, id: id))
      origin.warnings.append(
        "\(celebrity.name) is not in \(path): added with \(followers) followers drawn from "
          + "its users")
    }
    origin.names = names
    return list.build(origin: origin, memory: memory, storage: storage)
  }

  /// Hands the unpacked content to `consume` block by block.
  private func read(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
    let input = try InputBytes(path)
    while true {
      let block = try input.next()
      if block.isEmpty { return }
      try consume(block)
    }
  }
}
