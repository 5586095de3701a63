import Simulation

/// What becomes of a post wherever it is looked at, drawn at once from its key: two designs under
/// one seed meet the same posts, the same scores and the same reviewers' mistakes.
struct ModerationDraws: BitwiseCopyable {
  var isHarmful = false
  var hasMedia = false
  /// Uniform: below the share of known content, its hash is known.
  var hash = 1.0
  /// The model's; standard normal for harmless posts.
  var score = 0.0
  /// Uniform, each compared with the share that the settings say.
  var scan = 1.0
  var firstVerdict = 1.0
  var softness = 1.0
  var appeal = 1.0
  var secondVerdict = 1.0
}

/// Where a post stands. Its raw value is kept for every post.
enum Standing: UInt8, BitwiseCopyable {
  /// Nobody has decided yet.
  case open
  case passed, reduced, removed
}

/// The rules by which draws become decisions.
struct ModerationLaw: Sendable {
  let settings: ModerationSettings
  private let key: UInt64

  init(_ settings: ModerationSettings, seed: UInt64) {
    self.settings = settings
    key = mix64(mix64(seed) ^ mix64(Purpose.moderation.rawValue))
  }

  func draws(_ entity: UInt64, _ traits: PostTraits) -> ModerationDraws {
    var stream = RandomStream(key: key, entity: entity)
    var draws = ModerationDraws()
    draws.isHarmful = traits.isHarmful
    draws.hasMedia = traits.type == .photo || traits.type == .video
    draws.hash = stream.uniform()
    draws.scan = stream.uniform()
    draws.firstVerdict = stream.uniform()
    draws.softness = stream.uniform()
    draws.appeal = stream.uniform()
    draws.secondVerdict = stream.uniform()
    draws.score = normal(&stream) + (traits.isHarmful ? settings.model.dPrime : 0)
    return draws
  }

  /// Standard normal by the polar method (Marsaglia and Bray: "A convenient method for generating
  /// normal variables", SIAM Review 6, 1964), exact in the tails that thresholds lie in.
  private func normal(_ stream: inout RandomStream) -> Double {
    while true {
      let x = 2 * stream.uniform() - 1
      let y = 2 * stream.uniform() - 1
      let square = x * x + y * y
      if square > 0, square < 1 { return x * (-2 * ln(square) / square).squareRoot() }
    }
  }

  func isKnown(_ draws: ModerationDraws) -> Bool { draws.isHarmful && draws.hash < settings.known }

  func isRemovedByModel(_ draws: ModerationDraws) -> Bool {
    draws.score >= settings.model.removeAt
  }

  func isRecognised(_ draws: ModerationDraws) -> Bool {
    draws.isHarmful && draws.hasMedia && draws.scan < settings.recognised
  }

  func isReviewed(_ draws: ModerationDraws) -> Bool { draws.score >= settings.model.reviewAt }

  /// What the first reviewer makes of it.
  func verdict(_ draws: ModerationDraws) -> Standing {
    let isWrong = draws.firstVerdict < settings.review.errors
    guard draws.isHarmful != isWrong else { return .passed }
    return draws.softness < settings.review.reduced ? .reduced : .removed
  }

  func isAppealed(_ draws: ModerationDraws) -> Bool {
    draws.appeal < (draws.isHarmful ? settings.appeals.others : settings.appeals.wronged)
  }

  /// Whether a second reviewer lets a removed post back.
  func isOverturned(_ draws: ModerationDraws) -> Bool {
    let isWrong = draws.secondVerdict < settings.review.errors
    return draws.isHarmful == isWrong
  }

  /// Where a post of the past stands, everything about it long decided. A harmful one that the
  /// model let pass has been reported by now, if ever any is.
  func settled(_ draws: ModerationDraws) -> Standing {
    var standing = Standing.passed
    if isKnown(draws) || isRemovedByModel(draws) || isRecognised(draws) {
      standing = .removed
    } else if isReviewed(draws) || (draws.isHarmful && settings.reports) {
      standing = verdict(draws)
    }
    let isBack = standing == .removed && isAppealed(draws) && isOverturned(draws)
    return isBack ? .passed : standing
  }

  /// The line that a post waits in, 0 first.
  func line(score: Double, followers: Int) -> Int {
    let last = ModerationLaw.lines - 1
    switch settings.review.order {
    case .arrival: return 0
    case .score:
      // Half a standard deviation a line.
      return last - min(last, max(0, Int((score - settings.model.reviewAt) * 2)))
    case .reach:
      // Four times as many followers a line.
      return last - min(last, (Int.bitWidth - followers.leadingZeroBitCount) / 2)
    }
  }

  static let lines = 8
}
