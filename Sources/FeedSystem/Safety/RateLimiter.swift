import Simulation

/// How requests of one user are counted against a limit.
public enum LimitAlgorithm: String, Sendable, CaseIterable {
  /// So many in each window of fixed bounds; up to twice as many about a bound.
  case fixedWindow
  /// So many in any stretch of a window's length.
  case slidingWindow
  /// A bucket that holds so many tokens and is refilled evenly, a request a token.
  case tokenBucket
}

/// A limit on the requests of each user: so many in a length of time.
///
/// The token bucket is kept as the time at which it will be full again, which is the virtual
/// scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): whole nanoseconds,
/// and one word a user.
public struct RateLimiter: Sendable {
  private struct Row {
    /// Of a fixed window its number; of a bucket when it is full again, ns.
    var mark: Int64 = .min
    var count = 0
  }

  public let algorithm: LimitAlgorithm
  public let requests: Int
  private let length: Int64
  /// Between two tokens.
  private let gap: Int64
  private var rows: [UInt32: Row] = [:]
  /// Of each user, the admissions of the last window, the oldest first.
  private var admissions: [UInt32: [Int64]] = [:]

  /// - Parameters:
  ///   - requests: at least 1.
  ///   - length: above 0.
  public init(_ algorithm: LimitAlgorithm, requests: Int, per length: Duration) {
    self.algorithm = algorithm
    self.requests = max(1, requests)
    self.length = max(1, length.nanoseconds)
    gap = max(1, self.length / Int64(self.requests))
  }

  /// Admits a request, or says after how long the next one could be: the Retry-After of a 429
  /// (RFC 6585, section 4).
  public mutating func ask(_ user: UInt32, at now: Instant) -> Duration? {
    let time = now.nanoseconds
    switch algorithm {
    case .fixedWindow:
      let window = time / length
      var row = rows[user] ?? Row()
      if row.mark != window { row = Row(mark: window) }
      if row.count >= requests { return Duration(nanoseconds: (window + 1) * length - time) }
      row.count += 1
      rows[user] = row
      return nil
    case .slidingWindow:
      var times = admissions[user] ?? []
      times.removeAll { $0 <= time - length }
      let isFull = times.count >= requests
      if !isFull { times.append(time) }
      let oldest = times[0]
      admissions[user] = times
      return isFull ? Duration(nanoseconds: oldest + length - time) : nil
    case .tokenBucket:
      let full = max(rows[user]?.mark ?? time, time)
      let wait = full - time - gap * Int64(requests - 1)
      if wait > 0 { return Duration(nanoseconds: wait) }
      rows[user] = Row(mark: full + gap)
      return nil
    }
  }
}
