import Simulation

/// What happened between one decision on the threshold and the next, and what is waiting now: all
/// of it can be read off a running system.
struct FanOutView: Sendable {
  /// Posts stored, and the followers of their authors.
  var posts = 0
  var followersDue = 0
  /// Loads that the feed cache did not answer.
  var gathers = 0
  /// Deliveries made, written or found at the author; of these, those later than the objective.
  var deliveries = 0
  var late = 0
  /// Entries waiting that are later already, and the age of the oldest one waiting.
  var overdue = 0
  var oldestAge = Duration.zero

  mutating func deliver(_ count: Int, after lag: Duration, within objective: Duration) {
    deliveries += count
    if lag > objective { late += count }
  }
}

/// Moves a threshold of followers, over which authors are pulled, to where deliveries cost least
/// among the thresholds that keep an objective on the delivery lag.
///
/// Cost is H for an entry written and L for an author asked ("Feeding Frenzy", Silberstein et al.,
/// SIGMOD 2010, section 3), here author by author. Every user's share in posts and loads is known;
/// how many there are in all is measured, with a memory of ten decisions. Lag is not predicted but
/// tried out, on a ladder of thresholds each √2 of the one before:
///
/// - A threshold fails when more than the allowed share of deliveries is late, in the last interval
///   and over the last ten, unless what waits is getting younger; one just raised, when anything
///   waits for longer than half the objective. Then the threshold that it was raised from comes
///   back; one that failed unprovoked goes down by 1, 2, 4 … rungs. What failed is a ceiling.
/// - One that stays calm for four intervals (half the allowed share late, and nothing waiting for
///   longer than half the objective) is raised towards the cheapest: by 1, 2, 4 … rungs while
///   nothing has failed, then half-way to the ceiling, if that saves more than 2 %.
/// - A ceiling falls after 8, 16, 32 … intervals, twice as many for each failure and 512 at the
///   most: in a steady state the threshold moves ever less often. An eighth of that is enough where
///   the followers of the posts stored have fallen to half of what it failed under.
///
/// What it does not weigh is the price of moving: whoever was pulled is asked for as long as a post
/// of that time lives.
struct ThresholdControl: Sendable {
  /// A threshold, with what pushing below it and pulling from it on cost a second, at the
  /// activity's own rates.
  struct Rung: Sendable, Equatable {
    var threshold: Int
    var push: Double
    var pull: Double
  }

  let settings: ThresholdSettings
  let rungs: [Rung]
  /// Expected a second, at the activity's own rates.
  private let postRate: Double
  private let loadRate: Double
  private(set) var place: Int
  /// The rungs taken, and since when.
  private(set) var moves: [(at: Instant, place: Int)]
  /// Since the last decision.
  var view = FanOutView()

  private static let memory = 10.0
  private static let patience = 4
  private static let gain = 1.02
  private static let mostFailures = 7
  private static let longestStride = 16

  // What is measured, with a memory.
  private var postFactor = 1.0
  private var loadFactor = 1.0
  private var demand: Double?
  private var late = 0.0
  private var deliveries = 0.0
  private var ageBefore = Duration.zero

  private var calm = 0
  private var fallStride = 1
  private var riseStride = 1
  /// Where the threshold stood before it was raised to where it has not proven itself yet.
  private var roseFrom: Int?
  /// The lowest rung that has failed.
  private(set) var ceiling: Int?
  private var sinceFailure = 0
  private var demandAtFailure = 0.0
  private var failures = 0

  init(
    _ settings: ThresholdSettings, rungs: [Rung], start: Int, postRate: Double, loadRate: Double
  ) {
    self.settings = settings
    self.rungs = rungs
    self.postRate = postRate
    self.loadRate = loadRate
    place = start
    moves = [(.start, start)]
  }

  var threshold: Int { rungs[place].threshold }

  /// Decides anew, and forgets what has been seen; whether the threshold moves.
  mutating func decide(at now: Instant) -> Bool {
    let before = place
    learn()
    let allowed = 1 - settings.share
    let overdue = Double(view.overdue)
    let lateNow = Double(view.late) + overdue
    let made = Double(view.deliveries) + overdue
    let fails = lateNow > allowed * made && late + overdue > allowed * (deliveries + overdue)
    // Posts of before the last move may still be late while their jobs are worked off.
    let isDraining = ageBefore > settings.objective && view.oldestAge < ageBefore
    ageBefore = view.oldestAge
    sinceFailure += 1
    let isWary = roseFrom != nil && view.oldestAge * 2 > settings.objective
    if fails || isWary, !isDraining {
      fall()
    } else if !fails, lateNow <= allowed / 2 * made, view.oldestAge * 2 <= settings.objective {
      calm += 1
      fallStride = 1
      if calm >= Self.patience { rise() }
    } else {
      calm = 0
      fallStride = 1
    }
    view = FanOutView()
    if place != before { moves.append((now, place)) }
    return place != before
  }

  private mutating func learn() {
    let seconds = settings.every.seconds
    func approach(_ value: inout Double, _ seen: Int, of expected: Double) {
      if expected > 0 { value += (Double(seen) / (expected * seconds) - value) / Self.memory }
    }
    approach(&postFactor, view.posts, of: postRate)
    approach(&loadFactor, view.gathers, of: loadRate)
    let due = Double(view.followersDue)
    demand = demand.map { $0 + (due - $0) / Self.memory } ?? due
    late += Double(view.late) - late / Self.memory
    deliveries += Double(view.deliveries) - deliveries / Self.memory
  }

