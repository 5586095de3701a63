import FeedSystem
import Settings
import Simulation
import YAMLSettings

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
  /// What its bill is in.
  public var currency: Currency { prices?.currency ?? .dollars }
  /// From when on a price is old.
  var pricing = PriceAge()
  /// What a plan of it has to hold; nil where the scenario does not say.
  public var plan: PlanSettings?
  /// The files beside the settings whose content decides the answer, as paths from here.
  public var inputs: [String]

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
    try self.init(
      &parameters, tree, fileName: fileName, question: question, hasBaseline: hasBaseline)
    try validate(parameters)
  }

  /// What a scenario file may say, told by what reads it.
  public static func keys() throws -> Shape.Keys {
    let nothing = Setting(.map([]), location: SourceLocation(argument: ""))
    var keys = try Parameters.describe {
      try Scenario(&$0, nothing, fileName: "", question: "", hasBaseline: false)
    }.keys
    keys.list.append(SettingsFile.extends)
    return keys
  }

  private init(
    _ parameters: inout Parameters, _ tree: Setting, fileName: String, question: String,
    hasBaseline: Bool
  ) throws {
    _ = try parameters.read("feedsim", .count(in: 1...1), "The version of this format.")
    name = try parameters.read(
      "name", .text,
      default: String(fileName.split(separator: ".").first ?? Substring(fileName)),
      "What reports call it; the file's name if not given.")
    self.question = question
    hash = Fingerprint.sha256(tree.canonicalText)
    seed = try parameters.read("seed", .unsigned, default: 1, "Of every random stream.")
    duration = try parameters.read(
      "duration", Self.length(), default: .seconds(3600), "The measurement window.")
    let given = try parameters.read(
      "warmUp", Self.length(orNone: true).or("auto"), default: .seconds(600),
      "Simulated before it, to fill the caches and size the tiers; auto finds how long it takes.")
    (warmUp, warmUpRule) = given.map { ($0, .given) } ?? (duration, .auto)
    drain = try parameters.read(
      "drain", Self.length(), default: .seconds(3600),
      "How long after it what is under way may take to finish.")
    replications = try parameters.read(
      "replications", ReplicationPlan.form, default: ReplicationPlan(exactly: 5),
      "Independent runs over one population, for the intervals.")
    warmStart = try parameters.read(
      "warmStart", .flag, default: true, "Begin with the past week's posts in the timelines.")
    audience = try parameters.require(
      "audience", .keys { try AudienceModel(&$0) },
      "Who the users are, who follows whom, how active they are.")
    traffic = try TrafficSettings(&parameters)
    let priced = try PriceSheet.named(by: "prices", &parameters)
    audience.world = try Self.settled(traffic.events, in: audience.world)
    prices = priced?.sheet
    pricing = try PriceAge(&parameters, hasPrices: prices != nil)
    plan = try parameters.section(
      "plan", "What `feedsim plan` has to hold beside the thresholds.", PlanSettings.init)
    inputs = [audience.graph.file].compactMap { $0 } + traffic.files
    inputs += [priced?.file].compactMap { $0 }
    let rules = try parameters.read(
      "thresholds", .list(of: Threshold.form), default: [],
      "Rules; the run exits with 99 when one fails.")
    designs = try Self.designs(tree, &parameters)
    try parameters.finish()
    thresholds = []
    for rule in rules {
      thresholds.append(
        try Threshold(
          rule, costs: prices != nil, currency: currency, hasBaseline: hasBaseline))
    }
    if prices == nil, designs.contains(where: \.design.commits) {
      throw parameters.error("says how machines are paid for and needs prices", key: "purchase")
    }
  }

  private static func length(orNone: Bool = false) -> Form<Duration> {
    // Times within a run stay far inside an Instant, with room for a drain as long again.
    .duration(in: Duration(nanoseconds: orNone ? 0 : 1)...Duration.seconds(366 * 86_400))
  }

  /// What a design may change.
  static let designKeys: [String] = {
    let described = try? Parameters.describe { try Design(&$0) }
    return described?.keys.list.map(\.name) ?? []
  }()

  /// The scenario's own design, or one for each entry of `designs` laid over it.
  private static func designs(
    _ tree: Setting, _ parameters: inout Parameters
  ) throws -> [NamedDesign] {
    let own = NamedDesign(name: "", design: try Design(&parameters))
    let about = "Designs to compare, each laid over what the scenario says."
    if try parameters.tellVariants("designs", about, { try Design(&$0) }) { return [own] }
    guard var variants = try parameters.nested("designs") else {
      try refuseUnreadFanOut(tree, [])
      return [own]
    }
    let entries = try variants.remaining()
    if entries.isEmpty { throw parameters.error("names no design", key: "designs") }
    let designs = try entries.map { entry in
      let variant = try Parameters(entry.value)
      if let other = variant.unread.first(where: { !designKeys.contains($0.key) }) {
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
      TierName.allCases.filter { named.design.has($0) }.contains {
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
    let restarts = designs.flatMap { $0.design.live?.restarts ?? [] }
    if restarts.contains(where: { $0.at >= duration }) {
      throw parameters.error("live.restarts has one after the end of the run", key: "live")
    }
    let orders = designs.compactMap(\.design.pipeline?.latest)
    if let last = orders.max(by: { $0.at < $1.at }), last.at >= duration + drain {
      throw parameters.error("pipeline.\(last.key) is after the end of the run", key: "pipeline")
    }
    try validateCells()
    try validateCrowd(parameters)
    try validateFollows(parameters)
    try validateModes(parameters)
    try validateControl(parameters)
    try validateWorld(parameters)
    if audience.world == nil, designs.contains(where: { $0.design.moderation != nil }) {
      throw parameters.error(
        "needs audience.world, whose harmful says how many posts break the rules",
        key: "moderation")
    }
    let crashes = designs.flatMap { $0.design.counters?.crashAt ?? [] }
    if let last = crashes.max(), last >= duration + drain {
      throw parameters.error("crashAt is after the end of the run", key: "counters")
    }
    let failures = designs.compactMap(\.design.leafIndex?.latestFailure)
    if let last = failures.max(), last >= duration {
      throw parameters.error("failure is after the end of the run", key: "leafIndex")
    }
    if let last = designs.compactMap(\.design.faults.latest).max(), last >= duration {
      throw parameters.error("has one that begins after the end of the run", key: "faults")
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
  /// Of a population too large to hold; nil where all of it is.
  public var cells: CellSettings?
  public var activity: ActivityModel
  /// Nil where every post is like every other.
  public var world: WorldSettings?

  /// Reads `{users, graph, cells, celebrities, activity, world}`; an imported graph brings its own
  /// users.
  init(_ parameters: inout Parameters) throws {
    graph = try parameters.require(
      "graph", .keys { try GraphModel(&$0) }, "Who follows whom: a law, or a file of follows.")
    cells = try parameters.section(
      "cells", "Parts alike that a population too large to hold is cut into; one is simulated.",
      CellSettings.init)
    let count = try parameters.read(
      "users", .count(in: 2...CellSettings.usersAtMost), neededWithout: "graph.edges",
      "The population.")
    guard let users = count ?? (graph.file != nil ? 2 : nil) else {
      throw parameters.missing("users")
    }
    guard cells != nil || users <= FollowerGraph.maximumUserCount else {
      throw parameters.error(
        "must be from 2 to \(FollowerGraph.maximumUserCount) to be held whole; more are simulated "
          + "by cells: give audience.cells, such as --set audience.cells.users=100k", key: "users")
    }
    self.users = users
    try cells?.check(population: users)
    celebrities = try Celebrity.list(
      parameters.read(
        "celebrities", .list(of: Celebrity.form), default: [],
        "Named accounts with an audience of a given size."))
    activity =
      try parameters.section(
        "activity", "How often users post and load feeds.", ActivityModel.init)
      ?? ActivityModel()
    world = try parameters.section(
      "world", "What users care for and what posts are; if not given, all posts are alike.",
      WorldSettings.init)
  }
}
