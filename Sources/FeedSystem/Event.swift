import Simulation

/// What may happen next; 8 bytes or less, so that the calendar stays small.
enum Event: BitwiseCopyable {
  /// The next post of the audience as a whole, the next session, a scripted post.
  case postDue
  case sessionDue
  case scriptedPostDue(UInt32)
  /// A session's next scroll or refresh.
  case sessionActs(UInt32)
  case publish(UInt32, PublishStep)
  case deliver(UInt32, DeliverStep)
  case load(UInt32, LoadStep)
  case engage(UInt32, EngageStep)
  case follow(UInt32, FollowStep)
  case unfollow(UInt32, UnfollowStep)
  case block(UInt32, BlockStep)
  case mute(UInt32, MuteStep)
  /// The audience's next change of whom it follows, and the next of a script's.
  case changeDue
  case scriptedChangeDue(UInt32)
  /// A timeline that was dropped is whole again.
  case regenerated(UInt32)
  /// The dead letters are tried anew.
  case replayDue
  /// Buffered counts are written, one of the writes is answered, what does it crashes.
  case countersDue
  case counterWritten(UInt32)
  case countersCrash
  /// Of a post on its way to a leaf, or of a leaf.
  case tail(UInt32, TailStep)
  /// Of objects in caches, or of these caches.
  case object(UInt32, ObjectStep)
  case live(UInt32, LiveStep)
  case notified(UInt32)
  case edge(UInt32, EdgeStep)
  case ahead(UInt32, AheadStep)
  /// Of a load's call of the feature store.
  case featuresAnswered(UInt32)
  case learn(UInt32, LearnStep)
  /// The fan-out threshold may move.
  case thresholdDue
  case moderate(UInt32, ModerationStep)
  /// Of a call of a tier that is guarded, of a client's request, of a fault, of a control loop, of
  /// what the audience does of itself.
  case call(UInt32, CallStep)
  case request(UInt32, RequestStep)
  case fault(UInt32, FaultStep)
  case control(UInt32, ControlStep)
  case crowd(UInt32, CrowdStep)
  /// Of a request that was lost between two regions.
  case link(UInt32, LinkStep)
  /// The next post of an author whom all cells have.
  case starPostDue(UInt32)
  /// A server of a cell's pool is free again, after its visit has been answered.
  case serverReleased(UInt8)
  /// A server of a tier may be free for a waiting visit.
  case serverFree(UInt8)
}

extension Event {
  /// The tier that an event carries an answer back from; the post store keeps its own books.
  var leaves: TierName? {
    switch self {
    case .publish(_, .admitted), .load(_, .admitted), .engage(_, .admitted): .gateway
    case .follow(_, .admitted), .unfollow(_, .admitted), .block(_, .admitted), .mute(_, .admitted):
      .gateway
    case .follow(_, .prepared), .unfollow(_, .prepared): .fanOutWorkers
    case .follow(_, .filled), .unfollow(_, .removed): .timelineStore
    case .load(_, .lookedUp), .load(_, .filled), .engage(_, .raised): .feedCache
    case .load(_, .timelineRead), .deliver(_, .written): .timelineStore
    case .load(_, .ranked): .ranking
    case .featuresAnswered: .featureStore
    case .deliver(_, .prepared): .fanOutWorkers
    case .load(_, .l1Answered), .load(_, .l1Filled): .l1Cache
    case .load(_, .l2Answered), .load(_, .l2Filled): .l2Cache
    case .load(_, .l3Answered), .load(_, .l3Filled): .l3Cache
    case .load(_, .originAnswered): .origin
    case .live(_, .admitted), .live(_, .answered), .live(_, .sent): .liveGateway
    case .notified: .notifier
    case .moderate(_, .hashed): .hashMatch
    case .load(_, .anonymised): .privacyFilter
    case .moderate(_, .modelled): .moderationModel
    case .moderate(_, .scanned): .mediaScan
    case .object(_, .looked), .object(_, .asked), .object(_, .askedWarm): .followerCache
    case .object(_, .askedLeader), .object(_, .ledCreation): .leaderCache
    case .engage(_, .inverseLed), .engage(_, .forwardLed): .leaderCache
    default: nil
    }
  }

  /// Tells events apart in the run's fingerprint.
  @inline(__always)
  var code: UInt64 {
    switch self {
    case .postDue: 1 << 40
    case .sessionDue: 2 << 40
    case .scriptedPostDue(let index): 3 << 40 | UInt64(index)
    case .sessionActs(let id): 4 << 40 | UInt64(id)
    case .publish(let id, let step): 5 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .deliver(let id, let step): 6 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .load(let id, let step): 7 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .engage(let id, let step): 8 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .serverFree(let tier): 9 << 40 | UInt64(tier)
    case .regenerated(let id): 10 << 40 | UInt64(id)
    case .replayDue: 11 << 40
    case .changeDue: 32 << 40
    case .scriptedChangeDue(let index): 33 << 40 | UInt64(index)
    case .follow(let id, let step): 34 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .unfollow(let id, let step): 35 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .block(let id, let step): 36 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .mute(let id, let step): 37 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .countersDue: 38 << 40
    case .counterWritten(let id): 39 << 40 | UInt64(id)
    case .countersCrash: 40 << 40
    case .tail(let id, let step): 41 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .object(let id, let step): 42 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .live(let id, let step): 64 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .notified(let id): 65 << 40 | UInt64(id)
    case .edge(let id, let step): 66 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .ahead(let id, let step): 67 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .thresholdDue: 20 << 40
    case .featuresAnswered(let id): 75 << 40 | UInt64(id)
    case .learn(let index, let step): 85 << 40 | UInt64(step.rawValue) << 32 | UInt64(index)
    case .moderate(let id, let step): 95 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .call(let id, let step): 110 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .request(let id, let step): 120 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .fault(let index, let step): 130 << 40 | UInt64(step.rawValue) << 32 | UInt64(index)
    case .control(let index, let step): 140 << 40 | UInt64(step.rawValue) << 32 | UInt64(index)
    case .crowd(let index, let step): 150 << 40 | UInt64(step.rawValue) << 32 | UInt64(index)
    case .link(let id, let step): 160 << 40 | UInt64(step.rawValue) << 32 | UInt64(id)
    case .starPostDue(let author): 151 << 40 | UInt64(author)
    case .serverReleased(let tier): 152 << 40 | UInt64(tier)
    }
  }
}
