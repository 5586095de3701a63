import CGSL
import Foundation
import Settings
import Testing

@testable import Planning

/// What a sweep varies, and which points that makes.
struct SweepTests {
  private func texts(_ argument: String) throws -> [String] {
    try SweepAxis(parsing: argument).grid.map(\.text)
  }

  // MARK: - Values

  @Test(arguments: [
    ("1k..1M:log7", ["1k", "3.16228k", "10k", "31.6228k", "100k", "316.228k", "1M"]),
    ("10ms..1s:log5", ["10ms", "31.6228ms", "100ms", "316.228ms", "1s"]),
    ("10%..50%:lin5", ["10%", "20%", "30%", "40%", "50%"]),
    ("0.1..0.5:lin5", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
    ("2KiB..1MiB:log3", ["2KiB", "45.2548KiB", "1MiB"]),
    ("1m..2m:lin4", ["1m", "1.33333m", "1.66667m", "2m"]),
    ("100/s..1k/s:log3", ["100/s", "316.228/s", "1k/s"]),
    ("12000 USD..14000 USD:lin3", ["12000 USD", "13000 USD", "14000 USD"]),
    ("-1..1:lin3", ["-1", "0", "1"]),
    ("1234567..2345679:lin2", ["1234567", "2345679"]),
    ("push,pull, hybrid", ["push", "pull", "hybrid"]),
    ("0.5", ["0.5"]),
    ("../a.txt,../b.txt", ["../a.txt", "../b.txt"]),
    (
      "exponential(mean 1ms),gamma(mean 1ms, cv 2)",
      ["exponential(mean 1ms)", "gamma(mean 1ms, cv 2)"]
    ),
    ("{a: 1, b: 2},\"c,d\"", ["{a: 1, b: 2}", "\"c,d\""]),
  ])
  func readsValues(_ written: String, _ values: [String]) throws {
    #expect(try texts("a.b=\(written)") == values)
  }

  @Test func offersWholeNumbers() throws {
    let values = try SweepAxis(parsing: "a=1k..1M:log7").grid
    #expect(
      values.map(\.whole) == ["1k", "3.162k", "10k", "31.623k", "100k", "316.228k", "1M"])
    let bytes = try SweepAxis(parsing: "a=1B..2B:lin3").grid
    #expect(bytes.map(\.text) == ["1B", "1.5B", "2B"] && bytes[1].whole == "2B")
  }

  @Test(arguments: [
    ("fanOut.pushBelow", "is not path=values"),
    ("=1..2:lin3", "is not path=values"),
    ("a=", "a: \"\" has an empty value"),
    ("a=x,,y", "a: \"x,,y\" has an empty value"),
    ("a=1..2", "a: the range \"1..2\" needs a spacing and a count: 1..2:log7 or 1..2:lin5"),
    ("a=1..2:lgo7", "a: unknown spacing \"lgo\" in \"1..2:lgo7\"; known: lin, log; did you mean"),
    ("a=1..2:log", "a: \"1..2:log\" needs a count from 2 to 100000 after log, for example :log7"),
    ("a=1..2:lin1", "a: \"1..2:lin1\" needs a count from 2"),
    ("a=0..2:log5", "a: a log range must begin above 0"),
    ("a=2..1:lin5", "a: \"2..1\" goes nowhere"),
    ("a=1ms..10%:lin5", "a: \"1ms\" and \"10%\" are not in units that go together"),
    ("a=1ms..10:lin5", "a: \"1ms\" and \"10\" are not in units that go together"),
    ("a=1m/s..2m/s:lin5", "are not in units that go together"),
    ("a=1..x:lin5", "a: \"x\" is not a number"),
  ])
  func refusesValues(_ argument: String, _ message: String) throws {
    let problem = #expect(throws: InvalidInput.self) { _ = try SweepAxis(parsing: argument) }
    #expect(problem?.description.contains(message) == true, "\(problem?.description ?? "")")
    #expect(problem?.location?.isOption == true)
  }

  // MARK: - Samples

