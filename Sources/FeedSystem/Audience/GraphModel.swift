/// How the follower graph of a scenario comes about.
public struct GraphModel: Sendable {
  var sampled: SampledGraph

  /// Chung–Lu: follower counts with a density falling as `exponent`.
  public static func powerLaw(
    meanFollows: Double, exponent: Double, maximum: Int? = nil,
    followeesExponent: Double? = nil, followeesMaximum: Int? = nil
  ) -> GraphModel {
    GraphModel(
      sampled: SampledGraph(
        meanFollows: meanFollows, exponent: exponent, maximum: maximum,
        followeesExponent: followeesExponent, followeesMaximum: followeesMaximum))
  }

  /// Everybody follows everybody else with the same chance.
  public static func uniform(meanFollows: Double) -> GraphModel {
    GraphModel(sampled: SampledGraph(meanFollows: meanFollows))
  }

  /// Builds the graph; the same arguments give the same graph on every machine.
  public func build(
    users: Int, celebrities: [Celebrity] = [], seed: UInt64,
    memory: GraphMemory = GraphMemory()
  ) throws -> FollowerGraph {
    let named = celebrities.map {
      (name: $0.name, followers: $0.followers.count(ofUsers: users))
    }
    return try sampled.build(users: users, named: named, seed: seed, memory: memory)
  }
}

/// A named account with an audience of a given size.
public struct Celebrity: Sendable, Equatable {
  public enum Followers: Sendable, Equatable {
    case count(Int)
    /// Of all users, 0 ... 1.
    case share(Double)

    func count(ofUsers users: Int) -> Int {
      switch self {
      case .count(let count): count
      case .share(let share):
        min(Int((share * Double(users)).rounded()), max(users - 1, 0))
      }
    }
  }

  public var name: String
  public var followers: Followers

  public init(name: String, followers: Followers) {
    self.name = name
    self.followers = followers
  }
}
