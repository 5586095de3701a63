/// The planner of seed document 0 (S0.18), the scale it claims (S0.2), its storage modes (S0.4),
/// the pull model's latency (S0.5) and the ranking funnel's time (S0.7).
struct CaseStudySheet: SheetModel {
  static let name = "s0"
  static let title = "Capacity and cost of a feed at Instagram's scale (document 0)"
  static let document = "document 0"
  static let populations = ["users", "platformUsers"]
  static let targets = ["cost.month", "fleet", "real.cost.month"]

  var reading = SheetReading()

  var users = 0.0
  var platformUsers = 0.0
  var usersPerShard = 0.0
  var postsPerDay = 0.0
  var follows = 0.0
  var loadsPerDay = 0.0
  var peakFactor = 0.0
  var activeShare = 0.0
  var loadsPerServer = 0.0
  var headroom = 0.0
  var cachePerUser = 0.0
  var timelineUsersPerGiB = 0.0
  var shardPrice = 0.0
  var serverPrice = 0.0
  var cachePrice = 0.0
  var storagePrice = 0.0

  var precomputedPerUser = 0.0
  var hybridPerUser = 0.0
  var onDemandPerUser = 0.0

  var graphTime = 0.0
  var fetchTime = 0.0
  var rankTime = 0.0
  var fillTime = 0.0
  var lightCandidates = 0.0
  var lightTime = 0.0
  var lightBudget = 0.0
  var deepCandidates = 0.0
  var deepTime = 0.0
  var deepBudget = 0.0

  var realShardHour = 0.0
  var instancesPerShard = 0.0
  var realServerHour = 0.0
  var realCacheHour = 0.0
  var cacheNodeGiB = 0.0
  var realStoragePrice = 0.0

  init() {}

  var lines: [Sheet.Line] {
    traffic + fleetLines + storage + latency + ranking + bill + prices + realBill
  }
}

// MARK: - Inputs

extension CaseStudySheet {
  typealias Input = SheetInput<CaseStudySheet>

  static var inputs: [Input] { planner + platform + times + realPrices }

  private static var planner: [Input] {
    [
      Input("users", \.users, .count, "1B", "users", "whom the planner plans for", "line 1028"),
      Input(
        "usersPerShard", \.usersPerShard, .count, "10M", "users/shard", "users of a shard",
        "line 961"),
      Input(
        "postsPerDay", \.postsPerDay, .number, "0.3", "posts/user/day", "posts of a user a day",
        "line 962"),
      Input(
        "follows", \.follows, .number, "200", "follows/user", "authors whom a user follows",
        "line 963"),
      Input(
        "loadsPerDay", \.loadsPerDay, .number, "50", "loads/user/day", "feeds of a user a day",
        "line 964"),
      Input("peakFactor", \.peakFactor, .number, "3", "×", "peak over mean traffic", "line 980"),
      Input(
        "loadsPerServer", \.loadsPerServer, .rate, "1k/s", "loads that a server serves",
        "line 983"),
      Input(
        "headroom", \.headroom, .headroom, "0%", "of a server, left free by the peak",
        "not in the document, which leaves none"),
      Input("activeShare", \.activeShare, .share, "40%", "of the users, active a day", "line 986"),
      Input(
        "cachePerUser", \.cachePerUser, .bytes, "50MiB",
        "cached for an active user; the document has 1024 MB to a GB", "line 987"),
      Input(
        "timelineUsersPerGiB", \.timelineUsersPerGiB, .number, "10k", "users/GiB",
        "users whose timelines take a GiB", "line 989"),
      Input(
        "shardPrice", \.shardPrice, .money, "2000 USD", "USD/shard-month",
        "of a shard a month (RDS)", "line 1006"),
      Input(
        "serverPrice", \.serverPrice, .money, "500 USD", "USD/server-month",
        "of a server a month (EC2 c5.2xlarge)",
        "line 1007"),
      Input(
        "cachePrice", \.cachePrice, .money, "0.05 USD", "USD/GiB-month",
        "of a GiB of cache a month (ElastiCache)",
        "line 1008"),
      Input(
        "storagePrice", \.storagePrice, .money, "0.02 USD", "USD/GiB-month",
        "of a GiB of timelines a month (S3)", "line 1009"),
    ]
  }