  @Test func aLatinHypercubeHasOnePointInEachBin() throws {
    let points = try SweepSample(.lhs, count: 50).points(dimensions: 3, seed: 7)
    for dimension in 0..<3 {
      #expect(Set(points.map { Int($0[dimension] * 50) }) == Set(0..<50))
    }
    // Bins are dealt out anew in each dimension, and by the seed.
    #expect(points.map { Int($0[0] * 50) } != points.map { Int($0[1] * 50) })
    #expect(try SweepSample(.lhs, count: 50).points(dimensions: 3, seed: 8) != points)
    #expect(try SweepSample(.lhs, count: 50).points(dimensions: 3, seed: 7) == points)
  }

  /// The first points of the sequence are known in full.
  @Test func sobolIsGSLs() throws {
    let points = try SweepSample(.sobol, count: 4).points(dimensions: 2, seed: 7)
    #expect(points == [[0.5, 0.5], [0.75, 0.25], [0.25, 0.75], [0.375, 0.375]])
    let sequence = try #require(gsl_qrng_alloc(feedsim_sobol(), 5))
    defer { gsl_qrng_free(sequence) }
    for point in try SweepSample(.sobol, count: 200).points(dimensions: 5, seed: 1) {
      var expected = [Double](repeating: 0, count: 5)
      gsl_qrng_get(sequence, &expected)
      #expect(point == expected)
    }
  }

  @Test func aListHasEqualBins() throws {
    let axis = try SweepAxis(parsing: "a=x,y,z,w", sampled: true)
    let drawn = [0, 0.2499, 0.25, 0.5, 0.75, 0.9999].map { axis.value(at: $0).text }
    #expect(drawn == ["x", "x", "y", "z", "w", "w"])
    let range = try SweepAxis(parsing: "a=1..100:log", sampled: true)
    #expect(range.value(at: 0.5).text == "10")
    #expect(try SweepAxis(parsing: "a=1..3", sampled: true).value(at: 0.5).text == "2")
  }

