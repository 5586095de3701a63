/// The scale estimation of seed document 1 (S1.3), its candidates (S1.8, S1.20), and the fleet and
/// bill of the feed cache that it describes (S1.16, S1.36), for which it has no figures.
struct SystemDesignSheet: SheetModel {
  static let name = "s1"
  static let title = "Scale of a social feed (document 1, of 2 billion users a month)"
  static let document = "document 1"
  static let populations = ["users"]
  static let targets = ["real.cost.month", "fleet"]

  var reading = SheetReading()

  var users = 0.0
  var activeShare = 0.0
  var concurrentShare = 0.0
  var loadsPerDay = 0.0
  var peakFactor = 0.0
  var postsPerDay = 0.0
  var postSize = 0.0
  var mediaSize = 0.0
  var follows = 0.0
  var edgeSize = 0.0
  var celebrityShare = 0.0
  var celebrityFollowers = 0.0
  var retrievedAuthors = 0.0
  var postsPerAuthor = 0.0

  var feedEntries = 0.0
  var entrySize = 0.0
  var cacheFill = 0.0
  var loadsPerServer = 0.0
  var headroom = 0.0
  var monthsKept = 0.0
  var realServerHour = 0.0
  var realCacheHour = 0.0
  var cacheNodeGiB = 0.0
  var realEdgePrice = 0.0
  var realPostPrice = 0.0
  var realMediaPrice = 0.0
  var realWritePrice = 0.0

  init() {}

  var lines: [Sheet.Line] { traffic + fanOut + storage + fleetLines + ranking + bill }
}

// MARK: - Inputs

extension SystemDesignSheet {
  typealias Input = SheetInput<SystemDesignSheet>

  static var inputs: [Input] { scale + machines + realPrices }

  private static var scale: [Input] {
    [
      Input("users", \.users, .count, "2B", "users", "active in a month", "line 136"),
      Input("activeShare", \.activeShare, .share, "50%", "of the users, active a day", "line 137"),
      Input(
        "concurrentShare", \.concurrentShare, .share, "20%",
        "of those of a day, there at the same time at the peak", "line 138"),
      Input(
        "loadsPerDay", \.loadsPerDay, .number, "20", "loads/user/day", "feeds of a user a day",
        "line 142"),
      Input("peakFactor", \.peakFactor, .number, "3", "×", "peak over mean traffic", "line 144"),
      Input(
        "postsPerDay", \.postsPerDay, .number, "0.5", "posts/user/day", "posts of a user a day",
        "line 145"),
      Input("postSize", \.postSize, .bytes, "2kB", "of a post without media", "line 150"),
      Input("mediaSize", \.mediaSize, .bytes, "500kB", "of a post's media", "line 151"),
      Input(
        "follows", \.follows, .number, "500", "follows/user", "authors whom a user follows",
        "lines 154 and 159"),
      Input("edgeSize", \.edgeSize, .bytes, "100B", "of one follow in the graph", "line 155"),
      Input(
        "celebrityShare", \.celebrityShare, .share, "1%", "of the users, who are followed most",
        "line 162"),
      Input(
        "celebrityFollowers", \.celebrityFollowers, .number, "50k", "followers",
        "of each of those", "line 162"),
      Input(
        "retrievedAuthors", \.retrievedAuthors, .count, "5000", "authors",
        "whose posts a feed takes at most", "line 942"),
      Input(
        "postsPerAuthor", \.postsPerAuthor, .count, "50", "posts", "of each of them", "line 948"),
    ]
  }

  private static var machines: [Input] {
    let absent = "not in the document; "
    return [
      Input(
        "feedEntries", \.feedEntries, .count, "500", "entries/user", "of a cached feed", "S1.16"),
      Input(
        "entrySize", \.entrySize, .bytes, "16B", "of an entry: a post's id and its score",
        absent + "8 B each, without what the store adds"),
      Input("cacheFill", \.cacheFill, .share, "75%", "of a cache node's memory", absent + "usual"),
      Input(
        "loadsPerServer", \.loadsPerServer, .rate, "1k/s", "loads that an aggregator serves",
        absent + "as document 0 has it"),
      Input(
        "headroom", \.headroom, .headroom, "0%", "of an aggregator, left free by the peak",
        absent + "none"),
      Input(
        "monthsKept", \.monthsKept, .count, "1", "months", "of posts and media that are paid for",
        absent + "the first month's"),
    ]
  }

