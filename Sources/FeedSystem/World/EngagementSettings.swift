import Settings
import Simulation

/// What makes viewers like a post: weights of traits that are standard normal over the posts, the
/// viewers or the pairs. A scenario's `audience.world.utility`.
public struct UtilityWeights: Sendable {
  /// Of the viewer's interest in the topic, of what the viewer makes of the author, of the post's
  /// quality, of the viewer's taste for its type.
  public var interest = 0.7
  public var affinity = 0.4
  public var quality = 0.5
  public var taste = 0.25
  /// Of quality × interest: a good post on what one cares for is more than the sum of both. No sum
  /// of the two can tell.
  public var qualityInterest = 0.4
  /// Of type × device: video and photos are for phones, links for desktops.
  public var device = 0.3
  /// Of type × hour: video and photos are for the viewer's usual hours, text for the others.
  public var hour = 0.3
  /// What a post has lost when it is very old; half of it after a day.
  public var ageing = 0.8

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    func weight(_ key: String, _ standard: Double, _ about: String) throws -> Double {
      try parameters.read(key, .number(in: -10...10), default: standard, about)
    }
    interest = try weight("interest", interest, "Of the viewer's interest in the topic.")
    affinity = try weight("affinity", affinity, "Of what the viewer makes of the author.")
    quality = try weight("quality", quality, "Of the post's quality.")
    taste = try weight("taste", taste, "Of the viewer's taste for the type of post.")
    qualityInterest = try weight(
      "qualityInterest", qualityInterest, "Of quality times interest.")
    device = try weight(
      "device", device, "Of video and photos on a phone, and of links on a desktop.")
    hour = try weight("hour", hour, "Of video and photos in the viewer's usual hours.")
    ageing = try weight("ageing", ageing, "Of age: half of it is lost after a day.")
  }
}

/// What actions are worth to whoever runs the feed, a like being 1: a scenario's
/// `audience.world.worth`. It weighs figures and decides no behaviour.
public struct ActionWorth: Sendable {
  /// By `Action`. The proportions follow the published weights of x-2026-phoenix; the rare negative
  /// ones are nearer to a like, so that a figure is no matter of a few reports.
  public private(set) var values: [Double] = Action.allCases.map { action in
    switch action {
    case .like: 1
    case .comment, .quote: 10
    case .share, .send: 4
    case .copyLink: 8
    case .click: 0.5
    case .profileClick: 1
    case .photo, .video: 0.1
    case .dwell: 0.2
    case .follow: 8
    case .authorReply: 10
    case .hide: -10
    case .mute: -20
    case .block, .report: -40
    }
  }

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    for action in Action.allCases {
      self[action] = try parameters.read(
        action.key, .number(in: -1e6...1e6), default: self[action], "Worth of one; a like is 1.")
    }
  }

  public subscript(action: Action) -> Double {
    get { values[Int(action.rawValue)] }
    set { values[Int(action.rawValue)] = newValue }
  }
}

/// A topic that everybody cares for all of a sudden: an element of a scenario's
/// `audience.world.breaking`.
public struct BreakingTopic: Sendable {
  /// 0 ..< `WorldSettings.topics`; 0 is the most popular one.
  public var topic: UInt8
  /// From the measurement window's start.
  public var at: Duration
  public var length: Duration
  /// What everybody's interest in the topic rises by, in standard deviations over viewers.
  public var heat = 2.0
  /// In which it falls to 1/e, once it is over.
  public var fade = Duration.seconds(3600)
  /// Of all posts at its height, those that are turned to it.
  public var share = 0.0
  /// What it comes of, and whose course it has; nil for one of the world alone.
  var event: FlashEvent?

  public init(topic: UInt8, at: Duration, for length: Duration) {
    (self.topic, self.at, self.length) = (topic, at, length)
  }

  public init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(in: .zero...(.seconds(366 * 86_400)))
    topic = UInt8(
      try parameters.require("topic", .count(in: 0...255), "Its number, from 0, the most popular."))
    at = try parameters.require("at", time, "When, from the window's start.")
    length = try parameters.require(
      "for", .duration(in: .seconds(1)...(.seconds(366 * 86_400))), "How long it is at its height.")
    heat = try parameters.read(
      "heat", .number(in: -10...10), default: heat,
      "What everybody's interest in it rises by, in standard deviations over viewers.")
    fade = try parameters.read(
      "fade", .duration(in: .seconds(1)...(.seconds(366 * 86_400))), default: fade,
      "In which it falls to 1/e after that.")
    share = try parameters.read(
      "share", .share(), default: share, "Of all posts at its height, those that are turned to it.")
  }

  /// How hot it is: 1 at its height, 0 before.
  /// - Parameter milliseconds: since the measurement window's start.
  func course(at milliseconds: Int64) -> Double {
    if let event { return event.level(at: milliseconds) }
    let since = milliseconds - at.nanoseconds / 1_000_000
    if since < 0 { return 0 }
    let over = since - length.nanoseconds / 1_000_000
    return over <= 0 ? 1 : expo(-Double(over) / 1000 / fade.seconds)
  }
  /// Whether it comes of a flash event of the traffic.
  public var isEvent: Bool { event != nil }

  /// Whether it turns posts at all.
  var turnsPosts: Bool { share > 0 || event != nil }

  /// Of all posts, those that are turned to it.
  /// - Parameter milliseconds: since the measurement window's start.
  func share(at milliseconds: Int64) -> Double {
    event?.share(at: milliseconds) ?? share * course(at: milliseconds)
  }
}
