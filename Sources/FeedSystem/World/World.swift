import CGSL
import Simulation

/// What users care for and what posts are, drawn from keys: no memory, whatever the number of
/// users, and the same under every design of one seed.
///
/// Whatever is called normal is the sum of four uniforms, which is within ±3.47 (Irwin–Hall).
/// An object, so that whoever ranks is lent it and copies nothing.
public final class World: Sendable {
  public let settings: WorldSettings
  /// Who acts how, given what was shown.
  public let engagement: LatentEngagement
  /// When the measurement window opens, which breaking topics count from, and the midnight before
  /// it, in milliseconds since the run's start.
  let opensMilliseconds: Int64
  let midnightMilliseconds: Int64
  let judgements: UInt64
  private let viewers: UInt64
  private let authors: UInt64
  private let posts: UInt64
  private let interests: UInt64
  private let affinities: UInt64
  private let tastes: UInt64
  /// Cumulative shares of the topics and of the types, the last 1.
  private let topicShares: [Double]
  private let typeShares: [Double]

  /// - Parameters:
  ///   - habits: how often an indifferent viewer reacts to what is looked at.
  ///   - opens: when the measurement window does.
  ///   - midnight: of the day that it opens in; that instant if not given.
  public init(
    _ settings: WorldSettings, seed: UInt64, habits: EngagementHabits = EngagementHabits(),
    opens: Instant = .start, midnight: Instant? = nil
  ) {
    self.settings = settings
    engagement = LatentEngagement(settings, habits)
    opensMilliseconds = opens.nanoseconds / 1_000_000
    midnightMilliseconds = (midnight ?? opens).nanoseconds / 1_000_000
    func key(_ purpose: Purpose) -> UInt64 { mix64(mix64(seed) ^ mix64(purpose.rawValue)) }
    viewers = key(.viewerTraits)
    authors = key(.authorTraits)
    posts = key(.postTraits)
    interests = key(.interest)
    affinities = key(.latentAffinity)
    tastes = key(.taste)
    judgements = key(.judgement)
    topicShares = World.cumulative(
      (1...settings.topics).map { power(Double($0), -settings.topicExponent) })
    typeShares = World.cumulative(settings.types)
  }

  private static func cumulative(_ weights: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    var sum = 0.0
    return weights.map { weight in
      sum += weight
      return sum / total
    }
  }

  private static func pick(_ shares: [Double], _ draw: Double) -> UInt8 {
    UInt8(shares.firstIndex { draw < $0 } ?? shares.count - 1)
  }

  /// Standard normal, from four 16-bit parts of one word.
  @inline(__always)
  static func normal(_ word: UInt64) -> Float {
    let sum =
      (word & 0xffff) &+ (word >> 16 & 0xffff) &+ (word >> 32 & 0xffff) &+ (word >> 48)
    // Four uniforms have mean 2 and variance 1/3.
    return (Float(sum) * 0x1p-16 - 1.999_969_5) * 1.732_050_8
  }

  // MARK: Posts

  /// The topic that an author mostly writes about.
  public func topic(of author: UInt32) -> UInt8 {
    var stream = RandomStream(key: authors, entity: UInt64(author))
    return World.pick(topicShares, stream.uniform())
  }

  /// The country that a user lives in, as an author too.
  public func country(of user: UInt32) -> UInt8 {
    var stream = RandomStream(key: viewers, entity: UInt64(user))
    return UInt8(stream.below(UInt64(settings.countries)))
  }

  /// What a post is: drawn by its author and the moment of sending, which no design changes.
  /// - Parameter milliseconds: when it was sent, since the run's start.
  public func post(by author: UInt32, at milliseconds: Int64) -> PostTraits {
    var stream = RandomStream(
      key: posts, entity: UInt64(author) << 40 ^ UInt64(bitPattern: milliseconds))
    var post = PostTraits()
    let isLoyal = stream.uniform() < settings.loyalty
    let popular = World.pick(topicShares, stream.uniform())
    post.topic = isLoyal ? topic(of: author) : popular
    post.type = PostType(rawValue: World.pick(typeShares, stream.uniform())) ?? .status
    post.quality = World.normal(stream.next())
    post.country = country(of: author)
    let visibility = stream.uniform()
    let (friends, listed) = (settings.friendsOnly, settings.friendsOnly + settings.listed)
    post.visibility =
      visibility < friends
      ? .friends
      : visibility < listed ? .list : visibility < listed + settings.hidden ? .author : .everyone
    if stream.uniform() < settings.adult { post.leastAge = 18 }
    if stream.uniform() < settings.stories { post.marks |= PostTraits.story }
    if stream.uniform() < settings.harmful { post.marks |= PostTraits.harmful }
    for topic in settings.breaking where topic.turnsPosts {
      let share = topic.share(at: milliseconds - opensMilliseconds)
      if stream.uniform() < share { post.topic = topic.topic }
    }
    return post
  }

  // MARK: Viewers

  public func viewer(_ id: UInt32) -> ViewerTraits {
    var stream = RandomStream(key: viewers, entity: UInt64(id))
    let country = UInt8(stream.below(UInt64(settings.countries)))
    let isMinor = stream.uniform() < settings.minors
    let years = stream.uniform()
    let isOnPhone = stream.uniform() < settings.phones
    return ViewerTraits(
      age: isMinor ? 13 + UInt8(years * 5) : 18 + UInt8(years * years * 60), country: country,
      device: isOnPhone ? .phone : .desktop, hour: UInt8(stream.below(24)))
  }

  /// What a viewer makes of a topic: standard normal over viewers and topics.
  @inline(__always)
  public func interest(of viewer: UInt32, in topic: UInt8) -> Float {
    World.normal(mix64(interests ^ (UInt64(viewer) << 8 | UInt64(topic)) &* 0xd6e8_feb8_6659_fd93))
  }

  /// What a viewer makes of an author, whatever the post: standard normal over the pairs.
  @inline(__always)
  public func affinity(of viewer: UInt32, with author: UInt32) -> Float {
    World.normal(
      mix64(affinities ^ (UInt64(viewer) << 32 | UInt64(author)) &* 0xd6e8_feb8_6659_fd93))
  }

  /// What a viewer makes of several authors.
  ///
  /// - Parameters:
  ///   - authors: to be read up to the next multiple of four places.
  ///   - words: room for as many, and so is `affinities`.
  func writeAffinities(
    of viewer: UInt32, with authors: UnsafePointer<UInt32>, count: Int,
    words: UnsafeMutablePointer<UInt64>, into affinities: UnsafeMutablePointer<Float>
  ) {
    feedsim_mix_pairs(
      UInt64(viewer) << 32, authors, count, self.affinities, 0xd6e8_feb8_6659_fd93, words)
    feedsim_normals(words, count, affinities)
  }

  /// What a viewer makes of a type of post: standard normal over viewers and types.
  @inline(__always)
  public func taste(of viewer: UInt32, for type: PostType) -> Float {
    World.normal(
      mix64(tastes ^ (UInt64(viewer) << 8 | UInt64(type.rawValue)) &* 0xd6e8_feb8_6659_fd93))
  }
}
