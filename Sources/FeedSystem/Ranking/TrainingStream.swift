extension FeedSystem {
  /// A post stood on a page, and this is what became of it: what rankers may learn from.
  ///
  /// - Parameters:
  ///   - position: in the feed, from 0.
  ///   - examined: whether the viewer has looked at it now, for the first time.
  ///   - actions: of bits, `Action.bit`; none where it was not looked at.
  ///   - loadKey: of the load that showed it.
  mutating func noteShown(
    _ viewer: UInt32, _ post: UInt32, position: Int, examined: Bool, actions: UInt32,
    loadKey: UInt64
  ) {}
}
