import Foundation
import Simulation
import Testing

@testable import FeedSystem

/// Moderation where the answer is exact, and what it must not change.
struct ModerationTests {
  /// Φ(−x), of the standard normal law.
  private func tail(_ x: Double) -> Double { erfc(x / 2.0.squareRoot()) / 2 }

  /// Rates of review and removal are the tails of the two score distributions.
  @Test(arguments: [(1.5, 1.0, 2.0), (2, 1.645, 3.5), (0, 0, 1)])
  func ratesAreTailsOfTheScores(_ dPrime: Double, _ reviewAt: Double, _ removeAt: Double) {
    var settings = ModerationSettings()
    settings.known = 0
    settings.model.dPrime = dPrime
    settings.model.reviewAt = reviewAt
    settings.model.removeAt = removeAt
    let law = ModerationLaw(settings, seed: 11)
    let count = 20_000
    for isHarmful in [false, true] {
      var traits = PostTraits()
      traits.marks = isHarmful ? PostTraits.harmful : 0
      var (reviewed, removed) = (0, 0)
      for entity in 0..<UInt64(count) {
        let draws = law.draws(entity, traits)
        reviewed += law.isReviewed(draws) ? 1 : 0
        removed += law.isRemovedByModel(draws) ? 1 : 0
      }
      let shift = isHarmful ? dPrime : 0
      for (seen, threshold) in [(reviewed, reviewAt), (removed, removeAt)] {
        let share = tail(threshold - shift)
        let deviation = (share * (1 - share) / Double(count)).squareRoot()
        #expect(abs(Double(seen) / Double(count) - share) < 4 * deviation + 1e-9)
      }
    }
  }

  /// Poisson posts, all of which a person looks at, are M/M/3 at utilisation 0.6 with services of
  /// 60 s: Erlang's C is 0.3547, and the mean sojourn time 77.74 s.
  @Test func reviewersAreAQueueOfErlang() throws {
    var system = SmallSystem()
    system.users = 2000
    system.meanFollows = 1
    system.activity = "{postsPerDay: 1.296, loadsPerDay: 0}"
    system.warmUp = .seconds(3600)
    system.length = .seconds(600_000)
    system.yaml = """
      fanOut: {policy: pull}
      moderation:
        model: {reviewAt: -100, removeAt: 100}
        review: {reviewers: 3, time: exponential(mean 60s), errors: 0%}
      """
    try system.run(warmStart: false) { system in
      let time = system.moderation.measurements.reviewTime.mean / 1e9
      #expect(system.moderation.measurements.reviewTime.count > 15_000)
      #expect(abs(time - 77.74) < 0.05 * 77.74, "\(time)")
      #expect(system.moderation.measurements.removed == 0)
    }
  }

  /// Six posts at once, each a review of two minutes: one reviewer ends the first three after 2, 4
  /// and 6 minutes; two more come after five and end two at 7, and the last of them ends at 8.
  @Test func aShiftEndsABacklog() throws {
    var system = SmallSystem()
    system.users = 50
    system.meanFollows = 3
    system.maximum = 20
    system.celebrities = [Celebrity(name: "star", followers: .count(10))]
    system.activity = "{postsPerDay: 0, loadsPerDay: 0}"
    let post = "{at: 0s, by: star}"
    let posts = [String](repeating: post, count: 6).joined(separator: ", ")
    let instant = "{visit: constant(0s)}"
    system.yaml = """
      fanOut: {policy: push}
      network: {roundTrip: 0s, client: 0s}
      tiers:
        gateway: \(instant)
        postStore: {visit: constant(0s), perUnit: 0s}
        hashMatch: \(instant)
        moderationModel: \(instant)
      moderation:
        model: {reviewAt: -100, removeAt: 100}
        appeals: {wronged: 0%}
        review:
          reviewers: 1
          shifts: [{from: 5min, to: 1h, reviewers: 2}]
          time: constant(120s)
          errors: 0%
      traffic: {posts: [\(posts)]}
      """
    try system.run(warmStart: false) { system in
      let sum = system.moderation.measurements.reviewTime.exactSum
      #expect(sum == 2_040 * 1_000_000_000)
      #expect(system.moderation.measurements.reviewTime.maximum == 480 * 1_000_000_000)
      #expect(system.moderation.measurements.backlogPeak == 5)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
    }
  }

