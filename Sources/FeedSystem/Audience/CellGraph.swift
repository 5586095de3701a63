import Simulation

/// The follows of one cell, sampled from the law of the whole population's.
///
/// The authors of the whole stand in a line by falling followers. An author of the cell stands for
/// Δ neighbours of that line, of k followers each, and has k Δ / C followers among the readers of
/// one of C cells. Up to `tail` followers Δ = C: every C-th author is here, with all followers.
/// From C × `tail` on Δ = 1: every one is here, with one follower in C. Between the two Δ = C ×
/// tail / k, an author is here with odds k / (C × tail), and with `tail` followers. So follows by
/// followers of the author, what a reader's feed is made of, and entries written a second are the
/// whole's for every C, and nobody's post is a larger burst for the cell than max(tail, k / C).
///
/// Which authors those are is a quadrature of the line (the middle part is cut into pieces of equal
/// sums of followers), not a draw: only who follows them, and fractions of followers, are by
/// chance. Followers in other cells are numbers, not edges.
struct CellGraph: Sendable {
  var settings: CellSettings
  var graph: SampledGraph
  /// Of the whole.
  var users: Int
  var named: [(name: String, followers: Int)]
  var seed: UInt64
  /// Which of the cells, whose draws are its own; the first draws as a whole population does.
  var index = 0

  private static let purposeRounding: UInt64 = 0x666f_6c6c_6f77_0003
  private static let purposeCell: UInt64 = 0x666f_6c6c_6f77_0004

  /// A shared author on the way: followers in the whole, whom it stands for, followers here.
  private struct Shared {
    var audience: Int
    var standsFor: Double
    var followers: Int
    /// Its place in `named`.
    var name: Int?
  }

  private var size: Int { settings.size(of: users) }
  private var count: Double { Double(users) / Double(size) }
  private var tail: Int { settings.tail(for: size) }
  private var drawSeed: UInt64 {
    guard index > 0 else { return seed }
    var stream = RandomStream(seed: seed, purpose: Self.purposeCell, entity: UInt64(index))
    return stream.next()
  }

  func build(memory: GraphMemory) throws -> FollowerGraph {
    let rest = try unnamedTotal()
    let others = users - named.count
    let most = graph.maximum ?? users - 1
    let law = FollowerLaw(
      users: max(others, 1), exponent: graph.exponent, total: rest, maximum: Double(most))
    let line = LawLine(law)
    let split = CellSplit(line: line, tail: Double(tail), count: count)
    var shared = namedAccounts() + stars(law, split, most) + middle(line, split)
    // Among equals the named come first, as they do in a population that is held whole.
    let order = shared.indices.sorted { (shared[$1].audience, $0) < (shared[$0].audience, $1) }
    shared = order.map { shared[$0] }
    let held = shared.reduce(0) { $0 + ($1.name == nil ? Double($1.audience) * $1.standsFor : 0) }
    let own = Int((Double(others) - split.sharedAuthors) / count + 0.5)
    let counts = ownCounts(
      law, split, own: own, total: max(0, rest - held) / count, most: most, memory)
    let readers = sharedReaders(shared, own: counts.count)
    let cell = Cell(
      population: users, follows: graph.meanFollows * Double(users), count: count, tail: tail,
      audiences: shared.map(\.audience),
      sharesAtHome: shared.map { min(1, $0.standsFor / count) }, sharedReaders: readers,
      readerCount: readers.count + counts.count)
    return draw(cell, shared, counts, memory)
  }

  /// Follows of all but the named accounts, in the whole.
  private func unnamedTotal() throws -> Double {
    let total = (graph.meanFollows * Double(users)).rounded()
    let rest = total - named.reduce(0) { $0 + Double($1.followers) }
    guard rest >= 0 else {
      throw GraphRefusal(
        key: "celebrities",
        "the named accounts have \(Int(total - rest)) followers, more than the \(Int(total)) "
          + "follows that meanFollows \(graph.meanFollows) gives \(users) users")
    }
    for account in named where account.followers < tail {
      throw GraphRefusal(
        key: "celebrities",
        "\(account.name) has \(account.followers) followers, and a named account is shared among "
          + "the cells, as only those above cells.tail (\(tail)) are")
    }
    return rest
  }

