import FeedSystem
import Foundation
import Settings
import Testing

@Suite struct EdgeListTests {
  private func graph(
    _ text: String, _ direction: EdgeList.Direction = .followerFollowee
  ) throws -> FollowerGraph {
    try withFile(Array(text.utf8)) { try EdgeList(path: $0, direction: direction).graph() }
  }

  /// The follows by original names.
  private func follows(_ graph: FollowerGraph) -> Set<[UInt64]> {
    var found = Set<[UInt64]>()
    for user in 0..<UInt32(graph.userCount) {
      for followee in graph.followees(of: user) {
        found.insert([graph.originalName(of: user), graph.originalName(of: followee)])
      }
    }
    return found
  }

  @Test(arguments: [
    "0 1\n1 2\n2 0\n", "0\t1\r\n1\t2\r\n2\t0\r\n", "0,1\n1,2\n2,0", "0 , 1\n1, 2\n2 ,0\n",
    "# src dst\n% more\n\n  0   1  \n1 2\n\t2 0\n", "from,to\n0,1\n1,2\n2,0\n",
    "0 1\r1 2\r2 0\r", "\u{FEFF}0 1\n1 2\n2 0\n", "0 1 0.5\n1 2 x\n2 0 9 9\n", "00 01\n1 2\n2 0\n",
    "\"id_1\",\"id_2\"\n0,1\n1,2\n2,0\n",
  ])
  func spellingsOfOneCycle(text: String) throws {
    let graph = try graph(text)
    expectWellFormed(graph)
    #expect(graph.userCount == 3 && graph.edgeCount == 3)
    #expect(follows(graph) == [[0, 1], [1, 2], [2, 0]])
  }

  @Test(arguments: [
    ("gzip", "H4sICIz+AGsAA2UzADNQMOQyVDDiMlIw4AIAe2FbIwwAAAA="),
    ("bzip2", "QlpoOTFBWSZTWXYNVIcAAAPYAAAQQABwACAAMM0BDynqPWLQB4u5IpwoSDsGqkOA"),
    (
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQALMCAxCjEgMgoyIDAKALjwcPdATrCkAAEkDKYY2NgftvN9AQAAAAAEWVo="
    ), ("zstd", "KLUv/SQMYQAAMCAxCjEgMgoyIDAKol3Auw=="),
  ])
  func compressed(by name: String, base64: String) throws {
    let bytes = Array(try #require(Data(base64Encoded: base64)))
    let graph = try withFile(bytes) { try EdgeList(path: $0).graph() }
    #expect(follows(graph) == [[0, 1], [1, 2], [2, 0]])
    // Cut short, it is refused and not half read.
    #expect(throws: InvalidInput.self) {
      try withFile(Array(bytes.dropLast(9))) { try EdgeList(path: $0).graph() }
    }
  }

  @Test func repeatsAndSelfLoopsAreCounted() throws {
    let graph = try graph("5 5\n7 9\n7 9\n9 7\n7 9\n8 8\n")
    expectWellFormed(graph)
    #expect(graph.userCount == 4 && graph.edgeCount == 2)
    #expect(graph.selfLoops == 2 && graph.duplicates == 2)
    #expect((0..<4).map { graph.originalName(of: $0) } == [7, 9, 5, 8])
  }

  @Test func directionsTurnFollowsRound() throws {
    let text = "1 2\n1 3\n18446744073709551615 1\n"
    let most = UInt64.max
    #expect(follows(try graph(text)) == [[1, 2], [1, 3], [most, 1]])
    #expect(follows(try graph(text, .followeeFollower)) == [[2, 1], [3, 1], [1, most]])
    #expect(try graph(text, .both).edgeCount == 6)
  }

  @Test func orderOfLinesMakesNoDifference() throws {
    let original = try GraphModel.powerLaw(meanFollows: 8, exponent: 2.3).build(
      users: 500, seed: 2)
    var lines: [String] = []
    for user in 0..<UInt32(500) {
      lines += original.followees(of: user).map { "\(user) \($0)" }
    }
    let forward = try graph(lines.joined(separator: "\n"))
    let backward = try graph(lines.reversed().joined(separator: "\n"))
    expectWellFormed(forward)
    #expect(fingerprint(forward) == fingerprint(backward))
    #expect(forward.edgeCount == original.edgeCount)
    for user in 0..<UInt32(forward.userCount) {
      let name = UInt32(forward.originalName(of: user))
      #expect(forward.followerCount(of: user) == original.followerCount(of: name))
    }
  }

  @Test(arguments: [
    ("0 1\nalice bob\n", 2, 1), ("alice bob\nalice bob\n", 1, 1), ("from to\n", 1, 1),
    ("0 18446744073709551616\n", 1, 22), ("0\n1\n", 1, 2), ("0 1\n2\n", 2, 2),
    ("0 -1\n", 1, 3), ("0 1\n0 1.5\n", 2, 4), ("0,,1\n", 1, 3), (",1\n", 1, 1), ("", 1, 1),
    ("# only\n\n", 1, 1), ("0 1\n\u{0}\u{1}\n", 2, 1), ("{\"edges\": [[0,1]]}", 1, 1),
    ("[[0,1]]", 1, 1), ("0;1\n2;3\n", 1, 2),
  ])
  func rubbishIsRefusedWhereItStands(text: String, line: Int, column: Int) throws {
    let problem = #expect(throws: InvalidInput.self) { try graph(text) }
    #expect(problem?.location?.line == line, "\(problem?.description ?? "")")
    #expect(problem?.location?.column == column, "\(problem?.description ?? "")")
  }

  @Test func missingFilesAreMissing() {
    for path in ["/nonexistent/x", "/"] {
      #expect(throws: MissingInput.self) { try EdgeList(path: path).graph() }
    }
  }

  @Test func celebritiesJoinAnImportedGraph() throws {
    let text = (0..<200).map { "\($0) \(($0 + 1) % 200)" }.joined(separator: "\n")
    let graph = try withFile(Array(text.utf8)) { path in
      try GraphModel.edges(EdgeList(path: path)).build(
        users: 5, celebrities: [Celebrity(name: "star", followers: .share(0.5))], seed: 3)
    }
    expectWellFormed(graph)
    #expect(graph.userCount == 201)
    #expect(graph.user(named: "star") == 0)
    #expect(graph.followerCount(of: 0) == 100 && graph.originalName(of: 0) == 200)
    #expect(graph.warnings.contains { $0.contains("star") })
  }
}