  @Test(arguments: [
    ("sobel:64", "unknown \"sobel\"; known: lhs, sobol; did you mean \"sobol\"?"),
    ("lhs", "\"lhs\" needs a number of points"), ("lhs:0", "needs a number of points"),
    ("sobol:1.5", "needs a number of points"),
  ])
  func refusesASample(_ text: String, _ message: String) {
    let problem = #expect(throws: InvalidInput.self) {
      _ = try SweepSample(parsing: text, dimensions: 2)
    }
    #expect(problem?.description.contains(message) == true, "\(problem?.description ?? "")")
  }

  @Test func sobolHasFortyDimensions() throws {
    #expect(throws: InvalidInput.self) { try SweepSample(parsing: "sobol:8", dimensions: 41) }
    #expect(try SweepSample(parsing: "sobol:8", dimensions: 40).count == 8)
    #expect(try SweepSample(parsing: "lhs:8", dimensions: 41).count == 8)
  }

  // MARK: - Shards

  @Test(arguments: [
    ("2/8", [:], [2, 8]),
    ("auto", ["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "4"], [4, 4]),
    (
      "auto",
      [
        "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1",
      ], [3, 4]
    ),
    (
      "auto", ["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "5"], [1, 5]
    ),
    ("auto/5", ["AWS_BATCH_JOB_ARRAY_INDEX": "4"], [5, 5]),
    ("auto/6", ["JOB_COMPLETION_INDEX": "2"], [3, 6]),
  ])
  func readsAShard(_ text: String, _ environment: [String: String], _ shard: [Int]) throws {
    let read = try SweepShard(parsing: text, environment: environment)
    #expect([read.index, read.count] == shard)
  }

  @Test(arguments: [
    ("0/4", [:], "must be from 1/4 to 4/4"), ("5/4", [:], "must be from 1/4 to 4/4"),
    ("1/0", [:], "is not a shard"), ("x", [:], "is not a shard"), ("1/2/3", [:], "not a shard"),
    ("x/2", [:], "is not a shard"),
    ("auto", [:], "none of SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX, JOB_COMPLETION_INDEX"),
    ("auto", ["JOB_COMPLETION_INDEX": "2"], "write auto/N"),
    ("auto/2", ["JOB_COMPLETION_INDEX": "2"], "the environment says shard 3 of 2"),
    ("auto/2", ["JOB_COMPLETION_INDEX": "9223372036854775807"], "JOB_COMPLETION_INDEX is"),
    ("auto/2", ["JOB_COMPLETION_INDEX": "two"], "JOB_COMPLETION_INDEX is \"two\""),
  ])
  func refusesAShard(
    _ text: String, _ environment: [String: String], _ message: String
  ) throws {
    let problem = #expect(throws: InvalidInput.self) {
      _ = try SweepShard(parsing: text, environment: environment)
    }
    #expect(problem?.description.contains(message) == true, "\(problem?.description ?? "")")
    #expect(problem?.location?.isOption == true)
  }

  // MARK: - Points

  private func plan(
    _ vary: [String], overrides: [String] = [], rules: [String] = [],
    sample: SweepSample? = nil, version: String = "1"
  ) throws -> SweepPlan {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try """
    # Which?
    name: small
    seed: 7
    audience: {users: 1000, graph: {kind: powerLaw, meanFollows: 10, exponent: 2.3}}
    fanOut: {policy: hybrid, pushBelow: 10, pullFrom: 1M}
    """.write(to: file, atomically: true, encoding: .utf8)
    return try SweepPlan(
      reading: file.path, overrides: overrides, rules: rules,
      axes: vary.map { try SweepAxis(parsing: $0, sampled: sample != nil) }, sample: sample,
      version: version)
  }

  @Test func aGridVariesTheLastFirst() throws {
    let plan = try plan(["seed=1,2", "replications=3..5:lin3"])
    #expect(
      plan.points.map(\.values) == [
        ["1", "3"], ["1", "4"], ["1", "5"], ["2", "3"], ["2", "4"], ["2", "5"],
      ])
    #expect(plan.points.map(\.index) == [1, 2, 3, 4, 5, 6])
    #expect(plan.paths == ["seed", "replications"] && plan.name == "small")
    #expect(Set(plan.points.map(\.hash)).count == 6)
    #expect(Set(plan.points.map(\.population)).count == 2)
    let shard = try SweepShard(parsing: "2/4", environment: [:])
    #expect(shard.points(of: plan).map(\.index) == [2, 6])
  }

  @Test func countsAreWholeAndNothingIsTwice() throws {
    let counts = try plan(["audience.users=2..5:lin7"])
    #expect(counts.points.map { $0.values[0] } == ["2", "3", "4", "5"])
    let mixed = try plan(["audience.graph.exponent=2.1..2.2:lin3", "fanOut.pushBelow=1k..1M:log7"])
    #expect(mixed.points.count == 21)
    #expect(mixed.points[8].values == ["2.15", "3.162k"])
  }

  @Test func theHashIsOfAllThatDecides() throws {
    let plain = try plan(["seed=7"]).points[0].hash
    #expect(try plan(["seed=7"]).points[0].hash == plain)
    #expect(try plan(["seed=8"]).points[0].hash != plain)
    #expect(try plan(["seed=7"], version: "2").points[0].hash != plain)
    #expect(try plan(["seed=7"], overrides: ["replications=9"]).points[0].hash != plain)
    #expect(try plan(["seed=7"], rules: ["delivery.lost == 0"]).points[0].hash != plain)
  }

  @Test func aPointThatIsNoScenarioIsKept() throws {
    let plan = try plan(["replications=1,0,2"])
    #expect(plan.points.map { (try? $0.scenario.get()) != nil } == [true, false, true])
  }

  @Test(arguments: [
    ("fanOut.pushBelw=1..9:lin3", "--vary fanOut.pushBelw: unknown key \"pushBelw\""),
    ("name.deeper=1,2", "--vary name.deeper: there is no \"deeper\""),
    ("replications=0", "--vary replications: must be from 1"),
  ])
  func whatNoPointSurvivesIsAnError(_ vary: String, _ message: String) {
    let problem = #expect(throws: InvalidInput.self) { _ = try plan([vary]) }
    #expect(problem?.description.hasPrefix(message) == true, "\(problem?.description ?? "")")
    #expect(problem?.location?.isOption == false)
  }

  @Test func refusesAGridWithoutEnd() {
    for vary in [["seed=1..9:lin400", "replications=1..400:lin400"], ["seed=1", "seed=2"]] {
      let problem = #expect(throws: InvalidInput.self) { _ = try plan(vary) }
      #expect(problem?.location?.isOption == true)
    }
  }
}
