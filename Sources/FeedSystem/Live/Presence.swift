/// The viewers with an open session, a bit each, and how many sessions each of them has.
struct Presence {
  private var bits: [UInt64]
  private var sessions: [UInt32]

  /// - Parameter users: 0 where nobody asks.
  init(users: Int) {
    bits = [UInt64](repeating: 0, count: (users + 63) / 64)
    sessions = [UInt32](repeating: 0, count: users)
  }

  @inline(__always)
  func contains(_ viewer: UInt32) -> Bool { bits[Int(viewer >> 6)] >> UInt64(viewer & 63) & 1 == 1 }

  mutating func enter(_ viewer: UInt32) {
    guard !sessions.isEmpty else { return }
    sessions[Int(viewer)] += 1
    bits[Int(viewer >> 6)] |= 1 << UInt64(viewer & 63)
  }

  mutating func leave(_ viewer: UInt32) {
    guard !sessions.isEmpty else { return }
    sessions[Int(viewer)] -= 1
    if sessions[Int(viewer)] == 0 { bits[Int(viewer >> 6)] &= ~(1 << UInt64(viewer & 63)) }
  }
}