  // MARK: Shared authors

  private func namedAccounts() -> [Shared] {
    named.indices.map {
      Shared(
        audience: named[$0].followers, standsFor: 1,
        followers: rounded(Double(named[$0].followers) / count, entity: 1 << 32 + $0), name: $0)
    }
  }

  /// Everyone with `count` × `tail` followers or more.
  private func stars(_ law: FollowerLaw, _ split: CellSplit, _ most: Int) -> [Shared] {
    (0..<split.stars).map { rank in
      let audience = min(most, Int(law.weight(rank: rank + 1).rounded()))
      return Shared(
        audience: audience, standsFor: 1,
        followers: rounded(Double(audience) / count, entity: rank))
    }
  }

  /// The authors between those and the cell's own, one for each piece of the line.
  private func middle(_ line: LawLine, _ split: CellSplit) -> [Shared] {
    let sum = line.sum(from: split.firstOfMiddle, to: split.firstOfOwn)
    guard sum > 0 else { return [] }
    let pieces = max(1, Int((sum / (Double(tail) * count)).rounded()))
    let each = sum / Double(pieces)
    var start = split.firstOfMiddle
    var rows = 0
    return (0..<pieces).map { piece in
      let end =
        piece == pieces - 1
        ? split.firstOfOwn : line.end(from: split.firstOfMiddle, sum: each * Double(piece + 1))
      // A piece is at least one author, and at most one of each cell.
      let length = min(max(end - start, 1), count)
      start = end
      let after = Int((each * Double(piece + 1) / count).rounded())
      defer { rows = after }
      return Shared(
        audience: max(tail, Int((each / length).rounded())), standsFor: length,
        followers: min(after - rows, size - 1))
    }
  }

  /// A number whose expectation is `value`, the same for a cell however often it is asked.
  private func rounded(_ value: Double, entity: Int) -> Int {
    var stream = RandomStream(
      seed: drawSeed, purpose: Self.purposeRounding, entity: UInt64(entity))
    return min(Int(value + stream.uniform()), size - 1)
  }

  // MARK: The cell's own

  /// Falling follower counts of the cell's own authors.
  private func ownCounts(
    _ law: FollowerLaw, _ split: CellSplit, own: Int, total: Double, most: Int,
    _ memory: GraphMemory
  ) -> [UInt32] {
    guard own > 0 else { return [] }
    let isWhole = split.sharedAuthors == 0 && count == 1
    let part =
      isWhole
      ? law : law.part(from: split.firstOfOwn, every: count, users: own, total: total)
    let maximum = isWhole ? most : min(tail, most, size - 1)
    // The law is exact in sum, and so are its counts, but for what the bound cuts off.
    let sum = min(Int(total.rounded()), own * maximum)
    var stream = RandomStream(seed: drawSeed, purpose: SampledGraph.purpose)
    return FollowerCounts.draw(
      part, total: sum, maximum: maximum, stream: &stream, exponential: .exponential,
      memory: memory)
  }

  /// As many of the shared authors as it takes to make the cell's size, spread by how many of them
  /// are at home here.
  private func sharedReaders(_ shared: [Shared], own: Int) -> [UInt32] {
    let wanted = min(shared.count, max(0, size - own))
    let sum = shared.reduce(0) { $0 + $1.standsFor }
    guard wanted > 0, sum > 0 else { return [] }
    if wanted == shared.count { return (0..<UInt32(wanted)).map { $0 } }
    var readers: [UInt32] = []
    var passed = 0.0
    for (id, author) in shared.enumerated() {
      passed += author.standsFor / sum * Double(wanted)
      if Int(passed + 0.5) > readers.count { readers.append(UInt32(id)) }
    }
    return readers
  }

