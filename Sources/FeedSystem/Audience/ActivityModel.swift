import Settings
import Simulation

/// How often users post and load feeds, and how unlike they are.
public struct ActivityModel: Sendable, Equatable {
  /// How the rates of different users differ; each has mean 1.
  public enum Variety: Sendable, Equatable {
    case constant
    /// Coefficient of variation.
    case lognormal(cv: Double)
    /// Pareto with this exponent of the density, above 2.
    case powerLaw(exponent: Double)
  }

  /// Mean over all who post.
  public var postsPerDay = 0.5
  /// Mean over the active users.
  public var loadsPerDay = 20.0
  /// Share of users who load feeds at all.
  public var activeShare = 1.0
  public var posting = Variety.constant
  public var reading = Variety.constant
  /// Posting rate ∝ followers to this power; 0 for none.
  public var postingByFollowers = 0.0
  /// Whether users who are not active post all the same.
  public var everyonePosts = true
  /// Users who post and load far more often than the others; nil for none.
  public var abusers: Abusers?

  public struct Abusers: Sendable, Equatable {
    /// Of users.
    public var share: Double
    /// On the rates that they would have; the others keep theirs.
    public var factor: Double

    init(_ parameters: inout Parameters) throws {
      share = try parameters.require("share", .share(), "Of users.")
      factor = try parameters.require(
        "factor", .number(in: 1...1e6), "How many times as often they post and load.")
    }
  }

  public init() {}

  /// Reads `{postsPerDay, loadsPerDay, activeShare, posting, reading, postingByFollowers,
  /// postedBy, abusers}`; posting and reading are `{kind: constant | lognormal | powerLaw, cv,
  /// exponent}`.
  public init(_ parameters: inout Parameters) throws {
    let perDay = Form<Double>.number(in: 0.0...1e6)
    postsPerDay = try parameters.read(
      "postsPerDay", perDay, default: postsPerDay, "Posts a day, mean of all who post.")
    loadsPerDay = try parameters.read(
      "loadsPerDay", perDay, default: loadsPerDay, "Feed loads a day, mean of the active users.")
    activeShare = try parameters.read(
      "activeShare", .share(), default: activeShare, "Users who load feeds at all.")
    posting =
      try parameters.section("posting", "How users' posting rates differ.", Self.variety)
      ?? posting
    reading =
      try parameters.section("reading", "How users' loading rates differ.", Self.variety)
      ?? reading
    postingByFollowers = try parameters.read(
      "postingByFollowers", .number(in: 0...4), default: 0,
      "Posting rate in proportion to followers to this power.")
    everyonePosts = try parameters.read(
      "postedBy", .choice([("everyone", true), ("active", false)]), default: true,
      "Whether users who are not active post all the same.")
    abusers = try parameters.section(
      "abusers", "Users who post and load far more often than the others.", Abusers.init)
    if activeShare == 0, loadsPerDay > 0 {
      throw parameters.error("must be above 0%, or loadsPerDay must be 0", key: "activeShare")
    }
  }

  private static func variety(_ parameters: inout Parameters) throws -> Variety {
    let variety = try parameters.branch(
      "kind", "Each with mean 1.",
      [
        ("constant", { _ in .constant }),
        (
          "lognormal",
          {
            .lognormal(
              cv: try $0.require("cv", .number(in: 0...100), "The coefficient of variation."))
          }
        ),
        ("powerLaw", { .powerLaw(exponent: try exponent(&$0)) }),
      ] as [(String, (inout Parameters) throws -> Variety)])
    guard let variety else { throw parameters.missing("kind") }
    return variety
  }

  private static func exponent(_ parameters: inout Parameters) throws -> Double {
    let exponent = try parameters.require(
      "exponent", .number(in: 1...100), "Of the density, above 2.")
    guard exponent > 2 else {
      throw parameters.error("must be above 2: the mean diverges", key: "exponent")
    }
    return exponent
  }

  private static let purposeActive: UInt64 = 0x6163_7469_7665_0000
  private static let purposePosting: UInt64 = 0x6163_7469_7665_0001
  private static let purposeReading: UInt64 = 0x6163_7469_7665_0002
  private static let purposeAbusers: UInt64 = 0x6163_7469_7665_0003
  private static let purposeShared: UInt64 = 0x6163_7469_7665_0004

  /// Gives every user of the graph its rates; same seed, same rates.
  public func build(on graph: FollowerGraph, seed: UInt64) -> Activity {
    let users = graph.userCount
    let readers = graph.cell.flatMap { $0.everybodyReads ? nil : $0.readers }
    let readerCount = readers?.count ?? users
    let wanted = Int((activeShare * Double(readerCount)).rounded())
    let count = min(readerCount, activeShare > 0 ? max(wanted, 1) : 0)
    var active = count < readerCount ? Self.choose(count, of: readerCount, seed: seed) : nil
    if let readers { active = active?.map { readers[Int($0)] } ?? readers }
    let second = 1.0 / 86_400
    let posters = everyonePosts ? nil : active.map { withShared($0, of: graph.cell, seed: seed) }
    let posting = share(
      of: postsPerDay * second, among: posters, users: users,
      weights: postingWeights(posters, graph, seed: seed), seed: seed, cell: graph.cell)
    let reading = share(
      of: loadsPerDay * second, among: active, users: users,
      weights: Self.weights(
        self.reading, users: active?.count ?? users, seed: seed, Self.purposeReading), seed: seed)
    var bits: [UInt64] = []
    if let active {
      bits = [UInt64](repeating: 0, count: (users + 63) / 64)
      for user in active { bits[Int(user >> 6)] |= 1 << UInt64(user & 63) }
    }
    // A cell without shared authors is a population like any other.
    let cell = graph.cell.flatMap { $0.sharedCount > 0 ? $0 : nil }
    let postRate = total(of: posting, mean: postsPerDay * second, isOfCell: cell != nil)
    return Activity(
      userCount: users, readerCount: readerCount, activeCount: count, postRateTotal: postRate,
      postRateAtHome: cell.map { atHome(posting, in: $0) } ?? postRate,
      loadRateTotal: total(of: reading, mean: loadsPerDay * second), posting: posting,
      reading: reading, activeBits: bits)
  }

