import Settings
import Simulation

/// A population: who follows whom, and how often each posts and reads. Read only, and shared
/// by every design and replication.
public struct Audience: Sendable {
  public let graph: FollowerGraph
  public let activity: Activity

  public init(graph: FollowerGraph, activity: Activity) {
    self.graph = graph
    self.activity = activity
  }
}
