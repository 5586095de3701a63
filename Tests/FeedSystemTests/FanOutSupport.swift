import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// A population written out follow by follow, with a rate for each user.
struct WrittenAudience {
  /// Follower and followee, by the users' own names 0 ..< users.
  var follows: [(follower: UInt32, followee: UInt32)]
  /// Posts and loads per second, by those names.
  var posts: [Double]
  var loads: [Double]

  /// Users numbered by falling follower count; `originalName` tells who each was.
  var audience: Audience {
    var list = FollowList(userCount: posts.count)
    for follow in follows { list.append(follower: follow.follower, followee: follow.followee) }
    var origin = FollowerGraph.Origin()
    origin.names = posts.indices.map { UInt64($0) }
    let graph = list.build(origin: origin, memory: GraphMemory())
    let names = (0..<UInt32(posts.count)).map { Int(graph.originalName(of: $0)) }
    return Audience(
      graph: graph,
      activity: Activity(posts: names.map { posts[$0] }, loads: names.map { loads[$0] }))
  }

  /// Each follow with a chance, rates over two orders of magnitude and none for some users.
  static func drawn(users: Int, chance: Double, seed: UInt64) -> WrittenAudience {
    var stream = RandomStream(seed: seed, purpose: 0x7774)
    var drawn = WrittenAudience(follows: [], posts: [], loads: [])
    for user in 0..<UInt32(users) {
      for other in 0..<UInt32(users) where other != user && stream.uniform() < chance {
        drawn.follows.append((user, other))
      }
      drawn.posts.append(stream.below(8) == 0 ? 0 : power(100, stream.uniform()) * 1e-5)
      drawn.loads.append(stream.below(8) == 0 ? 0 : power(100, stream.uniform()) * 1e-4)
    }
    return drawn
  }
}

extension Activity {
  /// Rates per second, user by user.
  init(posts: [Double], loads: [Double]) {
    func share(_ rates: [Double]) -> Share {
      Share(members: nil, count: rates.count, rates: rates, table: AliasTable(rates), rate: 0)
    }
    self.init(
      userCount: posts.count, readerCount: posts.count, activeCount: loads.count { $0 > 0 },
      postRateTotal: posts.reduce(0, +), postRateAtHome: posts.reduce(0, +),
      loadRateTotal: loads.reduce(0, +),
      posting: share(posts), reading: share(loads), activeBits: [])
  }
}

extension FanOutContext {
  init(_ audience: Audience, push: Double = 1, pull: Double = 1, seed: UInt64 = 0) {
    self.init(
      audience: audience, costs: FanOutCosts(push: push, pull: pull), loadsPerSession: 2,
      seed: seed)
  }

  /// The plans of a policy as a scenario writes it, such as `policy: push`.
  func classes(_ yaml: String) throws -> FanOutClasses {
    var parameters = try Parameters(
      SettingsFile.parse("fanOut: {\(yaml)}", file: "test.yaml"))
    let design = try Design(&parameters)
    try parameters.finish()
    return FanOutClasses(design.fanOut, on: audience.graph, self)
  }

  func cost(_ yaml: String) throws -> Double { try cost(of: classes(yaml)) }

  /// The follows over which posts are pushed.
  func pushed(_ classes: FanOutClasses) -> Int {
    (0..<UInt32(audience.graph.userCount)).reduce(0) { sum, author in
      sum
        + audience.graph.followers(of: author).count { follower in
          switch classes.plan(of: author) {
          case .push: true
          case .pushToSome: classes.edges.pushes(author, to: follower)
          default: false
          }
        }
    }
  }
}
