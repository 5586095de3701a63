import Testing

@testable import Planning

/// Elasticities against those that are known on paper.
@Suite struct SheetSensitivityTests {
  private static func elasticities(
    _ preset: String, of target: Int, _ overrides: [String] = []
  ) throws -> [String: Double] {
    let sheet = try SheetCatalog.sheet(preset, overrides: overrides, sensitivity: true)
    let sensitivity = try #require(sheet.sensitivity)
    return Dictionary(
      uniqueKeysWithValues: sensitivity.rows.compactMap { row in
        row.elasticities[target].map { (row.input, $0) }
      })
  }

  @Test func powersAndSums() {
    func expect(_ elasticity: Double, at x: Double, _ body: (Double) -> Double) {
      #expect(SheetSensitivity.elasticity(at: x, body) == elasticity)
    }
    expect(1, at: 2) { 5 * $0 }
    expect(-1, at: 3) { 7 / $0 }
    expect(2, at: 4) { $0 * $0 }
    expect(0, at: 3) { _ in 8 }
    expect(0.25, at: 10) { 30 + $0 }
    expect(1, at: 1e15) { 2 * $0 }
    expect(-1, at: 1e-9) { 1 / $0 }
  }

  @Test func nothingHasNoShare() {
    #expect(SheetSensitivity.elasticity(at: 0) { $0 + 1 } == nil)
    #expect(SheetSensitivity.elasticity(at: 1) { _ in 0 } == nil)
  }

  /// Document 0 at a billion users, before rounding up: 200,000 + 868,055.56 + 976,562.50 + 2,000.
  @Test func theBillOfDocument0() throws {
    let servers = 50e9 / 86400 * 3 / 1000 * 500
    let parts = (database: 200_000.0, servers: servers, cache: 976_562.5, timelines: 2000.0)
    let total = parts.database + parts.servers + parts.cache + parts.timelines
    let found = try Self.elasticities("s0", of: 0)
    for (input, expected) in [
      ("users", 1), ("shardPrice", parts.database / total),
      ("usersPerShard", -parts.database / total), ("serverPrice", servers / total),
      ("peakFactor", servers / total), ("loadsPerDay", servers / total),
      ("loadsPerServer", -servers / total), ("cachePrice", parts.cache / total),
      ("activeShare", parts.cache / total), ("cachePerUser", parts.cache / total),
      ("storagePrice", parts.timelines / total),
      ("timelineUsersPerGiB", -parts.timelines / total), ("postsPerDay", 0), ("realServerHour", 0),
    ] {
      #expect(abs(try #require(found[input]) - expected) < 2e-9, "\(input)")
    }
    #expect(found["headroom"] == nil)
    let sheet = try SheetCatalog.sheet("s0", sensitivity: true)
    let target = try #require(sheet.sensitivity?.targets.first)
    #expect(target.value == 2_047_062.5 && abs(target.smooth - total) < 1e-6)
  }

  /// Nothing is no share of anything, but a point more of it tells: servers ∝ 1 ÷ (1 − headroom).
  @Test func aPointOfHeadroom() throws {
    let sheet = try SheetCatalog.sheet("s0", sensitivity: true)
    let row = try #require(sheet.sensitivity?.rows.first { $0.input == "headroom" })
    let servers = 50e9 / 86400 * 3 / 1000
    let slope = try #require(row.slopes[1])
    #expect(abs(slope - servers / (servers + 100)) < 2e-9)
    #expect(row.elasticities == [nil, nil, nil] && row.matters)
    let others = sheet.sensitivity?.rows.filter { $0.input != "headroom" } ?? []
    #expect(others.allSatisfy { $0.slopes.isEmpty })
  }

  /// Servers ∝ 1 ÷ (1 − headroom), whose elasticity is headroom ÷ (1 − headroom).
  @Test func headroomAtAQuarter() throws {
    let fleet = try Self.elasticities("s0", of: 1, ["headroom=25%"])
    let servers = 50e9 / 86400 * 3 / 1000 / 0.75
    let expected = servers / (servers + 100) / 3
    #expect(abs(try #require(fleet["headroom"]) - expected) < 2e-9)
  }