  private static var platform: [Input] {
    [
      Input(
        "platformUsers", \.platformUsers, .count, "3B", "users",
        "of the introduction and the storage table", "lines 39 and 97"),
      Input(
        "precomputedPerUser", \.precomputedPerUser, .bytes, "50MB", "of a feed made whole",
        "line 97"),
      Input("hybridPerUser", \.hybridPerUser, .bytes, "5MB", "of a feed's top 100", "line 98"),
      Input("onDemandPerUser", \.onDemandPerUser, .bytes, "1kB", "without a feed", "line 99"),
    ]
  }

  private static var times: [Input] {
    [
      Input("graphTime", \.graphTime, .time, "50ms", "for whom a reader follows", "line 116"),
      Input("fetchTime", \.fetchTime, .time, "20ms", "for the posts of one of them", "line 120"),
      Input("rankTime", \.rankTime, .time, "100ms", "for ranking them", "line 124"),
      Input("fillTime", \.fillTime, .time, "10ms", "for filling the cache", "line 126"),
      Input(
        "lightCandidates", \.lightCandidates, .count, "1k", "posts", "of the light model",
        "line 302"),
      Input("lightTime", \.lightTime, .time, "1ms", "of a post there", "line 388"),
      Input("lightBudget", \.lightBudget, .time, "10ms", "of all of them", "line 307"),
      Input(
        "deepCandidates", \.deepCandidates, .count, "200", "posts", "of the deep model",
        "line 307"),
      Input("deepTime", \.deepTime, .time, "5ms", "of a post there", "line 398"),
      Input("deepBudget", \.deepBudget, .time, "100ms", "of all of them", "line 312"),
    ]
  }

  private static var realPrices: [Input] {
    [
      Input(
        "realShardHour", \.realShardHour, .money, "2.076 USD", "USD/hour",
        "of an hour of db.r6g.4xlarge",
        "coroot cloud-pricing af03ead, 2024-08-09: I/O-Optimized at 2.699, 1.3 times as much; "
          + "document 0 names no instance, document 1 this one"),
      Input(
        "instancesPerShard", \.instancesPerShard, .count, "2", "instances/shard",
        "a primary and its standby (Multi-AZ)", "line 1006"),
      Input(
        "realServerHour", \.realServerHour, .money, "0.34 USD", "USD/hour",
        "of an hour of c5.2xlarge",
        "AWS Price List EC2 Linux, 2026-08-21"),
      Input(
        "realCacheHour", \.realCacheHour, .money, "0.821 USD", "USD/hour",
        "of an hour of cache.r6g.2xlarge",
        "AWS Price List ElastiCache Redis, 2026-08-21"),
      Input(
        "cacheNodeGiB", \.cacheNodeGiB, .number, "52.82", "GiB", "memory of a cache node",
        "AWS Price List ElastiCache Redis, 2026-08-21"),
      Input(
        "realStoragePrice", \.realStoragePrice, .money, "0.023 USD", "USD/GB-month",
        "of a GB a month, S3 Standard", "AWS Price List S3 Standard, 2026-08-21"),
    ]
  }
}

// MARK: - Figures

extension CaseStudySheet {
  private static let secondsPerDay = 86400.0
  private static let gibibyte = 1_073_741_824.0
  /// Of servers in an emergency.
  private static let cap = 1000.0

  var loadsPerSecond: Double { users * loadsPerDay / Self.secondsPerDay }
  var peakLoadsPerSecond: Double { loadsPerSecond * peakFactor }
  var platformLoadsPerSecond: Double { platformUsers * loadsPerDay / Self.secondsPerDay }

  var shards: Double { reading.up(users / usersPerShard) }
  var servers: Double { reading.up(peakLoadsPerSecond / (loadsPerServer * (1 - headroom))) }
  var platformShards: Double { reading.up(platformUsers / usersPerShard) }

