import Simulation

/// Why a call, and with it what a client asked for, has failed.
public enum FailureCause: UInt8, CaseIterable, Sendable, BitwiseCopyable {
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
  /// What a client waits for goes on without what it has asked for, where it can, or ends in
  /// failure. What the system does for itself is made again by whoever has sent it (`isMadeAgain`).
  func fail(_ event: Event, _ cause: FailureCause) {
    switch event {
    case .load(let id, let step): failLoad(id, step, cause)
    case .featuresAnswered(let call): loseFeatureCall(call)
    case .publish(let id, _):
      noteUnavailable(.post)
      reject(post: id, cause)
    case .engage(let id, _):
      noteUnavailable(.engagement)
      reject(engagement: id, cause)
    case .follow(let id, _), .unfollow(let id, _), .block(let id, _), .mute(let id, _):
      reject(change: id, cause)
    default: dispatch(event)
    }
  }

  private func failLoad(_ id: UInt32, _ step: LoadStep, _ cause: FailureCause) {
    switch step {
    case .lookedUp:
      guard design.cache.onFailure == .miss else { return endInFailure(id, cause) }
      endFailedVisit(.feedCache, .feedCache, id)
      noteFeedMiss(id)
      readOn(id)
    case .timelineRead:
      // The shards asked beside it are going to answer, and their books want them to.
      loads[id].failure = cause
      calendar.schedule(.load(id, .gathered), at: max(now, loads[id].shardsBack))
    case .ranked: if !fallBack(id) { endInFailure(id, cause) }
    case .filled:
      endFailedVisit(.fill, .feedCache, id)
      if !endAhead(id, isKept: false) { showRanked(id) }
    case .l1Answered: loseAnswer(id, from: .l1)
    case .l2Answered: loseAnswer(id, from: .l2)
    case .l3Answered: loseAnswer(id, from: .l3)
    case .l1Filled: loseLevelFill(id, of: .l1)
    case .l2Filled: loseLevelFill(id, of: .l2)
    case .l3Filled: loseLevelFill(id, of: .l3)
    default: endInFailure(id, cause)
    }
  }

  private func endInFailure(_ id: UInt32, _ cause: FailureCause) {
    if loads[id].madeFor == nil { noteUnavailable(.feed) }
    reject(id, cause)
  }

  /// Ends a load whose timeline could not be read, now that the shards have answered; whether it
  /// is one.
  func endFailedGather(_ id: UInt32) -> Bool {
    guard let cause = loads[id].failure else { return false }
    departShards(id)
    departLeaves(id)
    endInFailure(id, cause)
    return true
  }

  /// Ends a stage whose visit has come to nothing: all of its time was waiting for it.
  @discardableResult
  func endFailedVisit(_ stage: Stage, _ tier: TierName, _ id: UInt32) -> Duration {
    let elapsed = endStage(stage, id)
    loads[id].parts.add(tier, elapsed: elapsed, service: .zero, network: .zero)
    return elapsed
  }

  private func reject(change id: UInt32, _ cause: FailureCause) {
    measurements.follows.rejected += 1
    changes.release(id)
  }
}

extension Event {
  /// Whether the visit that ends with it is made again where it fails: nobody waits for it, or what
  /// has been done before it cannot be taken back.
  var isMadeAgain: Bool {
    switch self {
    case .load, .featuresAnswered, .publish, .block, .mute: false
    case .engage(_, let step): step == .forwardLed
    case .follow(_, let step): step != .admitted
    case .unfollow(_, let step): step != .admitted
    default: true
    }
  }
}
