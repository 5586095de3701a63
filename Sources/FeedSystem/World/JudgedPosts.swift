/// Which viewers have looked at which posts in the run: 16 to 32 bytes a pair.
///
/// Whoever has looked at a post has made up their mind: shown once more, it brings nothing.
final class JudgedPosts {
  /// Of a pair, where the table has just grown.
  static let bytesAtMost = 32

  private var table = FlatTable()

  private static func key(_ post: UInt32, _ viewer: UInt32) -> UInt64 {
    UInt64(viewer) << 32 | UInt64(post)
  }

  func isExamined(_ post: UInt32, by viewer: UInt32) -> Bool {
    table[Self.key(post, viewer)] != nil
  }

  func note(_ post: UInt32, examinedBy viewer: UInt32) {
    table.set(Self.key(post, viewer), to: 1)
  }
}
