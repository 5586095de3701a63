import Settings
import Simulation

/// A scenario's `geography`: regions that each have servers of their own, one of which takes all
/// writes (S1.37, S2.20).
public struct GeographySettings: Sendable {
  /// What is done where a region is lost.
  public struct Failover: Sendable, Equatable {
    /// From the loss until somebody knows of it.
    public var detectAfter = Duration.seconds(30)
    /// From there until clients have been told of another region.
    public var dns = Duration.seconds(60)
    /// From there until another region takes the writes.
    public var promoteAfter = Duration.seconds(30)

    init(_ parameters: inout Parameters) throws {
      let time = Form<Duration>.duration(in: .zero...(.seconds(86_400)))
      detectAfter = try parameters.read(
        "detectAfter", time, default: detectAfter, "From the loss until somebody knows of it.")
      dns = try parameters.read(
        "dns", time, default: dns, "From there until clients have been told of another region.")
      promoteAfter = try parameters.read(
        "promoteAfter", time, default: promoteAfter,
        "From there until another region takes the writes.")
    }
  }

  /// Two regions and how far apart they are.
  struct Link: Sendable {
    var one: Int
    var other: Int
    var roundTrip: Duration
  }

  /// The number of the region that takes the writes.
  public let primary: Int
  /// Until another region shows a post, at least and at most: evenly likely in between.
  public let lag: ClosedRange<Duration>
  /// Nil where a lost region's users wait until it is back.
  public let failover: Failover?
  /// Between two regions, there and back, row by row.
  private let roundTrips: [Duration]
  private let count: Int

  /// - Parameter regions: the scenario's, of which there must be two.
  init(_ parameters: inout Parameters, _ regions: [Region]) throws {
    count = regions.count
    func index(_ name: String, _ key: String, _ parameters: Parameters) throws -> Int {
      if parameters.isDescribing { return 0 }
      guard let index = regions.firstIndex(where: { $0.name == name }) else {
        throw parameters.error(
          "no region is called \"\(name)\""
            + Suggestion.text(for: name, among: regions.map(\.name)), key: key)
      }
      return index
    }
    if regions.count < 2, !parameters.isDescribing {
      throw parameters.error("needs regions, two or more")
    }
    let time = Form<Duration>.duration(in: .zero...(.seconds(3600)))
    let named = try parameters.read(
      "primary", .text, "The region that takes all writes; the first if not given.")
    primary = try named.map { try index($0, "primary", parameters) } ?? 0
    let far = try parameters.read(
      "roundTrip", time, default: .milliseconds(80),
      "Between any two regions, there and back, unless links say otherwise.")
    let link = Form<Link>.keys { link in
      let from = try link.require("from", .text, "A region.")
      let to = try link.require("to", .text, "Another one.")
      return Link(
        one: try index(from, "from", link), other: try index(to, "to", link),
        roundTrip: try link.require("roundTrip", time, "Between them, there and back."))
    }
    let links = try parameters.read(
      "links", .list(of: link), default: [],
      "Regions that are nearer or further apart than others.")
    var roundTrips = [Duration](repeating: far, count: count * count)
    for index in 0..<count { roundTrips[index * count + index] = .zero }
    for link in links where link.one != link.other {
      roundTrips[link.one * count + link.other] = link.roundTrip
      roundTrips[link.other * count + link.one] = link.roundTrip
    }
    self.roundTrips = roundTrips
    // S1.37: 50 to 100 ms.
    lag =
      try parameters.section(
        "replicationLag", "Until other regions show what the primary has stored.", Self.lag)
      ?? .milliseconds(50)...(.milliseconds(100))
    failover = try parameters.section(
      "failover", "What is done where a region is lost; its users wait if not given.",
      Failover.init)
  }

  /// Reads a scenario's `geography`; nil without it.
  static func read(
    _ parameters: inout Parameters, _ regions: [Region]
  ) throws -> GeographySettings? {
    try parameters.section(
      "geography", "Regions with servers of their own, one of which takes all writes."
    ) { try GeographySettings(&$0, regions) }
  }

  private static func lag(_ parameters: inout Parameters) throws -> ClosedRange<Duration> {
    let time = Form<Duration>.duration(in: .zero...(.seconds(3600)))
    let least = try parameters.read("from", time, default: .milliseconds(50), "At least.")
    let most = try parameters.read(
      "to", time, default: max(least, .milliseconds(100)), "At most.")
    guard least <= most else {
      throw parameters.error("is less than from", key: "to")
    }
    return least...most
  }

  func roundTrip(_ one: Int, _ other: Int) -> Duration { roundTrips[one * count + other] }
}
