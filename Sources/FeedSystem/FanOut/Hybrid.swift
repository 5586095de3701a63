import Settings
import Simulation

/// Push for ordinary authors, pull for stars, and push to the active between the two
/// (seed 2, "Hybrid Approach": 10K and 1M followers, active within 24 h).
///
/// A follower who was away gets the middle tier's missed posts on return, by pulling them.
public struct Hybrid: FanOutPolicy {
  public static let name = "hybrid"
  public static let summary =
    "push below pushBelow followers, pull from pullFrom, else push to the active"

  /// Authors with fewer followers are pushed to everyone.
  public let pushBelow: Int
  /// Authors with at least so many followers are pulled.
  public let pullFrom: Int
  public let activeWindow: Duration

  public init(_ parameters: inout Parameters) throws {
    pushBelow = try parameters.read(
      "pushBelow", .count(), default: 10_000,
      "An author with fewer followers is pushed to every one of them.")
    pullFrom = try parameters.read(
      "pullFrom", .count(), default: max(pushBelow, 1_000_000),
      "An author with so many followers or more is pulled; between the two, the active are pushed.")
    let window = try parameters.read(
      "activeWindow", .duration(), default: .seconds(24 * 3600),
      "How long after a load a follower counts as active.")
    activeWindow = pushBelow == pullFrom ? .zero : window
    if pullFrom < pushBelow {
      throw parameters.error(
        "is \(pullFrom), below pushBelow (\(pushBelow)): an author cannot be pushed and pulled",
        key: "pullFrom")
    }
  }

  public func plan(followers: Int) -> FanOutPlan {
    followers < pushBelow ? .push : followers < pullFrom ? .pushToActive : .pull
  }
}
