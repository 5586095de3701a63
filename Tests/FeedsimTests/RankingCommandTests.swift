import Foundation
import Testing

/// The stages of ranking as a user sets them.
@Suite(.serialized) struct RankingCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let world = TinyScenario.text(
      users: 200, postsPerDay: "500", loadsPerDay: "2000", replications: 1
    ).replacing(
      "audience:\n", with: "audience:\n  world: {stories: 20%, harmful: 5%, adult: 20%}\n")
    try scratch.write("tiny.yaml", world)
  }

  private func run(_ ranking: String) throws -> Command.Finished {
    try Command.run(
      ["run", "tiny.yaml", "--json", "--set", "ranking=\(ranking)"], in: scratch.folder)
  }

  private func document(_ ranking: String) throws -> RunDocument {
    let result = try run(ranking)
    #expect(result.status == 0, "\(ranking): \(result.errors)")
    return try RunDocument(result.output)
  }

  @Test func stagesAreSwappedAndRemovedAndHaveTheirFigures() throws {
    let all = try document(
      "[{out-of-network: {posts: 50}}, {trending: {lag: 10s}}, blocked, muted, hidden, "
        + "{seen: {falsePositives: 1%}}, served, expired-stories, visibility, geography, age, "
        + "content-type, {s1-light: {decayAs: halfLife}}, viral-boost, trending-boost, "
        + "out-of-network-factor, author-decay, diversity, integrity, ads]")
    for stage in ["seen", "age", "integrity", "geography", "diversity"] {
      #expect(all.unit("ranking.filtered.\(stage)") == "ratio")
      #expect(try all.value("ranking.filtered.\(stage)") > 0, "\(stage)")
    }
    #expect(try all.value("feed.out_of_network") > 0)
    #expect(try all.value("ads.impressions") > 0 && all.value("ads.revenue") > 0)
    #expect(all.unit("ads.revenue") == "USD")
    #expect(try all.value("ranking.seen_false_positives") < 0.02)
    let few = try document("[weighted]")
    #expect(!few.metrics.keys.contains { $0.hasPrefix("ranking.filtered") || $0.hasPrefix("ads") })
    let swapped = try document("[integrity, served, diversity, edgerank]")
    #expect(try swapped.value("ranking.filtered.served") > 0)
    #expect(swapped.metrics["ranking.filtered.seen"] == nil)
    #expect(swapped.fingerprint != few.fingerprint)
  }

  @Test func rulesMayBeAboutWhatIsDropped() throws {
    let result = try Command.run(
      [
        "run", "tiny.yaml", "--quiet", "--set", "ranking=[age, hacker-news]", "--threshold",
        "ranking.filtered.age < 0.01%",
      ], in: scratch.folder)
    #expect(result.status == 99)
  }

  @Test func mistakesAreOneMessage() throws {
    let mistakes = [
      ("[edgrank]", "did you mean \"edgerank\"?"),
      ("[{seen: {falsePositives: 0}}]", "falsePositives"),
      ("[{seen: {capcity: 10}}]", "did you mean \"capacity\"?"),
      ("[{weighted: {decayAs: half}}]", "halfLife"),
      ("[{content-type: {types: [foto]}}]", "photo"),
      ("[{content-type: {types: []}}]", "nothing would be left"),
      ("[{earlybird: {base: 2, max: 1}}]", "above max"),
      ("[{time-weighted: {decay: 0s}}]", "above 0"),
      ("[{integrity: {action: remove}}]", "demote"),
    ]
    for (ranking, words) in mistakes {
      let result = try run(ranking)
      #expect(result.status == 65, "\(ranking)")
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(words), "\(ranking): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
  }
}