  /// Overnight shifts, and how many are there in the mean.
  @Test func shiftsGoPastMidnight() {
    var review = ReviewSettings()
    review.reviewers = 2
    let hour = Duration.seconds(3600)
    review.shifts = [
      ReviewSettings.Shift(from: hour * 22, to: hour * 4, reviewers: 3),
      ReviewSettings.Shift(from: hour * 2, to: hour * 14, reviewers: 4),
    ]
    let onDuty = [0, 1, 2, 3, 4, 13, 14, 21, 22, 23].map { review.onDuty(at: hour * $0) }
    #expect(onDuty == [5, 5, 9, 9, 6, 6, 2, 2, 5, 5])
    #expect(review.meanOnDuty == 2 + 3.0 / 4 + 4.0 / 2)
    #expect(review.untilChange(from: hour * 23) == hour * 3)
    #expect(review.untilChange(from: hour * 22) == hour * 4)
  }

  private func harmfulSystem(_ when: String) throws -> SmallSystem {
    var system = SmallSystem()
    system.users = 400
    system.maximum = 150
    system.meanFollows = 10
    system.length = .seconds(1200)
    system.activity = "{postsPerDay: 100, loadsPerDay: 200}"
    var world = WorldSettings()
    world.harmful = 0.2
    let audience = try system.audience()
    system.given = Audience(graph: audience.graph, activity: audience.activity, world: world)
    system.yaml = """
      fanOut: {policy: push}
      moderation:
        when: \(when)
        reports: false
        appeals: {wronged: 0%, others: 0%}
        review: {reviewers: 5, time: exponential(mean 20s)}
      """
    return system
  }

  /// Whether a post is looked at before it is shown or meanwhile changes when it is seen, and no
  /// verdict: the posts, their scores and the reviewers' mistakes are the same.
  @Test func theOrderChangesNoVerdict() throws {
    struct Verdicts: Equatable {
      var removed, reduced, wronglyRemoved, missed: Int
    }
    func verdicts(_ when: String) throws -> (Verdicts, harmful: Int, due: Int, removed: Int) {
      try harmfulSystem(when).run { system in
        let broken = system.checkConservation().filter { !$0.passed }
        #expect(broken == [])
        let audit = system.auditDeliveries()
        #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0)
        let verdicts = Verdicts(
          removed: system.moderation.measurements.removed,
          reduced: system.moderation.measurements.reduced,
          wronglyRemoved: system.moderation.measurements.wronglyRemoved,
          missed: system.moderation.measurements.missed)
        return (
          verdicts, system.moderation.measurements.harmfulImpressions, audit.due, audit.removed
        )
      }
    }
    let after = try verdicts("after")
    let before = try verdicts("before")
    #expect(after.0 == before.0)
    #expect(after.0.removed > 20 && after.0.missed > 10)
    #expect(before.harmful == 0 && after.harmful > 0)
    // What is never published is due to nobody.
    #expect(before.removed == 0 && after.removed > 0)
    #expect(before.due == after.due - after.removed)
  }

  /// Of a removed post nothing is seen any more, and of one of reduced reach by some viewers only,
  /// always the same ones.
  @Test func standingsDecideWhoIsShownAPost() {
    var settings = ModerationSettings()
    settings.reducedReach = 0.25
    var moderation = Moderation(settings, midnight: .start, seed: 3)
    moderation.note(0, .removed, isHarmful: true)
    moderation.note(1, .reduced, isHarmful: false)
    moderation.note(2, .passed, isHarmful: true)
    moderation.note(3, .open, isHarmful: false)
    var seen = [Int](repeating: 0, count: 4)
    for viewer in UInt32(0)..<4000 {
      for post in UInt32(0)..<4 {
        seen[Int(post)] += moderation.shows(post, to: viewer) ? 1 : 0
      }
    }
    #expect(seen[0] == 0 && seen[2] == 4000 && seen[3] == 4000)
    #expect(abs(seen[1] - 1000) < 110)
    #expect(moderation.standing(of: 1) == .reduced && moderation.isHarmful(2))
    moderation.note(0, .passed, isHarmful: true)
    let isBack = moderation.shows(0, to: 9)
    #expect(isBack)
  }

  /// Reports find what the model lets pass, and appeals undo mistakes.
  @Test func reportsAndAppealsMendMistakes() throws {
    let plain = try harmfulSystem("after").run { $0.moderation.measurements.missed }
    var mended = try harmfulSystem("after")
    mended.yaml = mended.yaml.replacingOccurrences(of: "reports: false", with: "reports: true")
      .replacingOccurrences(of: "wronged: 0%", with: "wronged: 100%")
      .replacingOccurrences(of: "others: 0%", with: "after: constant(10s)")
    try mended.run { system in
      let missed = system.moderation.measurements.missed
      #expect(system.moderation.measurements.reports > 0 && missed < plain)
      let overturned = system.moderation.measurements.overturned
      #expect(overturned > 0 && overturned <= system.moderation.measurements.appeals)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
    }
  }
}