  /// GiB, without what the document's code cuts off.
  var cacheWhole: Double { users * activeShare * (cachePerUser / 1_048_576) / 1024 }
  var timelinesWhole: Double { users / timelineUsersPerGiB }
  var cacheStorage: Double { reading.cut(cacheWhole) }
  var timelineStorage: Double {
    reading.pick(timelinesWhole, written: reading.cut(users * 1024 / timelineUsersPerGiB))
  }

  /// Terabytes of the whole platform.
  private func terabytes(_ perUser: Double) -> Double { platformUsers * perUser / 1e12 }

  private var otherTime: Double { graphTime + rankTime + fillTime }
  var pullAtOnce: Double { otherTime + fetchTime }
  var pullInTurn: Double { otherTime + fetchTime * follows }
  var lightInTurn: Double { lightCandidates * lightTime }
  var deepInTurn: Double { deepCandidates * deepTime }

  private func number(_ value: Double) -> String { SheetText.number(value) }

  private var traffic: [Sheet.Line] {
    let platformPeak = platformLoadsPerSecond * peakFactor
    let cut = "the code cuts what it returns to a whole number"
    return [
      Sheet.Line(
        "posts.day", "posts a day", .traffic, reading.cut(users * postsPerDay), "posts/day",
        "users × postsPerDay", "S0.18, line 973", why: cut),
      Sheet.Line(
        "fan_out.day", "fan-out writes a day", .traffic,
        reading.cut(users * postsPerDay * follows), "entries/day",
        "users × postsPerDay × follows", "S0.18, line 976", why: cut),
      Sheet.Line(
        "loads.second", "feed loads", .traffic, loadsPerSecond, "1/s",
        "users × loadsPerDay ÷ 86,400 s", "S0.18, line 979"),
      Sheet.Line(
        "loads.second.peak", "feed loads at the peak", .traffic,
        reading.cut(peakLoadsPerSecond), "1/s", "loads.second × peakFactor", "S0.18, line 980",
        why: cut),
      Sheet.Line(
        "platform.posts.day", "posts a day of the platform", .traffic,
        reading.pick(platformUsers * postsPerDay, written: 1e9), "posts/day",
        reading.formula("platformUsers × postsPerDay"), "S0.2, line 39",
        why: "\(number(postsPerDay)) posts a day of \(number(platformUsers)) users"),
      Sheet.Line(
        "platform.loads.second.peak", "feed loads of the platform at the peak", .traffic,
        reading.pick(platformPeak, written: 50e6), "1/s",
        reading.formula("platformUsers × loadsPerDay ÷ 86,400 s × peakFactor"), "S0.2, line 39",
        why: "its planner gives \(number(loadsPerSecond))/s on average and "
          + "\(number(peakLoadsPerSecond))/s at the peak of \(number(users)) users, and "
          + "\(number(platformPeak))/s at that of \(number(platformUsers))"),
    ]
  }

  private var fleetLines: [Sheet.Line] {
    [
      Sheet.Line(
        "shards", "database shards", .fleet, shards, "shards",
        "users ÷ usersPerShard, rounded up", "S0.18, line 970"),
      Sheet.Line(
        "servers", "API servers", .fleet, servers, "servers",
        "loads at the peak, not cut, ÷ (loadsPerServer × (1 − headroom)), rounded up",
        "S0.18, line 983"),
      Sheet.Line(
        "fleet", "shards and servers", .fleet, shards + servers, "servers", "shards + servers",
        "S0.18"),
      Sheet.Line(
        "platform.shards", "database shards of the platform", .fleet,
        reading.pick(platformShards, written: 3), "shards",
        reading.formula("platformUsers ÷ usersPerShard, rounded up"), "S0.12, line 546",
        why: "the diagram puts 1B users on three shards, 333M on each; at "
          + "\(number(usersPerShard)) a shard \(number(platformUsers)) users take "
          + "\(number(platformShards))"),
      Sheet.Line(
        "emergency.cap", "API servers that an emergency may start, at least", .fleet,
        reading.pick(max(servers, Self.cap), written: Self.cap), "servers",
        reading.formula("servers: the fleet of the ordinary peak; at least what is stated"),
        "S0.21, line 1122",
        why: "its planner buys \(number(servers)) servers for the ordinary peak, of which "
          + "min(3 × \(number(servers)), \(number(Self.cap))) takes some away"),
    ]
  }

