/// The scale constraints of seed document 2 (S2.1), its reading and writing times (S2.3, S2.8) and
/// its decays (S2.12, S2.15), with a fleet and a bill, for which it has no figures.
struct DeepDiveSheet: SheetModel {
  static let name = "s2"
  static let title = "Scale of a feed (document 2, of 500 million users a day)"
  static let document = "document 2"
  static let populations = ["users"]
  static let targets = ["real.cost.month", "fleet"]

  var reading = SheetReading()

  var users = 0.0
  var follows = 0.0
  var postsPerDay = 0.0
  var loadsPerDay = 0.0
  var followees = 0.0
  var decay = 0.0
  var shortDecay = 0.0
  var writeTime = 0.0
  var popularFollowers = 0.0
  var celebrityFollowers = 0.0
  var queryTime = 0.0
  var rankTime = 0.0

  var peakFactor = 0.0
  var loadsPerServer = 0.0
  var headroom = 0.0
  var feedLifetime = 0.0
  var page = 0.0
  var timelineEntries = 0.0
  var rowSize = 0.0
  var cacheFill = 0.0
  var realServerHour = 0.0
  var realCacheHour = 0.0
  var cacheNodeGiB = 0.0
  var realWritePrice = 0.0
  var realRowPrice = 0.0

  init() {}

  var lines: [Sheet.Line] { traffic + fleetLines + storage + latency + ranking + bill }
}

// MARK: - Inputs

extension DeepDiveSheet {
  typealias Input = SheetInput<DeepDiveSheet>

  static var inputs: [Input] { scale + times + machines + realPrices }

  private static var scale: [Input] {
    [
      Input("users", \.users, .count, "500M", "users", "active a day", "line 40"),
      Input(
        "follows", \.follows, .number, "200", "follows/user", "authors whom a user follows",
        "line 41"),
      Input(
        "postsPerDay", \.postsPerDay, .number, "0.1", "posts/user/day", "posts of a user a day",
        "line 42"),
      Input(
        "loadsPerDay", \.loadsPerDay, .number, "20", "loads/user/day", "feeds of a user a day",
        "line 44"),
      Input(
        "followees", \.followees, .number, "500", "authors", "whom the user of its example follows",
        "line 27"),
    ]
  }

  private static var times: [Input] {
    [
      Input("decay", \.decay, .time, "48h", "in exp(−age ÷ decay)", "line 340"),
      Input(
        "shortDecay", \.shortDecay, .time, "24h", "the same of the time-weighted ranking",
        "line 643"),
      Input("writeTime", \.writeTime, .time, "2ms", "of one entry into a timeline", "line 208"),
      Input(
        "popularFollowers", \.popularFollowers, .number, "10k", "followers",
        "of its second example", "line 211"),
      Input(
        "celebrityFollowers", \.celebrityFollowers, .number, "10M", "followers",
        "of its third example", "line 214"),
      Input("queryTime", \.queryTime, .time, "5ms", "for the posts of one author", "line 376"),
      Input("rankTime", \.rankTime, .time, "50ms", "for ranking them", "line 377"),
    ]
  }

  private static var machines: [Input] {
    let absent = "not in the document; "
    return [
      Input(
        "peakFactor", \.peakFactor, .number, "3", "×", "peak over mean traffic",
        absent + "as documents 0 and 1 have it"),
      Input(
        "loadsPerServer", \.loadsPerServer, .rate, "1k/s", "loads that a server serves",
        absent + "as document 0 has it"),
      Input(
        "headroom", \.headroom, .headroom, "0%", "of a server, left free by the peak",
        absent + "none"),
      Input("feedLifetime", \.feedLifetime, .time, "300s", "of a cached feed", "line 171"),
      Input("page", \.page, .count, "50", "posts/feed", "posts of a cached feed", "line 142"),
      Input(
        "timelineEntries", \.timelineEntries, .count, "100", "entries/user",
        "kept of a timeline: as many as are read", "S2.10"),
      Input(
        "rowSize", \.rowSize, .bytes, "1kB", "of an entry, a whole post",
        absent + "one write unit"),
      Input("cacheFill", \.cacheFill, .share, "75%", "of a cache node's memory", absent + "usual"),
    ]
  }

