import Settings
import Simulation
import Testing

@testable import FeedSystem

/// One cell of a population against the whole: the same counts where they are exact, the same
/// means where they are drawn.
@Suite struct CellTests {
  private static let mean = 20.0

  private func model(_ exponent: Double) -> GraphModel {
    .powerLaw(meanFollows: Self.mean, exponent: exponent, maximum: 2000)
  }

  private func cell(
    _ users: Int, of whole: Int, exponent: Double = 2.1, tail: Int? = nil, index: Int = 0,
    celebrities: [Celebrity] = []
  ) throws -> FollowerGraph {
    try model(exponent).buildCell(
      CellSettings(users: users, tail: tail), index: index, users: whole,
      celebrities: celebrities, seed: 5)
  }

  @Test func oneCellOfEverybodyIsTheWhole() throws {
    let whole = try model(2.2).build(users: 3000, seed: 9)
    let one = try model(2.2).buildCell(
      CellSettings(count: 1, tail: 2999), users: 3000, seed: 9)
    #expect(one.cell?.sharedCount == 0 && one.edgeCount == whole.edgeCount)
    for user in 0..<UInt32(3000) {
      #expect(Array(one.followers(of: user)) == Array(whole.followers(of: user)))
      #expect(Array(one.followees(of: user)) == Array(whole.followees(of: user)))
    }
    var habits = ActivityModel()
    habits.postingByFollowers = 0.5
    habits.activeShare = 0.4
    let (a, b) = (habits.build(on: one, seed: 1), habits.build(on: whole, seed: 1))
    #expect(a.postRates == b.postRates && a.loadRates == b.loadRates)
    #expect(a.postRateTotal == b.postRateTotal && a.postRateAtHome == a.postRateTotal)
  }

  /// A star has one shard, as in the whole. Who stands for forty authors stands for those of all
  /// shards: each reader means one of them, always the same.
  @Test func authorsWhoStandForOthersAreOnAllShards() throws {
    let star = Celebrity(name: "star", followers: .share(0.4))
    let graph = try cell(5000, of: 200_000, celebrities: [star])
    let part = try #require(graph.cell)
    var settings = TierSettings.standard(.postStore)
    settings.shards = 16
    let (map, whole) = (ShardMap(settings, part), ShardMap(settings))
    let own = UInt32(graph.userCount - 1)
    var readers = [Int](repeating: 0, count: 16)
    for reader in 0..<UInt32(5000) {
      #expect(map.shard(of: 0, by: 0, for: reader) == whole.shard(of: 0, by: 0, for: reader))
      #expect(whole.shard(of: 0, by: own, for: reader) == Int(own) % 16)
      let shard = map.shard(of: 0, by: own, for: reader)
      #expect(shard == map.shard(of: 7, by: own, for: reader))
      readers[shard] += 1
    }
    // Two or three of the forty each.
    #expect(readers.allSatisfy { (200..<450).contains($0) }, "\(readers)")
  }

  /// Follows, authors and posts of the whole are those of the cell times the number of cells.
  @Test(arguments: [2.05, 2.3, 2.9])
  func standsForTheWhole(exponent: Double) throws {
    let users = 200_000
    let graph = try cell(5000, of: users, exponent: exponent)
    let part = try #require(graph.cell)
    #expect(part.count == 40 && part.readerCount == 5000)
    #expect(abs(Double(graph.edgeCount) / (Self.mean * 5000) - 1) < 0.002)
    let shared = (0..<UInt32(part.sharedCount)).reduce(0) { $0 + part.standsFor($1) }
    let own = Double(graph.userCount - part.sharedCount) * part.count
    #expect(abs(shared + own - Double(users)) < 2 * part.count)
    let activity = ActivityModel().build(on: graph, seed: 1)
    #expect(abs(activity.postRateAtHome * 86_400 / 2500 - 1) < 0.002)
    // Push writes Σ rate × followers ÷ Σ rate entries a post, whoever of the followers is here.
    #expect(abs(activity.expectedWriteAmplification(on: graph) / Self.mean - 1) < 0.002)
  }