  private var storage: [Sheet.Line] {
    let pulled = platformUsers * precomputedPerUser / 1e12
    return [
      Sheet.Line(
        "cache.storage", "feed cache", .storage, cacheStorage, "GiB",
        "users × activeShare × cachePerUser", "S0.18, line 987",
        why: "the code cuts it to a whole number before it is paid for"),
      Sheet.Line(
        "timeline.storage", "timelines", .storage, timelineStorage, "GiB",
        reading.pick(
          "users ÷ timelineUsersPerGiB",
          written: "users × 1024 ÷ timelineUsersPerGiB, which is MiB, called GB"),
        "S0.18, line 990",
        why: "1 GB for each \(number(timelineUsersPerGiB)) users is multiplied by 1024, which "
          + "makes MB of it; they are called GB and paid for as such"),
      Sheet.Line(
        "mode.precomputed", "all feeds made whole", .storage, terabytes(precomputedPerUser), "TB",
        "platformUsers × precomputedPerUser", "S0.4, line 97"),
      Sheet.Line(
        "mode.hybrid", "the top 100 of all feeds", .storage, terabytes(hybridPerUser), "TB",
        "platformUsers × hybridPerUser", "S0.4, line 98"),
      Sheet.Line(
        "mode.on_demand", "no feeds kept", .storage, terabytes(onDemandPerUser), "TB",
        "platformUsers × onDemandPerUser", "S0.4, line 99"),
      Sheet.Line(
        "push.storage", "feeds of active users made whole", .storage,
        reading.pick(pulled * activeShare, written: pulled), "TB",
        reading.pick(
          "platformUsers × activeShare × precomputedPerUser",
          written: "platformUsers × precomputedPerUser"), "S0.5, line 212",
        why: "it says \(number(precomputedPerUser / 1e6)) MB an active user, and counts all users; "
          + "\(number(activeShare * 100)) % of them are active"),
    ]
  }

  private var latency: [Sheet.Line] {
    let rounds = (400 - otherTime) / fetchTime
    return [
      Sheet.Line(
        "pull.at_once", "pull, all authors asked at once", .latency, pullAtOnce, "ms",
        "graphTime + fetchTime + rankTime + fillTime", "S0.5, lines 116–126"),
      Sheet.Line(
        "pull.in_turn", "pull, one author after another", .latency, pullInTurn, "ms",
        "graphTime + follows × fetchTime + rankTime + fillTime", "S0.5, lines 116–126"),
      Sheet.Line(
        "pull", "pull", .latency, reading.pick(pullAtOnce, written: 400), "ms",
        reading.formula("pull.at_once"), "S0.5, line 127",
        why: "its steps take \(number(pullAtOnce)) ms with all authors at once and "
          + "\(number(pullInTurn)) ms in turn"
          + (rounds > 0 ? "; 400 ms would be \(number(rounds)) rounds" : "")),
    ]
  }

  private var ranking: [Sheet.Line] {
    func why(_ posts: Double, _ time: Double, _ total: Double, _ budget: Double) -> String {
      "\(number(posts)) posts of \(number(time)) ms take \(number(total)) ms in turn; "
        + "\(number(budget)) ms take \(number(total / budget)) at a time"
    }
    return [
      Sheet.Line(
        "rank.light", "the light model, in turn", .ranking,
        reading.pick(lightInTurn, written: lightBudget), "ms",
        reading.pick("lightCandidates × lightTime", written: "lightBudget"), "S0.7, line 307",
        why: why(lightCandidates, lightTime, lightInTurn, lightBudget)),
      Sheet.Line(
        "rank.light.parallel", "posts at a time for its budget", .ranking,
        lightInTurn / lightBudget, "×", "lightCandidates × lightTime ÷ lightBudget", "S0.7"),
      Sheet.Line(
        "rank.deep", "the deep model, in turn", .ranking,
        reading.pick(deepInTurn, written: deepBudget), "ms",
        reading.pick("deepCandidates × deepTime", written: "deepBudget"), "S0.7, line 312",
        why: why(deepCandidates, deepTime, deepInTurn, deepBudget)),
      Sheet.Line(
        "rank.deep.parallel", "posts at a time for its budget", .ranking,
        deepInTurn / deepBudget, "×", "deepCandidates × deepTime ÷ deepBudget", "S0.7"),
    ]
  }
}