  private static var realPrices: [Input] {
    let list = "AWS Price List"
    return [
      Input(
        "realServerHour", \.realServerHour, .money, "0.68 USD", "USD/hour",
        "of an hour of c5.4xlarge (S1.36)",
        "\(list) EC2 Linux, 2026-08-21"),
      Input(
        "realCacheHour", \.realCacheHour, .money, "0.821 USD", "USD/hour",
        "of an hour of cache.r6g.2xlarge (S1.36)", "\(list) ElastiCache Redis, 2026-08-21"),
      Input(
        "cacheNodeGiB", \.cacheNodeGiB, .number, "52.82", "GiB", "memory of a cache node",
        "\(list) ElastiCache Redis, 2026-08-21"),
      Input(
        "realEdgePrice", \.realEdgePrice, .money, "0.25 USD", "USD/GB-month",
        "of a GB of the graph a month, DynamoDB (S1.36)", "\(list) DynamoDB, 2026-08-21"),
      Input(
        "realPostPrice", \.realPostPrice, .money, "0.10 USD", "USD/GB-month",
        "of a GB of posts a month, Aurora", "\(list) RDS Aurora storage, 2025-10-28"),
      Input(
        "realMediaPrice", \.realMediaPrice, .money, "0.023 USD", "USD/GB-month",
        "of a GB of media a month, S3 Standard", "\(list) S3 Standard, 2026-08-21"),
      Input(
        "realWritePrice", \.realWritePrice, .money, "0.625 USD", "USD/million",
        "of a million writes to DynamoDB on demand, up to 1 KiB each",
        "\(list) DynamoDB, 2026-08-21"),
    ]
  }
}

// MARK: - Figures

extension SystemDesignSheet {
  private static let secondsPerDay = 86400.0
  private static let gibibyte = 1_073_741_824.0
  static let daysPerMonth = Usage.hoursPerMonth / 24

  var activeUsers: Double { users * activeShare }
  var loadsPerSecond: Double { activeUsers * loadsPerDay / Self.secondsPerDay }
  var peakLoadsPerSecond: Double { loadsPerSecond * peakFactor }
  var posts: Double { activeUsers * postsPerDay }
  var fanOutWrites: Double { posts * follows }
  var edges: Double { users * follows }
  var celebrityWrites: Double {
    users * celebrityShare * celebrityFollowers * postsPerDay
  }
  /// GiB of all cached feeds.
  var cachedFeeds: Double { activeUsers * feedEntries * entrySize / Self.gibibyte }
  var cacheNodes: Double { reading.up(cachedFeeds / (cacheNodeGiB * cacheFill)) }
  var writeUnits: Double { reading.writeUnits(of: entrySize) }
  var servers: Double { reading.up(peakLoadsPerSecond / (loadsPerServer * (1 - headroom))) }

  private func number(_ value: Double) -> String { SheetText.number(value) }

