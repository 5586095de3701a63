import Synchronization

/// How a graph's rows are kept; which follows there are is the same either way.
public enum GraphStorage: String, CaseIterable, Sendable {
  /// 4 bytes for each end of a follow.
  case plain
  /// In the code of Elias and Fano, 1 to 2.5 bytes for each end; reading a follow takes 2 ns more.
  case compressed
}

/// What a scenario says of how rows are kept.
public enum StorageRule: String, CaseIterable, Sendable {
  case plain, compressed
  /// Compressed where plain rows would take more than half of the free memory to build.
  case auto
}

/// Both directions of a graph with compressed rows.
struct CompressedGraph: Sendable {
  let followers: CompressedRows
  let followees: CompressedRows
  /// Tells the rows of one graph from those of any other, of all that ever were.
  private let serial: UInt64

  private static let built = Atomic<UInt64>(0)

  init(followers: CompressedRows, followees: CompressedRows) {
    self.followers = followers
    self.followees = followees
    serial = Self.built.wrappingAdd(1, ordering: .relaxed).newValue
  }

  func followers(of user: UInt32, _ places: Range<Int>? = nil) -> UnsafeBufferPointer<UInt32> {
    UnpackedRows.ofThread.pointee.ids(
      of: Int(user), key: serial << 33 | UInt64(user), in: followers, places)
  }

  func followees(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    UnpackedRows.ofThread.pointee.ids(
      of: Int(user), key: serial << 33 | 1 << 32 | UInt64(user), in: followees, nil)
  }
}

extension FollowerGraph {
  public var storage: GraphStorage { isCompressed ? .compressed : .plain }

  /// The users who follow `user`, unpacked.
  @usableFromInline @inline(never)
  func unpackedFollowers(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    compressed.followers(of: user)
  }

  @usableFromInline @inline(never)
  func unpackedFollowees(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    compressed.followees(of: user)
  }

  /// The users at some places of the row of those who follow `user`: a batch of a long row, of
  /// which the rest is not looked at. Valid as long as a row.
  @inline(__always)
  func followers(of user: UInt32, in places: Range<Int>) -> UnsafeBufferPointer<UInt32> {
    if isCompressed { return compressed.followers(of: user, places) }
    return UnsafeBufferPointer(rebasing: followers(of: user)[places])
  }

  /// Calls `body` with the users at some places of the row of those who follow `user`, all if not
  /// given; it may ask for any rows.
  @inline(__always)
  func forEachFollower(
    of user: UInt32, in places: Range<Int>? = nil, _ body: (UInt32) -> Void
  ) {
    let places = places ?? 0..<followerCount(of: user)
    if isCompressed { return forEachUnpacked(of: user, in: places, body) }
    for follower in followers(of: user)[places] { body(follower) }
  }

  @inline(never)
  private func forEachUnpacked(of user: UInt32, in places: Range<Int>, _ body: (UInt32) -> Void) {
    let row = compressed.followers[Int(user)]
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1024) { room in
      guard let ids = room.baseAddress else { return }
      for first in Swift.stride(from: places.lowerBound, to: places.upperBound, by: 1024) {
        let end = min(first + 1024, places.upperBound)
        row.decode(first..<end, into: ids)
        for index in 0..<end - first { body(ids[index]) }
      }
    }
  }

  /// The user at one place of the row of those who follow `user`.
  @inline(__always)
  func follower(of user: UInt32, at place: Int) -> UInt32 {
    isCompressed ? compressed.followers[Int(user)].id(at: place) : followers(of: user)[place]
  }

  /// The author of a follow, by its place among all.
  func followee(ofEdge place: UInt64) -> UInt32 {
    guard isCompressed else { return followeeRows[Int(place)] }
    let (row, place) = compressed.followees.place(ofEdge: place)
    return compressed.followees[row].id(at: place)
  }

  func follows(_ viewer: UInt32, _ author: UInt32) -> Bool {
    if isCompressed { return compressed.followees[Int(viewer)].contains(author) }
    let row = followees(of: viewer)
    var low = 0
    var high = row.count
    while low < high {
      let middle = (low + high) / 2
      if row[middle] < author { low = middle + 1 } else { high = middle }
    }
    return low < row.count && row[low] == author
  }
}