// MARK: - Bills

extension CaseStudySheet {
  private var bill: [Sheet.Line] {
    func price(_ quantity: Double, _ unit: String, _ amount: Double) -> Sheet.Price {
      Sheet.Price(
        quantity: quantity, unit: unit, amount: amount, seedAmount: amount, date: "undated")
    }
    let lines = [
      Sheet.Line(
        "cost.month.database", "database", .cost, price(shards, "shard-month", shardPrice),
        of: "shards", source: "S0.18, line 1012"),
      Sheet.Line(
        "cost.month.servers", "API servers", .cost, price(servers, "server-month", serverPrice),
        of: "servers", source: "S0.18, line 1013"),
      Sheet.Line(
        "cost.month.cache", "feed cache", .cost, price(cacheStorage, "GiB-month", cachePrice),
        of: "cache.storage", source: "S0.18, line 1014", why: "cache.storage is cut"),
      Sheet.Line(
        "cost.month.storage", "timelines", .cost,
        price(timelineStorage, "GiB-month", storagePrice), of: "timeline.storage",
        source: "S0.18, line 1015", why: "timeline.storage is MB called GB"),
    ]
    let total = Sheet.Line(
      sum: "cost.month", "total", .cost, lines, source: "S0.18, line 1016",
      why: "it is the sum of the lines above")
    return lines + [total]
  }

  private var realCachePrice: Double { realCacheHour * Usage.hoursPerMonth / cacheNodeGiB }

  private var prices: [Sheet.Line] {
    [
      Sheet.Line(
        "cache.price", "managed Redis", .prices,
        reading.pick(realCachePrice, written: cachePrice), "USD/GiB-month",
        reading.pick("realCacheHour × 730 h ÷ cacheNodeGiB", written: "cachePrice"),
        "S0.18, line 1008",
        why: "a node of \(number(cacheNodeGiB)) GiB is $\(number(realCacheHour)) an hour; the bill "
          + "at the document's prices keeps the document's")
    ]
  }

  /// Of the right quantities, also where the document's are shown.
  private var realBill: [Sheet.Line] {
    let hours = Usage.hoursPerMonth
    let lines = [
      Sheet.Line(
        "real.cost.month.database", "database", .realCost,
        Sheet.Price(
          quantity: shards, unit: "shard-month", amount: realShardHour * instancesPerShard * hours,
          seedAmount: shardPrice, date: "2024-08-09"),
        of: "shards",
        source: "realShardHour × instancesPerShard × 730 h: coroot cloud-pricing af03ead"),
      Sheet.Line(
        "real.cost.month.servers", "API servers", .realCost,
        Sheet.Price(
          quantity: servers, unit: "server-month", amount: realServerHour * hours,
          seedAmount: serverPrice, date: "2026-08-21"),
        of: "servers", source: "realServerHour × 730 h: AWS Price List EC2 Linux"),
      Sheet.Line(
        "real.cost.month.cache", "feed cache", .realCost,
        Sheet.Price(
          quantity: cacheWhole, unit: "GiB-month", amount: realCachePrice,
          seedAmount: cachePrice, date: "2026-08-21"),
        of: "cache.storage",
        source: "realCacheHour × 730 h ÷ cacheNodeGiB: AWS Price List ElastiCache Redis"),
      Sheet.Line(
        "real.cost.month.storage", "timelines", .realCost,
        Sheet.Price(
          quantity: timelinesWhole, unit: "GiB-month",
          amount: realStoragePrice * Self.gibibyte / 1e9, seedAmount: storagePrice,
          date: "2026-08-21"),
        of: "timeline.storage", source: "realStoragePrice a GB: AWS Price List S3 Standard"),
    ]
    return lines
      + [
        Sheet.Line(
          sum: "real.cost.month", "total", .realCost, lines, source: "the lines above")
      ]
  }
}
