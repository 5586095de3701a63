import Simulation
import Testing

@testable import FeedSystem

/// A threshold that moves, as a rule on its own and in small systems against all that stand still.
struct AdaptiveTests {
  // MARK: - The rule, on a fluid queue

  /// Ten rungs, each of which pushes twice the entries of the one below and pulls the less: the
  /// higher, the cheaper.
  private static let rungs: [ThresholdControl.Rung] = {
    var rungs: [ThresholdControl.Rung] = []
    var pull = 1e6
    for place in 0..<10 {
      rungs.append(.init(threshold: 10 << place, push: Double(1 << place), pull: pull))
      pull *= 0.6
    }
    return rungs
  }()

  /// Entries come in as the rung has it, times `factor`, and leave at `capacity` a second; the
  /// rungs after each of so many decisions, 30 s apart.
  private func places(
    _ steps: Int, capacity: Double, _ factor: (Int) -> Double
  ) -> (places: [Int], moves: [Int]) {
    var control = ThresholdControl(
      ThresholdSettings(), rungs: Self.rungs, start: 5, postRate: 100, loadRate: 100)
    var places: [Int] = []
    var moves: [Int] = []
    var waiting = 0.0
    for step in 0..<steps {
      let scale = factor(step)
      let pushed = Self.rungs[control.place].push * scale * 30
      let total = 1024 * scale * 30
      let before = waiting / capacity
      let written = min(waiting + pushed, capacity * 30)
      waiting += pushed - written
      let age = waiting / capacity
      control.view.posts = Int(3000 * scale)
      control.view.gathers = 3000
      control.view.followersDue = Int(total)
      control.view.deliveries = Int(total - pushed + written)
      control.view.late = max(before, age) > 5 ? Int(written) : 0
      control.view.overdue = max(0, Int(waiting - 5 * capacity))
      control.view.oldestAge = Duration(seconds: age)
      let isAnother = control.decide(at: .start + .seconds(30 * Int64(step + 1)))
      if isAnother { moves.append(step) }
      places.append(control.place)
    }
    return (places, moves)
  }

  /// The highest rung whose entries the workers can write, which is the cheapest of those.
  @Test(arguments: 2..<9)
  func findsTheHighestThatKeepsUp(_ best: Int) {
    let (places, moves) = places(3000, capacity: Double(1 << best) * 1.5) { _ in 1 }
    #expect(places[100...].count { $0 == best } >= 2700, "\(places.suffix(10))")
    // What has failed is tried again ever less often: up, down and nothing else.
    let late = moves.count { $0 >= 1000 }
    #expect(late <= 10, "\(moves)")
    #expect(places[100...].allSatisfy { $0 >= best - 1 && $0 <= best + 1 })
  }

  @Test func pullsMoreInASpikeAndComesBack() {
    let (places, _) = places(1200, capacity: 100) { (500..<560).contains($0) ? 8 : 1 }
    #expect(places[499] == 6, "64 of 128 entries a second fit into 100")
    #expect(places[..<560].suffix(40).allSatisfy { $0 <= 4 })
    #expect(places[..<560].suffix(40).count { $0 == 3 } > 30, "8, eight times over, fits")
    #expect(places[640...].count { $0 == 6 } > 500, "\(places[560...])")
  }

  /// Where pulling is the cheaper way, there is nothing to be gained by pushing.
  @Test func pullsWherePullingIsCheaper() {
    let rungs = Self.rungs.map {
      ThresholdControl.Rung(threshold: $0.threshold, push: $0.push, pull: 0.1)
    }
    var control = ThresholdControl(
      ThresholdSettings(), rungs: rungs, start: 9, postRate: 100, loadRate: 100)
    for step in 0..<10 {
      control.view.deliveries = 1000
      control.view.posts = 3000
      control.view.gathers = 3000
      _ = control.decide(at: .start + .seconds(30 * Int64(step + 1)))
    }
    #expect(control.place == 0)
  }

