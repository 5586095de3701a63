import Simulation

/// gateway → post store (the viewer's shard) → followed on, and hidden as feeds are read
enum MuteStep: UInt8 {
  case opened, admitted, stored
}

extension FeedSystem {
  func mute(_ id: UInt32, _ step: MuteStep) {
    let row = changes[id]
    switch step {
    case .opened: enter(id, then: .mute(id, .admitted))
    case .admitted:
      leave(.gateway)
      visitShard(of: row.viewer, id, key: row.key, then: .mute(id, .stored))
    case .stored:
      leaveShard(id)
      if follows.mute(row.author, by: row.viewer) {
        if row.measured { measurements.follows.mutes += 1 }
        outdateFeed(of: row.viewer)
      }
      complete(id)
    }
  }

  /// Leaves out, of the first candidates, those that the viewer is not to see; returns how many
  /// are left.
  func leaveOutHidden(_ count: Int, from viewer: UInt32, measured: Bool) -> Int {
    guard follows.touches(viewer: viewer) else { return count }
    let left = scratch.keep(count) { !follows.hides(posts[$0].author, from: viewer) }
    if measured { measurements.follows.hidden += count - left }
    return left
  }
}
