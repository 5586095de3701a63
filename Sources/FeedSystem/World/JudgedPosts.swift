/// Which viewers have looked at which posts in the run, and which they have hidden: 16 to 32 bytes
/// a pair.
///
/// Whoever has looked at a post has made up their mind: shown once more, it brings nothing.
final class JudgedPosts {
  private var table = FlatTable()

  private static let examined: UInt32 = 1
  private static let hidden: UInt32 = 2

  private static func key(_ post: UInt32, _ viewer: UInt32) -> UInt64 {
    UInt64(viewer) << 32 | UInt64(post)
  }

  func isExamined(_ post: UInt32, by viewer: UInt32) -> Bool {
    table[Self.key(post, viewer)] != nil
  }

  func isHidden(_ post: UInt32, from viewer: UInt32) -> Bool {
    (table[Self.key(post, viewer)] ?? 0) & Self.hidden != 0
  }

  func note(_ post: UInt32, examinedBy viewer: UInt32, isHidden: Bool) {
    table.set(
      Self.key(post, viewer), to: isHidden ? Self.examined | Self.hidden : Self.examined)
  }
}
