import Simulation

/// How often a kind of fault struck.
public struct FaultFigure: Sendable, Equatable {
  /// Its kind, as a part of metric names.
  public var metric: String
  /// In the measurement window.
  public var count: Int
  /// The share of the window in which something was broken by it.
  public var time: Double
}

/// What faults have done to whoever uses the system, in the measurement window.
public struct FaultMeasurements: Sendable {
  /// Pages shown that lack the posts of a shard, or of a leaf, that was down.
  public var pagesIncomplete = 0
  /// Requests that a shard that was down could not serve.
  public var refused = 0
  /// Of neighbours on pages shown, those whose times say the wrong order; and all of them.
  public var pairsMisordered = 0
  public var pairs = 0
  /// Messages that consumers read again after a crash.
  public var messagesReplayed = 0
  /// Requests sent from one region to another while the way was at fault, and those lost.
  public var crossings = 0
  public var crossingsLost = 0

  public init() {}
}
