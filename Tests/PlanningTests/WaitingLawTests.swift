import FeedSystem
import Simulation
import Testing

@testable import Planning

/// Erlang's formulas and the waiting law against exact figures, and its bounds against stations.
@Suite struct WaitingLawTests {
  /// Load, servers, mean and p99 of the waiting time in service times: exact, M/M/c.
  private static let exact: [(load: Double, servers: Double, mean: Double, p99: Double)] = [
    (1.6, 2, 1.777777778, 10.660609), (3.6, 4, 1.969383161, 10.91649958),
    (8, 10, 0.2045900754, 1.855785216), (45, 50, 0.07277289344, 0.7188392725),
  ]

  @Test func ofExponentialTimesIsExact() {
    for row in Self.exact {
      let law = WaitingLaw(load: row.load, servers: row.servers, serviceTime: 1)
      #expect(abs(law.mean / row.mean - 1) < 1e-8)
      #expect(abs(law.quantile(0.99) / row.p99 - 1) < 1e-8)
      #expect(law.kingman >= law.mean)
    }
  }

  @Test func erlangBIsItsRecursion() {
    func recursion(_ load: Double, _ servers: Int) -> Double {
      (1...servers).reduce(1) { load * $0 / (Double($1) + load * $0) }
    }
    let cases = [
      (0.5, 1), (10, 5), (900, 1000), (9900, 10_000), (700, 699), (1e-3, 20),
      // Far more load than servers, where the incomplete gamma function is nothing.
      (5000, 100), (20_000, 15_000), (1500, 3),
    ]
    for (load, servers) in cases {
      let blocked = Erlang.blocked(load: load, servers: Double(servers))
      #expect(abs(blocked / recursion(load, servers) - 1) < 1e-9, "\(load), \(servers)")
      // Between two whole numbers it lies between them.
      let half = Erlang.blocked(load: load, servers: Double(servers) - 0.5)
      #expect(half > blocked && half < Erlang.blocked(load: load, servers: Double(servers) - 1))
    }
    #expect(Erlang.blocked(load: 0, servers: 3) == 0 && Erlang.blocked(load: 2, servers: 0) == 1)
    #expect(Erlang.delayed(load: 3, servers: 3) == 1)
    #expect(abs(Erlang.delayed(load: 0.7, servers: 1) - 0.7) < 1e-12)
  }

  @Test func boundsHoldSimulatedQuantiles() {
    let services: [Distribution] = [
      .constant(0.01), .gamma(mean: 0.01, cv: 0.5), .exponential(mean: 0.01),
      .lognormal(mean: 0.01, cv: 1.5), .hyperexponential(mean: 0.01, cv: 2),
    ]
    for service in services {
      for (servers, load) in [(1, 0.8), (4, 0.9), (20, 0.8)] {
        let waits = Self.waits(service, servers, load, jobs: 30_000)
        let law = WaitingLaw(
          load: load * Double(servers), servers: Double(servers), serviceTime: 0.01,
          serviceVariation: service.cv * service.cv)
        for quantile in [0.5, 0.95, 0.99] {
          let simulated = waits[Int(quantile * Double(waits.count))]
          #expect(law.optimistic.quantile(quantile) <= simulated + 1e-6)
          #expect(law.pessimistic.quantile(quantile) >= simulated - 1e-6)
        }
        let mean = waits.reduce(0, +) / Double(waits.count)
        #expect(abs(law.mean / mean - 1) < 0.5, "\(service) \(servers): \(law.mean) \(mean)")
        #expect(law.kingman > mean)
      }
    }
  }

  /// Rising; after the first tenth.
  private static func waits(
    _ service: Distribution, _ servers: Int, _ load: Double, jobs: Int
  ) -> [Double] {
    var station = Station(servers: servers)
    var stream = RandomStream(seed: 3, purpose: UInt64(servers))
    let gap = Distribution.exponential(mean: service.mean / (load * Double(servers)))
    var at = Instant.start
    var waits: [Double] = []
    for _ in 0..<jobs {
      at = at + gap.sample(&stream)
      let answer = station.arrive(at: at, service: service.sample(&stream))
      waits.append((answer.begin - at).seconds)
    }
    return waits.dropFirst(jobs / 10).sorted()
  }

