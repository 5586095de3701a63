/// How many visits each server of a pool has under way, and which servers take new ones.
///
/// Servers in rotation stand in a list for each number of visits, so that the least loaded one is
/// known at once however many there are.
public struct ServerLoads: ~Copyable {
  private var rotation: [Int32] = []
  /// Where each server stands in `rotation`; negative for one that is not.
  private var places: [Int32] = []
  private var visits: [Int32] = []
  /// By number of visits: the servers that have so many, the one that has had them longest first.
  private var heads: [Int32] = [-1]
  private var tails: [Int32] = [-1]
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var least = 0

  init() {}

  /// Servers known, in rotation or not.
  var count: Int { visits.count }

  /// Servers that take new visits.
  public var rotationCount: Int { rotation.count }

  /// One of them, by its place in a list without any order.
  public func inRotation(_ place: Int) -> Int { Int(rotation[place]) }

  func isInRotation(_ server: Int) -> Bool { places[server] >= 0 }

  func place(of server: Int) -> Int { Int(places[server]) }

  /// Visits that a server has, waiting in its own line or in service.
  public func outstanding(_ server: Int) -> Int { Int(visits[server]) }

  /// Of the servers in rotation the one with the fewest visits; of equals the one that has been so
  /// for longest.
  public var leastLoaded: Int { Int(heads[least]) }

  /// Visits of the least loaded server.
  public var leastOutstanding: Int { least }

  mutating func addServer() {
    places.append(-1)
    visits.append(0)
    next.append(-1)
    previous.append(-1)
  }

  mutating func add(_ change: Int, to server: Int) {
    let isListed = places[server] >= 0
    if isListed { unlist(server) }
    visits[server] += Int32(change)
    if isListed { list(server) }
  }

  mutating func enter(_ server: Int) {
    guard places[server] < 0 else { return }
    places[server] = Int32(rotation.count)
    rotation.append(Int32(server))
    if rotation.count == 1 { least = Int(visits[server]) }
    list(server)
  }

  mutating func leave(_ server: Int) {
    let place = Int(places[server])
    guard place >= 0 else { return }
    unlist(server)
    let last = rotation.removeLast()
    if place < rotation.count {
      rotation[place] = last
      places[Int(last)] = Int32(place)
    }
    places[server] = -1
    settleLeast()
  }

  private mutating func list(_ server: Int) {
    let number = Int(visits[server])
    while heads.count <= number {
      heads.append(-1)
      tails.append(-1)
    }
    let last = tails[number]
    previous[server] = last
    next[server] = -1
    tails[number] = Int32(server)
    if last < 0 { heads[number] = Int32(server) } else { next[Int(last)] = Int32(server) }
    if number < least { least = number }
    settleLeast()
  }

  private mutating func unlist(_ server: Int) {
    let number = Int(visits[server])
    let (before, after) = (previous[server], next[server])
    if before < 0 { heads[number] = after } else { next[Int(before)] = after }
    if after < 0 { tails[number] = before } else { previous[Int(after)] = before }
  }

  /// The least number of visits rises only as far as servers have them.
  private mutating func settleLeast() {
    guard !rotation.isEmpty else { return }
    while heads[least] < 0 { least += 1 }
  }
}
