import Settings

/// Fan-out on write: every post into every follower's timeline (seed 2, "Fan-out on Write").
public struct Push: FanOutPolicy {
  public static let name = "push"
  public static let summary = "write every post into every follower's timeline"

  public init(_ parameters: inout Parameters) throws {}

  public func plan(followers: Int) -> FanOutPlan { .push }
}
