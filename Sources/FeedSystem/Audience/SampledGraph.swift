import Simulation

/// A graph whose follower counts follow a law and whose follows are otherwise by chance.
///
/// First the follower counts are drawn (`FollowerCounts`), then every author's followers,
/// distinct and without the author, each user with its own weight. Counts are therefore
/// final before the first follow is drawn: the asked mean holds exactly, nothing is dropped
/// as a duplicate, a named account has exactly the followers asked for, and users are
/// numbered from the start, which leaves a single transposition to do.
struct SampledGraph: Sendable {
  var meanFollows: Double
  /// Of the follower counts' density; nil for all users alike.
  var exponent: Double?
  /// Most followers of anyone but the named accounts; nil for all other users.
  var maximum: Int?
  /// Of the followee counts' density; nil for all users alike.
  var followeesExponent: Double?
  var followeesMaximum: Int?

  static let purpose: UInt64 = 0x666f_6c6c_6f77_0000

  /// - Parameter named: followers of each named account, below `users`.
  func build(
    users: Int, named: [(name: String, followers: Int)], seed: UInt64, memory: GraphMemory,
    storage: GraphStorage = .plain
  ) throws -> FollowerGraph {
    var counts = try drawCounts(users: users, named: named, seed: seed, memory: memory)
    var origin = FollowerGraph.Origin()
    origin.celebrities = Self.insert(named, into: &counts)
    origin.warnings = warnings(users: users, counts: counts)
    let draw = FollowerDraw(
      users: users, seed: seed, weights: followingWeights(users: users, seed: seed, memory))
    return Self.draw(draw, counts: counts, origin: origin, memory: memory, storage: storage)
  }

  /// The graph of these follower counts, falling, with followers drawn by `draw`.
  static func draw(
    _ draw: borrowing FollowerDraw, counts: [UInt32], origin: FollowerGraph.Origin,
    memory: GraphMemory, storage: GraphStorage = .plain
  ) -> FollowerGraph {
    if storage == .compressed {
      return drawCompressed(draw, counts: counts, origin: origin, memory: memory)
    }
    let users = counts.count
    let edges = counts.reduce(0) { $0 + Int($1) }
    let followers = FollowerGraph.Rows(
      offsets: memory.take(byteCount: 4 * (users + 1)), rows: memory.take(byteCount: 4 * edges))
    let followees = FollowerGraph.Rows(
      offsets: memory.take(byteCount: 4 * (users + 1)), rows: memory.take(byteCount: 4 * edges))
    let offsets = followers.offsets.words
    let rows = followers.rows.words
    var position = 0
    for author in 0..<users {
      let count = Int(counts[author])
      offsets[author] = UInt32(truncatingIfNeeded: position)
      draw.draw(count, author: author, into: rows + position)
      position += count
    }
    offsets[users] = UInt32(truncatingIfNeeded: position)
    Transposition(targets: users, edges: edges).write(
      followees.rows.words, offsets: followees.offsets.words, from: offsets, rows,
      rowCount: users, memory: memory)
    return FollowerGraph(
      userCount: users, edgeCount: edges, followers: followers, followees: followees,
      origin: origin, memory: memory)
  }

  /// The same with each row compressed as soon as it has been drawn.
  private static func drawCompressed(
    _ draw: borrowing FollowerDraw, counts: [UInt32], origin: FollowerGraph.Origin,
    memory: GraphMemory
  ) -> FollowerGraph {
    let users = counts.count
    let edges = counts.reduce(0) { $0 + Int($1) }
    var writer = CompressedRowsWriter(universe: users, edges: edges, memory: memory)
    let row = memory.take(byteCount: 4 * Int(counts.max() ?? 0))
    for author in 0..<users {
      let count = Int(counts[author])
      draw.draw(count, author: author, into: row.words)
      writer.append(row.words, count: count)
    }
    memory.give(row)
    let followees = CompressedTransposition(targets: users, edges: edges)
      .rows(of: writer.rows, memory: memory)
    return FollowerGraph(
      userCount: users, edgeCount: edges, followers: writer.finish(),
      followees: followees.finish(), origin: origin, memory: memory)
  }