  private mutating func fall() {
    let isAnother = ceiling == nil || calm > 0 || roseFrom != nil
    calm = 0
    riseStride = 1
    demandAtFailure = max(isAnother ? 0 : demandAtFailure, Double(view.followersDue))
    if isAnother { failures = min(failures + 1, Self.mostFailures) }
    sinceFailure = 0
    ceiling = max(1, min(ceiling ?? place, place))
    if let from = roseFrom {
      place = from
      roseFrom = nil
    } else {
      place = max(0, place - fallStride)
      fallStride = min(fallStride * 2, Self.longestStride)
    }
  }

  private mutating func rise() {
    roseFrom = nil
    if ceiling != nil {
      let hold = 4 << failures
      let hasFallen = (demand ?? 0) * 2 < demandAtFailure
      if sinceFailure >= hold || (hasFallen && sinceFailure * 8 >= hold) { ceiling = nil }
    }
    let target = cheapest(below: ceiling ?? rungs.count)
    guard cost(place) > cost(target) * Self.gain else { return }
    if target < place {
      place = target
    } else if let ceiling {
      guard place + 1 < ceiling else { return }
      roseFrom = place
      place = min(target, (place + ceiling) / 2)
    } else {
      roseFrom = place
      place = min(target, place + riseStride)
      riseStride = min(riseStride * 2, Self.longestStride)
    }
    calm = 0
  }

  /// What a rung costs a second at the rates measured.
  func cost(_ place: Int) -> Double {
    rungs[place].push * postFactor + rungs[place].pull * loadFactor
  }

  private func cheapest(below end: Int) -> Int {
    var best = 0
    for place in 1..<max(end, 1) where cost(place) < cost(best) { best = place }
    return best
  }

  /// How the threshold has stood during a window.
  func summary(of window: Range<Instant>) -> ThresholdSummary {
    var summary = ThresholdSummary(
      average: 0, least: .max, greatest: 0,
      moves: moves.dropFirst().count { window.contains($0.at) }, cost: 0)
    let length = max((window.upperBound - window.lowerBound).seconds, 1e-9)
    for (index, move) in moves.enumerated() {
      let end = index + 1 < moves.count ? moves[index + 1].at : window.upperBound
      let from = max(move.at, window.lowerBound)
      guard from < min(end, window.upperBound) else { continue }
      let share = (min(end, window.upperBound) - from).seconds / length
      let rung = rungs[move.place]
      summary.average += share * Double(rung.threshold)
      summary.cost += share * (rung.push + rung.pull)
      summary.least = min(summary.least, rung.threshold)
      summary.greatest = max(summary.greatest, rung.threshold)
    }
    return summary
  }
}

/// A threshold that moves, over a window, in followers.
public struct ThresholdSummary: Sendable, Equatable {
  /// Over the time.
  public var average: Double
  public var least: Int
  public var greatest: Int
  public var moves: Int
  /// A second, over the time, at the activity's own rates.
  var cost: Double
}

extension FanOutContext {
  func control(_ settings: ThresholdSettings) -> ThresholdControl {
    let (rungs, start) = thresholds(settings)
    return ThresholdControl(
      settings, rungs: rungs, start: start, postRate: audience.activity.postRateTotal,
      loadRate: audience.activity.loadRateTotal)
  }

  /// The thresholds that a control may choose: from the lowest to the highest, or to one that
  /// nobody reaches, each √2 of the one before, and the one it starts with; of those that tell no
  /// author apart the lowest.
  private func thresholds(_ settings: ThresholdSettings) -> (
    rungs: [ThresholdControl.Rung], start: Int
  ) {
    let graph = audience.graph
    let most = graph.userCount > 0 ? graph.followerCount(of: 0) + 1 : 1
    let highest = max(settings.lowest, min(settings.highest, most))
    var candidates = [highest, min(settings.start, highest)]
    var next = Double(settings.lowest)
    while next < Double(highest) {
      candidates.append(Int(next.rounded()))
      next *= 2.0.squareRoot()
    }
    candidates.sort()
    let loads = audience.activity.loadRates
    let posts = audience.activity.postRates
    var firstPushed: UInt32 = 0
    var pull = 0.0
    var push = (0..<UInt32(graph.userCount)).reduce(0.0) {
      $0 + costs.push * posts[Int($1)] * Double(graph.followerCount(of: $1))
    }
    var rungs: [ThresholdControl.Rung] = []
    var ids: [UInt32] = []
    // From the highest down, as ids of authors rise.
    for threshold in candidates.reversed() {
      let first = graph.firstWithFewer(than: threshold)
      while firstPushed < first {
        let followers = graph.followerCount(of: firstPushed)
        push -= costs.push * posts[Int(firstPushed)] * Double(followers)
        var row = 0.0
        graph.forEachFollower(of: firstPushed) { row += costs.pull * loads[Int($0)] }
        pull += row
        firstPushed += 1
      }
      if ids.last == first { rungs.removeLast() } else { ids.append(first) }
      rungs.append(.init(threshold: threshold, push: max(push, 0), pull: pull))
    }
    rungs.reverse()
    ids.reverse()
    let begin = graph.firstWithFewer(than: min(settings.start, highest))
    return (rungs, ids.firstIndex(of: begin) ?? 0)
  }
}
