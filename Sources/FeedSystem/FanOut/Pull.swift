import Settings

/// Fan-out on read: readers gather from the authors they follow (seed 2, "Fan-out on Read").
public struct Pull: FanOutPolicy {
  public static let name = "pull"
  public static let summary = "write nothing; every load gathers from the authors followed"

  public init(_ parameters: inout Parameters) throws {}

  public func plan(followers: Int) -> FanOutPlan { .pull }
}
