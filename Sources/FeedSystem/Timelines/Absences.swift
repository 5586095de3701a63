/// The absences before each viewer's last one, kept apart from the viewer's row because they
/// are read only when a job is still under way after its viewer was away twice.
struct Absences: ~Copyable {
  /// One time away: posts below `until` were stored before its end, and those of them stored
  /// after `from` have been caught up.
  struct Absence: BitwiseCopyable {
    var until: UInt32
    var from: Int32
    var earlier: UInt32
  }

  private static let none = UInt32.max
  /// By viewer; empty until the first absence is kept.
  private var latest: [UInt32] = []
  private var log: [Absence] = []

  mutating func append(_ viewer: UInt32, until: UInt32, from: Int32, users: Int) {
    if latest.isEmpty { latest = [UInt32](repeating: Absences.none, count: users) }
    log.append(Absence(until: until, from: from, earlier: latest[Int(viewer)]))
    latest[Int(viewer)] = UInt32(log.count - 1)
  }

  /// Whether a post stored before the viewer's last absence fell into an earlier one.
  func cover(_ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64) -> Bool {
    guard !latest.isEmpty else { return false }
    var index = latest[Int(viewer)]
    while index != Absences.none {
      let absence = log[Int(index)]
      if post >= absence.until { return false }
      if milliseconds > Int64(absence.from) { return true }
      index = absence.earlier
    }
    return false
  }
}
