/// By viewer, how many pairs were due and what became of them: 16 bytes each.
struct ViewerDeliveries {
  var due: [UInt32]
  var lost: [UInt32]
  var duplicate: [UInt32]
  /// Delivered after the lag objective, or not by then.
  var late: [UInt32]

  init(users: Int) {
    due = [UInt32](repeating: 0, count: users)
    lost = due
    duplicate = due
    late = due
  }

  /// - Parameter delivered: late deliveries by viewer; empty if there were none.
  mutating func addLate(_ delivered: [UInt32]) {
    for (viewer, count) in delivered.enumerated() { late[viewer] += count }
  }
}

/// How evenly viewers bear what goes wrong: of each viewer who was due anything, the shares of it
/// that were lost, delivered twice or late, and how these shares are distributed over viewers.
public struct ViewerAudit: Sendable, Equatable {
  /// Shares over viewers, exact: nothing is drawn and nothing interpolated.
  public struct Shares: Sendable, Equatable {
    public var mean = 0.0
    /// Ascending; empty where all are 0.
    private var ascending: [Float] = []
    private let viewers: Int

    init(_ counts: [UInt32], of due: [UInt32]) {
      viewers = due.count { $0 > 0 }
      guard viewers > 0, counts.contains(where: { $0 > 0 }) else { return }
      var sum = 0.0
      for (count, due) in zip(counts, due) where due > 0 {
        let share = Double(count) / Double(due)
        sum += share
        if count > 0 { ascending.append(Float(share)) }
      }
      mean = sum / Double(viewers)
      ascending.sort()
    }

    /// The least share that this part of the viewers does not exceed.
    ///
    /// - Parameter probability: above 0 and at most 1.
    public func quantile(_ probability: Double) -> Double {
      let rank = Int((probability * Double(viewers)).rounded(.up)) - 1
      let place = rank - (viewers - ascending.count)
      return place < 0 || ascending.isEmpty
        ? 0 : Double(ascending[min(place, ascending.count - 1)])
    }
  }

  /// Viewers who were due anything.
  public var viewers: Int
  public var lost: Shares
  public var duplicate: Shares
  public var late: Shares

  init(_ deliveries: ViewerDeliveries) {
    viewers = deliveries.due.count { $0 > 0 }
    lost = Shares(deliveries.lost, of: deliveries.due)
    duplicate = Shares(deliveries.duplicate, of: deliveries.due)
    late = Shares(deliveries.late, of: deliveries.due)
  }
}

extension FeedSystem {
  /// Books a late delivery for those who followed when the post was stored, at some places of its
  /// author's row.
  ///
  /// - Parameter takes: of whether a follower is written to, whether this delivery is theirs.
  func noteLate(
    _ post: UInt32, in places: Range<Int>? = nil, where takes: (_ isDue: Bool) -> Bool
  ) {
    if countsDeliveries { return }
    var late: [UInt32] = []
    swap(&late, &measurements.lateByViewer)
    if late.isEmpty { late = [UInt32](repeating: 0, count: audience.graph.userCount) }
    let record = posts[post]
    let stored = Int64(record.storedMilliseconds)
    follows.forEachFollow(of: record.author, in: places) { viewer, followed in
      guard followed.contains(post), takes(isDue(viewer, post, stored: stored)) else { return }
      late[Int(viewer)] += 1
    }
    swap(&late, &measurements.lateByViewer)
  }
}
