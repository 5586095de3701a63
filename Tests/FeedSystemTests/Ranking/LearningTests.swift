import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Models that learn inside a run.
struct LearningTests {
  private static func system(_ ranking: String, _ more: String = "") -> SmallSystem {
    var system = SmallSystem(users: 200, meanFollows: 15, maximum: 60)
    system.activity = "{postsPerDay: 30, loadsPerDay: 150, activeShare: 100%}"
    system.warmUp = .seconds(300)
    system.length = .seconds(3600)
    var world = WorldSettings()
    world.topics = 8
    system.world = world
    system.yaml = """
      fanOut: {policy: push}
      timelines: {lifetime: 6h}
      feed: {candidates: 60, length: 40, page: 20}
      cache: {feed: {size: 0}}
      ranking: \(ranking)
      engagement: {likes: 8%, comments: 2%, shares: 1%}
      \(more)
      """
    return system
  }

  private static let online = "{pretrain: 3000, training: {mode: online}"

  @Test func modelsForetellWhatViewersDo() throws {
    let books = try Self.system("[{linear: \(Self.online)}}]").run { system in
      let checks = system.checkConservation()
      let broken = checks.filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let learning = system.learning
      return try #require(learning?.books.first)
    }
    let area = try #require(books.books.areaUnderCurve)
    #expect(area > 0.6, "\(area) over \(books.books.predictions)")
    #expect(books.books.trainings == 65 || books.books.trainings == 64)
    let age = try #require(books.books.meanAge)
    #expect(age < 61)
  }

  /// A control: where what viewers did is dealt to the examples at random, nothing is foretold.
  @Test func nothingIsLearntFromShuffledLabels() throws {
    let books = try Self.system("[{linear: \(Self.online), shuffleLabels: true}}]").run { system in
      let learning = system.learning
      return try #require(learning?.books.first)
    }
    let area = try #require(books.books.areaUnderCurve)
    #expect(abs(area - 0.5) < 0.05, "\(area) over \(books.books.predictions)")
  }

  @Test func whatIsTrainedIsServedAfterTheDelay() throws {
    var small = Self.system(
      "[{linear: {pretrain: 100, training: {mode: batch, every: 20m, delay: 7m}}}]")
    small.length = .seconds(5400)
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: 3,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<(opens + small.length))
    // Trained as the window opens and every 20 minutes from then.
    let moments: [(Int64, Int64?)] = [
      (6, nil), (8, 0), (26, 0), (28, 20), (46, 20), (48, 40),
    ]
    for (minutes, knows) in moments {
      system.run(until: opens + .seconds(minutes * 60))
      let learning = system.learning
      let model = try #require(learning?.models.first?.model)
      let expected = knows.map { opens + .seconds($0 * 60) } ?? .start
      #expect(model.knows == expected, "after \(minutes) minutes")
    }
  }

  @Test func armsOfOneRankingSeeWhatOneDesignSees() throws {
    let arms = "experiment: {arms: [{name: a, share: 50%}, {name: b, share: 50%}]}"
    let ranking = "[weighted]"
    let alone = try Self.system(ranking).run { $0.measurements.engagement.total }
    let (tested, books) = try Self.system(ranking, arms).run { system in
      let experiment = system.experiment
      return (system.measurements.engagement.total, try #require(experiment).arms)
    }
    #expect(tested == alone)
    #expect(books.reduce(0) { $0 + $1.feeds } == alone.feeds)
    #expect(abs(books.reduce(0) { $0 + $1.worth } - alone.worth) < 1e-6 * alone.worth + 50)
  }

  @Test func everyArmHasModelsOfItsOwn() throws {
    let arms = """
      experiment:
        arms:
          - {name: control, share: 50%}
          - name: treatment
            share: 50%
            ranking: [{linear: \(Self.online)}}, {network: {pretrain: 200}}]
      """
    try Self.system("[chronological]", arms).run { system in
      let checks = system.checkConservation()
      let broken = checks.filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      let models = system.learning
      let learning = try #require(models)
      #expect(learning.learners.map { $0.models.map(\.stage) } == [[], ["linear", "network"]])
      #expect(learning.learners[0].ring.count == 0)
      #expect(learning.learners[1].ring.count > 500)
    }
  }

  /// A published table brings the actions that it weighs.
  @Test func weightsMayBeAPublishedTable() throws {
    func model(_ settings: String) throws -> ModelSettings {
      let (design, _) = try Self.system("[{linear: \(settings)}]").settings()
      return try #require(design.ranking.trained.first).model
    }
    let table = try model("{weights: x-2023-heavy}")
    #expect(table.actions == ActionWeights.x2023Heavy.actions)
    #expect(table.weights?[Int(Action.report.rawValue)] == -369)
    let some = try model("{weights: x-2023-heavy, actions: [like, report]}")
    #expect(some.headWeights(ActionWorth()) == [0.5, -369])
    let own = try model("{weights: {like: 2, hide: -3}}")
    #expect(own.headWeights(ActionWorth()) == [2, 0, 0, 0, -3, 0])
    let standard = try model("{}").headWeights(ActionWorth())
    #expect(standard == [1, 10, 4, 0.2, -10, -40])
  }

  @Test(arguments: [
    ("[linear, linear]", "has linear twice"),
    ("[{linear: {actions: []}}]", "names no action"),
    ("[{linear: {actions: [like, like]}}]", "names an action twice"),
    ("[{linear: {actions: [love]}}]", "love"),
    ("[{linear: {weights: {hide: -1}, actions: [like]}}]", "are all 0"),
    ("[{linear: {training: {mode: daily}}}]", "mode"),
    ("[{linear: {training: {every: 0s}}}]", "every"),
    ("[{linear: {training: {examples: 0}}}]", "examples"),
    ("[{linear: {training: {rate: 0}}}]", "rate"),
    ("[{network: {freshness: -1s}}]", "freshness"),
    ("[{network: {pretrain: 1G}}]", "pretrain"),
    ("[{network: {trainings: 3}}]", "did you mean \"training\""),
  ])
  func badSettingsAreRefused(_ ranking: String, _ message: String) {
    do {
      _ = try Self.system(ranking).settings()
      Issue.record("accepted: \(ranking)")
    } catch let problem as InvalidInput {
      let text = problem.path + " " + problem.message
      #expect(text.contains(message), "\(text)")
    } catch {
      Issue.record("\(error)")
    }
  }
}
