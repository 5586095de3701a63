import FeedSystem
import Planning
import Testing

@Suite struct CostTests {
  private static let prices = PriceSheet(
    name: "test", region: "nowhere", date: "2026-08-21",
    items: [
      .init(name: "c5.2xlarge", price: 0.34, per: .hour, source: "list", date: "2026-08-21"),
      .init(name: "c5.4xlarge", price: 0.68, per: .hour, source: "list", date: "2026-08-21"),
      .init(name: "db.r5.4xlarge", price: 2, per: .hour, source: "list", date: "2026-08-21"),
      .init(
        name: "cache.r6g.2xlarge", price: 0.821, per: .hour, source: "list",
        date: "2026-08-21", memoryGiB: 52.82),
      .init(name: "post-storage", price: 0.1, per: .gigabyteMonth, source: "list", date: "2026"),
      .init(name: "media-storage", price: 0.023, per: .gibibyteMonth, source: "list", date: "2026"),
      .init(name: "egress", price: 0.09, per: .gigabyte, source: "list", date: "2026"),
      .init(name: "zone-transfer", price: 0.01, per: .gigabyte, source: "list", date: "2026"),
      .init(name: "bus-messages", price: 0.014, per: .million, source: "list", date: "2026"),
      .init(
        name: "bus-shards", price: 0.02, per: .hour, source: "list", date: "2026",
        messagesPerSecond: 1000),
    ])

  private func usage(
    _ servers: [TierName: Int] = [:], _ change: (inout Usage) -> Void = { _ in }
  ) -> Usage {
    let tiers = Dictionary(
      uniqueKeysWithValues: TierName.allCases.map { ($0, TierSettings.standard($0)) })
    var usage = Usage(tiers: tiers, fleet: Fleet { servers[$0] ?? 0 })
    change(&usage)
    return usage
  }

  private func line(_ name: String, _ usage: Usage) throws -> CostLine {
    try #require(Cost.lines(for: usage, at: Self.prices).first { $0.name == name })
  }