  /// Euler's theorem: a bill is homogeneous of degree 1 in its prices, and in the population.
  @Test(arguments: [("s0", 0), ("s0", 2), ("s0-as-written", 0), ("s1", 0), ("s2", 0)])
  func pricesSumToOne(_ preset: String, _ target: Int) throws {
    let found = try Self.elasticities(preset, of: target)
    let sheet = try SheetCatalog.sheet(preset)
    let prices = sheet.inputs.filter { $0.unit.hasPrefix("USD") }.map(\.name)
    let sum = prices.reduce(0) { $0 + (found[$1] ?? 0) }
    #expect(prices.count >= 4 && abs(sum - 1) < 1e-8, "\(sum)")
    #expect(abs(try #require(found["users"]) - 1) < 1e-9)
    // A total knows nothing of the other bill's prices.
    if preset.hasPrefix("s0") {
      let other = prices.filter { $0.hasPrefix("real") == (target == 0) }
      #expect(other.allSatisfy { found[$0] == 0 })
    }
  }

  /// All of document 2's bill but its servers is proportional to what an entry takes.
  @Test func theBillAnswersToTheEntry() throws {
    let size = ["rowSize=20KiB"]
    let sheet = try SheetCatalog.sheet("s2", overrides: size, sensitivity: true)
    let total = try #require(sheet.sensitivity?.targets.first?.smooth)
    let servers = 10e9 / 86400 * 3 / 1000 * 0.34 * 730
    let found = try #require(try Self.elasticities("s2", of: 0, size)["rowSize"])
    #expect(abs(found - (1 - servers / total)) < 2e-9)
  }

  /// A large change of one input does what its elasticity says, where the total is a power of it.
  @Test func elasticitiesForetell() throws {
    let half = ["shardPrice=0 USD", "cachePrice=0 USD", "storagePrice=0 USD"]
    let found = try Self.elasticities("s0", of: 0, half)
    #expect(found["loadsPerServer"] == -1 && found["peakFactor"] == 1)
    let once = try #require(try SheetCatalog.sheet("s0", overrides: half)[line: "cost.month"])
    let twice = try #require(
      try SheetCatalog.sheet("s0", overrides: half + ["peakFactor=6"])[line: "cost.month"])
    #expect(abs(twice.value - 2 * once.value) <= 500)
  }

  @Test(arguments: ["s0", "s1-as-written", "s2"]) func theLargestComeFirst(
    _ preset: String
  ) throws {
    let rows = try #require(
      try SheetCatalog.sheet(preset, sensitivity: true).sensitivity
    ).rows
    let sizes = rows.map { $0.elasticities[0].map(abs) }
    let known = sizes.compactMap(\.self)
    #expect(known == known.sorted(by: >) && known[0] == 1)
    // What has none comes last.
    #expect(sizes.prefix(known.count).allSatisfy { $0 != nil })
    #expect(rows.filter(\.matters).count > 8)
  }

  @Test func withoutABillThereIsNoShareOfIt() throws {
    let prices = ["shardPrice", "serverPrice", "cachePrice", "storagePrice"].map { "\($0)=0 USD" }
    #expect(try Self.elasticities("s0", of: 0, prices).isEmpty)
    #expect(try Self.elasticities("s0", of: 1, prices)["users"] == 1)
    // Such a total answers to its prices, and to nothing else: no price, no servers to pay.
    let sheet = try SheetCatalog.sheet("s0", overrides: prices, sensitivity: true)
    for row in try #require(sheet.sensitivity).rows {
      let isPrice = prices.contains { $0.hasPrefix("\(row.input)=") }
      #expect(row.moves[0] == isPrice, "\(row.input)")
      #expect(row.moves[1] == row.slopes.contains { ($0 ?? 0) != 0 } || row.slopes.isEmpty)
    }
  }
}
