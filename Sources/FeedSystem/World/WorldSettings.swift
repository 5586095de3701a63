import Settings
import Simulation

/// What users care for and what posts are: a scenario's `audience.world`. Without it every post is
/// like every other, and readers react to all alike.
public struct WorldSettings: Sendable {
  /// Of posts and interests.
  public var topics = 32
  /// Popularity of topic k falls as k to the minus this.
  public var topicExponent = 1.0
  /// Of an author's posts, those on the author's own topic; the others by popularity.
  public var loyalty = 0.7
  /// Of posts, by `PostType.allCases`.
  public var types = [0.35, 0.15, 0.35, 0.15]
  public var countries = 4
  /// Of posts, those seen by followers who are followed back, by some of them, by nobody else.
  public var friendsOnly = 0.0
  public var listed = 0.0
  public var hidden = 0.0
  /// Of posts, those for adults.
  public var adult = 0.0
  /// Of viewers, those under 18.
  public var minors = 0.1
  /// Of posts, those that are gone after `storyLifetime` (S1.2: 24 h).
  public var stories = 0.0
  /// Of posts, those that break the rules.
  public var harmful = 0.0
  /// Of viewers, those on a phone.
  public var phones = 0.8
  /// A post in place k of a feed is looked at with probability k to the minus this.
  public var examination = 0.5
  public var utility = UtilityWeights()
  public var worth = ActionWorth()
  public var breaking: [BreakingTopic] = []

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    topics = try parameters.read(
      "topics", .count(in: 1...256), default: topics, "That posts are about.")
    topicExponent = try parameters.read(
      "topicExponent", .number(in: 0...4), default: topicExponent,
      "The popularity of the k-th topic falls as k to the minus this.")
    loyalty = try parameters.read(
      "loyalty", .share(), default: loyalty,
      "Of an author's posts, those on the author's own topic; the others by popularity.")
    let types = try parameters.section("types", "Of posts, how many are of which type.") {
      section in
      try zip(PostType.allCases, WorldSettings().types).map { type, share in
        try section.read(type.key, .number(in: 0...1000), default: share, "Its weight.")
      }
    }
    self.types = types ?? self.types
    if self.types.allSatisfy({ $0 == 0 }) {
      throw parameters.error("are all 0", key: "types")
    }
    countries = try parameters.read(
      "countries", .count(in: 1...250), default: countries, "That users live in.")
    friendsOnly = try parameters.read(
      "friendsOnly", .share(), default: friendsOnly,
      "Of posts, those shown to followers who are followed back.")
    listed = try parameters.read(
      "listed", .share(), default: listed, "Of posts, those shown to half of these.")
    hidden = try parameters.read(
      "private", .share(), default: hidden, "Of posts, those shown to nobody.")
    if friendsOnly + listed + hidden > 1 {
      throw parameters.error("friendsOnly, listed and private add up to more than 100%")
    }
    adult = try parameters.read(
      "adult", .share(), default: adult, "Of posts, those for viewers of 18 years or more.")
    minors = try parameters.read(
      "minors", .share(), default: minors, "Of viewers, those younger than that.")
    stories = try parameters.read(
      "stories", .share(), default: stories, "Of posts, those that are gone after a day.")
    harmful = try parameters.read(
      "harmful", .share(), default: harmful, "Of posts, those that break the rules.")
    phones = try parameters.read(
      "phones", .share(), default: phones, "Of viewers, those on a phone.")
    examination = try parameters.read(
      "examination", .number(in: 0...4), default: examination,
      "The k-th post of a feed is looked at with probability k to the minus this.")
    utility =
      try parameters.section(
        "utility", "What makes viewers like a post: weights of standard normal traits.",
        UtilityWeights.init) ?? utility
    worth =
      try parameters.section(
        "worth", "What an action is worth to whoever runs the feed; a like is 1.",
        ActionWorth.init) ?? worth
    breaking = try parameters.read(
      "breaking", .list(of: .keys(BreakingTopic.init)), default: [],
      "Topics that everybody cares for all of a sudden; times count from the window's start.")
    if let other = breaking.first(where: { Int($0.topic) >= topics }) {
      throw parameters.error(
        "has topic \(other.topic), and topics are numbered from 0 to \(topics - 1)",
        key: "breaking")
    }
  }
}
