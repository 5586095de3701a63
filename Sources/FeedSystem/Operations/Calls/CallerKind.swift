/// Who waits for a call, the least urgent first: what protections tell apart.
public enum CallerKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// Nobody: fan-out, feeds made ahead, moderation, live updates, notifications.
  case background
  /// Likes, comments and shares.
  case engagement
  /// Follows, unfollows, mutes and blocks.
  case follows
  case publish
  /// Pages of the feed.
  case feed

  /// In scenarios.
  public var key: String {
    switch self {
    case .background: "background"
    case .engagement: "engagement"
    case .follows: "follows"
    case .publish: "publish"
    case .feed: "feed"
    }
  }
}

extension FeedSystem {
  /// Who waits for the visit that an event ends.
  func callerKind(of event: Event) -> CallerKind {
    switch event {
    case .load(let id, _): loads[id].madeFor == nil ? .feed : .background
    case .featuresAnswered(let call):
      loads[featureCalls[call].load].madeFor == nil ? .feed : .background
    case .object(_, .ledCreation): .background
    case .object: .feed
    case .publish: .publish
    case .engage(_, .forwardLed): .background
    case .engage: .engagement
    case .follow(_, .admitted), .unfollow(_, .admitted), .block, .mute: .follows
    default: .background
    }
  }
}