  @Test func burstsWaitAtLeastAsLong() {
    var law = WaitingLaw(load: 8, servers: 10, serviceTime: 1)
    let plain = law
    law.arrivalVariation = 9
    #expect(law.delayed > plain.delayed && law.mean > plain.mean)
    law.arrivalVariation = 1
    #expect(law == plain)
  }
}

/// The servers, and the traffic, between which the exact answer of M/M/c lies.
@Suite struct FleetBracketTests {
  private func demand(_ load: Double, servers: Int = 10) -> TierDemand {
    TierDemand(
      tier: .ranking, servers: servers, arrivalRate: load / 0.02, serviceTime: 0.02,
      serviceVariation: 1)
  }

  @Test func holdsTheCheapestNumberOfServers() {
    for load in [0.3, 2.5, 17, 240, 4100] {
      for limit in [0.001, 0.02, 0.3] {
        for quantile in [0.5, 0.95, 0.99] {
          let law = { (count: Int) in
            WaitingLaw(load: load, servers: Double(count), serviceTime: 0.02)
          }
          var cheapest = Int(load) + 1
          while law(cheapest).quantile(quantile) > limit { cheapest += 1 }
          let bracket = FleetBracket.servers(
            for: demand(load), waiting: limit, quantile: quantile)
          let place = "\(load) \(limit) \(quantile): \(bracket) \(cheapest)"
          #expect(bracket.contains(cheapest), "\(place)")
          // It is worth something: no more than a few servers, or a third of them.
          #expect(Double(bracket.count) < 6 + load / 3)
        }
      }
    }
  }

  @Test func asksForMoreWhereMoreIsAsked() {
    var before = 0...0
    for load in stride(from: 0.5, to: 40, by: 0.5) {
      let bracket = FleetBracket.servers(for: demand(load), waiting: 0.01, quantile: 0.99)
      #expect(bracket.lowerBound >= before.lowerBound && bracket.upperBound >= before.upperBound)
      let stricter = FleetBracket.servers(for: demand(load), waiting: 0.002, quantile: 0.99)
      #expect(stricter.upperBound >= bracket.upperBound)
      before = bracket
    }
    var sharded = demand(10)
    sharded.stations = 8
    let bracket = FleetBracket.servers(for: sharded, waiting: 0.01, quantile: 0.99)
    #expect(bracket.lowerBound % 8 == 0 && bracket.upperBound % 8 == 0)
    #expect(bracket.lowerBound >= 16)
    let saturated = FleetBracket.servers(for: demand(7.2), waiting: .infinity, quantile: 0.99)
    #expect(saturated == 8...8)
  }

  @Test func theLowerEndIsBelowTheCapacity() throws {
    for servers in [1, 6, 50] {
      for limit in [0.005, 0.05, 0.5] {
        let base = demand(0.3 * Double(servers), servers: servers)
        let exact = try #require(
          root(from: 0.01, to: 3.3333) { factor in
            WaitingLaw(
              load: base.offeredLoad * factor, servers: Double(servers), serviceTime: 0.02
            ).signedQuantile(0.99) - limit
          })
        func low(_ demands: [TierDemand]) -> Double {
          FleetBracket.highest(below: 1 / demands[0].utilisation) { factor in
            FleetBracket.waiting(demands.map { $0.scaled(by: factor) }, 0.99) - limit
          }
        }
        let factor = low([base])
        #expect(factor <= exact && factor > 0, "\(servers) \(limit): \(factor) \(exact)")
        // Twice the traffic, half the factor.
        #expect(abs(2 * low([base.scaled(by: 2)]) / factor - 1) < 1e-3)
        // A second tier takes nothing away from the first one's waits.
        #expect(low([base, base]) <= factor * (1 + 1e-9))
      }
    }
  }
}
