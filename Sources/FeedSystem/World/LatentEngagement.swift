import Simulation

/// Who does what with a post that is shown, whatever ranker put it there.
///
/// A post is looked at with a probability of its place alone, and what is done then depends on post
/// and viewer alone: the position-based model (Craswell, Zoeter, Taylor, Ramsey: "An experimental
/// comparison of click position-bias models", WSDM 2008, section 3.2; Joachims et al.: "Accurately
/// interpreting clickthrough data as implicit feedback", SIGIR 2005). Each action of a looked-at
/// post is a logistic of a utility, whose intercept is the action's rate among indifferent viewers:
///
///     P(action | looked at) = 1 / (1 + (1 − rate) / rate · exp(−drive))
///
/// Liking, commenting and sending are driven by utility + 0.3 · affinity; sharing, quoting and
/// copying the link by utility + 0.3 · quality; opening post, profile, photo and video, and
/// following, by 0.7 · utility; hiding, muting, blocking and reporting by −utility, with 20 times
/// the odds for posts that break the rules.
public struct LatentEngagement: Sendable {
  /// What makes one do it.
  private enum Drive: Int { case social, spread, attention, against }

  /// Of actions on a post of one type, the odds among indifferent viewers and the worth.
  private struct Term {
    var odds: Double
    var worth: Double
    var drive: Int
  }

  /// By `Action`: of posts looked at by indifferent viewers, those on which it is done.
  public let rates: [Double]
  private let odds: [Double]
  /// By type; without follow, whose worth depends on who follows already, and without dwell and
  /// authors' replies, which are no logistics.
  private let terms: [[Term]]
  private let worth: ActionWorth
  /// By place, from 1.
  private let examinations: [Double]
  private let exponent: Double

  /// Comments that their post's author reacts to.
  public static let replies = 0.1
  /// Of odds, where a post breaks the rules.
  public static let harm = 20.0
  /// Seconds that an indifferent viewer looks at a post, on average; twice as long at a video.
  public static let meanDwell = 4.0
  /// Seconds from which a look is `Action.dwell`.
  public static let longDwell = 10.0

  /// - Parameter habits: the rates of likes, comments and shares. Orders of magnitude of the others
  ///   are relative to them: clicks are more common than likes, follows and hides far rarer.
  init(_ settings: WorldSettings, _ habits: EngagementHabits) {
    let (likes, comments, shares) = (habits.likes, habits.comments, habits.shares)
    let rates: [Double] = Action.allCases.map { action in
      switch action {
      case .like: likes
      case .comment: comments
      case .share: shares
      case .quote, .copyLink: shares * 0.2
      case .send: shares * 0.5
      case .click: likes * 2.5
      case .profileClick: likes * 0.5
      case .photo: likes * 3
      case .video: likes * 5
      case .follow: likes * 0.1
      case .hide: likes * 0.025
      case .mute: likes * 0.005
      case .block, .report: likes * 0.0025
      case .dwell, .authorReply: 0
      }
    }
    self.rates = rates.map { min($0, 1) }
    let odds: [Double] = self.rates.map { $0 < 1 ? $0 / (1 - $0) : 1e12 }
    self.odds = odds
    let worth = settings.worth
    self.worth = worth
    terms = PostType.allCases.map { type in
      Action.allCases.compactMap { action in
        guard LatentEngagement.isPossible(action, on: type), action != .follow,
          let drive = LatentEngagement.drive(of: action)
        else { return nil }
        return Term(
          odds: odds[Int(action.rawValue)], worth: worth[action], drive: drive.rawValue)
      }
    }
    exponent = settings.examination
    examinations = (1...256).map { power(Double($0), -settings.examination) }
  }

  private static func drive(of action: Action) -> Drive? {
    switch action {
    case .like, .comment, .send: .social
    case .share, .quote, .copyLink: .spread
    case .click, .profileClick, .photo, .video, .follow: .attention
    case .hide, .mute, .block, .report: .against
    case .dwell, .authorReply: nil
    }
  }

  static func isPossible(_ action: Action, on type: PostType) -> Bool {
    switch action {
    case .photo: type == .photo
    case .video: type == .video
    default: true
    }
  }

  /// The probability that a post is looked at, whatever it is.
  /// - Parameter place: in the feed, from 1.
  public func examination(of place: Int) -> Double {
    place <= examinations.count
      ? examinations[max(place, 1) - 1] : power(Double(place), -exponent)
  }

  /// Of a page's posts, those looked at.
  func meanExamination(of page: Int) -> Double {
    (1...page).reduce(0.0) { $0 + examination(of: $1) } / Double(page)
  }

