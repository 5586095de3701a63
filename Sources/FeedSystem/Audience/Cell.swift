import Settings
import Simulation

/// A part of a population that is too large to hold: alike to every other part, with its share of
/// the fleet. `CellGraph` says how its follows come about.
///
/// Authors of at most `tail` followers and all their followers are its own. The *shared* authors
/// have more, and in every cell their share of them: the first ids, as they have most followers.
public struct Cell: Sendable, Equatable {
  /// Users and follows of the whole population.
  public let population: Int
  public let follows: Double
  /// Cells that the whole is.
  public let count: Double
  /// Most followers of an author of the cell's own.
  public let tail: Int
  /// Of the shared authors, by id: followers in the whole population, falling, and the share of
  /// such authors' posts that are made in this cell.
  let audiences: [Int]
  let sharesAtHome: [Double]
  /// Shared authors who read here too, ascending; all other readers are the cell's own.
  let sharedReaders: [UInt32]
  /// Those who load feeds, if they load any, and who follow.
  public let readerCount: Int

  /// Authors shared with other cells: the ids below.
  public var sharedCount: Int { audiences.count }

  /// Followers in the whole population; nil of an author of the cell's own, who has them all here.
  @inline(__always)
  public func audienceCount(of author: UInt32) -> Int? {
    Int(author) < audiences.count ? audiences[Int(author)] : nil
  }

  /// The share of an author's posts that are made here: what storing them takes is work for this
  /// cell's servers, and they count as its posts.
  public func shareAtHome(of author: UInt32) -> Double {
    Int(author) < sharesAtHome.count ? sharesAtHome[Int(author)] : 1
  }

  /// Authors of the whole population that one of the cell stands for.
  func standsFor(_ author: UInt32) -> Double { shareAtHome(of: author) * count }

  /// Ids of the readers, ascending.
  var readers: [UInt32] {
    sharedReaders + (0..<(readerCount - sharedReaders.count)).map { UInt32(sharedCount + $0) }
  }

  /// Whether everybody reads.
  var everybodyReads: Bool { sharedReaders.count == sharedCount }

  /// A user's place among the readers; nil of one who is none.
  func place(ofReader user: Int) -> Int? {
    if user >= sharedCount { return user - sharedCount + sharedReaders.count }
    var (low, high) = (0, sharedReaders.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(sharedReaders[middle]) < user { low = middle + 1 } else { high = middle }
    }
    return low < sharedReaders.count && Int(sharedReaders[low]) == user ? low : nil
  }

  /// Turns places among the readers into their ids; ascending ones stay so.
  func rename(_ row: UnsafeMutablePointer<UInt32>, count: Int) {
    guard !everybodyReads else { return }
    let shared = UInt32(sharedReaders.count)
    let moved = UInt32(sharedCount) - shared
    for index in 0..<count {
      let place = row[index]
      row[index] = place < shared ? sharedReaders[Int(place)] : place + moved
    }
  }
}

/// How a population is cut into cells: the scenario's `audience.cells`.
public struct CellSettings: Sendable {
  /// Of one cell; nil where the number of cells says.
  public var users: Int?
  public var count: Int?
  /// Followers above which an author is shared among the cells.
  public var tail: Int?
  /// For the error message where something cannot be.
  private var source = Parameters.empty

  public static let usersAtMost = 100_000_000_000
  /// A smaller one has too few servers, and too few users for anybody's followers.
  static let usersAtLeast = 100
  /// The most followers that an author of the cell's own has if nothing is said: those of one
  /// fan-out job (S1.27's batch), so that no post comes to the cell's smaller fleet as a burst that
  /// the whole fleet would not have noticed.
  static let tailIfNothingIsSaid = 1000

  public init(users: Int? = nil, count: Int? = nil, tail: Int? = nil) {
    self.users = users
    self.count = count
    self.tail = tail
  }

  /// Reads `{users}` or `{count}`, and `tail`.
  public init(_ parameters: inout Parameters) throws {
    users = try parameters.read(
      "users", .count(in: Self.usersAtLeast...FollowerGraph.maximumUserCount),
      "Users of one cell.")
    count = try parameters.read(
      "count", .count(in: 1...Self.usersAtMost), "Cells that the population is cut into.")
    tail = try parameters.read(
      "tail", .count(in: 1...FollowerGraph.maximumUserCount),
      "Authors with more followers are shared: each cell has its part of their followers; "
        + "\(Self.tailIfNothingIsSaid) if not given, at most a twentieth of the cell.")
    if users != nil, count != nil {
      throw parameters.error("and users both say how large a cell is; leave one out", key: "count")
    }
    source = parameters
  }

  /// Users of one cell of a population.
  public func size(of population: Int) -> Int {
    if let users { return users }
    return Int((Double(population) / Double(count ?? 1)).rounded())
  }

  /// The most followers of an author of the cell's own.
  func tail(for size: Int) -> Int {
    tail ?? min(Self.tailIfNothingIsSaid, max(1, size / 20))
  }

  /// Refuses what cannot be for a population.
  public func check(population: Int) throws {
    if users == nil, count == nil {
      throw source.error("needs users (of one cell) or count (of cells)")
    }
    let size = size(of: population)
    if size > population {
      throw source.error("\(size) is more than the population's \(population)", key: "users")
    }
    if size < Self.usersAtLeast || size > FollowerGraph.maximumUserCount {
      throw source.error(
        "makes cells of \(size) users; "
          + "\(Self.usersAtLeast) to \(FollowerGraph.maximumUserCount) are possible",
        key: "count")
    }
    if let tail, tail >= size {
      throw source.error("\(tail) followers do not fit into a cell of \(size) users", key: "tail")
    }
  }

  /// The problem with a scenario that asks for what cells do not know.
  public func refusal(of asked: [String]) -> InvalidInput {
    let list =
      asked.count < 2
      ? asked.joined() : asked.dropLast().joined(separator: ", ") + " and " + asked[asked.count - 1]
    return source.error(
      "a cell knows nothing of \(list), which would have to cross from cell to cell; leave "
        + "\(asked.count == 1 ? "it" : "them") out, or hold the population whole")
  }
}
