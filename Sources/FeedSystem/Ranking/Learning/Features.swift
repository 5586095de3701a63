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

  @inline(__always)
  static func logarithm(_ count: UInt32, over scale: Float) -> Float {
    chordLogarithm(1 + Float(count)) / scale
  }

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

/// Makes the features of a feed's candidates.
final class FeatureMaker {
  private let graph: FollowerGraph
  private let likes: Float
  private let comments: Float
  private let shares: Float
  /// Of the viewer they were last made for: by topic, by type.
  private let interests: UnsafeMutablePointer<Float>
  private let trends: UnsafeMutablePointer<Float>
  private let tastes: UnsafeMutablePointer<Float>
  private var traits = ViewerTraits(age: 30, country: 0, device: .phone, hour: 0)
  private var hour: (sine: Float, cosine: Float, habit: Float) = (0, 0, 0)
  private var viewer = UInt32.max
  private var milliseconds = Int64.min
  private var freshness = Duration.zero

  init(_ graph: FollowerGraph, _ habits: EngagementHabits) {
    self.graph = graph
    likes = Float(max(habits.likes, 1e-6))
    comments = Float(max(habits.comments, 1e-6))
    shares = Float(max(habits.shares, 1e-6))
    interests = .allocate(capacity: 256)
    interests.initialize(repeating: 0, count: 256)
    trends = .allocate(capacity: 256)
    trends.initialize(repeating: 0, count: 256)
    tastes = .allocate(capacity: PostType.allCases.count)
    tastes.initialize(repeating: 0, count: PostType.allCases.count)
  }

  deinit {
    interests.deallocate()
    trends.deallocate()
    tastes.deallocate()
  }

  /// The viewer's part, unless it is that of the last call already.
  func prepare(_ context: RankingContext, _ view: FeatureView, _ live: Observations) {
    if context.viewer == viewer, context.nowMilliseconds == milliseconds,
      view.freshness == freshness
    {
      return
    }
    (viewer, milliseconds) = (context.viewer, context.nowMilliseconds)
    freshness = view.freshness
    let observations = view.observations(live)
    observations.write(of: viewer, topics: interests, types: tastes)
    observations.writeTrends(trends)
    if let world = context.world { traits = world.viewer(viewer) }
    let degrees = Float(context.world?.hour(at: milliseconds) ?? 0) * 15
    hour.sine = Feature.sine(degrees: degrees)
    hour.cosine = Feature.cosine(degrees: degrees)
    hour.habit = Feature.cosine(degrees: degrees - Float(traits.hour) * 15)
  }

  /// Whether the viewer of the last `prepare` follows nobody of that name.
  func isOutside(_ author: UInt32) -> Bool {
    let row = graph.followees(of: viewer)
    var (low, high) = (0, row.count)
    while low < high {
      let middle = (low + high) / 2
      if row[middle] < author { low = middle + 1 } else { high = middle }
    }
    return low == row.count || row[low] != author
  }

  /// Writes the features of one post, `stride` apart, the first 16 of them or all.
  func write(
    _ id: UInt32, isOutside: Bool, _ context: RankingContext, _ view: FeatureView,
    to features: UnsafeMutablePointer<Float>, stride: Int, isFirstPass: Bool
  ) {
    let post = context.post(id)
    let counters = view.counters(of: id, context)
    let traits = context.traits(of: id)
    let type = Int(traits.type.rawValue)
    let hours = max(0, Float(milliseconds - Int64(post.storedMilliseconds))) / 3_600_000
    let shown = Float(counters.impressions)
    let reactions = Float(counters.likes) + Float(counters.comments) + Float(counters.shares)
    @inline(__always)
    func set(_ feature: Feature, _ value: Float) {
      features[feature.rawValue * stride] = FeatureBatch.quantised(value)
    }
    @inline(__always)
    func rate(_ count: UInt32, _ usual: Float) -> Float {
      chordLogarithm((Float(count) / usual + 50) / (shown + 50)) / 4
    }
    let likeRate = rate(counters.likes, likes)
    let interest = interests[Int(traits.topic)] / 3
    set(.age, chordLogarithm(1 + hours * 60) / 7 - 1)
    set(.recency, 6 / (6 + hours))
    set(.followers, Feature.logarithm(UInt32(graph.followerCount(of: post.author)), over: 10) - 1)
    set(.likeRate, likeRate)
    set(.commentRate, rate(counters.comments, comments))
    set(.shareRate, rate(counters.shares, shares))
    set(.impressions, chordLogarithm(1 + shown) / 10 - 1)
    set(.velocity, chordLogarithm(1 + reactions / (1 + hours)) / 8)
    let interactions = Float(context.interactions(with: post.author))
    set(.interactions, chordLogarithm(1 + interactions) / 4 - 1)
    for each in 0..<PostType.allCases.count {
      features[(Feature.isStatus.rawValue + each) * stride] = each == type ? 256 : 0
    }
    set(.interest, interest)
    set(.isOutside, isOutside ? 1 : 0)
    set(.trend, trends[Int(traits.topic)])
    if isFirstPass { return }
    let isOnPhone = self.traits.device == .phone
    let taste = tastes[type] / 3
    set(.device, isOnPhone ? 1 : -1)
    set(.hourSine, hour.sine)
    set(.hourCosine, hour.cosine)
    set(.habit, hour.habit)
    for each in 0..<PostType.allCases.count {
      features[(Feature.phoneStatus.rawValue + each) * stride] =
        isOnPhone && each == type ? 256 : 0
    }
    set(.taste, taste)
    set(.interestTimesLikeRate, 4 * interest * likeRate)
    set(.interestTimesTaste, 4 * interest * taste)
    set(.likes, Feature.logarithm(counters.likes, over: 10) - 1)
    set(.comments, Feature.logarithm(counters.comments, over: 10) - 1)
    set(.isNear, traits.country == self.traits.country ? 1 : 0)
    set(.viewerAge, (Float(self.traits.age) - 18) / 60)
    set(.interestSize, abs(interest))
  }

  /// The trend of a topic, as the features have it: above 0 where it finds more favour than others.
  func trend(of topic: UInt8) -> Float { trends[Int(topic)] }
}
