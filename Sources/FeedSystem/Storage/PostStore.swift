import Simulation

/// One stored post. Times are whole milliseconds since the run's start; history is negative.
public struct PostRecord: BitwiseCopyable, Sendable {
  public var author: UInt32
  /// The author's post before this one, or `PostStore.none`.
  public var previous: UInt32
  public var storedMilliseconds: Int32
  /// Whether the post was made in the measurement window.
  public var measured: UInt32
}

/// What readers have done with a post.
public struct PostCounters: BitwiseCopyable, Sendable {
  public var likes: UInt32 = 0
  public var comments: UInt32 = 0
  public var shares: UInt32 = 0
  /// Times shown; counted where there is a world.
  public var impressions: UInt32 = 0

  public init() {}
}

/// The posts of all authors, numbered in the order in which they were stored, each linked to
/// its author's previous one; and their counters.
///
/// Ids rise with time, so an entry lifetime is one id and the newest post is the largest id.
public struct PostStore: ~Copyable {
  public static let none = UInt32.max

  @usableFromInline var records: UnsafeMutablePointer<PostRecord>
  @usableFromInline var counters: UnsafeMutablePointer<PostCounters>
  @usableFromInline var latest: UnsafeMutablePointer<UInt32>
  /// What each post is; nothing without a world.
  private(set) var traits: UnsafeMutablePointer<PostTraits>?
  private let world: World?
  @usableFromInline let userCount: Int
  public private(set) var count = 0
  private var capacity: Int
  /// Posts below this id are older than the entry lifetime.
  public private(set) var oldestLive: UInt32 = 0

  public init(users: Int, expectedPosts: Int, world: World? = nil) {
    userCount = users
    self.world = world
    capacity = max(1024, expectedPosts)
    if world != nil { traits = .allocate(capacity: capacity) }
    records = .allocate(capacity: capacity)
    counters = .allocate(capacity: capacity)
    latest = .allocate(capacity: max(1, users))
    latest.initialize(repeating: PostStore.none, count: users)
  }

  deinit {
    records.deallocate()
    counters.deallocate()
    latest.deallocate()
    traits?.deallocate()
  }

  /// Stores a post and returns its id.
  ///
  /// - Parameter given: what it is, where that is known already; drawn by author and time if not.
  public mutating func append(
    author: UInt32, at milliseconds: Int64, measured: Bool, traits given: PostTraits? = nil
  ) -> UInt32 {
    if count == capacity { grow() }
    let id = UInt32(count)
    records[count] = PostRecord(
      author: author, previous: latest[Int(author)],
      storedMilliseconds: Int32(clamping: milliseconds), measured: measured ? 1 : 0)
    counters[count] = PostCounters()
    if let world { traits?[count] = given ?? world.post(by: author, at: milliseconds) }
    latest[Int(author)] = id
    count += 1
    return id
  }

  @inlinable @inline(__always)
  public subscript(id: UInt32) -> PostRecord { records[Int(id)] }

  /// The author's newest post, or `none`.
  @inlinable @inline(__always)
  public func latest(of author: UInt32) -> UInt32 { latest[Int(author)] }

  public func counters(of id: UInt32) -> PostCounters { counters[Int(id)] }

  /// What a post is; like every other without a world.
  public func traits(of id: UInt32) -> PostTraits { traits?[Int(id)] ?? PostTraits() }

  mutating func addImpressions(_ times: UInt32, of id: UInt32) {
    counters[Int(id)].impressions &+= times
  }

  public mutating func add(_ kind: Engagement, to id: UInt32, times: UInt32 = 1) {
    switch kind {
    case .like: counters[Int(id)].likes &+= times
    case .comment: counters[Int(id)].comments &+= times
    case .share: counters[Int(id)].shares &+= times
    }
  }

  /// Moves the edge of the entry lifetime up to posts stored at or after `milliseconds`.
  @inlinable
  public mutating func expire(before milliseconds: Int64) {
    while Int(oldestLive) < count,
      Int64(records[Int(oldestLive)].storedMilliseconds) < milliseconds
    {
      advanceOldest()
    }
  }

  @usableFromInline mutating func advanceOldest() { oldestLive += 1 }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<PostRecord>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: records, count: count)
    records.deallocate()
    records = larger
    let moreCounters = UnsafeMutablePointer<PostCounters>.allocate(capacity: capacity * 2)
    moreCounters.moveInitialize(from: counters, count: count)
    counters.deallocate()
    counters = moreCounters
    if let fewer = traits {
      let more = UnsafeMutablePointer<PostTraits>.allocate(capacity: capacity * 2)
      more.moveInitialize(from: fewer, count: count)
      fewer.deallocate()
      traits = more
    }
    capacity *= 2
  }

  /// Bytes held for posts, counters and the authors' newest.
  public var bytes: Int {
    count * (MemoryLayout<PostRecord>.stride + MemoryLayout<PostCounters>.stride) + userCount * 4
  }
}

/// What a reader does with a shown post.
public enum Engagement: UInt8, Sendable, BitwiseCopyable {
  case like, comment, share
}
