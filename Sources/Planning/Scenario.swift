import FeedSystem
import Settings
import Simulation

/// One question to the simulator: a validated value, read from a YAML file.
public struct Scenario: Sendable {
  public struct NamedDesign: Sendable {
    /// Empty where the scenario compares no designs.
    public var name: String
    public var design: Design
  }

  public var name: String
  /// The first comment of the file.
  public var question: String
  /// What follows `feedsim run` to ask this again: the file, then `--set` and `--threshold` as
  /// they were given. The seed and the replications stand beside it.
  public var arguments: [String] = []
  /// SHA-256 of the resolved settings.
  public var hash: String
  public var seed: UInt64
  /// The measurement window.
  public var duration: Duration
  /// Simulated before the window, to fill caches and size tiers.
  public var warmUp: Duration
  /// Whether it is given or found.
  public var warmUpRule: WarmUpRule
  /// How long after the window what is under way may take to finish.
  public var drain: Duration
  public var replications: ReplicationPlan
  public var horizon: Horizon {
    Horizon(warmUp: warmUp, duration: duration, warmUpRule: warmUpRule)
  }
  /// False starts with empty stores and timelines.
  public var warmStart: Bool
  public var audience: AudienceModel
  public var traffic: TrafficSettings
  public var designs: [NamedDesign]
  public var thresholds: [Threshold]
  public var prices: PriceSheet?

  /// Reads a scenario file and what it extends, then the overrides `path=value` in order.
  ///
  /// - Parameter hasBaseline: whether thresholds may compare with one.
  /// - Throws: `MissingInput`, or `InvalidInput` for the first thing that is wrong.
  public init(
    reading path: String, overrides: [String] = [], hasBaseline: Bool = false
  ) throws {
    var tree = try SettingsFile.readExtending(path: path)
    for override in overrides { tree = try SettingsFile.applying(override, to: tree) }
    try self.init(
      tree, fileName: path.split(separator: "/").last.map(String.init) ?? path,
      question: SettingsFile.firstComment(path: path), hasBaseline: hasBaseline)
    arguments = [path]
  }

  init(
    _ tree: Setting, fileName: String, question: String, hasBaseline: Bool = false
  ) throws {
    var parameters = try Parameters(tree)
    let version = try parameters.count("feedsim")
    if let version, version != 1 {
      throw parameters.error("is \(version); this feedsim reads version 1", key: "feedsim")
    }
    name =
      try parameters.text("name")
      ?? String(fileName.split(separator: ".").first ?? Substring(fileName))
    self.question = question
    hash = Fingerprint.sha256(tree.canonicalText)
    seed = try parameters.unsigned("seed") ?? 1
    duration = try Self.length("duration", &parameters) ?? .seconds(3600)
    (warmUp, warmUpRule) = try Self.warmUp(&parameters, longest: duration)
    drain = try Self.length("drain", &parameters) ?? .seconds(3600)
    replications = try ReplicationPlan.read(&parameters)
    warmStart = try parameters.flag("warmStart") ?? true
    guard var section = try parameters.nested("audience") else {
      throw parameters.missing("audience")
    }
    audience = try AudienceModel(&section)
    try section.finish()
    traffic = try TrafficSettings(&parameters)
    prices = try PriceSheet.named(by: "prices", &parameters)
    let rules = try parameters.list("thresholds") ?? []
    let variants = try parameters.nested("designs")
    designs = try Self.designs(tree, variants, &parameters)
    try parameters.finish()
    thresholds = []
    for rule in rules {
      thresholds.append(
        try Threshold(rule, costs: prices != nil, hasBaseline: hasBaseline))
    }
    try validate(parameters)
  }

  private static func length(
    _ key: String, _ parameters: inout Parameters, orNone: Bool = false
  ) throws -> Duration? {
    // Times within a run stay far inside an Instant, with room for a drain as long again.
    let year: Int64 = 366 * 86_400 * 1_000_000_000
    return try parameters.nanoseconds(key, in: (orNone ? 0 : 1)...year)
      .map { Duration(nanoseconds: $0) }
  }

