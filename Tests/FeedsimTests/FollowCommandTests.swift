import Foundation
import Testing

/// A graph in motion as a user asks for it, and what a run says of it.
@Suite(.serialized) struct FollowCommandTests {
  private static let traffic =
    "{follows: {followsPerDay: 2k, unfollowsPerDay: 2k, mutesPerDay: 500, blocksPerDay: 500}, "
    + "changes: [{at: 20s, for: 10s, follow: star, by: 50}, {at: 40s, unfollow: star, by: 50%}]}"

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let star = "[{name: star, followers: 100}]"
    let graph = "{kind: powerLaw, meanFollows: 10, exponent: 2.3, maximum: 80}"
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(graph: graph, celebrities: star, more: "traffic: \(Self.traffic)"))
    try scratch.write("plain.yaml", TinyScenario.text(graph: graph, celebrities: star))
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  private static let units = [
    "graph.follows": "changes", "graph.unfollows": "changes", "graph.mutes": "changes",
    "graph.blocks": "changes", "graph.follow_latency": "ms", "fan_out.back_filled": "entries",
    "fan_out.removed": "entries", "feed.hidden": "entries",
  ]

  @Test func everyChangeHasItsFigure() throws {
    let result = try run(["tiny.yaml", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for (name, unit) in Self.units {
      #expect(document.unit(name) == unit, "\(name)")
      #expect(try document.value(name) > 0, "\(name)")
    }
    #expect(try document.value("delivery.lost") == 0 && document.value("delivery.duplicate") == 0)
    let checks = document.checks.compactMap { $0["name"] as? String }
    #expect(checks.contains("graph balance") && checks.contains("flow balance: follow changes"))
    let marks = (document.root["marks"] as? [[String: Any]])?.compactMap { $0["text"] as? String }
    #expect(marks == ["50 follow star", "50 % unfollow star"])
    let summary = try run(["tiny.yaml", "--threads", "1"])
    #expect(summary.output.contains("Graph in motion"))
    let other = try run(["tiny.yaml", "--json", "--threads", "1"])
    #expect(other.output == result.output)
  }

  /// Whoever moves nothing hears nothing of it, and gets the very same bytes by saying so.
  @Test func aGraphAtRestSaysNothing() throws {
    let plain = try RunDocument(run(["plain.yaml", "--json"]).output)
    #expect(Self.units.keys.allSatisfy { plain.metrics[$0] == nil })
    let still = try RunDocument(
      run(["plain.yaml", "--json", "--set", "traffic.follows.followsPerDay=0"]).output)
    #expect(still.fingerprint == plain.fingerprint && still.metrics.count == plain.metrics.count)
    let back = try run(["plain.yaml", "--json", "--set", "timelines.backFill=3"])
    #expect(try RunDocument(back.output).fingerprint == plain.fingerprint)
  }

  /// What is left in timelines is hidden there; what is not asked for is not filled back.
  @Test func settingsSayWhatBecomesOfEntries() throws {
    let hiding = try RunDocument(
      run([
        "tiny.yaml", "--json", "--set", "timelines.onUnfollow=hide", "--set",
        "timelines.backFill=0",
      ]).output)
    let removing = try RunDocument(run(["tiny.yaml", "--json"]).output)
    #expect(try hiding.value("fan_out.removed") == 0 && hiding.value("fan_out.back_filled") == 0)
    #expect(try hiding.value("feed.hidden") > removing.value("feed.hidden"))
    #expect(try hiding.value("graph.unfollows") > 10)
  }

  /// A threshold that is only reached in mid-run is no threshold that nobody reaches.
  @Test func aCrossingIsNoWarning() throws {
    let hybrid = ["--set", "fanOut={policy: hybrid, pushBelow: 120, pullFrom: 120}"]
    let crossing = try RunDocument(run(["tiny.yaml", "--json"] + hybrid).output)
    #expect(try crossing.value("graph.plan_switches") >= 2)
    #expect(try crossing.value("delivery.lost") == 0 && crossing.value("delivery.duplicate") == 0)
    #expect(!crossing.notes.contains { $0.contains("no author reaches pullFrom") })
    let plain = try RunDocument(run(["plain.yaml", "--json"] + hybrid).output)
    #expect(plain.notes.contains { $0.contains("no author reaches pullFrom") })
  }

  /// Accounts of an imported graph are known by their numbers there.
  @Test func numbersAreNames() throws {
    let edges = (1...30).map { "\($0 + 100) 7" } + ["7 101", "7 102"]
    try scratch.write("follows.txt", edges.joined(separator: "\n") + "\n")
    try scratch.write(
      "imported.yaml",
      TinyScenario.text(
        graph: "{edges: follows.txt}",
        more: "traffic: {posts: [{at: 5s, by: 7}], changes: [{at: 10s, unfollow: 7, by: 10}]}"))
    let result = try run(["imported.yaml", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try RunDocument(result.output).value("graph.unfollows") == 10)
  }

  @Test(arguments: [
    ("traffic={changes: [{at: 1s, follow: sta, by: 5}]}", "did you mean \"star\"?"),
    ("traffic={changes: [{at: 1s, by: 5}]}", "traffic.changes.0: needs the account"),
    ("traffic={changes: [{at: 1s, follow: star, mute: star, by: 5}]}", "and one of these"),
    ("traffic={changes: [{at: 1s, follow: star}]}", "traffic.changes.0.by: is required"),
    ("traffic={changes: [{at: 2h, follow: star, by: 5}]}", "has changes after the end of the run"),
    ("traffic={follows: {followsPerDay: -1}}", "traffic.follows.followsPerDay: "),
    ("traffic={follows: {folowsPerDay: 1}}", "did you mean \"followsPerDay\"?"),
    ("timelines={onUnfollow: keep}", "timelines.onUnfollow: "),
    ("timelines={keep: counts}", "keep: counts knows a graph that stands still"),
  ])
  func refuses(_ setting: String, _ hint: String) throws {
    let result = try run(["tiny.yaml", "--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(hint), "\(result.errors)")
  }
}
