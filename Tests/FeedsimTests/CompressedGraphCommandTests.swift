import Foundation
import Testing

/// `audience.graph.storage`, and `--storage` of `feedsim graph`: another way of holding the same
/// graph, so the same bytes.
@Suite(.serialized) struct CompressedGraphCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A document without the lines that name the scenario's settings.
  private func document(_ path: String, _ storage: String, _ more: String...) throws -> String {
    let result = try Command.run(
      ["run", path, "--json", "--set", "audience.graph.storage=\(storage)"] + more,
      in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    let kept = lines.filter { !$0.contains("\"sha256\"") && !$0.contains("graph.storage=") }
    #expect(kept.count > 100)
    return kept.joined(separator: "\n")
  }

  /// Every policy, a graph that moves, sources that walk it, a crowd that passes posts on; with one
  /// thread plain, with two compressed.
  @Test func everyPolicyRunsTheSame() throws {
    let path = try scratch.write(
      "all.yaml",
      """
      # Does a run depend on how follows are held?
      feedsim: 1
      name: storage
      seed: 3
      duration: 40s
      warmUp: 10s
      replications: 2
      audience:
        users: 300
        graph: {kind: powerLaw, meanFollows: 15, exponent: 2.2, maximum: 150}
        celebrities: [{name: star, followers: 60%}]
        activity: {postsPerDay: 20, loadsPerDay: 900}
        world: {topics: 4}
      traffic:
        posts: [{at: 20s, by: star}]
        follows: {followsPerDay: 200, unfollowsPerDay: 100, mutesPerDay: 50, blocksPerDay: 20}
        cascades: [{at: 15s, by: star, branching: 0.8, first: 20}]
      ranking: [out-of-network, chronological]
      designs:
        push: {fanOut: {policy: push}}
        pull: {fanOut: {policy: pull}}
        hybrid:
          fanOut: {policy: hybrid, pushBelow: 20, pullFrom: 60, activeWindow: 10s}
          cache: {feed: {ttl: 5s}}
        edges: {fanOut: {policy: per-edge-optimal}}
        lossy: {fanOut: {policy: lossy, limit: 12}}
        adaptive: {fanOut: {policy: adaptive, start: 40}}
        viewer: {fanOut: {policy: pull}, tiers: {postStore: {shards: 4, shardBy: viewer}}}
      """)
    let plain = try document(path, "plain", "--threads", "1")
    #expect(try document(path, "compressed", "--threads", "2") == plain)
  }

  @Test func graphCommandsGiveTheSameBytes() throws {
    func generate(_ storage: String) throws -> String {
      let result = try Command.run(
        [
          "graph", "generate", "--users", "3k", "--mean-follows", "12", "--exponent", "2.2",
          "--maximum", "900", "--celebrity", "star=50%", "--storage", storage, "--out", "-",
        ], in: scratch.folder)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    let plain = try generate("plain")
    #expect(plain.split(separator: "\n").count == 36_001)
    #expect(try generate("compressed") == plain && generate("auto") == plain)
    try scratch.write("g.edges", plain)
    func stats(_ storage: String) throws -> String {
      let result = try Command.run(
        ["graph", "stats", "g.edges", "--json", "--storage", storage], in: scratch.folder)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    #expect(try stats("compressed") == stats("plain"))
  }

  @Test func wrongWordsAreRefused() throws {
    let path = try scratch.write("tiny.yaml", TinyScenario.text())
    let run = try Command.run(
      ["validate", path, "--set", "audience.graph.storage=packed"], in: scratch.folder)
    #expect(run.status == 65 && run.errors.contains("audience.graph.storage"))
    #expect(run.errors.contains("plain, compressed, auto"), "\(run.errors)")
    try scratch.write("small.txt", "0 1\n")
    let stats = try Command.run(
      ["graph", "stats", "small.txt", "--storage", "auto"], in: scratch.folder)
    #expect(stats.status == 64 && stats.output.isEmpty)
  }
}
