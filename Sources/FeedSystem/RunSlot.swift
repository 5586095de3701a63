import Simulation

/// What a short stretch of a run has seen. Where stores, caches and queues no longer remember how
/// the run began, these figures no longer drift.
public struct RunSlot: Sendable, Equatable {
  /// The mean latency of the loads that ended, in milliseconds; nil without any.
  public var latency: Double?
  /// ln(1 + the median delivery lag in milliseconds): a single star's post would hide any drift of
  /// a mean. Nil where nothing was delivered.
  public var lag: Double?
  /// Of the feed cache; nil where nothing was looked up.
  public var hitRatio: Double?

  public init(latency: Double? = nil, lag: Double? = nil, hitRatio: Double? = nil) {
    self.latency = latency
    self.lag = lag
    self.hitRatio = hitRatio
  }
}

extension FeedSystem {
  /// What was seen since the last call; the measurements then forget it.
  public func takeSlot() -> RunSlot {
    var slot = RunSlot()
    if measurements.feedLatency.count > 0 {
      slot.latency = measurements.feedLatency.mean / 1e6
      measurements.feedLatency.clear()
    }
    if measurements.deliveryLag.count > 0 {
      slot.lag = ln(1 + measurements.deliveryLag.quantile(0.5) / 1e6)
      measurements.deliveryLag.clear()
    }
    let lookups = measurements.feedCacheHits + measurements.feedCacheMisses
    if lookups > 0 {
      slot.hitRatio = Double(measurements.feedCacheHits) / Double(lookups)
      measurements.feedCacheHits = 0
      measurements.feedCacheMisses = 0
    }
    return slot
  }
}
