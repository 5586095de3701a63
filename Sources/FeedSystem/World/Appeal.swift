import Simulation

/// A viewer at a moment: what of a post's appeal does not depend on the post.
public struct Viewpoint: Sendable {
  public let viewer: UInt32
  /// Since the run's start.
  public let milliseconds: Int64
  /// By type: taste, device and hour, weighed.
  fileprivate let types: SIMD4<Float>
  /// Breaking topics that are hot, and what they raise everybody's interest by.
  fileprivate let hot: [(topic: UInt8, heat: Float)]
}

/// What a post is to a viewer at a moment.
public struct Appeal: Sendable, BitwiseCopyable {
  public var utility: Float
  public var affinity: Float
  public var quality: Float
  public var type: PostType
  public var isHarmful: Bool

  public init(
    utility: Float, affinity: Float = 0, quality: Float = 0, type: PostType = .status,
    isHarmful: Bool = false
  ) {
    self.utility = utility
    self.affinity = affinity
    self.quality = quality
    self.type = type
    self.isHarmful = isHarmful
  }
}

extension World {
  /// The hour of the day, 0 ..< 24, by `traffic.daily.startsAt`.
  public func hour(at milliseconds: Int64) -> Int {
    let day: Int64 = 86_400_000
    let sinceMidnight = ((milliseconds - midnightMilliseconds) % day + day) % day
    return Int(sinceMidnight / 3_600_000)
  }

  /// cos 2πh/24 of whole hours: how near an hour is to the viewer's own.
  private static let nearness: [Float] = [
    1, 0.965_925_8, 0.866_025_4, 0.707_106_8, 0.5, 0.258_819_05, 0, -0.258_819_05, -0.5,
    -0.707_106_8, -0.866_025_4, -0.965_925_8, -1,
  ]

  public func viewpoint(of viewer: UInt32, at milliseconds: Int64) -> Viewpoint {
    let traits = self.viewer(viewer)
    let weights = settings.utility
    let hours = abs(hour(at: milliseconds) - Int(traits.hour))
    let nearness = World.nearness[min(hours, 24 - hours)] * Float(weights.hour)
    let device = (traits.device == .phone ? 1 : -1) * Float(weights.device)
    // In the order of status, link, photo, video.
    var types = SIMD4<Float>(0, -1, 0.5, 1) * device + SIMD4<Float>(-1, -1, 1, 1) * nearness
    for type in PostType.allCases {
      types[Int(type.rawValue)] += Float(weights.taste) * taste(of: viewer, for: type)
    }
    let sinceOpening = milliseconds - opensMilliseconds
    let hot = settings.breaking.compactMap { breaking in
      let heat = breaking.heat * breaking.course(at: sinceOpening)
      return heat == 0 ? nil : (breaking.topic, Float(heat))
    }
    return Viewpoint(viewer: viewer, milliseconds: milliseconds, types: types, hot: hot)
  }

  /// What a viewer makes of a post: the utility is
  ///
  ///     w_i·interest + w_a·affinity + w_q·quality + w_qi·quality·interest + w_t·taste
  ///       + type × device + type × hour − w_age · age / (age + 24 h)
  ///
  /// with the weights of `UtilityWeights`; whatever breaks adds to everybody's interest.
  @inline(__always)
  public func appeal(
    of traits: PostTraits, by author: UInt32, storedMilliseconds: Int32, to view: Viewpoint
  ) -> Appeal {
    let weights = settings.utility
    var interest = interest(of: view.viewer, in: traits.topic)
    for hot in view.hot where hot.topic == traits.topic { interest += hot.heat }
    let affinity = affinity(of: view.viewer, with: author)
    let quality = traits.quality
    let age = Float(max(0, view.milliseconds - Int64(storedMilliseconds)))
    let day: Float = 86_400_000
    var utility = Float(weights.interest) * interest + Float(weights.affinity) * affinity
    utility += (Float(weights.quality) + Float(weights.qualityInterest) * interest) * quality
    utility += view.types[Int(traits.type.rawValue)]
    utility -= Float(weights.ageing) * age / (age + day)
    return Appeal(
      utility: utility, affinity: affinity, quality: quality, type: traits.type,
      isHarmful: traits.isHarmful)
  }

  /// Whether a topic is a breaking one.
  public func isBreaking(_ topic: UInt8) -> Bool {
    settings.breaking.contains { $0.topic == topic }
  }

  /// The draws of a viewer's judgement of a post, the same in every design: by the viewer, the
  /// author and what the post is, since its id depends on what was stored before it.
  func judgement(
    of traits: PostTraits, by author: UInt32, viewer: UInt32
  ) -> RandomStream {
    let post = UInt64(traits.quality.bitPattern) << 16 | UInt64(traits.topic) << 8
    return RandomStream(
      key: judgements ^ mix64(post | UInt64(traits.type.rawValue)),
      entity: UInt64(viewer) << 32 | UInt64(author))
  }
}
