import FeedSystem
import Testing

@Suite struct GraphStatisticsTests {
  private func statistics(_ text: String) throws -> GraphStatistics {
    GraphStatistics(try withFile(Array(text.utf8)) { try EdgeList(path: $0).graph() })
  }

  @Test func smallGraphByHand() throws {
    // 1, 2, 3 follow 0; 0 follows 1; 4 stands alone with a self-loop.
    let found = try statistics("1 0\n2 0\n3 0\n0 1\n4 4\n")
    #expect(found.users == 5 && found.edges == 4 && found.selfLoops == 1)
    #expect(found.followers.mean == 0.8 && found.followers.median == 0)
    #expect(found.following.median == 1)
    #expect(found.followers.maximum == 3 && found.following.maximum == 1)
    #expect(found.followers.p90 == 3 && found.following.p90 == 1)
    #expect(found.reciprocity == 0.5)
    #expect(abs(found.followers.none - 0.6) < 1e-12)
    // (1·0 + 2·0 + 3·0 + 4·1 + 5·3 in 2r - n - 1) / (n Σ) = (2·1 + 4·3) / 20.
    #expect(abs(found.followers.gini - 0.7) < 1e-12)
    #expect(found.followers.topPercentShare == 0.75)
    #expect(found.following.powerLaw == nil)
  }

  @Test func fitFindsTheLawItIsGiven() throws {
    let law = ZetaLaw(exponent: 2.276, minimum: 5)
    var histogram: [(value: Int, frequency: Int)] = [(1, 40_000), (2, 30_000), (4, 12_000)]
    var left = 100_000
    var value = 5
    while left > 0 {
      let next = Int((100_000 * law.tail(from: value + 1)).rounded())
      if left > next { histogram.append((value, left - next)) }
      left = next
      value += 1
    }
    let fit = try #require(PowerLawFit(histogram))
    #expect(fit.minimum == 5)
    #expect(abs(fit.exponent - 2.276) < 0.003)
    #expect(fit.distance < 0.001)
    #expect(PowerLawFit([(3, 100)]) == nil)
    #expect(PowerLawFit([]) == nil)
  }
}

/// Published figures of real graphs (each folder's SOURCE.md) and, for the fits, an
/// independent computation with the same definitions.
@Suite struct GraphRealDataTests {
  struct Expected: Sendable {
    var file: String
    var users: Int
    var edges: Int
    var selfLoops = 0
    var mean: Double
    var followersMaximum: Int
    var followingMaximum: Int
    var reciprocity: Double
    var exponent: Double
    var minimum: Int
  }

  static let folder = "../shared/data/"
  static let here =
    (try? EdgeList(path: folder + "graph_wiki_vote/wiki-Vote.txt.zst").graph()) != nil

  @Test(
    .enabled(if: here, "../shared/data is not here: skipped"),
    arguments: [
      Expected(
        file: "graph_ego_twitter/edges.txt.zst", users: 81_306, edges: 1_768_135, selfLoops: 14,
        mean: 21.75, followersMaximum: 3383, followingMaximum: 1205, reciprocity: 0.482,
        exponent: 2.928, minimum: 198),
      Expected(
        file: "graph_epinions/soc-Epinions1.txt.zst", users: 75_879, edges: 508_837, mean: 6.71,
        followersMaximum: 3035, followingMaximum: 1801, reciprocity: 0.405, exponent: 1.699,
        minimum: 1),
      Expected(
        file: "graph_wiki_vote/wiki-Vote.txt.zst", users: 7115, edges: 103_689, mean: 14.57,
        followersMaximum: 457, followingMaximum: 893, reciprocity: 0.056, exponent: 3.630,
        minimum: 71),
    ])
  func directedGraphs(expected: Expected) throws {
    let graph = try EdgeList(path: Self.folder + expected.file).graph()
    let found = GraphStatistics(graph)
    #expect(found.users == expected.users && found.edges == expected.edges)
    #expect(found.selfLoops == expected.selfLoops && found.duplicates == 0)
    #expect(abs(found.followers.mean - expected.mean) < 0.005)
    #expect(found.followers.maximum == expected.followersMaximum)
    #expect(found.following.maximum == expected.followingMaximum)
    #expect(abs(found.reciprocity - expected.reciprocity) < 0.0005)
    let fit = try #require(found.followers.powerLaw)
    #expect(abs(fit.exponent - expected.exponent) < 0.001)
    #expect(fit.minimum == expected.minimum)
  }

  @Test(
    .enabled(if: here, "../shared/data is not here: skipped"),
    arguments: [
      ("twitch_DE_edges.csv.zst", 9498, 153_138, 4259),
      ("twitch_ENGB_edges.csv", 7126, 35_324, 720),
      ("twitch_RU_edges.csv", 4385, 37_304, 1229),
      ("git_edges.csv.zst", 37_700, 289_003, 9458),
    ])
  func mutualGraphs(file: String, users: Int, edges: Int, maximum: Int) throws {
    let path = Self.folder + "graph_twitch_github_musae/" + file
    let graph = try EdgeList(path: path, direction: .both).graph()
    let found = GraphStatistics(graph)
    #expect(found.users == users && found.edges == 2 * edges)
    #expect(found.followers.maximum == maximum && found.following.maximum == maximum)
    #expect(found.reciprocity == 1)
  }
}
