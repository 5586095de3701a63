import Simulation

/// What one replication has counted on the way from stored posts to fan-out workers.
public struct PipelineMeasurements: ~Copyable {
  /// How many of a post's followers must have it, in per cent: half, nearly all, the last.
  public static let shares = [50, 95, 99, 100]

  /// Over the posts of the window: from a post's opening until a share of those due have it.
  public var lagTo = Bank<Histogram>(count: PipelineMeasurements.shares.count) { _ in Histogram() }
  /// Posts of the window with somebody to deliver to.
  public var postsAwaited = 0

  // The event bus. Lags are in messages, the highest of the whole run.
  public var busDelay = Histogram()
  public var consumerLagPeak = 0
  public var partitionLagPeak = 0
  /// Now, and at its highest since the last reading of the intervals; nil without a bus.
  private var consumerLag: Int?
  private var consumerLagHigh: Int?
  /// Posts of the window that found no room.
  public var postsRejected = 0
  /// Entries of posts that the bus dropped, of the whole run.
  public var entriesLost = 0

  /// Delivery lag of the entries of high and of low priority.
  public var lagByLine = Bank<Histogram>(count: 2) { _ in Histogram() }

  // Jobs of the window's posts.
  public var retries = 0
  public var entriesDeadLettered = 0
  public var entriesReplayed = 0
  /// How long the rate limit held those that it held.
  public var held = Histogram()

  init() {}

  /// Posts of the window that somebody due has not got.
  public var postsIncomplete: Int { postsAwaited - Int(lagTo[Self.shares.count - 1].count) }

  /// A post's entries are written: of those due, so many before and so many now.
  mutating func reached(_ now: Int, from before: Int, of due: Int, after lag: Duration) {
    for (index, share) in Self.shares.enumerated() {
      let wanted = (due * share + 99) / 100
      if before < wanted, now >= wanted { lagTo[index].record(lag) }
    }
  }

  mutating func noteLag(of bus: borrowing EventBus) {
    consumerLag = bus.lag
    consumerLagHigh = max(consumerLagHigh ?? 0, bus.lag)
    consumerLagPeak = max(consumerLagPeak, bus.lag)
  }

  mutating func noteLag(of partition: EventBus.Partition) {
    partitionLagPeak = max(partitionLagPeak, partition.lag)
  }

  mutating func takeConsumerLagHigh() -> Int? {
    defer { consumerLagHigh = consumerLag }
    return consumerLagHigh
  }
}
