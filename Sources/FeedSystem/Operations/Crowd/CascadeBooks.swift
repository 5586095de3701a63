import Simulation

/// What has become of one cascade. A repost that has been drawn is made, or is not made because
/// that user has passed it on already, because the one before has no followers, because there are
/// as many as there may be, or because the run ends before.
struct CascadeBooks {
  var began = Instant.never
  var drawn = 0
  var made = 0
  var repeated = 0
  var unheard = 0
  var beyondMost = 0
  var afterEnd = 0
  var underWay = 0
  /// Those who have posted it; asked for members alone, as its order is chance.
  private var posters: Set<UInt32> = []
  /// A bit a user: who follows somebody who has posted it.
  private var reached: [UInt64]
  /// From the original to each repost, in order.
  private var pauses: [Duration] = []
  var visits = 0

  init(users: Int) { reached = [UInt64](repeating: 0, count: (users + 63) / 64) }

  /// Whether a user has not posted it before.
  mutating func isNew(_ user: UInt32) -> Bool { posters.insert(user).inserted }

  mutating func noteRepost(at now: Instant) {
    made += 1
    pauses.append(now - began)
  }

  mutating func reach(_ followers: UnsafeBufferPointer<UInt32>) {
    for user in followers { reached[Int(user >> 6)] |= 1 << UInt64(user & 63) }
  }

  /// Posts of it in the run, the original among them.
  var size: Int { made + 1 }
  var reach: Int { reached.reduce(0) { $0 + $1.nonzeroBitCount } }
  /// From the original until half of the run's reposts had been made; nil without any.
  var halfTime: Duration? { pauses.isEmpty ? nil : pauses[(pauses.count - 1) / 2] }

  var isBalanced: Bool {
    drawn == made + repeated + unheard + beyondMost + afterEnd + underWay && pauses.count == made
  }
}

/// What a run's cascades have come to, each value the mean over them.
public struct CascadeFigures: Sendable, Equatable {
  public var size = 0.0
  public var reach = 0.0
  /// Seconds; nil where nothing was passed on.
  public var halfTime: Double?
  /// Sessions that they have opened, in all.
  public var visits = 0

  init(_ cascades: [CascadeBooks]) {
    let count = Double(max(1, cascades.count))
    size = Double(cascades.reduce(0) { $0 + $1.size }) / count
    reach = Double(cascades.reduce(0) { $0 + $1.reach }) / count
    let halves = cascades.compactMap { $0.halfTime?.seconds }
    halfTime = halves.isEmpty ? nil : halves.reduce(0, +) / Double(halves.count)
    visits = cascades.reduce(0) { $0 + $1.visits }
  }
}