  private var traffic: [Sheet.Line] {
    [
      Sheet.Line(
        "users.active", "users a day", .traffic, activeUsers, "users", "users × activeShare",
        "S1.3, line 137"),
      Sheet.Line(
        "users.concurrent", "users at the same time at the peak", .traffic,
        activeUsers * concurrentShare, "users", "users.active × concurrentShare",
        "S1.3, line 138"),
      Sheet.Line(
        "loads.day", "feed loads a day", .traffic, activeUsers * loadsPerDay, "loads/day",
        "users.active × loadsPerDay", "S1.3, line 143"),
      Sheet.Line(
        "loads.second", "feed loads", .traffic, reading.digits(2, loadsPerSecond), "1/s",
        "loads.day ÷ 86,400 s", "S1.3, line 143", why: "the document rounds to two digits"),
      Sheet.Line(
        "loads.second.peak", "feed loads at the peak", .traffic,
        reading.digits(1, peakLoadsPerSecond), "1/s", "loads.second × peakFactor",
        "S1.3, line 144", why: "the document rounds to one digit"),
      Sheet.Line(
        "posts.day", "posts a day", .traffic, posts, "posts/day", "users.active × postsPerDay",
        "S1.3, line 146"),
      Sheet.Line(
        "posts.second", "posts", .traffic, reading.digits(2, posts / Self.secondsPerDay), "1/s",
        "posts.day ÷ 86,400 s", "S1.3, line 146", why: "the document rounds to two digits"),
    ]
  }

  private var fanOut: [Sheet.Line] {
    let celebrityFollows = celebrityShare * celebrityFollowers / follows
    // A whole share that binary fractions put a little above is one.
    let isPossible = celebrityFollows <= 1 + 1e-9
    return [
      Sheet.Line(
        "fan_out.day", "fan-out writes a day", .traffic, fanOutWrites, "entries/day",
        "posts.day × follows", "S1.3, line 161"),
      Sheet.Line(
        "fan_out.second", "fan-out writes", .traffic, fanOutWrites / Self.secondsPerDay, "1/s",
        "fan_out.day ÷ 86,400 s", "not in the document"),
      Sheet.Line(
        "fan_out.write_units", "write units of an entry", .traffic, writeUnits, "×",
        "entrySize ÷ 1 KiB, rounded up", "AWS Price List DynamoDB"),
      Sheet.Line(
        "celebrity.fan_out.day", "fan-out writes a day of the most followed", .traffic,
        reading.pick(celebrityWrites, written: celebrityWrites * 1000), "entries/day",
        reading.pick(
          "users × celebrityShare × celebrityFollowers × postsPerDay",
          written: "the same product, which is then taken for 1,000 times as much"),
        "S1.3, line 163",
        why: "\(number(users * celebrityShare)) × \(number(celebrityFollowers)) × "
          + "\(number(postsPerDay)) are \(number(celebrityWrites / 1e9)) billion, not trillion"),
      Sheet.Line(
        "celebrity.follows",
        "of all follows, of the most followed: "
          + (isPossible
            ? "at 100 % all others have none"
            : "more than there are, so that no users can be like this"),
        .traffic, celebrityFollows, "share",
        "celebrityShare × celebrityFollowers ÷ follows", "S1.3, line 162"),
    ]
  }

  private var storage: [Sheet.Line] {
    [
      Sheet.Line(
        "posts.storage.day", "posts a day", .storage, posts * postSize / 1e12, "TB/day",
        "posts.day × postSize", "S1.3, line 152"),
      Sheet.Line(
        "media.storage.day", "media a day", .storage, posts * mediaSize / 1e12, "TB/day",
        "posts.day × mediaSize", "S1.3, line 153"),
      Sheet.Line(
        "graph.edges", "follows", .storage, edges, "edges", "users × follows", "S1.3, line 154"),
      Sheet.Line(
        "graph.storage", "social graph", .storage, edges * edgeSize / 1e12, "TB",
        "graph.edges × edgeSize", "S1.3, line 155"),
      Sheet.Line(
        "cache.storage", "cached feeds", .storage, cachedFeeds, "GiB",
        "users.active × feedEntries × entrySize", "not in the document"),
    ]
  }

  private var fleetLines: [Sheet.Line] {
    [
      Sheet.Line(
        "servers", "aggregators", .fleet, servers, "servers",
        "loads at the peak, not rounded, ÷ (loadsPerServer × (1 − headroom)), rounded up",
        "not in the document"),
      Sheet.Line(
        "cache.nodes", "cache nodes", .fleet, cacheNodes, "servers",
        "cache.storage ÷ (cacheNodeGiB × cacheFill), rounded up", "not in the document"),
      Sheet.Line(
        "fleet", "aggregators and cache nodes", .fleet, servers + cacheNodes, "servers",
        "servers + cache.nodes", "not in the document"),
    ]
  }

