import Testing

@testable import FeedSystem

@Suite struct GraphOracleTests {
  private static func value(_ key: String, in parameters: String) -> Double? {
    for part in parameters.split(separator: ",") where part.hasPrefix(key + "=") {
      return Double(part.dropFirst(key.count + 1))
    }
    return nil
  }

  private static func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 2e-9 * abs(b) }

  @Test(.enabled(if: oracle("graph.csv") != nil, oracleIsHere))
  func zetaLawIsExact() throws {
    var checked = 0
    for row in try #require(oracle("graph.csv"))
    where row[0].hasPrefix("zeta") && row[4] == "exact" {
      let law = ZetaLaw(
        exponent: try #require(Self.value("gamma", in: row[1])),
        minimum: Int(try #require(Self.value("kmin", in: row[1]))),
        maximum: Int(try #require(Self.value("kmax", in: row[1]))))
      let expected = try #require(Double(row[3]))
      let found: Double
      switch row[2] {
      case "mean": found = law.mean
      case "second_moment": found = law.moment(2)
      case "variance": found = law.variance
      case "size_biased_mean": found = law.sizeBiasedMean
      case let name where name.hasPrefix("quantile_"):
        found = Double(law.quantile(try #require(Double(name.dropFirst(9)))))
      case let name where name.hasPrefix("E_max_of_"):
        let draws = try #require(Int(name.dropFirst(9)))
        found = try #require(law.expectedMaximum(ofDraws: draws))
      default: continue
      }
      #expect(Self.isClose(found, expected), "\(row[0]) \(row[2]): \(found), not \(expected)")
      checked += 1
    }
    #expect(checked == 44)
  }

  @Test func zetaLawWithoutMaximum() {
    let law = ZetaLaw(exponent: 3)
    #expect(Self.isClose(law.mean, 1.6449340668482264 / 1.2020569031595942))
    #expect(law.moment(2) == .infinity)
    #expect(Self.isClose(law.tail(from: 2), 1 - 1 / 1.2020569031595942))
    #expect(law.quantile(0.5) == 1 && law.quantile(0.9) == 2)
  }

  /// The weights are those of the formula, and its exact consequences come out of them.
  @Test(.enabled(if: oracle("graph.csv") != nil, oracleIsHere))
  func chungLuWeightsAreExact() throws {
    let rows = try #require(oracle("graph.csv")).filter { $0[0].hasPrefix("chunglu") }
    var checked = 0
    for name in ["chunglu-10000-1000.0", "chunglu-10000-None"] {
      var expected: [String: Double] = [:]
      for row in rows where row[0] == name { expected[row[2]] = Double(row[3]) }
      let mean = try #require(expected["sum_w_over_n"])
      let largest = try #require(expected["w_1"])
      // Without a cut-off the weights are to reach w_1 by themselves.
      let maximum = name.hasSuffix("None") ? 1e9 : largest
      let law = FollowerLaw(
        users: 10_000, exponent: 2.276, total: mean * 10_000, maximum: maximum)
      let weights = (1...10_000).map { law.weight(rank: $0) }
      let sum = weights.reduce(0, +)
      var meanDegree = 0.0
      var isolated = 0.0
      var capped = 0
      for i in 0..<10_000 {
        var alone = 1.0
        if weights[i] * weights[i] > sum { capped += 1 }
        for j in 0..<10_000 where i != j {
          let product = weights[i] * weights[j]
          let p = min(1, product / sum)
          meanDegree += p
          alone *= 1 - p
          if product > sum { capped += 1 }
          if i == 0 { expected["E_degree_node1", default: 0] -= p }
        }
        isolated += alone
      }
      #expect(abs(weights[0] - largest) < 1e-5 * largest)
      #expect(abs(sum / 10_000 - mean) < 1e-8 * mean)
      let target = try #require(expected["E_mean_degree"])
      #expect(abs(meanDegree / 10_000 - target) < 1e-6 * target)
      let alone = try #require(expected["E_isolated"])
      #expect(abs(isolated - alone) < 1e-5 * alone)
      #expect(abs(try #require(expected["E_degree_node1"])) < 0.01)
      let pairs = try #require(expected["capped_pairs_fraction"])
      // Of all ordered pairs, each user with itself included.
      #expect(abs(Double(capped) / 1e8 - pairs) < 2e-8)
      checked += 1
    }
    #expect(checked == 2)
  }

  @Test(.enabled(if: oracle("graph.csv") != nil, oracleIsHere))
  func barabasiAlbertDegrees() throws {
    let users = 200_000
    let graph = try GraphModel.barabasiAlbert(follows: 10).build(users: users, seed: 11)
    let degrees = (0..<UInt32(users)).map {
      graph.followerCount(of: $0) + graph.followeeCount(of: $0)
    }
    var checked = 0
    for row in try #require(oracle("graph.csv")) where row[0] == "ba-m10" {
      let expected = try #require(Double(row[3]))
      if row[2] == "mean_total_degree" {
        let mean = Double(degrees.reduce(0, +)) / Double(users)
        // The first users have fewer to follow: 55 follows in all.
        #expect(abs(mean - expected) < 0.002)
      } else {
        let k = try #require(Int(row[2].drop { !$0.isNumber }.dropLast()))
        let exactly = !row[2].contains(">")
        let count = degrees.count { exactly ? $0 == k : $0 >= k }
        let mean = expected * Double(users)
        #expect(abs(Double(count) - mean) <= 5 * mean.squareRoot() + 2, "\(row[2])")
      }
      checked += 1
    }
    #expect(checked == 9)
  }

  /// What the correlation of posting with followers costs, on the law's own degree sequence.
  @Test(.enabled(if: oracle("fanout.csv") != nil, oracleIsHere))
  func writeAmplificationUnderCorrelation() throws {
    let users = 20_000
    let law = ZetaLaw(exponent: 2.276, maximum: users - 1)
    let counts = (0..<users).map { rank in
      UInt32(law.quantile(1 - (Double(rank) + 0.5) / Double(users)))
    }
    let draw = FollowerDraw(users: users, seed: 1, weights: nil)
    let graph = SampledGraph.draw(
      draw, counts: counts, origin: FollowerGraph.Origin(), memory: GraphMemory())
    let table = try #require(oracle("fanout.csv"))
    for beta in [0.0, 0.5] {
      var model = ActivityModel()
      model.postingByFollowers = beta
      let activity = model.build(on: graph, seed: 1)
      for threshold in [10, 100, 1000, Int.max] {
        var writes = 0.0
        var posts = 0.0
        for count in counts.map(Double.init) {
          let rate = beta == 0 ? 1 : count.squareRoot()
          posts += rate
          if count < Double(threshold) { writes += rate * count }
        }
        let found = activity.expectedWriteAmplification(on: graph, pushBelow: threshold)
        #expect(abs(found - writes / posts) < 1e-9 * found)
        // Below a low threshold the realised sequence is as good as the law.
        let row = table.first {
          $0[0] == "fo-k1e+06-l0.5-r20.0-b\(beta)-T\(threshold)" && $0[3] == "write_amplification"
        }
        if let row, threshold <= 100 {
          let expected = try #require(Double(row[4]))
          #expect(abs(found - expected) < (beta == 0 ? 0.01 : 0.03) * expected)
        }
      }
    }
  }
}