  /// Falling follower counts of all but the named accounts, `meanFollows` a user in all.
  private func drawCounts(
    users: Int, named: [(name: String, followers: Int)], seed: UInt64, memory: GraphMemory
  ) throws -> [UInt32] {
    let total = Int((meanFollows * Double(users)).rounded())
    let rest = total - named.reduce(0) { $0 + $1.followers }
    let others = users - named.count
    let most = maximum ?? users - 1
    guard rest >= 0 else {
      throw GraphRefusal(
        key: "celebrities",
        "the named accounts have \(total - rest) followers, more than the \(total) follows "
          + "that meanFollows \(meanFollows) gives \(users) users")
    }
    guard others > 0 || rest == 0, rest <= others * most else {
      throw GraphRefusal(
        key: maximum == nil ? "meanFollows" : "maximum",
        "\(others) users with at most \(most) followers cannot have \(rest) in all")
    }
    guard others > 0 else { return [] }
    let law = FollowerLaw(
      users: others, exponent: exponent, total: Double(rest), maximum: Double(most))
    var stream = RandomStream(seed: seed, purpose: Self.purpose)
    return FollowerCounts.draw(
      law, total: rest, maximum: most, stream: &stream, exponential: .exponential,
      memory: memory)
  }

  /// Puts the named accounts where their follower counts belong, before their equals.
  private static func insert(
    _ named: [(name: String, followers: Int)], into counts: inout [UInt32]
  ) -> [FollowerGraph.NamedUser] {
    guard !named.isEmpty else { return [] }
    let falling = named.indices.sorted {
      (named[$1].followers, $0) < (named[$0].followers, $1)
    }
    var merged = [UInt32]()
    merged.reserveCapacity(counts.count + named.count)
    var celebrities = named.map { FollowerGraph.NamedUser(name: $0.name, id: 0) }
    var next = 0
    for index in falling {
      let followers = UInt32(named[index].followers)
      while next < counts.count, counts[next] > followers {
        merged.append(counts[next])
        next += 1
      }
      celebrities[index].id = UInt32(merged.count)
      merged.append(followers)
    }
    merged.append(contentsOf: counts[next...])
    counts = merged
    return celebrities
  }

  /// How inclined users are to follow; nil where all are alike.
  ///
  /// - Parameter population: whose readers the users are, one of as many each; they themselves if
  ///   not given.
  func followingWeights(
    users: Int, of population: Int? = nil, seed: UInt64, _ memory: GraphMemory
  ) -> FollowingWeights? {
    guard let followeesExponent, users > 1, meanFollows > 0 else { return nil }
    let whole = population ?? users
    var law = FollowerLaw(
      users: whole, exponent: followeesExponent, total: meanFollows * Double(whole),
      maximum: Double(followeesMaximum ?? whole - 1))
    if whole > users {
      law = law.part(
        from: 0.5, every: Double(whole) / Double(users), users: users,
        total: meanFollows * Double(users))
    }
    return FollowingWeights(law, seed: seed, memory: memory)
  }

  private func warnings(users: Int, counts: [UInt32]) -> [String] {
    guard exponent != nil, maximum == nil, let largest = counts.first,
      users >= 100, Int(largest) > users / 2
    else { return [] }
    let share = Int((100 * Double(largest) / Double(users)).rounded())
    return [
      "the most followed account has \(largest) followers, \(share) % of all users: "
        + "give audience.graph.maximum to cut the power law off"
    ]
  }
}

/// Why a graph cannot be built as asked; the model adds where its settings stand.
struct GraphRefusal: Error {
  /// The scenario key to change, relative to `audience.graph`; `celebrities` is beside that.
  var key: String
  var message: String

  init(key: String, _ message: String) {
    self.key = key
    self.message = message
  }
}