  private var ranking: [Sheet.Line] {
    let most = retrievedAuthors * postsPerAuthor
    let usual = min(follows, retrievedAuthors) * postsPerAuthor
    return [
      Sheet.Line(
        "candidates", "candidates of a feed, at most", .ranking,
        reading.pick(most, written: 10_000), "posts",
        reading.formula("retrievedAuthors × postsPerAuthor"), "S1.8, line 518",
        why: "its code takes \(number(postsPerAuthor)) posts of each of up to "
          + "\(number(retrievedAuthors)) authors; at \(number(follows)) follows "
          + "\(number(usual)) posts"),
      Sheet.Line(
        "candidates.usual", "candidates of a feed, of the usual reader", .ranking, usual, "posts",
        "the less of follows and retrievedAuthors, × postsPerAuthor", "S1.20, lines 942–948"),
    ]
  }
}

// MARK: - Bill

extension SystemDesignSheet {
  private var bill: [Sheet.Line] {
    let lines = machineBill + storageBill
    let writes = fanOutWrites * writeUnits * Self.daysPerMonth / 1e6
    return lines + [
      Sheet.Line(
        sum: "real.cost.month", "total", .realCost, lines, source: "the lines above"),
      Sheet.Line(
        "real.cost.month.if_written", "not in the total: feeds written to DynamoDB instead",
        .realCost,
        Sheet.Price(
          quantity: writes, unit: "million", amount: realWritePrice, seedAmount: nil,
          date: "2026-08-21"),
        of: "fan_out.day × fan_out.write_units × 730 ÷ 24",
        source: "AWS Price List DynamoDB, a write an entry"),
    ]
  }

  private var machineBill: [Sheet.Line] {
    let hours = Usage.hoursPerMonth
    return [
      Sheet.Line(
        "real.cost.month.servers", "aggregators", .realCost,
        Sheet.Price(
          quantity: servers, unit: "server-month", amount: realServerHour * hours,
          seedAmount: nil, date: "2026-08-21"),
        of: "servers", source: "realServerHour × 730 h: AWS Price List EC2 Linux"),
      Sheet.Line(
        "real.cost.month.cache", "cache nodes", .realCost,
        Sheet.Price(
          quantity: cacheNodes, unit: "server-month", amount: realCacheHour * hours,
          seedAmount: nil, date: "2026-08-21"),
        of: "cache.nodes", source: "realCacheHour × 730 h: AWS Price List ElastiCache Redis"),
    ]
  }

  private var storageBill: [Sheet.Line] {
    let kept = posts * Self.daysPerMonth * monthsKept / 1e9
    let all = "× 730 ÷ 24 × monthsKept"
    return [
      Sheet.Line(
        "real.cost.month.graph", "social graph", .realCost,
        Sheet.Price(
          quantity: edges * edgeSize / 1e9, unit: "GB-month", amount: realEdgePrice,
          seedAmount: nil, date: "2026-08-21"),
        of: "graph.storage", source: "AWS Price List DynamoDB storage"),
      Sheet.Line(
        "real.cost.month.posts", "posts", .realCost,
        Sheet.Price(
          quantity: kept * postSize, unit: "GB-month", amount: realPostPrice, seedAmount: nil,
          date: "2025-10-28"),
        of: "posts.storage.day \(all)", source: "AWS Price List RDS Aurora storage"),
      Sheet.Line(
        "real.cost.month.media", "media", .realCost,
        Sheet.Price(
          quantity: kept * mediaSize, unit: "GB-month", amount: realMediaPrice, seedAmount: nil,
          date: "2026-08-21"),
        of: "media.storage.day \(all)", source: "AWS Price List S3 Standard"),
    ]
  }
}
