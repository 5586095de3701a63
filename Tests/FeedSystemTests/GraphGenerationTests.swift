import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

@Suite struct GraphGenerationTests {
  @Test(arguments: [
    ("{kind: powerLaw, meanFollows: 20, exponent: 2.276}", 3000),
    ("{kind: powerLaw, meanFollows: 12.34, exponent: 2.05, maximum: 900}", 1000),
    ("{kind: powerLaw, meanFollows: 20, exponent: 1.5, maximum: 400}", 2000),
    ("{kind: powerLaw, meanFollows: 30, exponent: 2.5, followeesExponent: 2.3}", 2000),
    ("{kind: powerLaw, meanFollows: 150, exponent: 2.1, followeesExponent: 2.1}", 300),
    ("{kind: powerLaw, meanFollows: 5, exponent: 3, maximum: 5}", 100),
    ("{kind: uniform, meanFollows: 7.5}", 1000), ("{kind: uniform, meanFollows: 99}", 100),
    ("{kind: uniform, meanFollows: 0}", 10), ("{kind: uniform, meanFollows: 1}", 2),
    ("{kind: powerLaw, meanFollows: 1.5, exponent: 2.2, followeesExponent: 3}", 3),
  ])
  func meanHoldsExactly(yaml: String, users: Int) throws {
    let graph = try graphModel(yaml).build(users: users, seed: 7)
    expectWellFormed(graph)
    let model = try Parameters(SettingsFile.parse(yaml, file: ""))
    var parameters = model
    let mean = try #require(try parameters.number("meanFollows"))
    #expect(graph.edgeCount == Int((mean * Double(users)).rounded()))
    if let maximum = try parameters.count("maximum") {
      #expect(graph.followerCount(of: 0) <= maximum)
    }
    #expect(graph.duplicates == 0 && graph.selfLoops == 0)
  }

  @Test func sameSeedSameGraphAndMemoryMakesNoDifference() throws {
    let model = GraphModel.powerLaw(
      meanFollows: 20, exponent: 2.276, maximum: 2000, followeesExponent: 2.8)
    let memory = GraphMemory(reusing: true)
    let first = fingerprint(try model.build(users: 5000, seed: 1, memory: memory))
    #expect(fingerprint(try model.build(users: 5000, seed: 1, memory: memory)) == first)
    #expect(fingerprint(try model.build(users: 5000, seed: 1)) == first)
    #expect(fingerprint(try model.build(users: 5000, seed: 2)) != first)
  }

  @Test func countsFollowTheExponents() throws {
    let graph = try GraphModel.powerLaw(
      meanFollows: 20, exponent: 2.5, followeesExponent: 3
    ).build(users: 200_000, seed: 3)
    let found = GraphStatistics(graph)
    let followers = try #require(found.followers.powerLaw)
    let following = try #require(found.following.powerLaw)
    #expect(abs(followers.exponent - 2.5) < 0.1)
    #expect(abs(following.exponent - 3) < 0.15)
    #expect(followers.tailCount > 1000 && following.tailCount > 1000)
    // Who has followers says nothing about whom one follows.
    var topFollowees = 0
    for user in 0..<UInt32(2000) { topFollowees += graph.followeeCount(of: user) }
    #expect(abs(Double(topFollowees) / 2000 - 20) < 3)
  }

  @Test func celebritiesHaveExactlyTheirAudience() throws {
    let graph = try GraphModel.powerLaw(meanFollows: 20, exponent: 2.3, maximum: 1500).build(
      users: 4000,
      celebrities: [
        Celebrity(name: "small", followers: .count(3)),
        Celebrity(name: "star", followers: .share(0.5)),
        Celebrity(name: "twin", followers: .count(2000)),
        Celebrity(name: "all", followers: .share(1)),
      ], seed: 9)
    expectWellFormed(graph)
    #expect(graph.edgeCount == 80_000)
    let ids = ["all", "star", "twin", "small"].map { graph.user(named: $0) }
    #expect(ids.prefix(3) == [0, 1, 2])
    let small = try #require(ids[3])
    #expect(graph.followerCount(of: small) == 3)
    #expect(graph.followerCount(of: 1) == 2000 && graph.followerCount(of: 0) == 3999)
    #expect(graph.user(named: "nobody") == nil)
    // A fair sample has its members spread evenly: 5 standard deviations of 1000 ± 22.
    let low = graph.followers(of: 1).filter { $0 < 2000 }.count
    #expect(abs(low - 1000) < 80)
  }

  /// Above 2^20 users a follow no longer fits one word while it is dealt.
  @Test func manyUsersBothWays() throws {
    let users = 1_200_000
    let graph = try GraphModel.powerLaw(meanFollows: 2, exponent: 2.2, maximum: 5000).build(
      users: users, seed: 5)
    #expect(graph.edgeCount == 2 * users)
    var there: UInt64 = 0
    var back: UInt64 = 0
    var sorted = true
    for user in 0..<UInt32(users) {
      for follower in graph.followers(of: user) {
        there &+= mix64(UInt64(follower) << 32 | UInt64(user))
      }
      var previous = -1
      for followee in graph.followees(of: user) {
        back &+= mix64(UInt64(user) << 32 | UInt64(followee))
        sorted = sorted && Int(followee) > previous
        previous = Int(followee)
      }
    }
    #expect(there == back && sorted)
  }