  private static var realPrices: [Input] {
    let list = "AWS Price List"
    return [
      Input(
        "realServerHour", \.realServerHour, .money, "0.34 USD", "USD/hour",
        "of an hour of c5.2xlarge",
        "\(list) EC2 Linux, 2026-08-21"),
      Input(
        "realCacheHour", \.realCacheHour, .money, "0.821 USD", "USD/hour",
        "of an hour of cache.r6g.2xlarge",
        "\(list) ElastiCache Redis, 2026-08-21"),
      Input(
        "cacheNodeGiB", \.cacheNodeGiB, .number, "52.82", "GiB", "memory of a cache node",
        "\(list) ElastiCache Redis, 2026-08-21"),
      Input(
        "realWritePrice", \.realWritePrice, .money, "0.625 USD", "USD/million",
        "of a million writes to DynamoDB on demand, up to 1 KiB each",
        "\(list) DynamoDB, 2026-08-21"),
      Input(
        "realRowPrice", \.realRowPrice, .money, "0.25 USD", "USD/GB-month",
        "of a GB of timelines a month, DynamoDB",
        "\(list) DynamoDB, 2026-08-21"),
    ]
  }
}

// MARK: - Figures

extension DeepDiveSheet {
  private static let secondsPerDay = 86400.0
  private static let gibibyte = 1_073_741_824.0
  private static let millisecondsPerHour = 3.6e6
  static let ln2 = 0.693147180559945309417
  static let daysPerMonth = Usage.hoursPerMonth / 24

  var loads: Double { users * loadsPerDay }
  var loadsPerSecond: Double { loads / Self.secondsPerDay }
  var posts: Double { users * postsPerDay }
  var writes: Double { posts * follows }
  var servers: Double {
    reading.up(loadsPerSecond * peakFactor / (loadsPerServer * (1 - headroom)))
  }
  /// At most one a user; otherwise those loaded within a lifetime, if each load misses.
  var feedsHeld: Double { min(users, loadsPerSecond * peakFactor * feedLifetime / 1000) }
  /// GiB.
  var cachedFeeds: Double { feedsHeld * page * rowSize / Self.gibibyte }
  var cacheNodes: Double { reading.up(cachedFeeds / (cacheNodeGiB * cacheFill)) }
  var timelineBytes: Double { users * timelineEntries * rowSize }
  var writeUnits: Double { reading.writeUnits(of: rowSize) }

  private func number(_ value: Double) -> String { SheetText.number(value) }

  private var traffic: [Sheet.Line] {
    [
      Sheet.Line(
        "posts.day", "posts a day", .traffic, posts, "posts/day", "users × postsPerDay",
        "S2.1, line 43"),
      Sheet.Line(
        "loads.day", "feed loads a day", .traffic, loads, "loads/day", "users × loadsPerDay",
        "S2.1, line 44"),
      Sheet.Line(
        "loads.second", "feed loads", .traffic, reading.digits(3, loadsPerSecond, .down), "1/s",
        "loads.day ÷ 86,400 s", "S2.1, line 45", why: "the document cuts it to three digits"),
      Sheet.Line(
        "fan_out.day", "fan-out writes a day", .traffic, writes, "entries/day",
        "posts.day × follows", "not in the document"),
      Sheet.Line(
        "fan_out.second", "fan-out writes", .traffic, writes / Self.secondsPerDay, "1/s",
        "fan_out.day ÷ 86,400 s", "not in the document"),
      Sheet.Line(
        "fan_out.write_units", "write units of an entry", .traffic, writeUnits, "×",
        "rowSize ÷ 1 KiB, rounded up", "AWS Price List DynamoDB"),
      Sheet.Line(
        "reads.per_post", "loads for a post", .traffic, loads / posts, "×",
        "loads.day ÷ posts.day", "S2.7: push suits 100 and more"),
      Sheet.Line(
        "reads.per_write", "loads for a fan-out write", .traffic, loads / writes, "×",
        "loads.day ÷ fan_out.day", "S2.7: what is left of it after the amplification"),
      Sheet.Line(
        "followed.posts.day", "posts a day of its example's authors", .traffic,
        reading.pick(followees * postsPerDay, written: 10_000), "posts/day",
        reading.formula("followees × postsPerDay"), "S2.2, line 28",
        why: "\(number(followees)) authors with \(number(postsPerDay)) posts a day each"),
    ]
  }

  private var fleetLines: [Sheet.Line] {
    [
      Sheet.Line(
        "servers", "API servers", .fleet, servers, "servers",
        "loads.day ÷ 86,400 s × peakFactor ÷ (loadsPerServer × (1 − headroom)), rounded up",
        "not in the document"),
      Sheet.Line(
        "cache.nodes", "cache nodes", .fleet, cacheNodes, "servers",
        "cache.storage ÷ (cacheNodeGiB × cacheFill), rounded up", "not in the document"),
      Sheet.Line(
        "fleet", "API servers and cache nodes", .fleet, servers + cacheNodes, "servers",
        "servers + cache.nodes", "not in the document"),
    ]
  }