  @Test func rungsTellAuthorsApart() throws {
    let context = FanOutContext(
      WrittenAudience.drawn(users: 60, chance: 0.3, seed: 8).audience, push: 2, pull: 3)
    let graph = context.audience.graph
    let control = context.control(ThresholdSettings())
    #expect(control.rungs.count > 3)
    for rung in control.rungs {
      let hybrid = try context.cost(
        "pushBelow: \(rung.threshold), pullFrom: \(rung.threshold)")
      #expect(abs((rung.push + rung.pull) / hybrid - 1) < 1e-12)
    }
    for (low, high) in zip(control.rungs, control.rungs.dropFirst()) {
      #expect(low.threshold < high.threshold)
      let between = (low.threshold..<high.threshold)
      let isTold = (0..<UInt32(60)).contains { between.contains(graph.followerCount(of: $0)) }
      #expect(isTold)
    }
    // 10k followers has nobody here.
    #expect(control.place == control.rungs.count - 1)
  }

  // MARK: - Small systems

  /// Authors post alike and readers come often, so that pushing is cheap; the workers cannot push
  /// everything.
  private func small(_ fanOut: String, _ more: String = "", seed: UInt64 = 7) -> SmallSystem {
    var small = SmallSystem()
    small.seed = seed
    small.users = 300
    small.meanFollows = 12
    small.maximum = 150
    small.yaml = """
      fanOut: {policy: adaptive, every: 30s, objective: 10s, objectiveShare: 95%, \(fanOut)}
      delivery: {within: 10s}
      timelines: {lifetime: 2m}
      feed: {perAuthor: 1000}
      cache: {feed: {size: 0}}
      tiers: {fanOutWorkers: {visit: constant(0s), perUnit: 50ms}}
      \(more)
      """
    small.activity = "{postsPerDay: 600, loadsPerDay: 1200, activeShare: 80%}"
    small.warmUp = .seconds(600)
    small.length = .seconds(3600)
    small.servers = 1
    return small
  }

  private struct Outcome {
    var cost: Double
    var late: Double
    var summary: ThresholdSummary
    var moves: [(seconds: Double, threshold: Int)]
  }

  private func outcome(_ small: SmallSystem) throws -> Outcome {
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0)
      let (moved, stood) = (system.control, system.thresholdSummary)
      let control = try #require(moved)
      return Outcome(
        cost: system.measuredCost, late: Double(system.measurements.late) / Double(audit.due),
        summary: try #require(stood),
        moves: control.moves.map {
          (($0.at - .start).seconds, control.rungs[$0.place].threshold)
        })
    }
  }

  /// Against thresholds that stand still, from one that nearly all are pulled by to one under which
  /// the workers fall behind.
  @Test func costsLittleMoreThanTheBestThatStandsStill() throws {
    var sum = 0.0
    for seed in UInt64(7)...9 {
      let moving = try outcome(small("start: 16", seed: seed))
      var best = Double.infinity
      var kept = 0
      for threshold in [23, 32, 45, 64] {
        let bounds = "lowest: \(threshold), highest: \(threshold)"
        let still = try outcome(small(bounds, seed: seed))
        #expect(still.summary.moves == 0 && still.summary.average == Double(threshold))
        guard still.late <= 0.05 else { continue }
        kept += 1
        best = min(best, still.cost)
      }
      #expect(kept > 0 && kept < 4, "seed \(seed)")
      #expect(moving.late <= 0.05, "seed \(seed): \(moving)")
      #expect(moving.cost <= best * 1.12, "seed \(seed): \(moving) against \(best)")
      sum += moving.cost / best
    }
    #expect(sum / 3 <= 1.06, "\(sum / 3)")
  }

  @Test func pullsMoreWhileASpikeLasts() throws {
    let spike = "traffic: {spikes: [{at: 10m, for: 6m, posts: 6}]}"
    let moving = try outcome(small("lowest: 1", spike))
    func threshold(at seconds: Double) -> Int {
      moving.moves.last { $0.seconds <= seconds }?.threshold ?? 0
    }
    let before = threshold(at: 1199)
    let during = threshold(at: 1559)
    let after = threshold(at: 4199)
    #expect(during * 2 <= before && after * 3 >= before * 2, "\(moving.moves)")
    let still = try outcome(small("lowest: \(before), highest: \(before)", spike))
    #expect(moving.late < still.late / 2, "\(moving.late) against \(still.late)")
  }
}
