import Simulation

/// Why a call, and with it what a client asked for, has failed.
public enum FailureCause: UInt8, CaseIterable, Sendable {
  /// A tier had no room.
  case noRoom
  /// Its caller gave up waiting.
  case timedOut
  /// Turned away to protect what is under way: by admission control, shedding or a bulkhead.
  case shed
  /// A circuit breaker was open.
  case breakerOpen
  /// The server went while it was serving, or none was there.
  case serverLost
  /// The server answered with an error.
  case serverError
  /// A message was lost on its way.
  case networkLost
  /// The client's region was cut off.
  case regionLost
  /// Answered 429.
  case limited

  /// In metric names.
  public var metric: String {
    switch self {
    case .noRoom: "no_room"
    case .timedOut: "timed_out"
    case .shed: "shed"
    case .breakerOpen: "breaker_open"
    case .serverLost: "server_lost"
    case .serverError: "server_error"
    case .networkLost: "network_lost"
    case .regionLost: "region_lost"
    case .limited: "limited"
    }
  }
}

extension FeedSystem {
  /// Tells a journey that the visit whose end it waits for has failed, in place of the event.
  ///
  /// What a client waits for ends in failure; what the system does for itself is tried again.
  mutating func fail(_ event: Event, _ cause: FailureCause) {
    switch event {
    case .load(let id, _): reject(id)
    case .publish(let id, _): reject(post: id)
    case .engage(let id, _):
      measurements.engagementsRejected += 1
      engagements.release(id)
    default: break
    }
  }
}
