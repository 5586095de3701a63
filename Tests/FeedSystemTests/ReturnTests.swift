import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Viewers who come back after their timeline was dropped.
struct ReturnTests {
  private func small(_ timelines: String, fanOut: String = "{policy: push}") -> SmallSystem {
    var small = SmallSystem()
    small.activity = "{postsPerDay: 4, loadsPerDay: 4, activeShare: 80%}"
    small.yaml = """
      fanOut: \(fanOut)
      timelines: {\(timelines)}
      sessions: {loads: 1, pages: 1}
      """
    small.length = .seconds(6 * 3600)
    return small
  }

  private struct Outcome {
    var returns: Int
    var empty: Int
    var gapped: Int
    var queries: Int
    var loads: Int
    var regenerations: Int
    var entries: Int
    var audit: DeliveryAudit
  }

  private func outcome(_ small: SmallSystem) throws -> Outcome {
    try small.run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let figures = system.timelineFigures()
      return Outcome(
        returns: system.measurements.returns, empty: system.measurements.returnsEmpty,
        gapped: system.measurements.returnsWithGap,
        queries: system.measurements.regenerationQueries,
        loads: system.measurements.loadsMeasured,
        regenerations: Int(system.measurements.regeneration.count), entries: figures.entries,
        audit: system.auditDeliveries())
    }
  }

  /// Loads of a viewer are a Poisson process, so one comes after a gap of more than t with odds of
  /// e^(−rate·t).
  @Test(arguments: [("6h", 1.0), ("12h", 2.0)])
  func returnsAreAsOftenAsGapsSay(_ after: String, _ exponent: Double) throws {
    let run = try outcome(small("dormantAfter: \(after)"))
    let share = power(2.718281828459045, -exponent)
    let expected = Double(run.loads) * share
    let error = (expected * (1 - share)).squareRoot()
    #expect(run.loads > 1300)
    #expect(abs(Double(run.returns) - expected) < 4 * error, "\(run.returns) of \(run.loads)")
  }

  /// What is shown on return, by rule: all of it, or what was posted since the drop.
  @Test func whoWaitsSeesAll() throws {
    let wait = try outcome(small("dormantAfter: 6h"))
    let background = try outcome(small("dormantAfter: 6h, onReturn: background"))
    let nothing = try outcome(small("dormantAfter: 6h, onReturn: nothing"))
    #expect(wait.empty == 0 && wait.gapped == 0 && wait.returns > 300)
    #expect(wait.regenerations == wait.returns && nothing.regenerations == 0)
    #expect(nothing.queries == 0 && wait.queries > wait.returns * 5)
    // All but those who follow nobody have lost something, and find it again or do not.
    for run in [background, nothing] {
      #expect(run.empty + run.gapped > run.returns * 9 / 10)
      #expect(run.empty > 0 && run.gapped > run.empty)
      #expect(abs(run.returns - wait.returns) < 10)
    }
    #expect(background.regenerations > background.returns * 9 / 10)
  }

  /// A drop is no lost delivery, and no delivery is made for it.
  @Test func deliveriesAreWhatTheyWere() throws {
    let kept = try outcome(small(""))
    #expect(kept.returns == 0 && kept.audit.due > 10_000 && kept.audit.lost == 0)
    for rule in ReturnRule.allCases {
      let run = try outcome(small("dormantAfter: 6h, onReturn: \(rule.rawValue)"))
      #expect(run.audit == kept.audit)
      #expect(run.entries < kept.entries)
    }
  }

  /// The sooner timelines are dropped, the less memory they take: exactly the entries posted since
  /// each drop, from the posts and the graph.
  @Test(arguments: ["2h", "12h", "2d"])
  func memoryIsWhatWasPostedSinceTheDrop(_ after: String) throws {
    try small("dormantAfter: \(after), capacity: 20k").run { system in
      var expected = 0
      var stayedAway = 0
      let after = try #require(system.design.timelines.dormantAfter).nanoseconds / 1_000_000
      for viewer in 0..<UInt32(system.audience.graph.userCount) {
        let last = system.timelines.viewer(viewer).pointee.lastLoadMilliseconds
        var from = Int64.min
        if last != .min, Int64(last) + after < system.nowMilliseconds {
          from = Int64(last) + after
          stayedAway += 1
        }
        for author in system.audience.graph.followees(of: viewer) {
          var post = system.posts.latest(of: author)
          while post != PostStore.none {
            expected += Int64(system.posts[post].storedMilliseconds) >= from ? 1 : 0
            post = system.posts[post].previous
          }
        }
      }
      #expect(stayedAway > 0)
      let entries = system.timelineFigures().entries
      #expect(entries == expected)
    }
  }

  @Test(arguments: [
    ("dormantAfter: 5m", "{policy: push}"),
    ("dormantAfter: 1d, onReturn: nothing", "{policy: hybrid, pushBelow: 10, pullFrom: 100}"),
  ])
  func refusesWhatItCannotKeep(_ timelines: String, _ fanOut: String) throws {
    #expect(throws: InvalidInput.self) { try small(timelines, fanOut: fanOut).settings() }
  }
}
