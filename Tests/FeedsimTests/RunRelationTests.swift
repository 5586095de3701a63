import Foundation
import Testing

/// What one run says about another, and figures that can be counted by hand.
@Suite(.serialized) struct RunRelationTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// One replication, so that its counts can be divided exactly.
  private func document(
    _ scenario: String, _ settings: String..., folder: String? = nil, limit: Double = 20
  ) throws -> RunDocument {
    let path = try scratch.write("tiny.yaml", scenario)
    let result = try Command.run(
      ["run", path, "--json", "--replications", "1"] + settings.flatMap { ["--set", $0] },
      in: folder ?? scratch.folder, limit: limit)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  private func expectExactAmplification(_ document: RunDocument) throws {
    let posts = try document.value("publish.posts")
    #expect(posts > 0)
    #expect(
      try document.value("fan_out.write_amplification")
        == (try document.value("delivery.due")) / posts)
    for metric in ["delivery.lost", "delivery.duplicate", "delivery.pending"] {
      #expect(try document.value(metric) == 0, "\(metric)")
    }
  }

  // MARK: - Counted by hand

  /// Everybody has seven followers, so a post is written seven times, whoever writes it.
  @Test func aRingWritesItsFollowers() throws {
    let ring = (0..<100).flatMap { user in (1...7).map { "\(user) \((user + $0) % 100)\n" } }
    try scratch.write("ring.txt", ring.joined())
    let document = try document(
      TinyScenario.text(graph: "{edges: ring.txt}", postsPerDay: "500"))
    try expectExactAmplification(document)
    #expect(try document.value("fan_out.write_amplification") == 7)
    #expect(try document.value("publish.posts") > 10)
  }

  @Test func aStarWritesItsShare() throws {
    let document = try document(
      TinyScenario.text(
        postsPerDay: "0", celebrities: "[{name: star, followers: 50%}]",
        more: "traffic: {posts: [{at: 10s, by: star}, {at: 20s, by: star}]}"))
    #expect(try document.value("publish.posts") == 2)
    #expect(try document.value("fan_out.write_amplification") == 200)
    #expect(try document.value("delivery.due") == 400)
  }

  /// Written bytes over posted bytes: 16 an entry, 2000 a post.
  @Test func bytesFollowEntries() throws {
    let document = try document(
      TinyScenario.text(), "timelines.entryBytes=16B", "post.bytes=2000B")
    try expectExactAmplification(document)
    let entries = try document.value("fan_out.write_amplification")
    let bytes = try document.value("fan_out.bytes_amplification")
    #expect(abs(bytes - entries * 16 / 2000) < 1e-12 * bytes)
  }

  // MARK: - One run and another

  @Test func twiceTheUsersPostTwiceAsMuch() throws {
    let one = try document(TinyScenario.text(users: 400, postsPerDay: "1000"))
    let two = try document(TinyScenario.text(users: 800, postsPerDay: "1000"))
    let posts = try (one.value("publish.posts"), two.value("publish.posts"))
    // 278 are expected, and 556: three standard deviations of the ratio are 0.44.
    #expect(posts.0 > 200 && abs(posts.1 / posts.0 - 2) < 0.44, "\(posts)")
  }

  @Test(arguments: [
    ("push", "{policy: hybrid, pushBelow: 1000, pullFrom: 1000}"),
    ("pull", "{policy: hybrid, pushBelow: 0, pullFrom: 0}"),
  ])
  func aHybridAtItsEndIsThe(_ policy: String, _ hybrid: String) throws {
    let pure = try document(TinyScenario.text(fanOut: "{policy: \(policy)}"))
    let mixed = try document(TinyScenario.text(fanOut: hybrid))
    #expect(pure.metrics.count > 40)
    #expect(pure.metrics as NSDictionary == mixed.metrics as NSDictionary)
    #expect(pure.fingerprint == mixed.fingerprint)
  }

  /// Designs under one seed see the same posts, and each delivers all of them.
  @Test func everyPolicyDeliversTheSamePosts() throws {
    let policies = ["push", "pull", "hybrid, pushBelow: 15, pullFrom: 60"]
    let documents = try policies.map {
      try document(TinyScenario.text(fanOut: "{policy: \($0)}"))
    }
    for name in ["publish.posts", "delivery.due"] {
      #expect(Set(try documents.map { try $0.value(name) }).count == 1, "\(name)")
    }
    for document in documents { #expect(try document.value("delivery.lost") == 0) }
    let written = try documents.map { try $0.value("fan_out.write_amplification") }
    #expect(written[1] == 0 && written[1] < written[2] && written[2] < written[0], "\(written)")
    let read = try documents.map { try $0.value("feed.read_amplification") }
    #expect(read.allSatisfy { $0 > 0 })
  }

  /// LRU keeps in a larger cache what it keeps in a smaller one; requests arrive at the same
  /// moments whatever the cache holds.
  @Test func aLargerCacheHitsNoLess() throws {
    let ratios = try ["0", "2", "10", "50", "100%"].map {
      try document(TinyScenario.text(), "cache.feed.size=\($0)").value("cache.feed.hit_ratio")
    }
    #expect(ratios[0] == 0 && ratios == ratios.sorted() && ratios[4] > ratios[1], "\(ratios)")
  }

  @Test func comparesDesigns() throws {
    let scenario = TinyScenario.text(
      more: "designs: {push: {fanOut: {policy: push}}, pull: {fanOut: {policy: pull}}}")
    let path = try scratch.write("tiny.yaml", scenario)
    let result = try Command.run(["run", path, "--json", "--out", scratch.path("a.csv")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    for design in ["push", "pull"] {
      #expect(result.output.contains("\"name\": \"\(design)\""))
      #expect(scratch.text("a.csv").contains("\n\(design),feed.latency,p99,"))
    }
  }

  // MARK: - Measured traffic

  /// Nine parts of the volume fall into the first five minutes and one into the next.
  @Test func followsASeries() throws {
    try scratch.write("volume.csv", "time,count\n0,9\n300,1\n")
    let scenario = TinyScenario.text(postsPerDay: "2000", duration: "5m")
    let file = "traffic.series.file=\(scratch.path("volume.csv"))"
    let even = try document(scenario).value("publish.posts")
    let high = try document(scenario, file).value("publish.posts")
    let low = try document(scenario, file, "traffic.series.startsAt=5m").value("publish.posts")
    // 2778 posts are expected where the rate is even: 2 % is one standard deviation.
    #expect(abs(even / 2778 - 1) < 0.08 && abs(high / even - 1.8) < 0.15, "\(even) \(high)")
    #expect(abs(low / even - 0.2) < 0.04, "\(even) \(low)")
  }

  @Test(arguments: [
    ("time,count\n0,-1\n300,1\n", "volume.csv:2:3: "), ("time,count\n0,1\n", "at least two rows"),
    ("time,count\n300,1\n0,1\n", "volume.csv:3:1: "), ("count\n1\n", "two"),
    ("time,count\nnoon,1\n1,2\n", "2015-02-26 21:42:53"),
  ])
  func refusesASeries(_ text: String, _ hint: String) throws {
    try scratch.write("volume.csv", text)
    let path = try scratch.write("tiny.yaml", TinyScenario.text())
    let result = try Command.run(
      ["run", path, "--set", "traffic.series.file=volume.csv"], in: scratch.folder)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(hint), "\(result.errors)")
  }

  private static let tweets = "volume_nab_tweets/Twitter_volume_AMZN.csv"

  /// The first hour's share of the tweets is its share of the posts.
  @Test(.enabled(if: Repository.has(tweets), "skipped: no ../shared/data/\(tweets)"))
  func followsTweets() throws {
    let path = "\(Repository.data)/\(Self.tweets)"
    let rows = try String(contentsOfFile: "\(Repository.root)/\(path)", encoding: .utf8)
      .split(separator: "\n").dropFirst()
    let counts = rows.compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
    #expect(counts.count == rows.count && counts.count > 10_000)
    let factor =
      counts.prefix(12).reduce(0, +) / 12 / (counts.reduce(0, +) / Double(counts.count))
    let scenario = TinyScenario.text(postsPerDay: "100", loadsPerDay: "10", duration: "1h")
    let document = try document(
      scenario, "traffic.series.file=\(path)", folder: Repository.root)
    let expected = 400.0 * 100 / 24 * factor
    let posts = try document.value("publish.posts")
    #expect(abs(posts - expected) < 4 * expected.squareRoot(), "\(posts) against \(expected)")
    try expectExactAmplification(document)
  }

  private static let twitter = "graph_ego_twitter/edges.txt.zst"

  /// Pure push on real followers: Σ posts × followers over posts, to the last bit.
  @Test(.enabled(if: Repository.has(twitter), "skipped: no ../shared/data/\(twitter)"))
  func pushesToRealFollowers() throws {
    let document = try document(
      TinyScenario.text(postsPerDay: "3", loadsPerDay: "2"),
      "audience.graph.edges=\(Repository.data)/\(Self.twitter)", "duration=10m",
      folder: Repository.root, limit: 60)
    try expectExactAmplification(document)
    #expect(try document.value("publish.posts") > 1000)
    #expect(document.notes.contains { $0.contains("81,306 users, 1,768,135 follows") })
    // The mean account has 21.75 followers; 1700 posts of a heavy tail come near it.
    let written = try document.value("fan_out.write_amplification")
    #expect(written > 15 && written < 30, "\(written)")
  }
}
