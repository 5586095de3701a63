import Settings
import Testing

@testable import Planning

/// The documents' estimates, worked out by hand from the lines that each figure is from.
@Suite struct SheetTests {
  private static func sheet(_ preset: String, _ overrides: [String] = []) throws -> Sheet {
    try SheetCatalog.sheet(preset, overrides: overrides)
  }

  private func expect(
    _ sheet: Sheet, _ figures: [(name: String, value: Double)]
  ) throws {
    for (name, value) in figures {
      let line = try #require(sheet[line: name], "\(name)")
      #expect(abs(line.value - value) <= 1e-9 * abs(value), "\(name): \(line.value)")
    }
  }

  /// Document 0, lines 959–1037, as its code computes and prints it for a billion users.
  @Test func thePlannerAsWritten() throws {
    let sheet = try Self.sheet("s0-as-written")
    try expect(
      sheet,
      [
        ("shards", 100), ("servers", 1737), ("posts.day", 300_000_000),
        ("fan_out.day", 60_000_000_000), ("loads.second.peak", 1_736_111),
        ("cache.storage", 19_531_250), ("timeline.storage", 102_400_000),
        ("cost.month.database", 200_000), ("cost.month.servers", 868_500),
        ("cost.month.cache", 976_562.5), ("cost.month.storage", 2_048_000),
        ("cost.month", 4_093_062.5),
      ])
    #expect(sheet[line: "cost.month"]?.value == 4_093_062.5)
    #expect(sheet[line: "loads.second.peak"]?.value == 1_736_111)
  }

  @Test func thePlannerCorrected() throws {
    let sheet = try Self.sheet("s0")
    #expect(sheet[line: "cost.month"]?.value == 2_047_062.5)
    try expect(
      sheet,
      [
        ("shards", 100), ("servers", 1737), ("fleet", 1837), ("timeline.storage", 100_000),
        ("cost.month.storage", 2000), ("loads.second", 578_703.7037037037),
        ("loads.second.peak", 1_736_111.1111111112),
      ])
  }

  /// What the introduction, the diagrams and the table claim (lines 39, 97–99, 116–127, 212, 307,
  /// 312, 546, 1122), and what follows from their own inputs.
  @Test func claimsOfDocument0() throws {
    try expect(
      Self.sheet("s0-as-written"),
      [
        ("platform.posts.day", 1e9), ("platform.loads.second.peak", 50e6), ("platform.shards", 3),
        ("cache.price", 0.05),
        ("emergency.cap", 1000), ("mode.precomputed", 150_000), ("mode.hybrid", 15_000),
        ("mode.on_demand", 3), ("push.storage", 150_000), ("pull", 400), ("rank.light", 10),
        ("rank.deep", 100),
      ])
    try expect(
      Self.sheet("s0"),
      [
        ("platform.posts.day", 900_000_000), ("platform.loads.second.peak", 5_208_333.333333333),
        ("platform.shards", 300), ("emergency.cap", 1737), ("mode.precomputed", 150_000),
        ("mode.hybrid", 15_000), ("mode.on_demand", 3), ("push.storage", 60_000), ("pull", 180),
        ("pull.at_once", 180), ("pull.in_turn", 4160), ("rank.light", 1000),
        ("rank.light.parallel", 100), ("rank.deep", 1000), ("rank.deep.parallel", 10),
      ])
    let pull = try #require(Self.sheet("s0").differences.first { $0.line == "pull" })
    #expect(pull.why.hasSuffix("400 ms would be 12 rounds"), "\(pull.why)")
  }

  /// Document 1, lines 136–163, 518, 942–948.
  @Test func theScaleOfDocument1() throws {
    try expect(
      Self.sheet("s1-as-written"),
      [
        ("users.active", 1e9), ("users.concurrent", 200e6), ("loads.day", 20e9),
        ("loads.second", 230_000), ("loads.second.peak", 700_000), ("posts.day", 500e6),
        ("posts.second", 5800), ("posts.storage.day", 1), ("media.storage.day", 250),
        ("graph.edges", 1e12), ("graph.storage", 100), ("fan_out.day", 250e9),
        ("celebrity.fan_out.day", 500e12), ("candidates", 10_000),
      ])
    let right = try Self.sheet("s1")
    try expect(
      right,
      [
        ("loads.second", 231_481.48148148147), ("loads.second.peak", 694_444.4444444444),
        ("posts.second", 5787.037037037037), ("fan_out.second", 2_893_518.5185185187),
        ("celebrity.fan_out.day", 500e9), ("celebrity.follows", 1), ("candidates", 250_000),
        ("candidates.usual", 25_000), ("servers", 695),
        // 10^9 × 500 × 16 B are 7450.58 GiB; a node at 75 % holds 39.615: 188.07.
        ("cache.nodes", 189), ("fleet", 884),
        // 250 G writes a day × 730 ÷ 24 at $0.625 a million.
        ("real.cost.month.if_written", 4_752_604.166666667),
        ("real.cost.month.graph", 25_000), ("real.cost.month.servers", 695 * 0.68 * 730),
        ("real.cost.month.cache", 189 * 0.821 * 730),
        ("real.cost.month.posts", 1000 * 730 / 24 * 0.1),
        ("real.cost.month.media", 250_000 * 730 / 24 * 0.023),
      ])
  }

