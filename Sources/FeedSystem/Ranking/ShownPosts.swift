import Simulation

/// Which posts each viewer has been shown: the last ones exactly, and all of late in a bloom filter
/// of two generations.
///
/// A filter takes members until it is full; then the other generation, the older, is cleared and
/// takes the next ones. So the last `capacity` posts shown are always known, twice as many at the
/// most, and 2 × `BloomShape.words` words are all it takes: 3.2 KB a viewer for 1,000 posts at
/// 0.5 %. Memory is taken when a viewer is first shown anything.
///
/// What has truly been shown is kept beside it, so that a run can tell how many it takes wrongly.
final class ShownPosts {
  /// The posts of the last pages, newest last, in a ring.
  private struct Recent {
    var post: UInt32
    var milliseconds: Int32
  }

  private struct Row {
    /// Posts shown in all.
    var shown: UInt32 = 0
    /// Members of the generation that is filled now, and which it is.
    var members: UInt32 = 0
    var generation: UInt32 = 0
    /// Members of the other generation.
    var older: UInt32 = 0
    var memory: UnsafeMutablePointer<UInt64>?
  }

  private let seed: UInt64
  /// Of each of the two generations; nil where only the last posts are known.
  private(set) var shape: BloomShape?
  /// Posts that are known exactly.
  private(set) var recentCount: Int
  private var rows: [Row]
  /// Pairs of viewer and post, asked one by one.
  private var pairs: Set<UInt64> = []

  /// - Parameter recent: posts of each viewer that are known exactly: at least a feed's.
  init(users: Int, recent: Int, seed: UInt64) {
    rows = [Row](repeating: Row(), count: users)
    recentCount = recent
    self.seed = mix64(seed ^ mix64(Purpose.seenPosts.rawValue))
  }

  deinit {
    for row in rows { row.memory?.deallocate() }
  }

  /// Keeps a filter from now on: before anything is shown.
  ///
  /// Two generations are asked, so each has half of the rate, but for what both take wrongly.
  func filter(capacity: Int, falsePositives rate: Double) {
    if shape != nil { return }
    shape = BloomShape(capacity: capacity, falsePositives: 1 - (1 - rate).squareRoot())
  }

  func remember(recent count: Int) { recentCount = max(recentCount, count) }

  /// Posts shown in all, and how many pairs of viewer and post there were.
  var counts: (shown: Int, pairs: Int) {
    (rows.reduce(0) { $0 + Int($1.shown) }, pairs.count)
  }

  /// Bytes that a viewer who has been shown anything takes.
  var bytesPerViewer: Int { (2 * (shape?.words ?? 0) + recentCount) * 8 }

  @inline(__always)
  private func pair(_ viewer: UInt32, _ post: UInt32) -> UInt64 {
    UInt64(viewer) << 32 | UInt64(post)
  }

  private func recent(
    _ memory: UnsafeMutablePointer<UInt64>
  ) -> UnsafeMutablePointer<Recent> {
    UnsafeMutableRawPointer(memory + 2 * (shape?.words ?? 0))
      .bindMemory(to: Recent.self, capacity: recentCount)
  }

  private func open(_ viewer: UInt32) -> UnsafeMutablePointer<UInt64> {
    if let memory = rows[Int(viewer)].memory { return memory }
    let words = bytesPerViewer / 8
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
    memory.initialize(repeating: 0, count: words)
    rows[Int(viewer)].memory = memory
    return memory
  }

  /// A post has been shown.
  func note(_ post: UInt32, to viewer: UInt32, at milliseconds: Int64) {
    let memory = open(viewer)
    let place = Int(rows[Int(viewer)].shown) % recentCount
    recent(memory)[place] = Recent(post: post, milliseconds: Int32(clamping: milliseconds))
    rows[Int(viewer)].shown &+= 1
    guard let shape else { return }
    let key = mix64(pair(viewer, post) ^ seed)
    // A post that is shown again is no further member.
    guard !wasSeen(key, rows[Int(viewer)]) else {
      pairs.insert(pair(viewer, post))
      return
    }
    if Int(rows[Int(viewer)].members) == shape.capacity {
      rows[Int(viewer)].generation ^= 1
      rows[Int(viewer)].older = rows[Int(viewer)].members
      rows[Int(viewer)].members = 0
      (memory + Int(rows[Int(viewer)].generation) * shape.words)
        .update(repeating: 0, count: shape.words)
    }
    shape.insert(key, into: memory + Int(rows[Int(viewer)].generation) * shape.words)
    rows[Int(viewer)].members &+= 1
    pairs.insert(pair(viewer, post))
  }

  private func wasSeen(_ key: UInt64, _ row: Row) -> Bool {
    guard let shape, let memory = row.memory else { return false }
    return shape.contains(key, in: memory) || shape.contains(key, in: memory + shape.words)
  }

  /// Whether the filter takes a post for one that the viewer has been shown.
  func isTakenForSeen(_ post: UInt32, by viewer: UInt32) -> Bool {
    wasSeen(mix64(pair(viewer, post) ^ seed), rows[Int(viewer)])
  }

  /// Whether the viewer has truly been shown a post, however long ago.
  func wasShown(_ post: UInt32, to viewer: UInt32) -> Bool {
    pairs.contains(pair(viewer, post))
  }

  /// How likely the viewer's filter takes a post for seen that was never shown.
  func falsePositives(of viewer: UInt32) -> Double {
    let row = rows[Int(viewer)]
    guard let shape, row.memory != nil else { return 0 }
    return 1
      - (1 - shape.falsePositives(members: Int(row.members)))
      * (1 - shape.falsePositives(members: Int(row.older)))
  }

  /// Whether a post is among the last `count` shown, and was shown after a moment.
  func isAmongLast(
    _ count: Int, _ post: UInt32, of viewer: UInt32, after milliseconds: Int64 = .min
  ) -> Bool {
    let row = rows[Int(viewer)]
    guard let memory = row.memory else { return false }
    let ring = recent(memory)
    let known = min(count, Int(row.shown), recentCount)
    for back in 0..<known {
      let entry = ring[(Int(row.shown) - 1 - back) % recentCount]
      if Int64(entry.milliseconds) <= milliseconds { return false }
      if entry.post == post { return true }
    }
    return false
  }
}
