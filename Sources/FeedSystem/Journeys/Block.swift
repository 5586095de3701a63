import Simulation

/// gateway → post store (the blocker's shard) → neither follows the other, now or later
///                    └ entries in either's timeline → removed, as after an unfollow
enum BlockStep: UInt8 {
  case opened, admitted, stored
}

extension FeedSystem {
  /// The viewer blocks the author.
  func block(_ id: UInt32, _ step: BlockStep) {
    let row = changes[id]
    switch step {
    case .opened: enter(id, then: .block(id, .admitted))
    case .admitted:
      leave(.gateway)
      visitShard(of: row.viewer, id, key: row.key, then: .block(id, .stored))
    case .stored:
      leaveShard(id)
      guard follows.block(row.viewer, row.author) else { return complete(id) }
      if row.measured { measurements.follows.blocks += 1 }
      part(row.author, from: row.viewer, row, key: 4)
      part(row.viewer, from: row.author, row, key: 8)
      complete(id)
    }
  }

  /// Ends a follow that a block forbids, and has its entries removed.
  private func part(
    _ author: UInt32, from viewer: UInt32, _ block: ChangeRow, key: UInt64
  ) {
    guard endFollow(of: author, by: viewer) else { return }
    measurements.follows.opened += 1
    remove(
      changes.take(
        ChangeRow(
          viewer: viewer, author: author, opened: now, key: block.key &+ key,
          measured: block.measured)))
  }
}