  /// Document 2, lines 27–45, 208–214, 340, 376–378, 643.
  @Test func theScaleOfDocument2() throws {
    try expect(
      Self.sheet("s2-as-written"),
      [
        ("posts.day", 50e6), ("loads.day", 10e9), ("loads.second", 115_000),
        ("followed.posts.day", 10_000), ("push.usual", 400), ("push.popular", 20),
        ("push.celebrity", 5.5), ("pull", 250), ("decay.half_life", 48), ("decay.constant", 48),
        ("short_decay.half_life", 24),
      ])
    try expect(
      Self.sheet("s2"),
      [
        ("loads.second", 115_740.74074074074), ("fan_out.second", 115_740.74074074074),
        ("fan_out.day", 10e9), ("reads.per_post", 200), ("reads.per_write", 1),
        ("followed.posts.day", 50), ("push.celebrity", 50.0 / 9), ("pull", 55),
        ("pull.in_turn", 1050), ("servers", 348),
      ])
    for (name, hours) in [
      ("decay.half_life", 33.27), ("short_decay.half_life", 16.64), ("decay.constant", 69.25),
      ("short_decay.constant", 34.62),
    ] {
      let value = try #require(Self.sheet("s2")[line: name]).value
      #expect(abs(value - hours) < 0.006, "\(name): \(value)")
    }
  }

  /// A feed is held by nobody twice: with a long lifetime there is one a user.
  @Test func cachedFeedsAreAtMostOneAUser() throws {
    try expect(
      Self.sheet("s2", ["feedLifetime=300s"]),
      [("feeds.held", 10e9 / 86400 * 3 * 300)])
    try expect(Self.sheet("s2", ["feedLifetime=7d"]), [("feeds.held", 500e6)])
  }

  // MARK: - Inputs

  /// Ten times the users, ten times everything, but for what is rounded up.
  @Test(arguments: ["s0", "s1", "s2"]) func theBillGrowsWithThePopulation(_ preset: String) throws {
    let once = try SheetCatalog.sheet(preset, users: "432M")
    let tenfold = try SheetCatalog.sheet(preset, users: "4320M")
    let fixed = ["latency", "ranking", "prices"]
    let unlike = ["followed.posts.day", "emergency.cap"]
    for (a, b) in zip(once.lines, tenfold.lines)
    where !fixed.contains(a.section.rawValue) && !["×", "share"].contains(a.unit)
      && !unlike.contains(a.name)
    {
      let machines = ["servers", "shards"].contains(a.unit) ? 10.0 : a.value * 0.2
      #expect(abs(b.value - 10 * a.value) <= machines, "\(a.name): \(a.value), \(b.value)")
    }
  }

  @Test func usersAreEveryPopulation() throws {
    let sheet = try SheetCatalog.sheet("s0", users: "3B")
    try expect(sheet, [("shards", 300), ("platform.shards", 300), ("mode.precomputed", 150_000)])
    let planner = try Self.sheet("s0", ["users=20M"])
    try expect(planner, [("shards", 2), ("platform.shards", 300)])
  }

  /// A write to DynamoDB is charged by the KiB begun: 10 kB are ten.
  @Test(arguments: [
    ("1B", 1.0), ("1024B", 1), ("1025B", 2), ("10kB", 10), ("10KiB", 10), ("400kB", 391),
  ]) func largeEntriesTakeMoreWriteUnits(_ size: String, _ units: Double) throws {
    let row = try Self.sheet("s2", ["rowSize=\(size)"])
    try expect(
      row,
      [
        ("fan_out.write_units", units),
        ("real.cost.month.fan_out", 10e9 * 730 / 24 * 0.625e-6 * units),
      ])
    let entry = try Self.sheet("s1", ["entrySize=\(size)"])
    try expect(
      entry,
      [
        ("fan_out.write_units", units),
        ("real.cost.month.if_written", 250e9 * 730 / 24 * 0.625e-6 * units),
      ])
  }

