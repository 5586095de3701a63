import Testing

/// A world, its figures and its errors as a user meets them.
@Suite(.serialized) struct WorldCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let plain = TinyScenario.text(users: 300, postsPerDay: "300", loadsPerDay: "1500")
    let world = """
        world:
          topics: 12
          breaking: [{topic: 3, at: 20s, for: 20s, heat: 2.5, fade: 5s, share: 30%}]
      """
    let text = plain.replacing("fanOut:", with: world + "\nfanOut:")
    try scratch.write("plain.yaml", plain)
    try scratch.write("world.yaml", text)
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  @Test func everyMeasureIsThere() throws {
    let result = try run([
      "world.yaml", "--json", "--threshold", "ranking.quality > 10%",
      "--threshold", "engagement.per_feed > 0.1", "--threshold", "engagement.report < 1000",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let found = try RunDocument(result.output)
    let units = [
      "engagement.per_feed": "1/feed", "engagement.breaking": "1/feed",
      "engagement.dwell": "s", "engagement.like": "1/1000 feeds",
      "engagement.click": "1/1000 feeds", "engagement.examined": "ratio",
      "ranking.quality": "ratio", "ranking.ndcg_5": "ratio", "ranking.diversity": "ratio",
      "ranking.author_diversity": "ratio", "ranking.author_coverage": "ratio",
      "ranking.fairness": "ratio",
    ]
    for (name, unit) in units {
      #expect(found.unit(name) == unit, "\(name)")
      #expect(try found.value(name) > 0, "\(name)")
    }
    let names = found.checks.compactMap { $0["name"] as? String }
    #expect(names.contains("impression balance") && names.contains("engagement balance"))
    let again = try run(["world.yaml", "--json", "--threads", "1"])
    let two = try run(["world.yaml", "--json", "--threads", "2"])
    #expect(again.output == two.output)
  }

  @Test func withoutAWorldNothingOfItIsThere() throws {
    let result = try run(["plain.yaml", "--json"])
    let found = try RunDocument(result.output)
    let names = found.metrics.keys.filter { name in
      name.hasPrefix("ranking.") || name.hasPrefix("engagement.")
    }
    #expect(names.sorted() == ["engagement.throughput"])
  }

  @Test func theOracleIsPerfect() throws {
    let result = try run(["world.yaml", "--set", "ranking=[oracle]", "--json"])
    #expect(try RunDocument(result.output).value("ranking.quality") == 1)
  }

  @Test(arguments: [
    (["plain.yaml", "--set", "ranking=[oracle]"], "audience.world"),
    (["world.yaml", "--set", "audience.world.topics=3"], "topic 3"),
    (["world.yaml", "--set", "duration=10s"], "after the end of the run"),
    (["world.yaml", "--set", "audience.world.worth.likes=3"], "did you mean \"like\""),
    (
      ["world.yaml", "--set", "audience.world.types={status: 0, link: 0, photo: 0, video: 0}"], "0"
    ),
    (["world.yaml", "--set", "audience.world.examination=-1"], "examination"),
  ])
  func mistakesAreToldInOneMessage(_ arguments: [String], _ words: String) throws {
    let result = try run(arguments)
    #expect(result.status == 65)
    #expect(result.output == "")
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count <= 3, "\(result.errors)")
  }
}
