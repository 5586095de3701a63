import Settings
import Simulation

/// A population: who follows whom, and how often each posts and reads. Read only, and shared
/// by every design and replication.
public struct Audience: Sendable {
  public let graph: FollowerGraph
  public let activity: Activity
  /// What users care for and what posts are; nil where every post is like every other.
  public let world: WorldSettings?

  public init(graph: FollowerGraph, activity: Activity, world: WorldSettings? = nil) {
    self.graph = graph
    self.activity = activity
    self.world = world
  }
}