  @Test func headroomBuysServers() throws {
    // 1736.1 of 700 /s: 2480.2.
    try expect(Self.sheet("s0", ["headroom=30%"]), [("servers", 2481)])
    // 3 × 28.8M × 50 ÷ 86,400 are 50,000 /s, 100 of 500: no more for what binary fractions lose.
    try expect(
      Self.sheet("s0", ["users=28.8M", "headroom=50%"]), [("servers", 100), ("shards", 3)])
    try expect(
      Self.sheet("s0", ["users=20160000", "headroom=30%"]), [("servers", 50)])
  }

  /// The document's code cuts storage to whole GB before it pays for it.
  @Test func theCodeCutsStorage() throws {
    let sheet = try SheetCatalog.sheet("s0-as-written", users: "1M")
    try expect(sheet, [("cache.storage", 19531), ("cost.month.cache", 976.55)])
    try expect(
      SheetCatalog.sheet("s0", users: "1M"),
      [("cache.storage", 19531.25), ("cost.month.cache", 976.5625)])
    #expect(sheet.differences.contains { $0.line == "cache.storage" })
  }

  /// Whatever it returns is a whole number: of one user there are no posts and no loads.
  @Test func theCodeCutsTraffic() throws {
    let one = try SheetCatalog.sheet("s0-as-written", users: "1")
    for name in ["posts.day", "loads.second.peak", "cache.storage", "timeline.storage"] {
      #expect(one[line: name]?.value == 0, "\(name)")
    }
    try expect(one, [("fan_out.day", 60), ("servers", 1)])
    try expect(
      SheetCatalog.sheet("s0", users: "1"),
      [("posts.day", 0.3), ("loads.second.peak", 150 / 86400.0)])
    let seven = try Self.sheet("s0-as-written", ["users=7", "follows=1"])
    // 2.1 posts, and so many writes; servers are of the loads before they are cut.
    try expect(seven, [("posts.day", 2), ("fan_out.day", 2), ("servers", 1)])
  }

