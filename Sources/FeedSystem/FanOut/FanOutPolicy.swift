import Settings
import Simulation

/// Decides, from an author's follower count, who gets a post written into the timeline and
/// who reads it from the author.
public protocol FanOutPolicy: Part, Sendable {
  /// The plan for a post by an author with so many followers; a pure value, and monotone:
  /// more followers never mean more push.
  func plan(followers: Int) -> FanOutPlan

  /// How long after a load a follower counts as active; zero where no plan asks for it.
  var activeWindow: Duration { get }
}

/// What happens to one post.
public enum FanOutPlan: Int, Sendable, Comparable {
  /// Nobody's timeline is written: readers pull the author at each load.
  case pull
  /// Written to active followers; one who was away pulls what was missed on return.
  case pushToActive
  /// Written into every follower's timeline.
  case push

  public static func < (a: FanOutPlan, b: FanOutPlan) -> Bool { a.rawValue < b.rawValue }
}

extension Catalog where Contract == any FanOutPolicy {
  /// Every fan-out policy: a new one is one file and one line here.
  public static var fanOut: Catalog<any FanOutPolicy> {
    Catalog(
      "fan-out policy",
      [
        Push.self,
        Pull.self,
        Hybrid.self,
      ])
  }
}

/// A policy applied to one population: because users are numbered by falling follower count,
/// each plan is a range of ids and a reader's pulled authors are a prefix of a row.
public struct FanOutClasses: Sendable {
  /// Authors below this id are pulled at every load.
  public let pulledBelow: UInt32
  /// Authors from `pulledBelow` to below this id are pushed to active followers only.
  public let activeBelow: UInt32
  /// In whole milliseconds, as the activity marks are kept.
  public let activeWindowMilliseconds: Int64

  public init(_ policy: any FanOutPolicy, on graph: FollowerGraph) {
    func firstAbove(_ plan: FanOutPlan) -> UInt32 {
      var low: UInt32 = 0
      var high = UInt32(graph.userCount)
      while low < high {
        let middle = low + (high - low) / 2
        if policy.plan(followers: graph.followerCount(of: middle)) > plan {
          high = middle
        } else {
          low = middle + 1
        }
      }
      return low
    }
    pulledBelow = firstAbove(.pull)
    activeBelow = firstAbove(.pushToActive)
    activeWindowMilliseconds = policy.activeWindow.nanoseconds / 1_000_000
  }

  @inlinable @inline(__always)
  public func plan(of author: UInt32) -> FanOutPlan {
    author < pulledBelow ? .pull : author < activeBelow ? .pushToActive : .push
  }
}
