import Simulation

/// Who may see a post.
public enum Visibility: UInt8, CaseIterable, Sendable {
  case everyone, followers
}

/// Recent posts in memory, on leaves that share the authors: what an aggregator asks instead of
/// the post store (Facebook's Multifeed: aggregator, leaf and tailer).
///
/// A leaf is a log in the order of the posts, which makes its end the most recent of all. An entry
/// links to the one before it of the same author and to the one before it of the same visibility:
/// three indices in 16 bytes an entry. What is older than the retention falls off the log's front,
/// and a link that leads there ends its chain.
public struct LeafIndex: ~Copyable {
  struct Entry: BitwiseCopyable {
    var post: UInt32
    var storedMilliseconds: Int32
    /// Places in the log.
    var previousOfAuthor: UInt32
    var previousOfVisibility: UInt32
  }

  /// The log of a leaf: a ring in which a place stays the same as long as the entry is there.
  private struct Leaf: ~Copyable {
    var entries: UnsafeMutablePointer<Entry>
    var capacity = 64
    var first: UInt32 = 0
    var end: UInt32 = 0
    var newest = [UInt32](repeating: LeafIndex.nowhere, count: Visibility.allCases.count)

    init() { entries = .allocate(capacity: capacity) }

    deinit { entries.deallocate() }

    @inline(__always)
    func holds(_ place: UInt32) -> Bool { place >= first && place < end }

    subscript(place: UInt32) -> Entry {
      @inline(__always) get { entries[Int(place) & (capacity - 1)] }
    }

    mutating func append(_ entry: Entry) {
      if Int(end - first) == capacity {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        for place in first..<end { larger[Int(place) & (capacity * 2 - 1)] = self[place] }
        entries.deallocate()
        entries = larger
        capacity *= 2
      }
      entries[Int(end) & (capacity - 1)] = entry
      end += 1
    }
  }

  private static let nowhere = UInt32.max

  public let leafCount: Int
  private var leaves: Bank<Leaf>
  /// The place of each author's newest entry on its leaf.
  private var newest: UnsafeMutablePointer<UInt32>

  public init(leaves count: Int, users: Int) {
    leafCount = count
    leaves = Bank(count: count) { _ in Leaf() }
    newest = .allocate(capacity: max(1, users))
    newest.initialize(repeating: Self.nowhere, count: users)
  }

  deinit { newest.deallocate() }

  /// The leaf of an author: ids fall with followers, so neighbours are spread.
  @inline(__always)
  public func leaf(of author: UInt32) -> Int { Int(author) % leafCount }

  /// Puts a post on its author's leaf; posts come in the order of their ids.
  public mutating func append(
    _ post: UInt32, by author: UInt32, at milliseconds: Int32, _ visibility: Visibility
  ) {
    let leaf = leaf(of: author)
    let place = leaves[leaf].end
    let kind = Int(visibility.rawValue)
    leaves[leaf].append(
      Entry(
        post: post, storedMilliseconds: milliseconds, previousOfAuthor: newest[Int(author)],
        previousOfVisibility: leaves[leaf].newest[kind]))
    newest[Int(author)] = place
    leaves[leaf].newest[kind] = place
  }

  /// Drops what a leaf has of posts stored before a time.
  public mutating func evict(from leaf: Int, before milliseconds: Int64) {
    while leaves[leaf].first < leaves[leaf].end,
      Int64(leaves[leaf][leaves[leaf].first].storedMilliseconds) < milliseconds
    {
      leaves[leaf].first += 1
    }
  }

  /// A leaf loses its memory.
  public mutating func clear(_ leaf: Int) { leaves[leaf].first = leaves[leaf].end }

  public func count(of leaf: Int) -> Int { Int(leaves[leaf].end - leaves[leaf].first) }

  /// Entries on all leaves.
  public var count: Int { (0..<leafCount).reduce(0) { $0 + count(of: $1) } }

  // MARK: Queries

  /// The author's newest post on its leaf; nil where it has none.
  public func latest(of author: UInt32) -> UInt32? {
    let leaf = leaf(of: author)
    let place = newest[Int(author)]
    return leaves[leaf].holds(place) ? leaves[leaf][place].post : nil
  }

  /// Writes an author's posts, newest first, to `out`: of the newest `limit` from `ids.lowerBound`
  /// on, those in `ids`; returns how many.
  public func read(
    _ author: UInt32, ids: Range<UInt32>, limit: Int, into out: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let leaf = leaf(of: author)
    var place = newest[Int(author)]
    var found = 0
    var looked = 0
    while looked < limit, leaves[leaf].holds(place) {
      let entry = leaves[leaf][place]
      if entry.post < ids.lowerBound { break }
      if entry.post < ids.upperBound {
        out[found] = entry.post
        found += 1
      }
      looked += 1
      place = entry.previousOfAuthor
    }
    return found
  }

  /// The most recent posts of all leaves, newest first: all, or those of one visibility.
  public func recent(_ limit: Int, _ visibility: Visibility? = nil) -> [UInt32] {
    var found: [UInt32] = []
    for leaf in 0..<leafCount {
      guard let visibility else {
        let held = leaves[leaf].first..<leaves[leaf].end
        found += held.suffix(limit).map { leaves[leaf][$0].post }
        continue
      }
      var place = leaves[leaf].newest[Int(visibility.rawValue)]
      var taken = 0
      while taken < limit, leaves[leaf].holds(place) {
        found.append(leaves[leaf][place].post)
        place = leaves[leaf][place].previousOfVisibility
        taken += 1
      }
    }
    return Array(found.sorted(by: >).prefix(limit))
  }
}