  /// Factors of the odds, by drive.
  private func pulls(_ appeal: Appeal) -> SIMD4<Double> {
    let utility = Double(appeal.utility)
    return SIMD4(
      expo(utility + 0.3 * Double(appeal.affinity)),
      expo(utility + 0.3 * Double(appeal.quality)),
      expo(0.7 * utility),
      expo(-utility) * (appeal.isHarmful ? LatentEngagement.harm : 1))
  }

  /// Seconds that a viewer who looks at a post does so on average; the times are exponential.
  public func meanDwell(_ appeal: Appeal) -> Double {
    meanDwell(appeal.type, pull: expo(0.7 * Double(appeal.utility)))
  }

  private func meanDwell(_ type: PostType, pull: Double) -> Double {
    LatentEngagement.meanDwell * (type == .video ? 2 : 1) * pull.squareRoot()
  }

  /// The probability that a viewer who looks at a post does it; that of a follow holds for who does
  /// not follow the author yet.
  ///
  /// - Parameter factor: on the odds of all that is positive.
  public func probability(of action: Action, _ appeal: Appeal, factor: Double = 1) -> Double {
    probability(of: action, appeal, pulls(appeal), factor)
  }

  /// The probabilities that a viewer who looks at a post likes it, comments on it and shares it.
  func reactionRates(_ appeal: Appeal) -> SIMD4<Double> {
    let utility = Double(appeal.utility)
    let social = expo(utility + 0.3 * Double(appeal.affinity))
    let spread = expo(utility + 0.3 * Double(appeal.quality))
    let odds = SIMD4(
      odds[Int(Action.like.rawValue)] * social, odds[Int(Action.comment.rawValue)] * social,
      odds[Int(Action.share.rawValue)] * spread, 0)
    return odds / (1 + odds)
  }

  private func probability(
    of action: Action, _ appeal: Appeal, _ pulls: SIMD4<Double>, _ factor: Double
  ) -> Double {
    guard LatentEngagement.isPossible(action, on: appeal.type) else { return 0 }
    guard let drive = LatentEngagement.drive(of: action) else {
      if action == .dwell {
        return longLook(appeal.type, pull: pulls[Drive.attention.rawValue])
      }
      return LatentEngagement.replies * probability(of: .comment, appeal, pulls, factor)
    }
    let odds =
      odds[Int(action.rawValue)] * pulls[drive.rawValue] * (drive == .against ? 1 : factor)
    return odds / (1 + odds)
  }

  private func longLook(_ type: PostType, pull: Double) -> Double {
    expo(-LatentEngagement.longDwell / meanDwell(type, pull: pull))
  }

  /// The expected worth of showing a post to a viewer who looks at it, apart from a follow that may
  /// come of it.
  public func worth(of appeal: Appeal) -> Float {
    let pulls = pulls(appeal)
    var sum = 0.0
    for term in terms[Int(appeal.type.rawValue)] {
      let odds = term.odds * pulls[term.drive]
      sum += term.worth * odds / (1 + odds)
    }
    let comment = odds[Int(Action.comment.rawValue)] * pulls[Drive.social.rawValue]
    sum += worth[.authorReply] * LatentEngagement.replies * comment / (1 + comment)
    sum += worth[.dwell] * longLook(appeal.type, pull: pulls[Drive.attention.rawValue])
    return Float(sum)
  }

  /// What a viewer does with a post that stands in some place.
  ///
  /// - Parameters:
  ///   - stream: of the pair of viewer and post: whether it is looked at, and what is done then, is
  ///     the same wherever it stands, so that what is done low in a feed is done higher up.
  ///   - factor: on the odds of all that is positive.
  func judge(
    _ appeal: Appeal, place: Int, factor: Double, _ stream: inout RandomStream
  ) -> Judgement {
    guard stream.uniform() < examination(of: place) else { return Judgement() }
    let pulls = pulls(appeal)
    var judgement = Judgement(isExamined: true)
    judgement.seconds =
      meanDwell(appeal.type, pull: pulls[Drive.attention.rawValue]) * -ln(stream.openUniform())
    if judgement.seconds >= LatentEngagement.longDwell { judgement.actions |= Action.dwell.bit }
    for action in Action.allCases where action != .dwell {
      let draw = stream.uniform()
      if action == .authorReply {
        let isReplied = judgement.has(.comment) && draw < LatentEngagement.replies
        if isReplied { judgement.actions |= action.bit }
      } else if draw < probability(of: action, appeal, pulls, factor) {
        judgement.actions |= action.bit
      }
    }
    return judgement
  }
}

/// What a viewer has done with a post that was shown.
public struct Judgement: Sendable, BitwiseCopyable {
  public var isExamined = false
  /// Of bits: `Action.bit`.
  public var actions: UInt32 = 0
  /// That the viewer looked at it.
  public var seconds = 0.0

  public func has(_ action: Action) -> Bool { actions & action.bit != 0 }
}
