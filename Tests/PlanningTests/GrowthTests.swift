import FeedSystem
import Simulation
import Testing

@testable import Planning

/// When a fleet breaks, and what it is made of month by month.
@Suite struct GrowthTests {
  private func demand(_ load: Double, servers: Int) -> TierDemand {
    TierDemand(
      tier: .ranking, servers: servers, arrivalRate: load / 0.02, serviceTime: 0.02,
      serviceVariation: 1)
  }

  @Test func tellsTheMonthThatTheFleetBreaks() throws {
    let capacity = power(1.05, 14)...power(1.05, 15)
    let growth = Growth(of: capacity, monthly: 0.05, months: 24, demands: [])
    let breaks = try #require(growth.breaks)
    #expect(abs(breaks.lowerBound - 14) < 1e-9 && abs(breaks.upperBound - 15) < 1e-9)
    #expect(growth.lines.count == 25 && growth.lines[0].factor == 1)
    #expect(abs(growth.lines[24].factor / power(1.05, 24) - 1) < 1e-12)
    // What does not take today's traffic breaks today.
    #expect(Growth(of: 0.5...0.9, monthly: 0.05, months: 1, demands: []).breaks == 0...0)
    #expect(Growth(of: capacity, monthly: 0, months: 3, demands: []).breaks == nil)
    #expect(Growth(of: nil, monthly: 0.05, months: 3, demands: []).breaks == nil)
  }

  @Test func aThousandTimesInThreeYears() {
    // 21.15 % a month: a start-up's 100,000 users are 100 million after 36 months.
    let growth = Growth(of: nil, monthly: 0.2115, months: 36, demands: [])
    #expect(abs(growth.lines[36].factor / 1000 - 1) < 0.003)
  }

  @Test func serversFollowMoreSlowlyThanTraffic() {
    let growth = Growth(
      of: nil, monthly: 0.2, months: 30,
      demands: [demand(6, servers: 10), demand(0.001, servers: 1)])
    let counts = growth.lines.map { $0.servers[0].count }
    #expect(counts[0] == 10, "today's fleet is enough today")
    #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 })
    for line in growth.lines {
      #expect(Double(line.servers[0].count) > 6 * line.factor, "never saturated")
      #expect(Double(line.servers[0].count) <= 10 * line.factor + 1, "large fleets spare less")
    }
    #expect(growth.lines[5].servers[1].count == 1, "what has room to spare stays")
  }

  /// A fleet that lasts seven months buys no server in the third, nor all at once in the eighth.
  @Test func noServerIsBoughtBeforeTheFleetBreaks() throws {
    let today = demand(3.5, servers: 16)
    let capacity = 3.89...4.05
    // Twice the wait of next to nothing is no reason to buy, nor is it on sixteen shards.
    var sharded = today
    sharded.stations = 16
    let growth = Growth(
      of: capacity, monthly: 0.2, months: 24,
      demands: [today, sharded, demand(0.05, servers: 1)])
    let breaks = try #require(growth.breaks)
    for line in growth.lines {
      let count = line.servers[0].count
      let counts = line.servers.map(\.count)
      if Double(line.month) <= breaks.lowerBound { #expect(counts == [16, 16, 1], "\(line)") }
      #expect(counts[1].isMultiple(of: 16))
      #expect(Double(count) <= max(16, (16 * line.factor / capacity.lowerBound).rounded(.up)))
      #expect(Double(count) > 3.5 * line.factor)
    }
    #expect(growth.lines[9].servers[0].count > 16, "after 9 months 5.2 times the load")
    // Where no end was found, what was seen to hold counts.
    let open = Growth(of: nil, monthly: 0.2, months: 9, demands: [today], holds: 3)
    #expect(open.lines[6].servers[0].count == 16 && open.lines[9].servers[0].count > 16)
    // A line that the window's end saves from saturation goes with the load.
    let full = Growth(of: 5...5.1, monthly: 0.2, months: 12, demands: [demand(3.5, servers: 16)])
    #expect(full.lines[8].servers[0].count == 16)
    #expect(full.lines[12].servers[0].count == Int((16 * full.lines[12].factor / 5).rounded(.up)))
  }

  private let prices = PriceSheet(
    name: "test", region: "here", date: "2026-08",
    items: [
      .init(name: "box", price: 1, per: .hour, source: "s", date: "2026-08"),
      .init(name: "egress", price: 0.09, per: .gigabyte, source: "s", date: "2026-08"),
    ])

  private func growth(_ name: String, boxes: Int, pages: Double) -> Growth {
    var settings = TierSettings.standard(.ranking)
    settings.instance = "box"
    settings.serversPerInstance = 1
    var usage = Usage(
      tiers: [.ranking: settings], fleet: Fleet { $0 == .ranking ? boxes : 0 })
    usage.loadsPerMonth = pages
    usage.pageBytes = 1e6
    return Growth(
      of: nil, monthly: 1, months: 6, design: name, demands: [], usage: usage, prices: prices)
  }

  @Test func everyMonthHasItsBill() throws {
    let growth = growth("a", boxes: 2, pages: 1e6)
    // Two machines for 730 hours, and 1,000 GB of pages that double every month.
    for line in growth.lines {
      let cost = try #require(line.cost)
      #expect(abs(cost - (1460 + 90 * line.factor)) < 1e-6)
    }
  }

  @Test func whatIsCheapTodayMayNotBeTomorrow() {
    let small = growth("small", boxes: 1, pages: 1e6)
    let large = growth("large", boxes: 3, pages: 1e5)
    // 730 + 90 f against 2190 + 9 f: they meet at 18.02, above 2^4.
    let found = Growth.cheapest(among: [small, large])
    #expect(found.map(\.month) == [0, 5] && found.map(\.design) == ["small", "large"])
  }
}