  /// More follows of celebrities than there are at all is no population, and it is said.
  @Test(arguments: [("1%", false), ("50%", true), ("1.01%", true), ("0.5%", false)])
  func tooManyFollowsAreToldOf(_ share: String, _ isTooMuch: Bool) throws {
    let line = try #require(
      try Self.sheet("s1", ["celebrityShare=\(share)"])[line: "celebrity.follows"])
    #expect(line.title.contains("more than there are") == isTooMuch, "\(line.title)")
    #expect((line.value > 1 + 1e-9) == isTooMuch)
  }

  /// What is said of a figure is said of the inputs that it is made of.
  @Test func wordsFollowTheInputs() throws {
    func why(_ line: String, _ overrides: [String]) throws -> String {
      try #require(try Self.sheet("s0", overrides).differences.first { $0.line == line }).why
    }
    #expect(try why("push.storage", []).contains("50 MB an active user"))
    #expect(try why("push.storage", ["precomputedPerUser=10MB"]).contains("10 MB an active user"))
    let shards = try why("platform.shards", ["usersPerShard=2B"])
    #expect(shards.hasSuffix("at 2,000,000,000 a shard 3,000,000,000 users take 2"), "\(shards)")
    let given = try Self.presets.map { try Self.sheet($0, ["follows=150", "users=77M"]) }
    #expect(given.count == 6)
    for difference in given.flatMap(\.differences) {
      // An input that was given is not the document's own.
      #expect(!difference.why.contains("its own"), "\(difference.why)")
    }
  }

  @Test func pricesAreInputs() throws {
    let prices = [
      "shardPrice=1 USD", "serverPrice=1 USD", "cachePrice=0 USD", "storagePrice=0 USD",
    ]
    try expect(Self.sheet("s0", prices), [("cost.month", 1837)])
    // An emergency's cap is wrong only where it is below the fleet.
    #expect(try Self.sheet("s0", ["users=10M"])[line: "emergency.cap"]?.value == 1000)
    // .821 × 730 ÷ 52.82 a GiB, 227 times the document's.
    let cache = try #require(Self.sheet("s0")[line: "real.cost.month.cache"]?.price)
    #expect(abs(cache.amount - 11.3466) < 1e-4)
    #expect(abs(try #require(cache.ratio) - 226.93) < 0.01)
  }

  // MARK: - What holds of every sheet

  private static let presets = SheetCatalog.summaries.map(\.name)

  @Test(arguments: presets) func everyDifferenceIsExplained(_ preset: String) throws {
    #expect(Self.presets.count == 6)
    let sheet = try Self.sheet(preset)
    let other = try Self.sheet(
      sheet.isAsWritten ? String(preset.dropLast(11)) : preset + "-as-written")
    #expect(sheet.differences == other.differences)
    let (written, right) = sheet.isAsWritten ? (sheet, other) : (other, sheet)
    let changed = zip(written.lines, right.lines).filter { $0.value != $1.value }.map(\.0.name)
    #expect(changed == sheet.differences.map(\.line) && changed.count > 4)
    for difference in sheet.differences {
      #expect(difference.why.count > 10 && !difference.source.isEmpty, "\(difference.line)")
    }
    // A bill at real prices is feedsim's own, so no document has it otherwise.
    #expect(!changed.contains { $0.hasPrefix("real.") })
  }

  @Test(arguments: presets) func billsAddUp(_ preset: String) throws {
    let sheet = try Self.sheet(preset)
    for total in sheet.lines where ["cost.month", "real.cost.month"].contains(total.name) {
      let lines = sheet.lines.filter {
        $0.section == total.section && $0.price != nil && !$0.name.hasSuffix(".if_written")
      }
      #expect(lines.count > 3 && lines.reduce(0) { $0 + $1.value } == total.value)
      for line in lines {
        let price = try #require(line.price)
        #expect(line.value == price.quantity * price.amount && price.amount > 0, "\(line.name)")
        #expect(!price.date.isEmpty && !line.source.isEmpty, "\(line.name)")
      }
    }
  }

  @Test(arguments: presets) func namesAreTold(_ preset: String) throws {
    let sheet = try Self.sheet(preset)
    #expect(Set(sheet.lines.map(\.name)).count == sheet.lines.count)
    #expect(Set(sheet.inputs.map(\.name)).count == sheet.inputs.count)
    for input in sheet.inputs {
      #expect(input.value > 0 || input.name == "headroom", "\(input.name) has a default")
      #expect(!input.unit.isEmpty && input.about.count > 2 && !input.source.isEmpty, "\(input)")
    }
    for line in sheet.lines {
      #expect(!line.unit.isEmpty && !line.formula.isEmpty && !line.source.isEmpty, "\(line)")
    }
  }

  /// Each input at both ends of its bounds, alone and all together: no figure is lost.
  @Test(arguments: ["s0", "s1", "s2"]) func figuresAreFinite(_ preset: String) throws {
    let inputs = try Self.sheet(preset).inputs
    func extremes(_ input: Sheet.Input) -> [String] {
      ["1e15", "1e9", "100%", "99%", "1e15B", "365d", "1e12/s", "1e12 USD", "1", "1e-9", "1ns"]
        .filter { (try? Self.sheet(preset, ["\(input.name)=\($0)"])) != nil }
        .map { "\(input.name)=\($0)" }
    }
    let ends = inputs.map(extremes)
    #expect(ends.allSatisfy { !$0.isEmpty })
    let alone = ends.flatMap { $0.map { [$0] } }
    for overrides in alone + [ends.compactMap(\.first), ends.compactMap(\.last)] {
      for name in [preset, preset + "-as-written"] {
        let lines = try Self.sheet(name, overrides).lines
        #expect(lines.allSatisfy { $0.value.isFinite && $0.value >= 0 }, "\(name) \(overrides)")
      }
    }
  }

  @Test(arguments: [
    ("s0", ["user=5"], "unknown key \"user\""), ("s0", ["users=0"], "must be from 1 to"),
    ("s0", ["users=-5"], "is negative"), ("s0", ["users=1e400"], "too large"),
    ("s0", ["users=1.5"], "fraction"), ("s0", ["users=nan"], "not a number"),
    ("s0", ["activeShare=140%"], "from 0% to 100%"), ("s0", ["activeShare=0%"], "must be"),
    ("s0", ["headroom=100%"], "must be from 0% to 99%"), ("s0", ["cachePrice=0.05"], "USD"),
    ("s0", ["cachePrice=1e13 USD"], "at most 1e12"), ("s0", ["cachePerUser=50"], "needs a unit"),
    ("s0", ["graphTime=0ms"], "must be"), ("s0", ["loadsPerServer=1000"], "needs a unit"),
    ("s0", ["postsPerDay=0"], "must be"), ("s0", ["users.x=1"], "must be text"),
    ("s1", ["shardPrice=1 USD"], "unknown key"),
  ]) func whatIsNoValueIsRefused(
    _ preset: String, _ overrides: [String], _ words: String
  ) throws {
    let problem = #expect(throws: InvalidInput.self) { try Self.sheet(preset, overrides) }
    #expect(problem?.description.contains(words) == true, "\(problem?.description ?? "")")
    #expect(problem?.location?.isOption == false)
  }
}
