import Settings
import Simulation

/// An A/B test: viewers fall into arms, each with ranking stages and models of its own, all at the
/// same time on the same system. A scenario's `experiment`.
public struct ExperimentSettings: Sendable {
  public struct Arm: Sendable {
    /// As in `arm.<name>.uplift`.
    public var name: String
    /// Of the viewers.
    public var share: Double
    /// Nil for what the design ranks with.
    public var ranking: Funnel?

    init(_ parameters: inout Parameters) throws {
      name = try parameters.require(
        "name", .text, "Small letters, digits and _, as in arm.<name>.uplift.")
      share = try parameters.require("share", .share(in: 0.000_1...1), "Of the viewers.")
      ranking = try Funnel(
        readingFrom: &parameters, "The arm's ranking stages; those of the design if not given.")
      let isPlain = name.utf8.allSatisfy {
        ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) || $0 == UInt8(ascii: "_")
          || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
      }
      guard isPlain, let first = name.utf8.first, first >= UInt8(ascii: "a") else {
        throw parameters.error(
          "\"\(name)\" must be small letters, digits and _, a letter first, such as treatment",
          key: "name")
      }
    }
  }

  /// From a time of the window on, the last arm has this share of the viewers.
  public struct Step: Sendable {
    public var at: Duration
    public var share: Double

    init(_ parameters: inout Parameters) throws {
      at = try parameters.require("at", .duration(), "When, from the window's start.")
      share = try parameters.require("share", .share(), "Of the viewers, from then on.")
    }
  }

  public var arms: [Arm]
  /// In order of time; without any every arm has its share from the run's start.
  public var rollout: [Step] = []

  /// At most this many arms.
  static let most = 16

  init(_ parameters: inout Parameters) throws {
    arms = try parameters.require(
      "arms", .list(of: .keys(Arm.init)),
      "What is compared, side by side in one system; uplift is told against the first.")
    rollout = try parameters.read(
      "rollout", .list(of: .keys(Step.init)), default: [],
      "When the last arm is given to how many of the viewers; the others share the rest.")
    if parameters.isDescribing { return }
    guard (2...ExperimentSettings.most).contains(arms.count) else {
      throw parameters.error(
        "are \(arms.count); a test has 2 to \(ExperimentSettings.most)", key: "arms")
    }
    for (index, arm) in arms.enumerated()
    where arms[..<index].contains(where: { $0.name == arm.name }) {
      throw parameters.error("\"\(arm.name)\" occurs twice", key: "arms")
    }
    let sum = arms.reduce(0) { $0 + $1.share }
    guard abs(sum - 1) < 1e-9 else {
      throw parameters.error("have shares that do not add up to 100%", key: "arms")
    }
    for (before, after) in zip(rollout, rollout.dropFirst())
    where after.at <= before.at || after.share < before.share {
      throw parameters.error("must rise, in time and in share", key: "rollout")
    }
  }

  /// The share of the last arm at a time since the window's start, where it is rolled out.
  func rolledOut(at since: Duration) -> Double? {
    guard !rollout.isEmpty else { return nil }
    return rollout.last { $0.at <= since }?.share ?? 0
  }

  /// The arm of a viewer, by two draws of the viewer's: who is in the last arm stays in it as it
  /// grows, and the others stay where they are until they come into it.
  ///
  /// - Parameter since: from the window's start; below zero before it.
  func arm(_ draws: (Double, Double), since: Duration) -> Int {
    let last = arms.count - 1
    let share = rolledOut(at: since) ?? arms[last].share
    if draws.0 < share { return last }
    let others = arms[..<last].reduce(0) { $0 + $1.share }
    var sum = 0.0
    for arm in 0..<last {
      sum += arms[arm].share / others
      if draws.1 < sum { return arm }
    }
    return last - 1
  }
}

/// What the arms of a test have done in the measurement window.
public final class ExperimentBooks {
  public struct Arm: Sendable {
    /// First pages shown; posts on them and on the pages below.
    public var feeds = 0
    public var shown = 0
    /// Σ of the worth of what viewers did.
    public var worth = 0.0
    /// Posts that found some favour.
    public var favoured = 0

    /// Feeds held against the best order, and Σ of their NDCG at 20.
    public var ranked = 0
    public var quality = 0.0

    public var worthPerFeed: Double { feeds == 0 ? 0 : worth / Double(feeds) }
    public var meanQuality: Double? { ranked == 0 ? nil : quality / Double(ranked) }
  }

  public let settings: ExperimentSettings
  public private(set) var arms: [Arm]
  public private(set) var latency: Bank<Histogram>
  private let key: UInt64
  private let worth: ActionWorth
  /// When the window opens.
  var opens = Instant.start

  init(_ settings: ExperimentSettings, worth: ActionWorth, seed: UInt64) {
    self.settings = settings
    self.worth = worth
    arms = settings.arms.map { _ in Arm() }
    latency = Bank(count: settings.arms.count) { _ in Histogram() }
    key = mix64(mix64(seed) ^ mix64(Purpose.arm.rawValue))
  }

  func arm(of viewer: UInt32, at now: Instant) -> Int {
    var stream = RandomStream(key: key, entity: UInt64(viewer))
    return settings.arm((stream.uniform(), stream.uniform()), since: now - opens)
  }

  func noteShown(_ viewer: UInt32, actions: UInt32, at now: Instant) {
    let arm = arm(of: viewer, at: now)
    arms[arm].shown += 1
    if actions & Action.favours != 0 { arms[arm].favoured += 1 }
    var rest = actions
    while rest != 0 {
      arms[arm].worth += worth.values[rest.trailingZeroBitCount]
      rest &= rest - 1
    }
  }

  func notePage(_ viewer: UInt32, isFirst: Bool, latency time: Duration, at now: Instant) {
    let arm = arm(of: viewer, at: now)
    if isFirst { arms[arm].feeds += 1 }
    latency[arm].record(time)
  }

  func noteQuality(_ quality: Double, of viewer: UInt32, at now: Instant) {
    let arm = arm(of: viewer, at: now)
    arms[arm].ranked += 1
    arms[arm].quality += quality
  }
}

extension FeedSystem {
  /// The arm of a viewer now; 0 where nothing is tested.
  func arm(of viewer: UInt32) -> Int {
    experiment?.arm(of: viewer, at: now) ?? 0
  }
}
