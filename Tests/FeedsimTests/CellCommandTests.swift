import Foundation
import Testing

/// Populations by cells, as a user asks for them.
@Suite(.serialized) struct CellCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let graph = "{kind: powerLaw, meanFollows: 10, exponent: 2.3, maximum: 20k}"
    let star = "[{name: star, followers: 40k}]"
    try scratch.write(
      "cells.yaml",
      TinyScenario.text(
        users: 100_000, graph: graph, postsPerDay: "200", celebrities: star,
        more: "traffic: {posts: [{at: 20s, by: star}]}"))
    try scratch.write("whole.yaml", TinyScenario.text(users: 1000))
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  private func cells(_ more: [String] = []) throws -> Command.Finished {
    try run(["cells.yaml", "--json", "--set", "audience.cells={users: 1000}"] + more)
  }

  @Test func tellsOfTheWhole() throws {
    let finished = try cells()
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try RunDocument(finished.output)
    #expect(try document.value("cells.count") == 100 && document.unit("cells.count") == "ratio")
    #expect(try document.value("cells.users") == 1000)
    let population = document.root["population"] as? [String: Any]
    #expect(population?["users"] as? Double == 100_000)
    #expect(population?["follows"] as? Double == 1_000_000)
    // 100,000 users post 200 a day: 13,900 in a minute, of which the two cells' runs see 278.
    #expect(abs(try document.value("publish.posts") / 13_889 - 1) < 0.3)
    // The star's 40,000 followers are due at once.
    #expect(try document.value("fan_out.backlog") >= 39_000)
    #expect(try document.value("delivery.lost") == 0)
    #expect(document.notes.contains { $0.contains("cells of 1,000 users") })
    let checks = document.checks.compactMap { $0["name"] as? String }
    #expect(checks.contains("cell balance"))
    // The same bytes on any number of threads, and in any number of them.
    #expect(try cells(["--threads", "1"]).output == finished.output)
  }

  /// A single cell without shared authors is the whole: every event, every figure.
  @Test func oneCellIsTheWhole() throws {
    let whole = try RunDocument(run(["whole.yaml", "--json"]).output)
    let one = try RunDocument(
      run(["whole.yaml", "--json", "--set", "audience.cells={count: 1, tail: 999}"]).output)
    #expect(one.fingerprint == whole.fingerprint && !whole.fingerprint.isEmpty)
    for name in whole.metrics.keys {
      for statistic in ["mean", "p50", "p99"] {
        let figures = [one, whole].map {
          ($0.metrics[name]?[statistic] as? [String: Any])?["value"] as? Double
        }
        #expect(figures[0] == figures[1], "\(name)")
      }
    }
    #expect(whole.metrics["cells.count"] == nil && one.metrics["cells.count"] != nil)
  }

  @Test(arguments: [
    ("audience.cells={users: 1000, count: 5}", "audience.cells.count: and users both say"),
    ("audience.cells={}", "audience.cells: needs users (of one cell) or count (of cells)"),
    ("audience.cells={users: 200k}", "audience.cells.users: 200000 is more than"),
    ("audience.cells={count: 50k}", "audience.cells.count: makes cells of 2 users"),
    ("audience.cells={users: 1000, tail: 2k}", "audience.cells.tail: 2000 followers do not fit"),
    ("audience.cells={users: 1000, tail: 50k}", "audience.cells.tail"),
  ])
  func refusesWhatCannotBe(setting: String, message: String) throws {
    let finished = try run(["cells.yaml", "--set", setting])
    #expect(finished.status == 65 && finished.output.isEmpty)
    #expect(finished.errors.contains(message), "\(finished.errors)")
  }

  /// What no server could do in a lifetime is one error, in cells and whole, of pools and of
  /// shards, with a warm-up that is asked for or found; what only overloads is answered.
  @Test(arguments: [
    ("cells.yaml", "gateway", "30d", "30s", true), ("cells.yaml", "postStore", "30d", "30s", true),
    ("cells.yaml", "fanOutWorkers", "30d", "30s", true),
    ("cells.yaml", "gateway", "30d", "auto", true),
    ("whole.yaml", "postStore", "30d", "30s", true),
    ("cells.yaml", "gateway", "1ms", "30s", false), ("whole.yaml", "postStore", "1h", "30s", false),
  ])
  func refusesWhatCannotBeCounted(
    file: String, tier: String, visit: String, warmUp: String, isRefused: Bool
  ) throws {
    let few =
      "audience={users: 3B, cells: {users: 10k}, graph: {kind: powerLaw, "
      + "meanFollows: 10, exponent: 2.3, maximum: 500}, activity: {postsPerDay: 50, "
      + "loadsPerDay: 500}}"
    let many =
      "audience={users: 50k, graph: {kind: uniform, meanFollows: 10}, "
      + "activity: {postsPerDay: 50, loadsPerDay: 500}}"
    let finished = try run([
      file, "--set", file == "cells.yaml" ? few : many, "--set", "traffic={}",
      "--set", "warmUp=\(warmUp)", "--out", "answer.json",
      "--set", "tiers.\(tier)={servers: 1, visit: constant(\(visit))}",
    ])
    #expect(finished.status == (isRefused ? 65 : 0), "\(finished.errors)")
    #expect(finished.output.isEmpty == isRefused)
    #expect(scratch.names.contains("answer.json") != isRefused)
    let message = "tiers.\(tier): is asked for more server time than can be counted"
    #expect(finished.errors.contains(message) == isRefused, "\(finished.errors)")
  }

  /// Of ten million cells, a visit keeps the whole's only server for longer than a cell's pool.
  @Test(arguments: [("500ms", false), ("5s", true)])
  func refusesWhatCannotBeWaitedFor(visit: String, isRefused: Bool) throws {
    let finished = try run([
      "cells.yaml", "--set", "traffic={}", "--set", "fanOut={policy: pull}", "--json",
      "--set", "tiers.postStore={servers: 1, shards: 1, visit: constant(\(visit))}",
      "--set", "cache.feed.size=0", "--set",
      "audience={users: 3B, cells: {users: 300, tail: 60}, graph: {kind: powerLaw, "
        + "meanFollows: 5, exponent: 2.3, maximum: 200}, activity: {postsPerDay: 50, "
        + "loadsPerDay: 500}}",
    ])
    #expect(finished.status == (isRefused ? 65 : 0), "\(finished.errors)")
    #expect(finished.output.isEmpty == isRefused)
    let message = "tiers.postStore: is asked for more server time than can be counted"
    #expect(finished.errors.contains(message) == isRefused, "\(finished.errors)")
  }

  /// The key that is named is the one to change, of a population held whole and of a cell's.
  @Test(arguments: [
    ["--set", "audience.graph.meanFollows=0.1"],
    ["--set", "audience.graph.meanFollows=0.1", "--set", "audience.cells={users: 1000}"],
    ["--set", "audience.cells={count: 1, tail: 50k}"],
  ])
  func celebritiesAreNamedByTheirKey(arguments: [String]) throws {
    let finished = try run(["cells.yaml"] + arguments)
    #expect(finished.status == 65 && finished.output.isEmpty)
    #expect(finished.errors.contains(": audience.celebrities: "), "\(finished.errors)")
  }

  /// Whoever asks for more than can be held is told of cells.
  @Test(arguments: [["run", "--set", "audience.users=3B"], ["plan", "--users", "3B"]])
  func tooManyToHoldArePointedToCells(arguments: [String]) throws {
    let finished = try Command.run(
      [arguments[0], "cells.yaml"] + arguments[1...], in: scratch.folder)
    #expect(finished.status == 65 && finished.output.isEmpty)
    let parts = ["audience.users", "2147483647", "--set audience.cells.users=100k"]
    #expect(parts.allSatisfy(finished.errors.contains), "\(finished.errors)")
  }

  /// All that cells do not know is named in one error.
  @Test func refusesWhatCellsDoNotKnow() throws {
    let finished = try cells([
      "--set", "pipeline={bus: {}}", "--set", "tiers.gateway.scaling={}", "--set",
      "traffic.follows.followsPerDay=5",
    ])
    #expect(finished.status == 65 && finished.output.isEmpty, "\(finished.errors)")
    for text in [
      "audience.cells", "traffic.follows", "pipeline", "tiers.gateway.scaling", "leave them out",
    ] {
      #expect(finished.errors.contains(text), "\(text): \(finished.errors)")
    }
    try scratch.write("edges.txt", "0 1\n1 2\n2 0\n")
    let edges = try cells(["--set", "audience.graph.edges=edges.txt"])
    #expect(edges.status == 65 && edges.errors.contains("sampled from a law"), "\(edges.errors)")
  }
}
