/// The feeds that were made before anybody asked for them, and what became of each: read, lost
/// before that, or still held unread.
///
/// A byte a viewer says whether the feed that is held was made ahead and not read yet. A cache
/// policy evicts without a word, so an eviction is found out when the viewer is next looked up, or
/// at the end.
public final class MadeAhead {
  /// Why a feed is made ahead.
  public enum Reason: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// Its viewer is likely to load.
    case prefetch = 1
    /// What is held is too old, or soon will be.
    case refresh = 2
  }

  /// Of one reason.
  public struct Books: Sendable {
    public var opened = 0
    public var rejected = 0
    /// The viewer has gone away meanwhile, and another load catches up on return.
    public var abandoned = 0
    /// Made, and not kept: something was delivered meanwhile, or there was no room.
    public var notKept = 0
    public var kept = 0
    /// Of those kept: read, and lost before they were.
    public var used = 0
    public var wasted = 0

    public var made: Int { notKept + kept }
  }

  private static let measuredBit: UInt8 = 4
  private static let underWayBit: UInt8 = 8

  private let states: UnsafeMutablePointer<UInt8>
  /// By viewer, until when the held feed lasts; 0 where none is held, as far as is known.
  private let heldUntil: UnsafeMutablePointer<Int64>
  private let users: Int
  /// Of the whole run, and of what was made in the measurement window; by reason.
  private var all = [Books](repeating: Books(), count: 3)
  private var measured = [Books](repeating: Books(), count: 3)
  /// Feeds read for the first time in the window, by reason.
  private var firstReads = [Int](repeating: 0, count: 3)

  init(users: Int) {
    self.users = users
    states = .allocate(capacity: max(1, users))
    states.initialize(repeating: 0, count: users)
    heldUntil = .allocate(capacity: max(1, users))
    heldUntil.initialize(repeating: 0, count: users)
  }

  deinit {
    states.deallocate()
    heldUntil.deallocate()
  }

  /// Of the whole run.
  func books(_ reason: Reason) -> Books { all[Int(reason.rawValue)] }

  /// What was made in the measurement window, and what became of that.
  public func measuredBooks(_ reason: Reason) -> Books { measured[Int(reason.rawValue)] }

  /// Loads of the window that a feed made ahead was there for, unread by any before.
  public func hits(_ reason: Reason) -> Int { firstReads[Int(reason.rawValue)] }

  // MARK: Making

  func isUnderWay(_ viewer: UInt32) -> Bool { states[Int(viewer)] & Self.underWayBit != 0 }

  func isHeld(_ viewer: UInt32, at milliseconds: Int64) -> Bool {
    milliseconds < heldUntil[Int(viewer)]
  }

  func open(_ viewer: UInt32, _ reason: Reason) {
    states[Int(viewer)] |= Self.underWayBit
    all[Int(reason.rawValue)].opened += 1
  }

  func reject(_ viewer: UInt32, _ reason: Reason) {
    states[Int(viewer)] &= ~Self.underWayBit
    all[Int(reason.rawValue)].rejected += 1
  }

  func abandon(_ viewer: UInt32, _ reason: Reason) {
    states[Int(viewer)] &= ~Self.underWayBit
    all[Int(reason.rawValue)].abandoned += 1
  }

  /// A feed has been made, and is kept or not.
  func end(_ viewer: UInt32, _ reason: Reason, isKept: Bool, measuring: Bool) {
    states[Int(viewer)] &= ~Self.underWayBit
    count(reason, measuring) { $0.kept += isKept ? 1 : 0 }
    count(reason, measuring) { $0.notKept += isKept ? 0 : 1 }
    if isKept {
      states[Int(viewer)] |= reason.rawValue | (measuring ? Self.measuredBit : 0)
    }
  }

  // MARK: Holding

  /// A viewer's feed is held until then, whoever made it, in place of what was.
  func hold(_ viewer: UInt32, until milliseconds: Int64) {
    lose(viewer)
    heldUntil[Int(viewer)] = milliseconds
  }

  /// A held feed is shown.
  @inline(__always)
  func read(_ viewer: UInt32, measuring: Bool) {
    guard let (reason, wasMeasured) = takeUnread(viewer) else { return }
    count(reason, wasMeasured) { $0.used += 1 }
    if measuring { firstReads[Int(reason.rawValue)] += 1 }
  }

  /// A viewer's feed is held no more.
  @inline(__always)
  func lose(_ viewer: UInt32) {
    heldUntil[Int(viewer)] = 0
    guard let (reason, wasMeasured) = takeUnread(viewer) else { return }
    count(reason, wasMeasured) { $0.wasted += 1 }
  }

  @inline(__always)
  private func takeUnread(_ viewer: UInt32) -> (Reason, measured: Bool)? {
    let state = states[Int(viewer)]
    guard let reason = Reason(rawValue: state & 3) else { return nil }
    states[Int(viewer)] = state & Self.underWayBit
    return (reason, state & Self.measuredBit != 0)
  }

  private func count(_ reason: Reason, _ isMeasured: Bool, _ change: (inout Books) -> Void) {
    change(&all[Int(reason.rawValue)])
    if isMeasured { change(&measured[Int(reason.rawValue)]) }
  }

  /// Finds out what was evicted unread, and counts the feeds that are still held so.
  func settle(isHeld: (UInt32) -> Bool) -> [Reason: Int] {
    var held: [Reason: Int] = [:]
    for viewer in 0..<UInt32(users) {
      guard let reason = Reason(rawValue: states[Int(viewer)] & 3) else { continue }
      if isHeld(viewer) { held[reason, default: 0] += 1 } else { lose(viewer) }
    }
    return held
  }
}
