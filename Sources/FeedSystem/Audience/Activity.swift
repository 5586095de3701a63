import Simulation

/// Who posts and who loads feeds, and how often: each user's rates, and draws of the next
/// author and the next reader in proportion to them, in constant time.
///
/// Immutable and safe to share. Rates are per second, before any daily cycle or spike.
public struct Activity: Sendable {
  public let userCount: Int
  /// Users who may be active: all but a cell's shared authors who read in other cells.
  let readerCount: Int
  /// Users who load feeds at all.
  public let activeCount: Int
  /// Posts per second of all users together.
  public let postRateTotal: Double
  /// Of these, made in this cell: all where the users are all there are.
  public let postRateAtHome: Double
  /// Feed loads per second of all active users together.
  public let loadRateTotal: Double

  @usableFromInline let posting: Share
  @usableFromInline let reading: Share
  /// One bit for each user; empty where all are active.
  @usableFromInline let activeBits: [UInt64]

  /// How one total rate is shared among users.
  @usableFromInline
  struct Share: Sendable {
    /// Ascending ids of those who have a part; nil for all users.
    @usableFromInline var members: [UInt32]?
    @usableFromInline var count: Int
    /// The rate of each member where they differ.
    @usableFromInline var rates: [Double]?
    @usableFromInline var table: AliasTable?
    /// The rate of each member where they are alike.
    @usableFromInline var rate: Double

    @inlinable @inline(__always)
    func draw(_ stream: inout RandomStream) -> UInt32 {
      let index =
        table.map { $0.sample(&stream) }
        ?? Int(truncatingIfNeeded: stream.below(UInt64(count)))
      return members.map { $0[index] } ?? UInt32(truncatingIfNeeded: index)
    }
  }

  /// The author of the next post.
  @inlinable @inline(__always)
  public func author(_ stream: inout RandomStream) -> UInt32 { posting.draw(&stream) }

  /// The user who loads a feed next; always an active one.
  @inlinable @inline(__always)
  public func reader(_ stream: inout RandomStream) -> UInt32 { reading.draw(&stream) }

  /// Whether the user loads feeds at all.
  @inlinable @inline(__always)
  public func isActive(_ user: UInt32) -> Bool {
    activeBits.isEmpty || activeBits[Int(user >> 6)] >> UInt64(user & 63) & 1 == 1
  }

  /// Active users over all users.
  public var activeShare: Double { Double(activeCount) / Double(max(readerCount, 1)) }

  /// Posts per second of this user.
  public func postRate(of user: UInt32) -> Double { rate(of: user, in: posting) }

  /// Feed loads per second of this user; 0 for those who are not active.
  public func loadRate(of user: UInt32) -> Double { rate(of: user, in: reading) }

  private func rate(of user: UInt32, in share: Share) -> Double {
    if let members = share.members {
      guard isActive(user) || readerCount < userCount else { return 0 }
      let position = Self.position(of: user, in: members)
      guard members[position] == user else { return 0 }
      return share.rates?[position] ?? share.rate
    }
    return share.rates?[Int(user)] ?? share.rate
  }

  private static func position(of user: UInt32, in members: [UInt32]) -> Int {
    var low = 0
    var high = members.count - 1
    while low < high {
      let middle = (low + high) / 2
      if members[middle] < user { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Posts per second of every user.
  public var postRates: [Double] { rates(in: posting) }

  /// Feed loads per second of every user.
  public var loadRates: [Double] { rates(in: reading) }

  private func rates(in share: Share) -> [Double] {
    guard let members = share.members else {
      return share.rates ?? [Double](repeating: share.rate, count: userCount)
    }
    var rates = [Double](repeating: 0, count: userCount)
    for (index, user) in members.enumerated() {
      rates[Int(user)] = share.rates?[index] ?? share.rate
    }
    return rates
  }

  /// Feed inserts per post when posts of authors with fewer than `pushBelow` followers are
  /// pushed to all of them and others not at all: Σ λK over the pushed ÷ Σ λ.
  public func expectedWriteAmplification(
    on graph: FollowerGraph, pushBelow: Int = .max
  ) -> Double {
    guard postRateAtHome > 0 else { return 0 }
    var inserts = 0.0
    for user in graph.firstWithFewer(than: pushBelow)..<UInt32(graph.userCount) {
      inserts += postRate(of: user) * Double(graph.followerCount(of: user))
    }
    return inserts / postRateAtHome
  }
}