  private var storage: [Sheet.Line] {
    [
      Sheet.Line(
        "feeds.held", "cached feeds at the peak, at most", .storage, feedsHeld, "feeds",
        "loads at the peak × feedLifetime, but no more than users", "S2.5, line 171"),
      Sheet.Line(
        "cache.storage", "cached feeds", .storage, cachedFeeds, "GiB",
        "feeds.held × page × rowSize", "not in the document"),
      Sheet.Line(
        "timeline.storage", "timelines", .storage, timelineBytes / 1e12, "TB",
        "users × timelineEntries × rowSize", "not in the document"),
    ]
  }

  private var latency: [Sheet.Line] {
    let celebrity = celebrityFollowers * writeTime / Self.millisecondsPerHour
    let (atOnce, inTurn) = (queryTime + rankTime, follows * queryTime + rankTime)
    let rounds = (250 - rankTime) / queryTime
    return [
      Sheet.Line(
        "push.usual", "a post's writes in turn, of the usual author", .latency,
        follows * writeTime, "ms", "follows × writeTime", "S2.3, line 208"),
      Sheet.Line(
        "push.popular", "of a popular author", .latency, popularFollowers * writeTime / 1000, "s",
        "popularFollowers × writeTime", "S2.3, line 211"),
      Sheet.Line(
        "push.celebrity", "of a celebrity", .latency, reading.digits(2, celebrity, .down), "h",
        "celebrityFollowers × writeTime", "S2.3, line 214",
        why: "the document cuts it to two digits"),
      Sheet.Line(
        "pull.at_once", "pull, all authors asked at once", .latency, atOnce, "ms",
        "queryTime + rankTime", "S2.8, lines 376–377"),
      Sheet.Line(
        "pull.in_turn", "pull, one author after another", .latency, inTurn, "ms",
        "follows × queryTime + rankTime", "S2.8, lines 376–377"),
      Sheet.Line(
        "pull", "pull", .latency, reading.pick(atOnce, written: 250), "ms",
        reading.formula("pull.at_once"), "S2.8, line 378",
        why: "\(number(follows)) queries of \(number(queryTime)) ms are called parallel: that is "
          + "\(number(atOnce)) ms with the ranking, and \(number(inTurn)) ms in turn"
          + (rounds > 0 ? "; 250 ms would be \(number(rounds)) rounds" : "")),
    ]
  }

  private var ranking: [Sheet.Line] {
    func lines(_ name: String, _ decay: Double, _ key: String, _ source: String) -> [Sheet.Line] {
      let hours = decay / Self.millisecondsPerHour
      return [
        Sheet.Line(
          "\(name).half_life", "half-life of exp(−age ÷ \(key))", .ranking,
          reading.pick(hours * Self.ln2, written: hours), "h",
          reading.pick("\(key) × ln 2", written: key), source,
          why: "exp(−1) is 0.368: \(number(hours)) h is the e-folding time"),
        Sheet.Line(
          "\(name).constant", "what \(key) must be for such a half-life", .ranking,
          reading.pick(hours / Self.ln2, written: hours), "h",
          reading.pick("\(key) ÷ ln 2", written: key), source,
          why: "a half-life of \(number(hours)) h takes exp(−age × ln 2 ÷ \(number(hours)) h)"),
      ]
    }
    return lines("decay", decay, "decay", "S2.12, line 340")
      + lines("short_decay", shortDecay, "shortDecay", "S2.15, line 643")
  }

  private var bill: [Sheet.Line] {
    let hours = Usage.hoursPerMonth
    func price(
      _ quantity: Double, _ unit: String, _ amount: Double
    ) -> Sheet.Price {
      Sheet.Price(
        quantity: quantity, unit: unit, amount: amount, seedAmount: nil, date: "2026-08-21")
    }
    let lines = [
      Sheet.Line(
        "real.cost.month.servers", "API servers", .realCost,
        price(servers, "server-month", realServerHour * hours), of: "servers",
        source: "realServerHour × 730 h: AWS Price List EC2 Linux"),
      Sheet.Line(
        "real.cost.month.cache", "cache nodes", .realCost,
        price(cacheNodes, "server-month", realCacheHour * hours), of: "cache.nodes",
        source: "realCacheHour × 730 h: AWS Price List ElastiCache Redis"),
      Sheet.Line(
        "real.cost.month.fan_out", "fan-out writes", .realCost,
        price(writes * writeUnits * Self.daysPerMonth / 1e6, "million", realWritePrice),
        of: "fan_out.day × fan_out.write_units × 730 ÷ 24",
        source: "AWS Price List DynamoDB, a write an entry"),
      Sheet.Line(
        "real.cost.month.timelines", "timelines", .realCost,
        price(timelineBytes / 1e9, "GB-month", realRowPrice), of: "timeline.storage",
        source: "AWS Price List DynamoDB storage"),
    ]
    return lines
      + [
        Sheet.Line(
          sum: "real.cost.month", "total", .realCost, lines, source: "the lines above")
      ]
  }
}
