/// What clients keep of the feeds they have shown, for when they get no page (S1.31: an offline
/// cache beside the feed's state).
///
/// Twelve bytes a user; the posts themselves need not be known to say how old they are.
struct OfflineCache {
  let entries: Int
  /// When each user's feed was gathered; the least there is where nothing was shown yet.
  private var gathered: [Int64]
  /// Posts of it that the client has.
  private var held: [Int32]

  init(entries: Int, users: Int) {
    self.entries = entries
    gathered = [Int64](repeating: .min, count: users)
    held = [Int32](repeating: 0, count: users)
  }

  /// A page has been shown that ends at this place of its feed.
  mutating func keep(
    _ viewer: UInt32, gathered milliseconds: Int64, isFirst: Bool, end: Int
  ) {
    let kept = Int32(min(end, entries))
    if isFirst {
      gathered[Int(viewer)] = milliseconds
      held[Int(viewer)] = kept
    } else {
      held[Int(viewer)] = max(held[Int(viewer)], kept)
    }
  }

  /// When what the client has of a page was gathered; nil where it has nothing of it.
  func look(_ viewer: UInt32, offset: Int) -> Int64? {
    let milliseconds = gathered[Int(viewer)]
    return milliseconds != .min && offset < Int(held[Int(viewer)]) ? milliseconds : nil
  }
}
