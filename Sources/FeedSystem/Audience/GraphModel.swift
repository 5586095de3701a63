import Settings

/// How the follower graph of a scenario comes about.
public struct GraphModel: Sendable {
  enum Source: Sendable {
    case sampled(SampledGraph)
    case barabasiAlbert(BarabasiAlbert)
    case edges(EdgeList)
  }

  let source: Source
  /// How the graph's rows are kept; which follows there are is the same either way.
  public var storage = StorageRule.plain
  /// Where the settings stand, to say what is wrong with them once the users are known.
  private var parameters = Parameters.empty

  init(_ source: Source) { self.source = source }

  /// Chung–Lu: follower counts with a density falling as `exponent`.
  public static func powerLaw(
    meanFollows: Double, exponent: Double, maximum: Int? = nil,
    followeesExponent: Double? = nil, followeesMaximum: Int? = nil
  ) -> GraphModel {
    GraphModel(
      .sampled(
        SampledGraph(
          meanFollows: meanFollows, exponent: exponent, maximum: maximum,
          followeesExponent: followeesExponent, followeesMaximum: followeesMaximum)))
  }

  /// Everybody follows everybody else with the same chance.
  public static func uniform(meanFollows: Double) -> GraphModel {
    GraphModel(.sampled(SampledGraph(meanFollows: meanFollows)))
  }

  /// Every newcomer follows that many, mostly those who take part in most follows.
  public static func barabasiAlbert(follows: Int) -> GraphModel {
    GraphModel(.barabasiAlbert(BarabasiAlbert(follows: follows)))
  }

  /// The follows that a file lists.
  public static func edges(_ list: EdgeList) -> GraphModel { GraphModel(.edges(list)) }

  /// The file that says who follows whom; nil where a law does.
  public var file: String? { if case .edges(let list) = source { list.path } else { nil } }

  /// How many others a user follows, on average, where a law says; nil of a file.
  public var meanFollows: Double? {
    switch source {
    case .sampled(let graph): graph.meanFollows
    case .barabasiAlbert(let graph): Double(graph.follows)
    case .edges: nil
    }
  }

  /// The most followers that a law gives anyone but named accounts; nil for no bound of its own.
  public var maximum: Int? { if case .sampled(let graph) = source { graph.maximum } else { nil } }

  /// Reads one of
  ///
  ///     {kind: powerLaw, meanFollows, exponent, maximum, followeesExponent, followeesMaximum}
  ///     {kind: barabasiAlbert, meanFollows}
  ///     {kind: uniform, meanFollows}
  ///     {edges: FILE, direction: followerFollowee | followeeFollower | both}
  ///
  /// each with `storage: plain | compressed | auto`. A given `edges` wins over the other keys, so
  /// that `--set audience.graph.edges=FILE` puts a real graph into any scenario.
  public init(_ parameters: inout Parameters) throws {
    let path = try parameters.read(
      "edges", .path, "A file of follows, one a line; it wins over what is generated.")
    let directions = EdgeList.Direction.allCases.map { ($0.rawValue, $0) }
    let direction = try parameters.read(
      "direction", .choice(directions), "Which of a line's two users follows the other.")
    let storage = try parameters.read(
      "storage", .choice(StorageRule.allCases.map { ($0.rawValue, $0) }), default: .plain,
      "How follows are kept, to the same results; compressed builds in a third of the memory, auto "
        + "compresses what half of the free memory would not hold.")
    if let path {
      self.init(.edges(EdgeList(path: path, direction: direction ?? .followerFollowee)))
      for key in Self.generatorKeys { _ = try parameters.text(key) }
    } else {
      if direction != nil {
        throw parameters.error("is how edges: FILE is read, and there is none", key: "direction")
      }
      let source = try parameters.branch(
        "kind", without: "edges", "The law of who follows whom.",
        [
          ("powerLaw", { .sampled(try Self.powerLaw(&$0)) }),
          ("barabasiAlbert", Self.barabasiAlbert),
          (
            "uniform",
            { .sampled(SampledGraph(meanFollows: try Self.meanFollows(&$0))) }
          ),
        ] as [(String, (inout Parameters) throws -> Source)])
      guard let source else {
        throw parameters.error("needs kind (powerLaw, barabasiAlbert, uniform) or edges: FILE")
      }
      self.init(source)
    }
    self.storage = storage
    self.parameters = parameters
  }

