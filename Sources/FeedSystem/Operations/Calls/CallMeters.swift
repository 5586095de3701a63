import Simulation

/// What has become of the calls of a tier since the run's start.
public struct CallCounts: Sendable {
  /// Made by journeys, and of those that failed made again.
  public var made = 0
  public var answered = 0
  /// By `FailureCause`.
  public var failed = [Int](repeating: 0, count: FailureCause.allCases.count)
  /// Of the failed ones, those that are made again.
  public var retried = 0
  /// Taken back by those who made them.
  public var cancelled = 0
  /// Asked of a second server, and answered by it first.
  public var hedged = 0
  public var hedgesWon = 0
  /// Visits asked for: of calls that the guards let pass, and of hedges; of these, those for which
  /// there was no server.
  public var visits: UInt64 = 0
  public var unplaced: UInt64 = 0
  /// Server time spent on answers that nobody waited for.
  public var wasted = Duration.zero

  public var failedInAll: Int { failed.reduce(0, +) }
}

/// What a tier's calls have done, for a report.
public struct CallFigures: Sendable {
  public var counts: CallCounts
  /// Server time used.
  public var busy: Duration
  /// For how long the breaker was not closed.
  public var breakerOpen: Duration
  /// How often servers were taken out of rotation.
  public var ejections: Int
}

/// A tier over the interval since it was last read, for whoever turns its knobs.
public struct CallMeters: Sendable {
  public var since: Instant
  /// Calls made; answered, and failed by `FailureCause`.
  public var calls = 0
  public var answered = 0
  public var failed = [Int](repeating: 0, count: FailureCause.allCases.count)
  /// Share of the time of the servers that there are now; 0 where there are as many as it takes.
  public var busy = 0.0
  /// Visits waiting now.
  public var waiting = 0
  public var servers = 1
  /// 99 % of the answered calls took no longer, about; zero where none was answered.
  public var p99 = Duration.zero

  public var failures: Int { failed.reduce(0, +) }
}
