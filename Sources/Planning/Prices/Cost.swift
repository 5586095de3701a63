import FeedSystem
import Settings

/// What a design uses in a month: what its bill is made of.
public struct Usage: Sendable {
  /// Hours of a month, as cloud providers count it: a twelfth of 8760.
  public static let hoursPerMonth = 730.0
  public static let secondsPerMonth = hoursPerMonth * 3600

  public var tiers: [TierName: TierSettings]
  public var fleet: Fleet
  /// Bytes of all materialised timelines, kept in memory.
  public var timelineBytes = 0.0
  /// Bytes of the feed cache, kept in memory.
  public var feedCacheBytes = 0.0
  /// Bytes of all associations, and of the posts on leaves, kept in memory.
  public var objectBytes = 0.0
  public var leafBytes = 0.0
  /// Bytes of what levels of caches hold, by level; the last of them on flash.
  public var levelBytes = [Double](repeating: 0, count: CacheLevel.allCases.count)
  /// Bytes of the objects that follower clusters and the leader hold.
  public var followerCacheBytes = 0.0
  public var leaderCacheBytes = 0.0
  public var postsPerMonth = 0.0
  /// Bytes of one post without its media, and of its media.
  public var postBytes = 0.0
  public var mediaBytesPerPost = 0.0
  /// Shards and replicas that keep a post.
  public var postCopies = 1.0
  public var loadsPerMonth = 0.0
  /// Bytes of one page of posts without their media.
  public var pageBytes = 0.0
  /// Bytes of media shown to readers in a month.
  public var mediaEgressBytes = 0.0
  /// Entries that fan-out writes into timelines in a month.
  public var entriesWrittenPerMonth = 0.0
  public var entryBytes = 0.0
  /// Fan-out jobs and other messages on the event bus in a month.
  public var busMessagesPerMonth = 0.0
  /// Bytes of live updates sent to clients in a month, and push notifications.
  public var liveBytesPerMonth = 0.0
  public var notificationsPerMonth = 0.0
  /// Nil without edges; in how many regions they are, and what the origin sends them in a month.
  public var edge: EdgeSettings?
  public var edgeRegions = 0
  public var edgeFillBytesPerMonth = 0.0
  /// Of a billion users those of each region that has servers of its own, and which of these takes
  /// the writes; none of one place.
  public var regionUsers: [Int] = []
  public var primaryRegion = 0
  /// Reviewers on duty, the mean of a day.
  public var reviewers = 0.0
  /// Of tiers whose servers come and go, how many there are on average; they are billed by the
  /// hour.
  public var scaled: [TierName: ScaledUse] = [:]
  /// At the ordinary peak; where it is 0, the month's mean stands in.
  public var busMessagesPerSecondAtPeak = 0.0

  /// How machines are paid for whose tier does not say.
  public var purchase = PurchaseOption.onDemand

  public init(tiers: [TierName: TierSettings], fleet: Fleet) {
    self.tiers = tiers
    self.fleet = fleet
  }

  /// The month's bill: see `Cost.lines`.
  func bill(_ prices: PriceSheet) -> [CostLine] { Cost.lines(for: self, at: prices) }

  /// Bytes that services send each other in a month: posts stored, entries written, pages read.
  var bytesBetweenServices: Double {
    postsPerMonth * postBytes * postCopies + entriesWrittenPerMonth * entryBytes + loadsPerMonth
      * pageBytes
  }

  /// Places that keep a copy of whatever is sharded.
  var places: Int { max(1, regionUsers.count) }

  /// Bytes that the region which takes the writes sends the others in a month: posts stored, and
  /// entries of those who live there.
  var bytesBetweenRegions: Double {
    let total = regionUsers.reduce(0, +)
    guard places > 1, total > 0 else { return 0 }
    let away = 1 - Double(regionUsers[primaryRegion]) / Double(total)
    return postsPerMonth * postBytes * Double(places - 1)
      + entriesWrittenPerMonth * entryBytes * away
  }
}