  private static func meanFollows(_ parameters: inout Parameters) throws -> Double {
    try parameters.require(
      "meanFollows", .number(in: 0...Double(FollowerGraph.maximumUserCount)),
      "How many others a user follows, on average.")
  }

  private static func barabasiAlbert(_ parameters: inout Parameters) throws -> Source {
    let meanFollows = try meanFollows(&parameters)
    guard meanFollows >= 1, meanFollows == meanFollows.rounded() else {
      throw parameters.error(
        "must be a whole number from 1: what every newcomer follows", key: "meanFollows")
    }
    return .barabasiAlbert(BarabasiAlbert(follows: Int(meanFollows)))
  }

  private static let generatorKeys = [
    "kind", "meanFollows", "exponent", "maximum", "followeesExponent", "followeesMaximum",
  ]

  private static func powerLaw(_ parameters: inout Parameters) throws -> SampledGraph {
    let most = Form<Int>.count(in: 1...FollowerGraph.maximumUserCount)
    let power = Form<Double>.number(in: 1.05...20)
    var graph = SampledGraph(meanFollows: try meanFollows(&parameters))
    graph.maximum = try parameters.read("maximum", most, "The most followers a user has.")
    graph.exponent = try check(
      parameters.require(
        "exponent", power, "Of the followers' density; at most 2 only with a maximum."),
      "exponent", maximum: "maximum", graph.maximum, parameters)
    graph.followeesMaximum = try parameters.read(
      "followeesMaximum", most, "The most others a user follows.")
    graph.followeesExponent = try check(
      parameters.read(
        "followeesExponent", power,
        "Of the density of how many others a user follows; without it all follow alike."),
      "followeesExponent", maximum: "followeesMaximum", graph.followeesMaximum, parameters)
    if graph.followeesMaximum != nil, graph.followeesExponent == nil {
      throw parameters.error("needs followeesExponent", key: "followeesMaximum")
    }
    return graph
  }

  private static func check(
    _ exponent: Double?, _ key: String, maximum other: String, _ maximum: Int?,
    _ parameters: Parameters
  ) throws -> Double? {
    guard let exponent else { return nil }
    guard exponent > 2 || maximum != nil else {
      throw parameters.error(
        "\(exponent) is not above 2: the mean diverges; give \(other) to cut it off", key: key)
    }
    return exponent
  }

  /// Builds the graph; the same arguments give the same graph on every machine.
  ///
  /// An imported graph has the users of its file; named accounts are added to it, and to
  /// grown graphs, with followers drawn from all users alike.
  /// - Parameter available: bytes of free memory, for `auto`; nil where nobody knows.
  /// - Throws: `InvalidInput` for what cannot be, `MissingInput` for a missing file.
  public func build(
    users: Int, celebrities: [Celebrity] = [], seed: UInt64,
    memory: GraphMemory = GraphMemory(), available: Double? = nil
  ) throws -> FollowerGraph {
    let storage = storage(users: users, available: available)
    switch source {
    case .edges(let list):
      do {
        return try list.build(
          celebrities: celebrities, seed: seed, memory: memory, usersExpected: users,
          storage: storage)
      } catch let missing as MissingInput {
        let asking = parameters.error("", key: "edges")
        throw missing.located(at: asking.location, key: asking.path)
      }
    case .sampled(let graph):
      let named = try Self.named(celebrities, users: users)
      try check(users: users, meanFollows: graph.meanFollows, storage)
      try check(graph, users: users)
      do {
        return try graph.build(
          users: users, named: named, seed: seed, memory: memory, storage: storage)
      } catch let refusal as GraphRefusal {
        throw located(refusal, celebrities)
      }
    case .barabasiAlbert(let growth):
      let named = try Self.named(celebrities, users: users)
      let grown = users - named.count
      try check(users: grown, meanFollows: Double(growth.follows), storage)
      var list = growth.grow(users: grown, seed: seed)
      var origin = FollowerGraph.Origin()
      for (index, celebrity) in celebrities.enumerated() {
        let followers = try celebrity.checkedFollowers(users: users, others: grown + index)
        let id = list.addCelebrity(followers: followers, seed: seed)
        origin.celebrities.append(.init(name: celebrity.name, id: id))
      }
      return list.build(origin: origin, memory: memory, storage: storage)
    }
  }