  /// Reads `warmUp`: a length, or `auto`.
  private static func warmUp(
    _ parameters: inout Parameters, longest: Duration
  ) throws -> (Duration, WarmUpRule) {
    var rest = parameters
    if case .scalar("auto") = try rest.setting("warmUp")?.content {
      parameters = rest
      return (longest, .auto)
    }
    let length = try length("warmUp", &parameters, orNone: true)
    return (length ?? .seconds(600), .given)
  }

  /// What a design may change.
  private static let designKeys = [
    "fanOut", "timelines", "cache", "ranking", "feed", "tiers", "network", "post", "delivery",
  ]

  /// The scenario's own design, or one for each entry of `designs` laid over it.
  private static func designs(
    _ tree: Setting, _ variants: Parameters?, _ parameters: inout Parameters
  ) throws -> [NamedDesign] {
    let own = try Design(&parameters)
    guard var variants else {
      try refuseUnreadFanOut(tree, [])
      return [NamedDesign(name: "", design: own)]
    }
    let entries = try variants.remaining()
    if entries.isEmpty { throw parameters.error("names no design", key: "designs") }
    let designs = try entries.map { entry in
      let variant = try Parameters(entry.value)
      var unread = variant
      for key in designKeys { _ = try unread.setting(key) }
      if let other = try unread.remaining().first {
        throw InvalidInput(
          "a design cannot change \"\(other.key)\"; it can change "
            + designKeys.joined(separator: ", "),
          at: other.location, path: other.value.path)
      }
      var layered = try Parameters(SettingsFile.overlay(tree, with: entry.value))
      return NamedDesign(name: entry.key, design: try Design(&layered))
    }
    try refuseUnreadFanOut(tree, entries.map(\.value))
    return designs
  }

  /// A setting for another fan-out policy than the design's is an error, unless a later layer has
  /// named the policy (`--set fanOut.policy=push` needs no further change) or the designs share
  /// the setting and one of them reads it.
  private static func refuseUnreadFanOut(_ tree: Setting, _ variants: [Setting]) throws {
    let designs = variants.isEmpty ? [tree] : variants.map { SettingsFile.overlay(tree, with: $0) }
    let unread = try designs.map { try Design.otherPolicies(in: $0) }
    for (index, settings) in unread.enumerated() {
      for (entry, problem) in settings where !entry.isOverruled {
        let isShared = variants.isEmpty || variants[index]["fanOut"]?[entry.key] == nil
        let isRead = unread.contains { !$0.contains { $0.entry.key == entry.key } }
        if !isShared || !isRead { throw problem }
      }
    }
  }

  private func validate(_ parameters: Parameters) throws {
    let sizesItself = designs.contains { named in
      TierName.allCases.contains {
        if case .auto = named.design.settings(of: $0).servers { true } else { false }
      }
    }
    if sizesItself, warmUp < .seconds(1) {
      throw parameters.error(
        "must be at least 1s: tiers with servers: auto are sized from it", key: "warmUp")
    }
    let latest = traffic.posts.map(\.at).max() ?? .zero
    if latest >= duration {
      throw parameters.error("has a post after the end of the run", key: "traffic")
    }
    let window = duration.nanoseconds + warmUp.nanoseconds + drain.nanoseconds
    if window >= 24 * 86_400 * 1_000_000_000 {
      throw parameters.error(
        "with warmUp and drain is longer than the 24 days that entry times cover",
        key: "duration")
    }
  }
}

/// Who the users are: how many, who follows whom, how active they are.
public struct AudienceModel: Sendable {
  public var users: Int
  public var graph: GraphModel
  public var celebrities: [Celebrity]
  public var activity: ActivityModel

  /// Reads `{users, graph, celebrities, activity}`; an imported graph brings its own users.
  init(_ parameters: inout Parameters) throws {
    guard var graphSection = try parameters.nested("graph") else {
      throw parameters.missing("graph")
    }
    let imported = try graphSection.text("edges") != nil
    graph = try GraphModel(&graphSection)
    try graphSection.finish()
    let count = try parameters.count("users", in: 2...FollowerGraph.maximumUserCount)
    guard let users = count ?? (imported ? 2 : nil) else { throw parameters.missing("users") }
    self.users = users
    celebrities = try Celebrity.list(try parameters.list("celebrities") ?? [])
    var activitySection = try parameters.nested("activity") ?? .empty
    activity = try ActivityModel(&activitySection)
    try activitySection.finish()
  }
}
