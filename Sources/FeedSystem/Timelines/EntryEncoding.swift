/// How an entry of a timeline is laid out in the store: what it takes, and what a read lacks.
///
/// The sizes are those that feeds are planned with: 16, 40, 80 and 100 bytes an entry make 7.3,
/// 18.2, 36.4 and 45.5 TiB of a billion users' 500 entries (S1.16, S2.4).
public enum EntryEncoding: String, CaseIterable, Sendable {
  /// A post id and a time, 8 bytes each, side by side.
  case packed
  /// With the author, the original of a shared post, and flags: five words.
  case annotated
  /// A member of a sorted set, with its places in the skip list and in the hash table.
  case sortedSet
  /// A row of a wide-column store that holds ids: key, clustering time and cell overheads.
  case row
  /// A row that holds the whole post (S2.4's `user_timeline`).
  case post

  /// - Parameter post: bytes of a post without its media.
  public func bytes(post: Int) -> Int {
    switch self {
    case .packed: 16
    case .annotated: 40
    case .sortedSet: 80
    case .row: 100
    case .post: 100 + post
    }
  }

  /// Whether a page's posts must be looked up; where they need not be, their counters must.
  public var holdsOnlyIds: Bool { self != .post }
}
