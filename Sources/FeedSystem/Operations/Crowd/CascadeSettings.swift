import Settings
import Simulation

/// A post that is passed on from follower to follower: an element of a scenario's
/// `traffic.cascades`.
public struct CascadeSettings: Sendable {
  /// Followers who come to look at a repost.
  public struct Visits: Sendable, Equatable {
    /// Of the followers of whoever has reposted it.
    public var share = 0.01
    public var delay = Distribution.exponential(mean: 300)

    init(_ parameters: inout Parameters) throws {
      share = try parameters.read(
        "share", .share(), default: share, "Of the followers of whoever has passed it on.")
      delay = try parameters.read(
        "delay", .distribution, default: delay, "From a repost until one of them opens the feed.")
    }
  }

  public var at: Duration
  public var by: String
  public var law: CascadeLaw
  /// Reposts at most: where each brings more than one other, there is no other end.
  public var most = 10_000
  /// Nil where nobody loads a feed because of it.
  public var visits: Visits?
  /// For the error message where nobody has that name.
  private var source: Parameters

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require(
      "at", .duration(in: .zero...(.seconds(366 * 86_400))), "When the original is posted.")
    by = try parameters.require(
      "by", .text, "An account of audience.celebrities, or a number in graph.edges.")
    law = try CascadeLaw(&parameters)
    most = try parameters.read(
      "most", .count(in: 1...10_000_000), default: most, "Reposts at most.")
    visits = try parameters.section(
      "visits", "Followers who open the feed because of it; nobody if not given.", Visits.init)
    source = parameters
  }

  func bound(to graph: FollowerGraph, opens: Instant) throws -> Cascade {
    Cascade(
      at: opens + at, author: try graph.account(by, asked: source), law: law, most: most,
      visits: visits)
  }
}

/// A cascade bound to a run and its population.
struct Cascade: Sendable {
  var at: Instant
  var author: UInt32
  var law: CascadeLaw
  var most: Int
  var visits: CascadeSettings.Visits?
}
