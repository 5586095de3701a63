import Settings
import Simulation

/// A part of the world that some of the users live in: an element of a scenario's `regions`.
///
/// S0.15 has four: 500M, 300M, 800M and 1.5B users at 20, 25, 30 and 35 ms.
public struct Region: Sendable, Equatable {
  /// As in `region.<name>.latency`.
  public var name: String
  /// Its weight among the regions.
  public var users: Double
  /// Between the region's clients and the gateway, there and back.
  public var roundTrip: Duration
  /// How far its clocks are ahead of those that `traffic.daily` goes by.
  public var timeZone = Duration.zero
  /// Where the posts of a page come from; nil where all are of the viewer's network.
  public var content: ContentMix?

  init(_ parameters: inout Parameters) throws {
    name = try parameters.require(
      "name", .text, "Small letters, digits and _, as in region.<name>.latency.")
    users = Double(
      try parameters.require(
        "users", .count(in: 1...1_000_000_000_000),
        "How many live there: its share is this over the sum of all regions."))
    roundTrip = try parameters.require(
      "roundTrip", .duration(in: .zero...(.seconds(60))),
      "Between its clients and the gateway, there and back.")
    timeZone = try parameters.read(
      "timeZone", .timeZone, default: timeZone,
      "How far its clocks are ahead of those that traffic.daily and traffic.weekly go by.")
    content = try parameters.section(
      "content", "Where the posts of a page come from; the viewer's network alone if not given.",
      ContentMix.init)
    let isPlain = name.utf8.allSatisfy {
      ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) || $0 == UInt8(ascii: "_")
        || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
    }
    guard isPlain, let first = name.utf8.first, first >= UInt8(ascii: "a") else {
      throw parameters.error(
        "\"\(name)\" must be small letters, digits and _, a letter first, such as us_west",
        key: "name")
    }
  }

  /// The servers of a tier that stand in a region, by its share of the users: all regions' together
  /// are all of them. Fewer than there are regions stand in none.
  ///
  /// - Parameter users: of each region; their sum times the servers is an `Int`.
  public static func servers(of region: Int, among count: Int, users: [Int]) -> Range<Int> {
    guard count >= users.count else { return 0..<0 }
    let total = users.reduce(0, +)
    let before = users[..<region].reduce(0, +)
    func place(_ users: Int) -> Int { (users * count + total / 2) / max(total, 1) }
    return place(before)..<place(before + users[region])
  }

  /// At most this many: a user's is a byte.
  static let most = 64

  /// Reads a scenario's `regions`; empty for one world.
  static func list(_ parameters: inout Parameters) throws -> [Region] {
    let regions = try parameters.read(
      "regions", .list(of: .keys(Region.init)), default: [],
      "Where the users live: in which shares, and how far from the gateway.")
    guard regions.count <= most else {
      throw parameters.error("are \(regions.count), at most \(most) are possible", key: "regions")
    }
    for (index, region) in regions.enumerated()
    where regions[..<index].contains(where: { $0.name == region.name }) {
      throw parameters.error("\"\(region.name)\" occurs twice", key: "regions")
    }
    return regions
  }
}

/// The shares of a page's places that are filled from posts trending everywhere, from posts
/// trending in the region, and from the viewer's own feed (S0.15).
public struct ContentMix: Sendable, Equatable {
  public var global = 0.33
  public var regional = 0.33

  public var network: Double { max(0, 1 - global - regional) }

  init(_ parameters: inout Parameters) throws {
    global = try parameters.read(
      "global", .share(), default: global, "Of a page's places, for posts trending everywhere.")
    regional = try parameters.read(
      "regional", .share(), default: regional,
      "Of a page's places, for posts trending in the region.")
    let network = try parameters.read(
      "network", .share(), "Of a page's places, for the viewer's own feed; the rest if not given.")
    // A sum of decimal fractions is not exact in binary.
    let sum = global + regional + (network ?? 0)
    if sum > 1 + 1e-9 || (network != nil && sum < 1 - 1e-9) {
      throw parameters.error("global, regional and network must add up to 100%", key: "global")
    }
  }
}

/// What trends: a scenario's `feed.trending`.
public struct TrendSettings: Sendable, Equatable {
  /// Posts in each pool.
  public var posts = 50
  /// Reactions count for so long.
  public var window = Duration.seconds(3600)
  /// How often the pools are made anew.
  public var every = Duration.seconds(60)

  init() {}

  init(_ parameters: inout Parameters) throws {
    posts = try parameters.read(
      "posts", .count(in: 1...10_000), default: posts,
      "Posts in the pool of the world, and in that of each region.")
    window = try parameters.read(
      "window", .duration(in: .seconds(1)...(.seconds(86_400))), default: window,
      "How long a reaction counts.")
    every = try parameters.read(
      "every", .duration(in: .seconds(1)...(.seconds(86_400))), default: every,
      "How often the pools are made anew.")
  }
}