/// The monthly bill: a pure function of what is used and what it costs.
public enum Cost {
  /// Share of a node's memory that data may fill; the rest is for copies and fragmentation.
  public static let memoryFill = 0.75
  /// With three zones and services spread evenly, two of three messages leave their zone.
  public static let crossZoneShare = 2.0 / 3.0

  /// Every line that a bill may have, as in `cost.month.<line>`.
  public static let lineNames =
    TierName.allCases.map { "compute.\($0.metric)" } + [
      "post_storage", "media_storage", "egress", "media_egress", "zone_transfer",
      "region_transfer", "event_bus", "event_bus_shards", "live_egress", "notifications",
    ] + edgeLineNames + moderationLineNames

  /// What a month may need, in the order of `lineNames`.
  public static func demands(for usage: Usage) -> [Demand] {
    TierName.allCases.map { computeDemand($0, usage) } + volumeDemands(usage)
      + liveDemands(usage) + edgeDemands(usage) + moderationDemands(usage)
  }

  /// The lines of a bill. A line that the sheet has no price for is there with its quantity and
  /// without a price; a line of which nothing is used is left out.
  public static func lines(for usage: Usage, at prices: PriceSheet) -> [CostLine] {
    lines(for: demands(for: usage), at: prices)
  }

  /// The same of demands that are known: of another sheet's bill, or of a result document's.
  public static func lines(for demands: [Demand], at prices: PriceSheet) -> [CostLine] {
    demands.map { $0.priced(by: prices) }.filter { $0.quantity > 0 }
  }

  /// A month, in the sheet's currency: the sum of the lines that have a price.
  public static func month(_ lines: [CostLine]) -> Double {
    lines.reduce(0) { $0 + ($1.monthly ?? 0) }
  }

  /// One note for each line without a price: a bill that leaves something out says so.
  public static func notes(on lines: [CostLine]) -> [String] {
    lines.filter { $0.unitPrice == nil }.map { line in
      "not priced: \(line.name), \(line.detail) (\(line.source))"
    }
  }

  private static func computeDemand(_ tier: TierName, _ usage: Usage) -> Demand {
    let settings = usage.tiers[tier] ?? TierSettings.standard(tier)
    let servers = usage.fleet[tier]
    let each = max(1, settings.serversPerInstance)
    let groups = groups(of: servers, of: tier, inRegionsOf: usage.regionUsers)
    var machines = Double(Self.machines(for: groups, at: each))
    var reason = "for \(servers) \(servers == 1 ? "server" : "servers") at \(each) each"
    if groups.count > 1 {
      reason += ", in \(tier.isSharded ? "each of " : "")\(groups.count) regions"
    }
    if let scaled = usage.scaled[tier] {
      machines = (scaled.machines * 100).rounded() / 100
      reason =
        "for \(NumberText.amount((scaled.servers * 100).rounded() / 100)) servers on "
        + "average at \(each) each"
    }
    return Demand(
      line: "compute.\(tier.metric)", item: settings.instance,
      amount: .machines(
        machines, holding: memory(of: tier, usage), tier == .l3Cache ? .flash : .memory),
      reason: reason, purchase: settings.purchase ?? usage.purchase)
  }

  /// Servers that share machines: where regions have servers of their own, those of each, and
  /// whatever is sharded in every one of them.
  ///
  /// - Parameter users: of each region; none of one place.
  static func groups(
    of servers: Int, of tier: TierName, inRegionsOf users: [Int]
  ) -> [Int] {
    if users.count > 1, tier.isSharded { return users.map { _ in servers } }
    guard users.count > 1, servers >= users.count else { return [servers] }
    return users.indices.map { Region.servers(of: $0, among: servers, users: users).count }
      .filter { $0 > 0 }
  }

  static func machines(for groups: [Int], at each: Int) -> Int {
    groups.reduce(0) { $0 + ($1 + each - 1) / each }
  }