  @Test func thresholdIsOneId() throws {
    let graph = try GraphModel.powerLaw(meanFollows: 10, exponent: 2.2).build(
      users: 2000, seed: 4)
    for threshold in [0, 1, 2, 5, 10, 50, 1000, 1999, 2000, 5000] {
      let first = graph.firstWithFewer(than: threshold)
      for user in 0..<UInt32(2000) {
        #expect((graph.followerCount(of: user) >= threshold) == (user < first))
      }
    }
  }

  @Test func longRowsAreFairSamplesByWeight() throws {
    // 600 of 1000 followers by weight goes through exponential clocks, 60 through the bit
    // set, 20 through sorted gaps: the eager follow more often in all of them.
    let weights = FollowingWeights(
      FollowerLaw(users: 1000, exponent: 2.5, total: 10_000, maximum: 200), seed: 5,
      memory: GraphMemory())
    let draw = FollowerDraw(users: 1000, seed: 5, weights: weights)
    let eager = (0..<1000).sorted { weights.weight(of: $0) > weights.weight(of: $1) }
    let row = UnsafeMutablePointer<UInt32>.allocate(capacity: 1000)
    defer { row.deallocate() }
    for count in [20, 100, 600] {
      var hits = [Int](repeating: 0, count: 1000)
      var wellFormed = true
      for author in 0..<900 {
        draw.draw(count, author: author, into: row)
        for index in 0..<count {
          hits[Int(row[index])] += 1
          if index > 0, row[index - 1] >= row[index] { wellFormed = false }
          if Int(row[index]) == author { wellFormed = false }
        }
      }
      #expect(wellFormed, "sorted, distinct, without the author")
      #expect(hits.reduce(0, +) == 900 * count)
      let most = eager.prefix(100).reduce(0) { $0 + hits[$1] }
      let least = eager.suffix(100).reduce(0) { $0 + hits[$1] }
      #expect(Double(most) > 1.5 * Double(least))
      if count == 20 {
        // With few draws the share of the eager is near their share of the weight.
        let all = (0..<1000).reduce(0.0) { $0 + weights.weight(of: $1) }
        let share = eager.prefix(100).reduce(0.0) { $0 + weights.weight(of: $1) } / all
        #expect(abs(Double(most) / Double(900 * count) - share) < 0.04)
      }
    }
  }

  @Test func uniformRowsHitEverybodyAlike() {
    let row = UnsafeMutablePointer<UInt32>.allocate(capacity: 50)
    defer { row.deallocate() }
    var hits = [Int](repeating: 0, count: 50)
    for seed in 0..<UInt64(400) {
      let draw = FollowerDraw(users: 50, seed: seed, weights: nil)
      for author in 0..<50 {
        draw.draw(7, author: author, into: row)
        for index in 0..<7 { hits[Int(row[index])] += 1 }
      }
    }
    // Each is drawn by 49/50 of 20,000 rows with chance 1/7: 2800 ± 49.
    #expect(hits.allSatisfy { abs($0 - 2800) < 250 })
  }

  @Test(arguments: [
    ("{kind: powerLaw, meanFollows: 10, exponent: 2}", "diverges"),
    ("{kind: powerLaw, meanFollows: 10, exponent: 1.9}", "maximum"),
    ("{kind: powerLaw, meanFollows: 10}", "required"),
    ("{kind: powerLaw, meanFollows: 10, exponent: -2.276}", "exponent"),
    ("{kind: powerLaw, meanFollows: 10, exponent: 2.3, maximum: 1000}", "999 others"),
    ("{kind: powerLaw, meanFollows: 10, exponent: 2.3, maximum: 9}", "below meanFollows"),
    ("{kind: powerLaw, meanFollows: 10, exponent: 2.3, followeesMaximum: 9}", "needs"),
    ("{kind: uniform, meanFollows: 1000}", "others to follow"),
    ("{kind: uniform, meanFollows: 10, exponent: 2.3}", "unknown key"),
    ("{kind: barabasiAlbert, meanFollows: 2.5}", "whole number"),
    ("{kind: powerlaw, meanFollows: 10}", "did you mean \"powerLaw\""),
    ("{meanFollows: 10}", "needs kind"),
  ])
  func impossibleSettingsAreRefused(yaml: String, words: String) throws {
    let problem = #expect(throws: InvalidInput.self) {
      _ = try graphModel(yaml).build(users: 1000, seed: 1)
    }
    #expect(problem?.description.contains(words) == true, "\(problem?.description ?? "")")
    #expect(problem?.location?.line == 1)
  }

  @Test func edgesWinOverAGenerator() throws {
    let problem = #expect(throws: MissingInput.self) {
      let yaml = "{kind: powerLaw, meanFollows: 10, exponent: 2.05, edges: none.txt}"
      _ = try graphModel(yaml).build(users: 1000, seed: 1)
    }
    #expect(problem?.path.hasSuffix("none.txt") == true)
  }

  @Test func oversizedCelebritiesAreRefused() throws {
    #expect(throws: InvalidInput.self) {
      _ = try GraphModel.uniform(meanFollows: 1).build(
        users: 100, celebrities: [Celebrity(name: "a", followers: .count(100))], seed: 1)
    }
    #expect(throws: InvalidInput.self) {
      _ = try GraphModel.uniform(meanFollows: 0.5).build(
        users: 100, celebrities: [Celebrity(name: "a", followers: .count(60))], seed: 1)
    }
    let graph = try GraphModel.barabasiAlbert(follows: 3).build(
      users: 100, celebrities: [Celebrity(name: "a", followers: .share(0.5))], seed: 1)
    expectWellFormed(graph)
    #expect(graph.userCount == 100)
    #expect(graph.user(named: "a").map { graph.followerCount(of: $0) } == 50)
  }
}