  private func isClose(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) <= 1e-9 * expected } ?? false
  }

  /// 24 servers at 8 on an instance are 3 instances: 3 × 730 h × $0.34 = $744.60.
  @Test func serversAreBilledAsWholeInstances() throws {
    let three = try line("compute.gateway", usage([.gateway: 24]))
    #expect(three.quantity == 2190)
    #expect(three.unit == "hour")
    #expect(three.unitPrice == 0.34)
    #expect(isClose(three.monthly, 744.6))
    #expect(three.detail == "3 × c5.2xlarge for 24 servers at 8 each")
    #expect(three.source == "list, 2026-08-21")
    #expect(try line("compute.gateway", usage([.gateway: 25])).quantity == 4 * 730)
    #expect(try line("compute.gateway", usage([.gateway: 1])).quantity == 730)
  }

  /// 16 B × 500 entries × 1B users at 75 % of 52.82 GiB: 8·10^12 B ÷ 42,537,… = 188.07, so 189.
  @Test func memoryDecidesWhereItNeedsMoreNodesThanTheWork() throws {
    let big = usage([.timelineStore: 40]) { $0.timelineBytes = 16.0 * 500 * 1e9 }
    let nodes = try line("compute.timeline_store", big)
    #expect(nodes.quantity == 189 * 730)
    #expect(nodes.detail == "189 × cache.r6g.2xlarge for 8 TB at 75 % of 52.82 GiB")
    #expect(isClose(nodes.monthly, 189 * 730 * 0.821))
    let small = usage([.timelineStore: 40]) { $0.timelineBytes = 1e9 }
    #expect(try line("compute.timeline_store", small).quantity == 10 * 730)
    // Exactly two full nodes are two, one byte more is three.
    let full = 2 * 52.82 * 1_073_741_824 * 0.75
    let cache = usage([.feedCache: 1]) { $0.feedCacheBytes = full }
    #expect(try line("compute.feed_cache", cache).quantity == 2 * 730)
    let over = usage([.feedCache: 1]) { $0.feedCacheBytes = full + 1 }
    #expect(try line("compute.feed_cache", over).quantity == 3 * 730)
  }

  @Test func volumesAreBilledByTheirUnits() throws {
    let usage = usage {
      $0.postsPerMonth = 2e6
      $0.postBytes = 2000
      $0.mediaBytesPerPost = 500_000
      $0.loadsPerMonth = 50e6
      $0.pageBytes = 40_000
      $0.entriesWrittenPerMonth = 1e9
      $0.entryBytes = 16
      $0.busMessagesPerMonth = 5e9
    }
    // 2M × 2 kB = 4 GB; 2M × 500 kB = 10^12 B = 931.32 GiB; 50M × 40 kB = 2000 GB.
    #expect(isClose(try line("post_storage", usage).monthly, 0.4))
    let media = try line("media_storage", usage)
    #expect(media.unit == "GiB-month")
    #expect(isClose(media.monthly, 1e12 / 1_073_741_824 * 0.023))
    #expect(isClose(try line("egress", usage).monthly, 180))
    // 4 + 16 + 2000 GB between services, two thirds cross a zone, billed on both sides.
    #expect(isClose(try line("zone_transfer", usage).monthly, 2020 * 2 / 3 * 2 * 0.01))
    #expect(isClose(try line("event_bus", usage).monthly, 70))
    // 5·10^9 ÷ 2,628,000 s = 1902.6 a second: two shards.
    #expect(isClose(try line("event_bus_shards", usage).monthly, 2 * 730 * 0.02))
  }

  @Test func thePeakDecidesTheShards() throws {
    let usage = usage {
      $0.busMessagesPerMonth = 1e6
      $0.busMessagesPerSecondAtPeak = 3000.5
    }
    #expect(try line("event_bus_shards", usage).quantity == 4 * 730)
  }

  @Test func whatHasNoPriceIsListedAndNotCounted() throws {
    let usage = usage([.gateway: 8]) { $0.mediaEgressBytes = 7e12 }
    let lines = Cost.lines(for: usage, at: Self.prices)
    #expect(lines.map(\.name) == ["compute.gateway", "media_egress"])
    #expect(lines[1].quantity == 7000)
    #expect(lines[1].monthly == nil)
    #expect(isClose(Cost.month(lines), 730 * 0.34))
    #expect(
      Cost.notes(on: lines) == [
        "not priced: media_egress, 7 TB of media shown (no \"media-egress\" in test)"
      ])
  }

  @Test func aMisspeltInstanceIsNotPricedAndSaysSo() throws {
    var usage = usage([.gateway: 8])
    usage.tiers[.gateway]?.instance = "c5.2xlrge"
    let gateway = try line("compute.gateway", usage)
    #expect(gateway.unitPrice == nil)
    #expect(gateway.source == "no \"c5.2xlrge\" in test; did you mean \"c5.2xlarge\"?")
  }

  @Test func anItemInAnotherUnitIsNotPriced() throws {
    var prices = Self.prices
    let index = try #require(prices.items.firstIndex { $0.name == "egress" })
    prices.items[index].per = .hour
    let usage = usage {
      $0.loadsPerMonth = 1
      $0.pageBytes = 1
    }
    let egress = try #require(
      Cost.lines(for: usage, at: prices).first { $0.name == "egress" })
    #expect(egress.monthly == nil)
    #expect(egress.source == "\"egress\" is priced per hour, not per GB, in test")
  }

  @Test func theTotalIsTheSumAndEveryLineHasAMetric() {
    let usage = usage(Dictionary(uniqueKeysWithValues: TierName.allCases.map { ($0, 10) })) {
      $0.postsPerMonth = 1e6
      $0.postBytes = 2000
      $0.mediaBytesPerPost = 500_000
      $0.loadsPerMonth = 1e6
      $0.pageBytes = 40_000
      $0.mediaEgressBytes = 1
      $0.busMessagesPerMonth = 1e6
      $0.liveBytesPerMonth = 1e9
      $0.notificationsPerMonth = 1e6
      $0.regionUsers = [3, 1]
      $0.edge = EdgeSettings()
      $0.edgeRegions = 4
      $0.edgeFillBytesPerMonth = 1e9
      $0.reviewers = 2
    }
    let lines = Cost.lines(for: usage, at: Self.prices)
    #expect(lines.map(\.name) == Cost.lineNames)
    #expect(Cost.month(lines) == lines.compactMap(\.monthly).reduce(0, +))
    for line in lines {
      #expect(MetricNames.entry("cost.month.\(line.name)")?.unit == .dollars)
    }
  }

  /// Three regions of which one has half of the users: 9 servers are 5, 2 and 2, at 2 on a machine
  /// 3, 1 and 1; whatever is sharded is in all three, and so is a post.
  @Test func regionsHaveMachinesOfTheirOwn() throws {
    var usage = usage([.gateway: 9, .timelineStore: 2, .postStore: 3]) {
      $0.postsPerMonth = 1e9
      $0.postBytes = 1000
      $0.entriesWrittenPerMonth = 4e9
      $0.entryBytes = 100
    }
    for tier in [TierName.gateway, .timelineStore, .postStore] {
      usage.tiers[tier]?.serversPerInstance = 2
    }
    #expect(try line("compute.gateway", usage).quantity == 5 * 730)
    #expect(isClose(try line("post_storage", usage).monthly, 100))
    #expect(!Cost.lines(for: usage, at: Self.prices).contains { $0.name == "region_transfer" })
    usage.regionUsers = [500, 250, 250]
    usage.primaryRegion = 1
    let gateway = try line("compute.gateway", usage)
    #expect(gateway.quantity == 5 * 730)
    #expect(gateway.detail == "5 × c5.2xlarge for 9 servers at 2 each, in 3 regions")
    // Fewer than there are regions stand in none of them.
    #expect(try line("compute.timeline_store", usage).quantity == 730)
    let store = try line("compute.post_store", usage)
    #expect(store.quantity == 6 * 730)
    #expect(store.detail == "6 × db.r5.4xlarge for 3 servers at 2 each, in each of 3 regions")
    #expect(isClose(try line("post_storage", usage).monthly, 300))
    // Posts go to two others, 2 × 1 TB, and three quarters of the entries, 0.3 TB.
    let transfer = try line("region_transfer", usage)
    #expect(isClose(transfer.quantity, 2300) && transfer.monthly == nil)
    usage.fleet = Fleet { $0 == .gateway ? 8 : 0 }
    #expect(try line("compute.gateway", usage).quantity == 4 * 730)
    usage.fleet = Fleet { $0 == .gateway ? 4 : 0 }
    #expect(try line("compute.gateway", usage).quantity == 3 * 730)
    // A region of few users has none of its own.
    usage.regionUsers = [500, 450, 50]
    #expect(
      try line("compute.gateway", usage).detail
        == "2 × c5.2xlarge for 4 servers at 2 each, in 2 regions")
  }
}