  /// A seeded subset, ascending. A larger subset of the same users contains a smaller one.
  private static func choose(_ count: Int, of users: Int, seed: UInt64) -> [UInt32] {
    var order = (0..<UInt32(users)).map { $0 }
    var stream = RandomStream(seed: seed, purpose: purposeActive)
    for place in 0..<count {
      order.swapAt(place, place + Int(stream.below(UInt64(users - place))))
    }
    return order[..<count].sorted()
  }

  /// Those of the members who are active and the shared authors who read elsewhere, who are active
  /// with the same odds.
  private func withShared(_ active: [UInt32], of cell: Cell?, seed: UInt64) -> [UInt32] {
    guard let cell else { return active }
    let shared = (0..<UInt32(cell.sharedCount)).filter { author in
      var stream = RandomStream(seed: seed, purpose: Self.purposeShared, entity: UInt64(author))
      return cell.place(ofReader: Int(author)) == nil && stream.uniform() < activeShare
    }
    return shared.isEmpty ? active : (active + shared).sorted()
  }

  /// Posts per second that are made in the cell.
  private func atHome(_ posting: Activity.Share, in cell: Cell) -> Double {
    (0..<posting.count).reduce(0) { sum, index in
      let author = posting.members?[index] ?? UInt32(index)
      return sum + cell.shareAtHome(of: author) * (posting.rates?[index] ?? posting.rate)
    }
  }

  /// The mean over the authors of the whole population, for whom those of the cell stand.
  private func meanWeight(_ weights: [Double], _ members: [UInt32]?, in cell: Cell) -> Double {
    var (sum, authors) = (0.0, 0.0)
    for (index, weight) in weights.enumerated() {
      let standsFor = cell.standsFor(members?[index] ?? UInt32(index))
      sum += weight * standsFor
      authors += standsFor
    }
    return sum / authors
  }

  private func share(
    of mean: Double, among members: [UInt32]?, users: Int, weights: [Double]?, seed: UInt64,
    cell: Cell? = nil
  ) -> Activity.Share {
    let count = members?.count ?? users
    let raised = raisedWeights(weights, members, count: count, seed: seed)
    guard let raised, let table = AliasTable(raised) else {
      return Activity.Share(members: members, count: count, rates: nil, table: nil, rate: mean)
    }
    let scale: Double
    if let cell, cell.sharedCount > 0 {
      scale = mean / (weights.map { meanWeight($0, members, in: cell) } ?? 1)
    } else {
      scale = mean * Double(count) / (weights.map { $0.reduce(0, +) } ?? Double(count))
    }
    return Activity.Share(
      members: members, count: count, rates: raised.map { $0 * scale },
      table: table, rate: mean)
  }

  /// The weights with those of abusers raised; who they are is drawn by user, so that the same
  /// users post and load more.
  private func raisedWeights(
    _ weights: [Double]?, _ members: [UInt32]?, count: Int, seed: UInt64
  ) -> [Double]? {
    guard let abusers else { return weights }
    var raised = weights ?? [Double](repeating: 1, count: count)
    for index in 0..<count {
      var stream = RandomStream(
        seed: seed, purpose: Self.purposeAbusers,
        entity: UInt64(members.map { $0[index] } ?? UInt32(index)))
      if stream.uniform() < abusers.share { raised[index] *= abusers.factor }
    }
    return raised
  }

  private func total(
    of share: Activity.Share, mean: Double, isOfCell: Bool = false
  ) -> Double {
    guard abusers != nil || isOfCell, let rates = share.rates else {
      return mean * Double(share.count)
    }
    return rates.reduce(0, +)
  }

  /// Posting weights of the members (nil: all users), or nil where all are alike.
  private func postingWeights(
    _ members: [UInt32]?, _ graph: FollowerGraph, seed: UInt64
  ) -> [Double]? {
    let count = members?.count ?? graph.userCount
    let varied = Self.weights(posting, users: count, seed: seed, Self.purposePosting)
    guard postingByFollowers != 0 else { return varied }
    var weights = varied ?? [Double](repeating: 1, count: count)
    var known = -1
    var factor = 0.0
    for index in 0..<count {
      let followers = graph.audienceCount(of: members.map { $0[index] } ?? UInt32(index))
      // Users stand by falling followers: one power serves a whole run of them.
      if followers != known {
        known = followers
        factor = power(Double(followers), postingByFollowers)
      }
      weights[index] *= factor
    }
    return weights
  }

  private static func weights(
    _ variety: Variety, users: Int, seed: UInt64, _ purpose: UInt64
  ) -> [Double]? {
    var stream = RandomStream(seed: seed, purpose: purpose)
    switch variety {
    case .constant, .lognormal(cv: 0): return nil
    case .lognormal(let cv):
      let normal = Distribution.lognormal(mean: 1, cv: cv)
      return (0..<users).map { _ in normal.sample(&stream).seconds }
    case .powerLaw(let exponent):
      return (0..<users).map { _ in power(stream.openUniform(), -1 / (exponent - 1)) }
    }
  }
}
