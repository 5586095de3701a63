import Settings
import Simulation

/// Push for ordinary authors, pull for stars, and one of several plans for those between the two
/// (seed 2, "Hybrid Approach": 10K and 1M followers, active within 24 h).
///
/// The seeds disagree about the middle tier: active followers of the last 7 days (S1.28) or 24
/// hours (S2.9), the top 1,000 followers with the rest on demand (S0.6), none with pushBelow =
/// pullFrom (S1.4), both pushed and pulled (S2's code), or nobody at all (S0's code).
public struct Hybrid: FanOutPolicy {
  public static let name = "hybrid"
  public static let summary =
    "push below pushBelow followers, pull from pullFrom; between, as middleTier says"

  /// Authors with fewer followers are pushed to everyone.
  public let pushBelow: Int
  /// Authors with at least so many followers are pulled.
  public let pullFrom: Int
  public let middle: FanOutPlan
  /// Of a middle-tier author, who are pushed to where not the active are.
  public let topFollowers: Int
  private let window: Duration

  public var activeWindow: Duration {
    middle.asksActivity && pushBelow < pullFrom ? window : .zero
  }
  public var plans: [FanOutPlan] {
    pushBelow < pullFrom ? [.push, middle, .pull] : [.push, .pull]
  }

  /// What the middle tier may be, by the names in scenarios.
  private static let middles: [(String, FanOutPlan)] = [
    ("active", .pushToActive), ("topFollowers", .pushToSome),
    ("activeAndPulled", .pushToActiveAndPull), ("nobody", .nobody),
  ]

  public init(_ parameters: inout Parameters) throws {
    pushBelow = try parameters.read(
      "pushBelow", .count(), default: 10_000,
      "An author with fewer followers is pushed to every one of them.")
    pullFrom = try parameters.read(
      "pullFrom", .count(), default: max(pushBelow, 1_000_000),
      "An author with so many followers or more is pulled; between the two is the middle tier.")
    middle = try parameters.read(
      "middleTier", .choice(Self.middles), default: .pushToActive,
      "Who gets a middle-tier author's posts written: the active, who catch up on return; "
        + "topFollowers, while the others pull; activeAndPulled writes to the active what all "
        + "pull too, and nobody loses the posts: two mistakes for the delivery audit to find.")
    topFollowers = try parameters.read(
      "topFollowers", .count(), default: 1000,
      "With middleTier: topFollowers, the followers pushed to: those who load most often.")
    window = try parameters.read(
      "activeWindow", .duration(), default: .seconds(24 * 3600),
      "How long after a load a follower counts as active.")
    if pullFrom < pushBelow {
      throw parameters.error(
        "is \(pullFrom), below pushBelow (\(pushBelow)): an author cannot be pushed and pulled",
        key: "pullFrom")
    }
  }

  public func plan(followers: Int) -> FanOutPlan {
    followers < pushBelow ? .push : followers < pullFrom ? middle : .pull
  }

  public func edges(of authors: Range<UInt32>, in context: FanOutContext) -> EdgeRule {
    guard middle == .pushToSome else { return .none }
    return .split(EdgeSplit(top: topFollowers, of: authors, in: context.audience))
  }

  public func admit(_ author: UInt32, to rule: inout EdgeRule, in context: FanOutContext) {
    guard case .split(var split) = rule else { return }
    // The rule lets go of its arrays, which are otherwise copied.
    rule = .none
    split.admit(author, top: topFollowers, in: context.audience)
    rule = .split(split)
  }
}