  /// How many others users follow has the whole's density: a sum that a few who follow many decide,
  /// and a law of the cell's own would miss by 0.2 %.
  @Test(arguments: [2.05, 2.3, 2.9])
  func readersFollowAsManyAsInTheWhole(exponent: Double) throws {
    let (users, readers) = (200_000, 5000)
    let graph = SampledGraph(
      meanFollows: Self.mean, exponent: 2.3, maximum: 2000, followeesExponent: exponent,
      followeesMaximum: 500)
    func upTo100(_ count: Int) throws -> Double {
      let weights = try #require(
        graph.followingWeights(users: count, of: users, seed: 3, GraphMemory()))
      return (0..<count).reduce(0) { $0 + min(Self.mean * weights.weight(of: $1), 100) }
        / Double(count)
    }
    let (here, there) = (try upTo100(readers), try upTo100(users))
    #expect(abs(here / there - 1) < 1e-4, "\(here), \(there)")
    let cell = try GraphModel(.sampled(graph)).buildCell(
      CellSettings(users: readers), users: users, seed: 5)
    #expect(abs(Double(cell.edgeCount) / (Self.mean * 5000) - 1) < 0.002)
  }

  /// Nobody can follow half a million others in a cell of 20,000.
  @Test func followsMustFitIntoACell() throws {
    func build(_ maximum: String, cell: Int = 5000) throws {
      let yaml =
        "{kind: powerLaw, meanFollows: 20, exponent: 2.3, maximum: 2k, "
        + "followeesExponent: 2.5\(maximum)}"
      _ = try graphModel(yaml).buildCell(CellSettings(users: cell), users: 50_000, seed: 5)
    }
    for (maximum, message) in [("", "is needed in cells"), (", followeesMaximum: 501", "501 is")] {
      let error = #expect(throws: InvalidInput.self) { try build(maximum) }
      let text = "\(try #require(error))"
      #expect(text.contains("followeesMaximum: \(message)") && text.contains("500"), "\(text)")
    }
    try build(", followeesMaximum: 500")
    // One cell is the whole, in which whoever is followed is there.
    try build("", cell: 50_000)
  }

  /// Thresholds meet real follower counts: the whole's law, author by author.
  @Test func thresholdsAreTheWholes() throws {
    let whole = try model(2.1).build(users: 100_000, seed: 5)
    let graph = try cell(5000, of: 100_000)
    let (here, there) = (
      ActivityModel().build(on: graph, seed: 1), ActivityModel().build(on: whole, seed: 1)
    )
    for threshold in [50, 200, 1000] {
      let predicted = here.expectedWriteAmplification(on: graph, pushBelow: threshold)
      let exact = there.expectedWriteAmplification(on: whole, pushBelow: threshold)
      #expect(abs(predicted / exact - 1) < 0.03, "below \(threshold): \(predicted), \(exact)")
      let first = graph.firstWithFewer(than: threshold)
      for user in 0..<UInt32(graph.userCount) {
        #expect((graph.audienceCount(of: user) >= threshold) == (user < first))
      }
    }
  }

  /// Followers here of an author of k are k / C, rounded at random; every row is of readers.
  @Test func aStarHasItsPart() throws {
    let star = Celebrity(name: "star", followers: .count(33_333))
    var rows: Set<Int> = []
    for index in 0..<8 {
      let graph = try cell(1000, of: 50_000, index: index, celebrities: [star])
      let part = try #require(graph.cell)
      let id = try #require(graph.user(named: "star"))
      #expect(graph.audienceCount(of: id) == 33_333)
      rows.insert(graph.followerCount(of: id))
      for user in 0..<UInt32(graph.userCount) {
        let row = Array(graph.followers(of: user))
        #expect(row == Set(row).sorted() && !row.contains(user))
        #expect(row.allSatisfy { part.place(ofReader: Int($0)) != nil })
      }
    }
    // 33,333 / 50 = 666.66
    #expect(rows == [666, 667])
  }

  @Test func cellsDiffer() throws {
    // Rows live as long as their graphs.
    let graphs = try [0, 1, 1].map { try cell(1000, of: 50_000, index: $0) }
    let rows = graphs.map { Array($0.followers(of: 0)) }
    #expect(rows[0] != rows[1] && rows[0].count > 10)
    #expect(rows[2] == rows[1])
  }

  /// A run of a cell keeps every law, and what it writes a post is what its rates say.
  @Test(arguments: [
    "fanOut: {policy: push}", "fanOut: {policy: pull}",
    "fanOut: {policy: hybrid, pushBelow: 200, pullFrom: 1k}",
    "{fanOut: {policy: hybrid, pushBelow: 500, pullFrom: 500}, timelines: {keep: counts}}",
  ])
  func lawsHold(yaml: String) throws {
    let graph = try cell(1000, of: 100_000, tail: 100)
    var habits = ActivityModel()
    habits.postsPerDay = 24
    let activity = habits.build(on: graph, seed: 3)
    var small = SmallSystem(yaml: yaml)
    small.given = Audience(graph: graph, activity: activity)
    try small.run { system in
      #expect(system.measurements.postsElsewhere > 0)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.due > 0)
      // Posts of the window: 1000 users, one an hour each.
      #expect(abs(Double(system.measurements.postsMeasured) / 500 - 1) < 0.2)
    }
  }

  /// Pulls ask all shards for an author who stands for others: each viewer means one of them.
  @Test func pullsAskAllShards() throws {
    let graph = try cell(1000, of: 100_000, tail: 100)
    let small = SmallSystem(yaml: "{fanOut: {policy: pull}, tiers: {postStore: {shards: 8}}}")
    let (design, traffic) = try small.settings()
    let audience = Audience(graph: graph, activity: ActivityModel().build(on: graph, seed: 3))
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic.traffic(for: graph, window: .start),
      seed: 7, memory: TimelineMemory())
    let own = [UInt32(graph.userCount - 1)]
    var asked = [UInt32](repeating: 0, count: 8)
    for viewer in 0..<UInt32(800) {
      own.withUnsafeBufferPointer { system.countPulls(of: $0, by: viewer) }
      for shard in 0..<8 { asked[shard] += system.scratch.perShard[shard] }
    }
    #expect(asked.reduce(0, +) == 800 && asked.allSatisfy { (60..<150).contains($0) }, "\(asked)")
  }

  /// A gateway with servers for two thirds of what comes holds a third back: to the next tiers as
  /// many come as its servers let through, while it is asked for more.
  @Test func whatATierHoldsBackDoesNotReachTheNext() throws {
    let graph = try cell(1000, of: 100_000, tail: 100)
    var habits = ActivityModel()
    (habits.postsPerDay, habits.loadsPerDay) = (0.1, 2000)
    let audience = Audience(graph: graph, activity: habits.build(on: graph, seed: 3))
    let (design, traffic) = try SmallSystem(
      yaml: "{fanOut: {policy: push}, tiers: {gateway: {visit: exponential(mean 100ms)}}}"
    ).settings()
    let opens = Instant.start + .seconds(300)
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic.traffic(for: graph, window: opens),
      seed: 7, memory: TimelineMemory())
    system.start(measuring: opens..<(opens + .seconds(1800)))
    system.run(until: opens)
    let load = system.offeredTime(.gateway).seconds / 300
    let whole = Fleet { $0 == .gateway ? Int(load * 100 / 1.5) : 100_000 }
    system.resize(
      to: Fleet { $0 == .gateway ? 200 : 1000 },
      holding: TierName.allCases.map { $0 == .gateway ? Int(200 / (load / 1.5)) : 1 }, of: whole)
    #expect(system.cellPace(at: .ranking) == 1)
    system.run(until: opens + .seconds(1500))
    #expect(system.cellPace(at: .gateway) == 1)
    #expect(abs(system.cellPace(at: .ranking) * 1.5 - 1) < 0.15)
  }

  /// A pool that keeps servers longer does the work of the share, and answers no later for it.
  @Test func aPoolIsAsFullAsTheWhole() throws {
    let graph = try cell(1000, of: 100_000, tail: 100)
    var small = SmallSystem(yaml: "fanOut: {policy: push}", activity: "{postsPerDay: 2}")
    small.given = Audience(graph: graph, activity: ActivityModel().build(on: graph, seed: 3))
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + .seconds(300)
    func run(_ hold: Int) throws -> (latency: Double, utilisation: Double, holds: Bool) {
      let system = try FeedSystem(
        design: design, audience: audience,
        traffic: traffic.traffic(for: audience.graph, window: opens), seed: 7,
        memory: TimelineMemory())
      system.start(measuring: opens..<(opens + .seconds(1800)))
      let tiers = TierName.allCases.map { _ in hold }
      // Of 100 cells, each with its part of so many servers.
      func servers(_ tier: TierName) -> Int { tier == .postStore ? 16 * 40 : 40 }
      system.resize(
        to: Fleet(servers), holding: tiers, of: Fleet { servers($0) * 100 / hold })
      system.run(until: opens + .seconds(1800))
      let snapshot = system.snapshot(.ranking)
      let busy = snapshot.busy.seconds / (40 * 2100)
      system.drain(until: opens + .seconds(9000))
      let holds = system.checkConservation().allSatisfy(\.passed)
      return (system.measurements.feedLatency.mean, busy, holds)
    }
    let (one, many) = (try run(1), try run(50))
    #expect(one.holds && many.holds)
    #expect(abs(many.utilisation / one.utilisation - 50) < 2)
    #expect(abs(many.latency / one.latency - 1) < 0.01)
  }
}