  /// Bytes that a tier holds in memory; nil for a tier whose size the work alone decides.
  private static func memory(of tier: TierName, _ usage: Usage) -> Double? {
    switch tier {
    case .feedCache: usage.feedCacheBytes
    case .timelineStore: usage.timelineBytes
    case .objectStore: usage.objectBytes
    case .leafServers: usage.leafBytes
    case .l1Cache: usage.levelBytes[CacheLevel.l1.rawValue]
    case .l2Cache: usage.levelBytes[CacheLevel.l2.rawValue]
    case .l3Cache: usage.levelBytes[CacheLevel.l3.rawValue]
    case .followerCache: usage.followerCacheBytes
    case .leaderCache: usage.leaderCacheBytes
    case .gateway, .postStore, .ranking, .fanOutWorkers, .liveGateway, .notifier, .origin,
      .featureStore, .hashMatch, .moderationModel, .mediaScan, .privacyFilter:
      nil
    }
  }

  private static func volumeDemands(_ usage: Usage) -> [Demand] {
    let posts = usage.postsPerMonth
    let pages = usage.loadsPerMonth * usage.pageBytes
    let crossing = usage.bytesBetweenServices * crossZoneShare
    let messages = usage.busMessagesPerMonth
    let peak = max(usage.busMessagesPerSecondAtPeak, messages / Usage.secondsPerMonth)
    let growth = "what one month adds, kept for a month"
    let kept = usage.postCopies * Double(usage.places)
    let copies = kept == 1 ? "" : " × \(NumberText.amount(kept)) copies"
    let posted = NumberText.amount(posts)
    return [
      volume(
        "post_storage", posts * usage.postBytes * kept / 1e9, .gigabyteMonth,
        "\(posted) posts × \(NumberText.bytes(usage.postBytes))\(copies), \(growth)",
        "post-storage"),
      volume(
        "media_storage", posts * usage.mediaBytesPerPost / 1e9, .gigabyteMonth,
        "\(posted) posts × \(NumberText.bytes(usage.mediaBytesPerPost)), \(growth)",
        "media-storage"),
      volume(
        "egress", pages / 1e9, .gigabyte,
        "\(NumberText.amount(usage.loadsPerMonth)) pages × \(NumberText.bytes(usage.pageBytes))",
        "egress"),
      volume(
        "media_egress", usage.mediaEgressBytes / 1e9, .gigabyte,
        "\(NumberText.bytes(usage.mediaEgressBytes)) of media shown", "media-egress"),
      volume(
        "zone_transfer", crossing * 2 / 1e9, .gigabyte,
        "two thirds of \(NumberText.bytes(usage.bytesBetweenServices)) between services, "
          + "billed out and in", "zone-transfer"),
      volume(
        "region_transfer", usage.bytesBetweenRegions / 1e9, .gigabyte,
        "\(NumberText.bytes(usage.bytesBetweenRegions)) of posts and entries to other regions",
        "region-transfer"),
      volume(
        "event_bus", messages / 1e6, .million, "\(NumberText.amount(messages)) messages",
        "bus-messages"),
      Demand(
        line: "event_bus_shards", item: "bus-shards", amount: .messages(perSecond: peak),
        reason: "for \(NumberText.amount(peak)) messages/s"),
    ]
  }

  private static func liveDemands(_ usage: Usage) -> [Demand] {
    let (bytes, notifications) = (usage.liveBytesPerMonth, usage.notificationsPerMonth)
    return [
      volume(
        "live_egress", bytes / 1e9, .gigabyte, "\(NumberText.bytes(bytes)) of live updates",
        "egress"),
      volume(
        "notifications", notifications / 1e6, .million,
        "\(NumberText.amount(notifications)) push notifications", "push-notifications"),
    ]
  }

  /// So many of a unit of an item.
  static func volume(
    _ line: String, _ quantity: Double, _ unit: PriceSheet.Per, _ reason: String, _ item: String
  ) -> Demand {
    Demand(line: line, item: item, amount: .volume(quantity, unit), reason: reason)
  }
}
