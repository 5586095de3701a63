import Settings

/// How the follower graph of a scenario comes about.
public struct GraphModel: Sendable {
  enum Source: Sendable {
    case sampled(SampledGraph)
    case barabasiAlbert(BarabasiAlbert)
    case edges(EdgeList)
  }

  let source: Source
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

  private enum Kind: String, CaseIterable { case powerLaw, barabasiAlbert, uniform }

  /// Reads one of
  ///
  ///     {kind: powerLaw, meanFollows, exponent, maximum, followeesExponent, followeesMaximum}
  ///     {kind: barabasiAlbert, meanFollows}
  ///     {kind: uniform, meanFollows}
  ///     {edges: FILE, direction: followerFollowee | followeeFollower | both}
  ///
  /// A given `edges` wins over the other keys, so that `--set audience.graph.edges=FILE` puts
  /// a real graph into any scenario.
  public init(_ parameters: inout Parameters) throws {
    if let path = try parameters.path("edges") {
      let directions = EdgeList.Direction.allCases.map { ($0.rawValue, $0) }
      let direction = try parameters.choice("direction", from: directions)
      self.init(.edges(EdgeList(path: path, direction: direction ?? .followerFollowee)))
      for key in Self.generatorKeys { _ = try parameters.text(key) }
    } else {
      let kinds = Kind.allCases.map { ($0.rawValue, $0) }
      guard let kind = try parameters.choice("kind", from: kinds) else {
        throw parameters.error("needs kind (powerLaw, barabasiAlbert, uniform) or edges: FILE")
      }
      let mean = 0.0...Double(FollowerGraph.maximumUserCount)
      guard let meanFollows = try parameters.number("meanFollows", in: mean) else {
        throw parameters.missing("meanFollows")
      }
      switch kind {
      case .powerLaw: self.init(.sampled(try Self.powerLaw(meanFollows, &parameters)))
      case .uniform: self.init(.sampled(SampledGraph(meanFollows: meanFollows)))
      case .barabasiAlbert:
        guard meanFollows >= 1, meanFollows == meanFollows.rounded() else {
          throw parameters.error(
            "must be a whole number from 1: what every newcomer follows", key: "meanFollows")
        }
        self.init(.barabasiAlbert(BarabasiAlbert(follows: Int(meanFollows))))
      }
    }
    self.parameters = parameters
  }

  private static let generatorKeys = [
    "kind", "meanFollows", "exponent", "maximum", "followeesExponent", "followeesMaximum",
  ]

  private static func powerLaw(
    _ meanFollows: Double, _ parameters: inout Parameters
  ) throws -> SampledGraph {
    var graph = SampledGraph(meanFollows: meanFollows)
    graph.maximum = try parameters.count("maximum", in: 1...FollowerGraph.maximumUserCount)
    graph.exponent = try exponent("exponent", maximum: "maximum", graph.maximum, &parameters)
    guard graph.exponent != nil else { throw parameters.missing("exponent") }
    graph.followeesMaximum = try parameters.count(
      "followeesMaximum", in: 1...FollowerGraph.maximumUserCount)
    graph.followeesExponent = try exponent(
      "followeesExponent", maximum: "followeesMaximum", graph.followeesMaximum, &parameters)
    if graph.followeesMaximum != nil, graph.followeesExponent == nil {
      throw parameters.error("needs followeesExponent", key: "followeesMaximum")
    }
    return graph
  }

  private static func exponent(
    _ key: String, maximum key2: String, _ maximum: Int?, _ parameters: inout Parameters
  ) throws -> Double? {
    guard let exponent = try parameters.number(key, in: 1.05...20) else { return nil }
    guard exponent > 2 || maximum != nil else {
      throw parameters.error(
        "\(exponent) is not above 2: the mean diverges; give \(key2) to cut it off", key: key)
    }
    return exponent
  }

  /// Builds the graph; the same arguments give the same graph on every machine.
  ///
  /// An imported graph has the users of its file; named accounts are added to it, and to
  /// grown graphs, with followers drawn from all users alike.
  /// - Throws: `InvalidInput` for what cannot be, `MissingInput` for a missing file.
  public func build(
    users: Int, celebrities: [Celebrity] = [], seed: UInt64,
    memory: GraphMemory = GraphMemory()
  ) throws -> FollowerGraph {
    switch source {
    case .edges(let list):
      do {
        return try list.build(
          celebrities: celebrities, seed: seed, memory: memory, usersExpected: users)
      } catch let missing as MissingInput {
        let asking = parameters.error("", key: "edges")
        throw missing.located(at: asking.location, key: asking.path)
      }
    case .sampled(let graph):
      let named = try Self.named(celebrities, users: users)
      try check(users: users, meanFollows: graph.meanFollows)
      try check(graph, users: users)
      do {
        return try graph.build(users: users, named: named, seed: seed, memory: memory)
      } catch let refusal as GraphRefusal {
        throw parameters.error(refusal.message, key: refusal.key)
      }
    case .barabasiAlbert(let growth):
      let named = try Self.named(celebrities, users: users)
      let grown = users - named.count
      try check(users: grown, meanFollows: Double(growth.follows))
      var list = growth.grow(users: grown, seed: seed)
      var origin = FollowerGraph.Origin()
      for (index, celebrity) in celebrities.enumerated() {
        let followers = try celebrity.checkedFollowers(users: users, others: grown + index)
        let id = list.addCelebrity(followers: followers, seed: seed)
        origin.celebrities.append(.init(name: celebrity.name, id: id))
      }
      return list.build(origin: origin, memory: memory)
    }
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

  private func check(users: Int, meanFollows: Double) throws {
    let most = FollowerGraph.maximumUserCount
    guard (0...most).contains(users) else {
      throw InvalidInput("a graph of \(users) users; at most \(most) are possible")
    }
    guard meanFollows <= Double(max(users - 1, 0)) else {
      throw parameters.error(
        "\(meanFollows) is more than there are others to follow: \(users) users",
        key: "meanFollows")
    }
    guard meanFollows * Double(users) <= Double(FollowerGraph.maximumEdgeCount) else {
      throw parameters.error(
        "\(meanFollows) × \(users) users is above \(FollowerGraph.maximumEdgeCount) follows",
        key: "meanFollows")
    }
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
