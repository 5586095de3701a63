import Settings
import Simulation

/// What a user does to a follow.
public enum FollowChange: String, CaseIterable, Sendable {
  case follow, unfollow, mute, block
}

/// How often users change whom they follow: a scenario's `traffic.follows`. Rates are a day, mean
/// of the active users; those who load more change more.
public struct FollowHabits: Sendable {
  /// Whom a new follow goes to.
  public enum Choice: Sendable, Equatable {
    /// Whoever has k times the followers is picked k times as often: preferential attachment
    /// (Barabási and Albert: "Emergence of scaling in random networks", Science 1999), by the
    /// followers of the run's start.
    case popular
    /// All alike.
    case anybody
  }

  /// By `FollowChange`.
  var perDay = [Double](repeating: 0, count: FollowChange.allCases.count)
  public var choice = Choice.popular

  init() {}

  init(_ parameters: inout Parameters) throws {
    let rate = Form<Double>.number(in: 0...1e6)
    perDay = [
      try parameters.read("followsPerDay", rate, default: 0, "Of an active user, on average."),
      try parameters.read("unfollowsPerDay", rate, default: 0, "Of one of those followed."),
      try parameters.read(
        "mutesPerDay", rate, default: 0,
        "Of one of those followed, who is followed on and no longer shown."),
      try parameters.read(
        "blocksPerDay", rate, default: 0,
        "Of a follower: both unfollow each other, for good."),
    ]
    choice = try parameters.read(
      "choose", .choice([("popular", .popular), ("anybody", .anybody)]), default: choice,
      "Whom a follow goes to: in proportion to followers, or all users alike.")
  }

  public var perDayTotal: Double { perDay.reduce(0, +) }

  /// A change, by its share of all.
  func draw(_ stream: inout RandomStream) -> FollowChange {
    var left = stream.uniform() * perDayTotal
    for change in FollowChange.allCases {
      left -= perDay[FollowChange.allCases.firstIndex(of: change) ?? 0]
      if left < 0 { return change }
    }
    return .follow
  }
}

/// Many users who change their follow of one account: a line of `traffic.changes`.
public struct ScriptedChange: Sendable {
  public var at: Duration
  /// From the first user to the last.
  public var length: Duration
  public var change: FollowChange
  public var account: String
  public var users: Portion
  /// For the error message where nobody has that name.
  var source: Parameters

  static func read(_ parameters: inout Parameters) throws -> ScriptedChange {
    let time = Form<Duration>.duration(in: .zero...(.seconds(366 * 86_400)))
    let at = try parameters.require("at", time, "When, from the window's start.")
    let length = try parameters.read(
      "for", time, default: .zero, "How long, from the first of them to the last.")
    let users = try parameters.require(
      "by", .portion(),
      "How many: a number, or a share, for follow of all users and else of the followers.")
    let about = [
      "An account that so many users begin to follow.", "… follow no longer.",
      "… follow on, without being shown its posts.", "… block: neither follows the other again.",
    ]
    var given: [(FollowChange, String)] = []
    for (change, about) in zip(FollowChange.allCases, about) {
      if let account = try parameters.read(change.rawValue, .text, about) {
        given.append((change, account))
      }
    }
    guard let (change, account) = given.first, given.count == 1 else {
      if parameters.isDescribing {
        return ScriptedChange(
          at: at, length: length, change: .follow, account: "", users: users, source: parameters)
      }
      throw parameters.error(
        "needs the account that so many users follow, unfollow, mute or block, and one of these")
    }
    return ScriptedChange(
      at: at, length: length, change: change, account: account, users: users, source: parameters)
  }
}

/// How the follower graph moves, bound to a run.
public struct FollowTraffic: Sendable {
  public struct Script: Sendable {
    public var at: Instant
    public var length: Duration
    public var change: FollowChange
    public var account: UInt32
    public var users: Portion
  }

  public var habits = FollowHabits()
  public var arrivals = ProfiledArrivals(.constant)
  public var scripts: [Script] = []

  public init() {}

  /// Whether nothing ever changes.
  public var isStill: Bool { habits.perDayTotal == 0 && scripts.isEmpty }
}

extension TrafficSettings {
  /// Whether a run changes the graph.
  public var movesGraph: Bool { follows.perDayTotal > 0 || !changes.isEmpty }

  func followTraffic(
    for graph: FollowerGraph, window: Instant, ordinary: RateProfile
  ) throws -> FollowTraffic {
    var traffic = FollowTraffic()
    traffic.habits = follows
    traffic.arrivals = ProfiledArrivals(ordinary)
    traffic.scripts = try changes.map { change in
      FollowTraffic.Script(
        at: window + change.at, length: change.length, change: change.change,
        account: try graph.account(change.account, asked: change.source), users: change.users)
    }
    return traffic
  }
}

extension FollowerGraph {
  /// The user of a name: a named account's, or a number's in the imported file.
  ///
  /// - Throws: `InvalidInput` at the place that asks.
  func account(_ name: String, asked source: Parameters) throws -> UInt32 {
    if let user = user(named: name) { return user }
    if let number = UInt64(name),
      let user = (0..<UInt32(userCount)).first(where: { originalName(of: $0) == number })
    {
      return user
    }
    let known = celebrities.map(\.name)
    throw source.error(
      "nobody is called \"\(name)\"" + Suggestion.text(for: name, among: known))
  }
}