  /// Builds one cell of a population of so many users, whose own follows alone are held.
  ///
  /// - Parameter index: which of the cells; their draws differ.
  /// - Throws: `InvalidInput` for what cannot be.
  public func buildCell(
    _ settings: CellSettings, index: Int = 0, users: Int, celebrities: [Celebrity] = [],
    seed: UInt64, memory: GraphMemory = GraphMemory()
  ) throws -> FollowerGraph {
    guard case .sampled(let graph) = source else {
      throw parameters.error(
        "cells are sampled from a law, powerLaw or uniform: " + (file ?? "barabasiAlbert")
          + " has none")
    }
    guard storage != .compressed else {
      throw parameters.error("cells hold their rows plainly; leave it out", key: "storage")
    }
    let named = try Self.named(celebrities, users: users)
    try check(users: settings.size(of: users), meanFollows: graph.meanFollows, .plain)
    try check(graph, users: users)
    try checkFollowees(graph, cell: settings.size(of: users), of: users)
    do {
      return try CellGraph(
        settings: settings, graph: graph, users: users, named: named, seed: seed, index: index
      ).build(memory: memory)
    } catch let refusal as GraphRefusal {
      throw located(refusal, celebrities)
    }
  }

  /// A refusal at the key that it is about; `celebrities` stand beside the graph.
  private func located(_ refusal: GraphRefusal, _ celebrities: [Celebrity]) -> InvalidInput {
    guard refusal.key == "celebrities", let first = celebrities.first else {
      return parameters.error(refusal.message, key: refusal.key)
    }
    return first.listError(refusal.message)
  }

  private static func named(
    _ celebrities: [Celebrity], users: Int
  ) throws -> [(name: String, followers: Int)] {
    guard celebrities.count <= users else {
      throw InvalidInput("\(celebrities.count) named accounts among \(users) users")
    }
    return try celebrities.map {
      ($0.name, try $0.checkedFollowers(users: users, others: users - 1))
    }
  }

  private func check(users: Int, meanFollows: Double, _ storage: GraphStorage) throws {
    let most = FollowerGraph.maximumUserCount
    guard (0...most).contains(users) else {
      throw InvalidInput("a graph of \(users) users; at most \(most) are possible")
    }
    guard meanFollows <= Double(max(users - 1, 0)) else {
      throw parameters.error(
        "\(meanFollows) is more than there are others to follow: \(users) users",
        key: "meanFollows")
    }
    let mostFollows =
      storage == .plain
      ? FollowerGraph.maximumEdgeCount : FollowerGraph.maximumCompressedEdgeCount
    guard meanFollows * Double(users) <= Double(mostFollows) else {
      let way = storage == .plain ? "; storage: compressed holds more" : ""
      throw parameters.error(
        "\(meanFollows) × \(users) users is above \(mostFollows) follows" + way,
        key: "meanFollows")
    }
  }

  /// A reader of a cell cannot follow whom the cell does not have: whoever follows a large part of
  /// it would follow less than in the whole, and others more.
  private func checkFollowees(_ graph: SampledGraph, cell size: Int, of users: Int) throws {
    let most = size / 10
    guard graph.followeesExponent != nil, size < users,
      graph.followeesMaximum ?? users - 1 > most
    else { return }
    let given = graph.followeesMaximum.map { "\($0) is too many" } ?? "is needed"
    throw parameters.error(
      "\(given) in cells of \(size) users, who follow at most a tenth of them: give \(most) or "
        + "less, or larger cells", key: "followeesMaximum")
  }

  private func check(_ graph: SampledGraph, users: Int) throws {
    for (key, maximum) in [
      ("maximum", graph.maximum), ("followeesMaximum", graph.followeesMaximum),
    ] {
      guard let maximum else { continue }
      if maximum > users - 1 {
        throw parameters.error(
          "\(maximum) is more than the \(users - 1) others among \(users) users", key: key)
      }
      if Double(maximum) < graph.meanFollows {
        throw parameters.error("\(maximum) is below meanFollows \(graph.meanFollows)", key: key)
      }
    }
  }
}
