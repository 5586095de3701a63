import Simulation

/// What the audience does of itself, and where it is: cascades of posts that are passed on, the
/// hours that regions keep, and regions that are lost.
public struct Crowd: ~Copyable {
  let cascades: [Cascade]
  var books: [CascadeBooks]
  var rows = Pool<CrowdRow>()
  let poisson = PoissonDraw()
  /// Nil where all are up at the same hours.
  var hours: LocalHours?
  /// Nil where regions have no servers of their own.
  var geography: RegionState?

  init(_ traffic: borrowing Traffic, _ design: borrowing Design, _ regions: Regions, users: Int) {
    cascades = traffic.cascades
    books = traffic.cascades.map { _ in CascadeBooks(users: users) }
    geography = design.geography.map { RegionState($0, users: regions.counts) }
  }

  @inline(__always)
  var keepsHours: Bool { hours != nil }
  /// Whether some region has servers of its own.
  @inline(__always)
  var isDivided: Bool { geography != nil }
}