  private func draw(
    _ cell: Cell, _ shared: [Shared], _ own: [UInt32], _ memory: GraphMemory
  ) -> FollowerGraph {
    var origin = FollowerGraph.Origin()
    origin.cell = cell
    origin.celebrities = named.map { FollowerGraph.NamedUser(name: $0.name, id: 0) }
    for (id, author) in shared.enumerated() {
      if let name = author.name { origin.celebrities[name].id = UInt32(id) }
    }
    let counts = shared.map { UInt32($0.followers) } + own
    let readers = cell.readerCount
    let weights = graph.followingWeights(users: readers, of: users, seed: drawSeed, memory)
    let draw = FollowerDraw(users: readers, seed: drawSeed, weights: weights, cell: cell)
    return SampledGraph.draw(draw, counts: counts, origin: origin, memory: memory)
  }
}

/// Where the three kinds of authors begin on the line.
///
/// Author j, from 1, lies from j − ½ to j + ½.
struct CellSplit {
  /// Authors of whom every cell has its exact share.
  var stars: Int
  var firstOfMiddle: Double
  var firstOfOwn: Double
  /// Authors of the line before the cell's own.
  var sharedAuthors: Double { firstOfOwn - 0.5 }

  init(line: LawLine, tail: Double, count: Double) {
    let end = Double(line.law.users) + 0.5
    func place(_ weight: Double) -> Double { min(max(line.place(of: weight), 0.5), end) }
    stars = Int(place(tail * count) - 0.5)
    firstOfMiddle = Double(stars) + 0.5
    // One cell has everybody: whoever is above the tail is a star.
    firstOfOwn = max(firstOfMiddle, place(tail))
    if count == 1 {
      stars = Int(firstOfOwn - 0.5)
      firstOfMiddle = Double(stars) + 0.5
      firstOfOwn = firstOfMiddle
    }
  }
}

/// A follower law as a function of a real rank, with its integral.
struct LawLine {
  let law: FollowerLaw

  init(_ law: FollowerLaw) { self.law = law }

  /// The rank at which the law comes down to a weight: where it is below from the start, less than
  /// all ranks; infinite where it never does.
  func place(of weight: Double) -> Double {
    guard law.slope > 0 else { return law.scale > weight ? .infinity : 0 }
    return (1 + law.shift) * power(weight / law.scale, -1 / law.slope) - law.shift
  }

  /// Σ of the weights between two ranks.
  func sum(from start: Double, to end: Double) -> Double {
    guard end > start else { return 0 }
    guard law.slope > 0 else { return law.scale * (end - start) }
    return law.scale * (1 + law.shift) * (integral(end) - integral(start))
  }

  /// The rank up to which the weights from `start` on have this sum.
  func end(from start: Double, sum: Double) -> Double {
    guard law.slope > 0 else { return start + sum / law.scale }
    let value = integral(start) + sum / (law.scale * (1 + law.shift))
    return inverse(value) * (1 + law.shift) - law.shift
  }

  /// ∫ t^-slope dt from 1 to (rank + shift) / (1 + shift), also where slope is nearly 1.
  private func integral(_ rank: Double) -> Double {
    let logarithm = ln((rank + law.shift) / (1 + law.shift))
    let z = (1 - law.slope) * logarithm
    let factor = abs(z) < 1e-5 ? 1 + z / 2 + z * z / 6 : (expo(z) - 1) / z
    return logarithm * factor
  }

  /// The upper bound that gives the integral a value.
  private func inverse(_ value: Double) -> Double {
    let z = (1 - law.slope) * value
    let factor = abs(z) < 1e-5 ? 1 - z / 2 + z * z / 3 : ln(1 + z) / z
    return expo(value * factor)
  }
}

extension FollowerLaw {
  /// The law of every `step`-th user from a place of the line on, each in the middle of those it
  /// stands for. A power law seen from another place is one with another shift.
  ///
  /// - Parameter total: sum of its weights.
  func part(from place: Double, every step: Double, users: Int, total: Double) -> FollowerLaw {
    var part = self
    part.users = users
    if slope > 0 { part.shift = (place + shift) / step - 0.5 }
    part.scale = 1
    part.scale = total / (slope > 0 ? part.sum() : Double(users))
    return part
  }
}
