import Simulation

/// What a model is told of a viewer and a post: 32 numbers in [-1, 1], quantised as models ask.
///
/// Nothing latent is among them: an age, counters, what has been observed of the viewer. The first
/// 16 are those of the cheap first pass. What concerns the viewer alone is made once a feed.
enum Feature: Int, CaseIterable {
  /// log₂(1 + minutes since it was stored) ÷ 7 − 1, and 6 h ÷ (6 h + age).
  case age, recency
  /// log₂(1 + followers of its author) ÷ 10 − 1.
  case followers
  /// log₂ of how many times the usual number an impression has brought, ÷ 4; 50 usual ones are
  /// added.
  case likeRate, commentRate, shareRate
  /// log₂(1 + times shown) ÷ 10 − 1.
  case impressions
  /// log₂(1 + reactions ÷ (1 + hours of age)) ÷ 8.
  case velocity
  /// log₂(1 + the viewer's interactions with its author) ÷ 4 − 1.
  case interactions
  case isStatus, isLink, isPhoto, isVideo
  /// Observed interest of the viewer in its topic, ÷ 3.
  case interest
  /// Its author is none of those whom the viewer follows.
  case isOutside
  /// log₂ of how much more favour its topic finds than others do of late, ÷ 4.
  case trend

  /// 1 on a phone, −1 elsewhere.
  case device
  /// The hour of the day, as a point on a circle; midnight without a world.
  case hourSine, hourCosine
  /// The cosine of the angle between it and the hour at which the viewer mostly reads.
  case habit
  /// On a phone: what type it is.
  case phoneStatus, phoneLink, phonePhoto, phoneVideo
  /// Observed taste of the viewer for its type, ÷ 3.
  case taste
  /// Products of features above.
  case interestTimesLikeRate, interestTimesTaste
  /// log₂(1 + count) ÷ 10 − 1.
  case likes, comments
  /// Its author lives where the viewer does.
  case isNear
  /// (years − 18) ÷ 60.
  case viewerAge
  /// Interest without its sign.
  case interestSize

  /// How many the first pass looks at.
  static let firstPass = 16

  /// 4 x (180 − x) ÷ (40500 − x (180 − x)) for 0 ≤ x ≤ 180 degrees (Bhāskara I): the sine to
  /// within .002 in plain arithmetic.
  static func sine(degrees: Float) -> Float {
    var x = degrees
    while x < 0 { x += 360 }
    while x >= 360 { x -= 360 }
    let half = x < 180 ? x : x - 180
    let product = half * (180 - half)
    let sine = 4 * product / (40_500 - product)
    return x < 180 ? sine : -sine
  }

  static func cosine(degrees: Float) -> Float { sine(degrees: degrees + 90) }
}
