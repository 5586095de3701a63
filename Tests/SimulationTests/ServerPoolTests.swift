import CGSL
import Simulation
import Testing

@Suite struct ServerPoolTests {
  /// Waits are those of `Tier`, to the nanosecond.
  @Test func sharedLineIsTier() {
    var run = PoolRun(servers: 5, SharedLine(), utilisation: 0.9)
    run.keepsWaits = true
    run.run(served: 20_000)
    #expect(run.waits.sorted() == tierWaits(servers: 5, utilisation: 0.9, count: 20_000).sorted())
    #expect(run.waits.contains { $0 > 0 })
  }

  private func tierWaits(servers: Int, utilisation: Double, count: Int) -> [Int64] {
    enum Event: BitwiseCopyable {
      case arrives, begins
      case served(Int64)
    }
    var tier = Tier<Int64>(servers: servers)
    var calendar = Calendar<Event>()
    var stream = RandomStream(seed: 11, purpose: 1)
    var services = RandomStream(seed: 11, purpose: 2)
    let gap = Distribution.exponential(mean: 1 / (utilisation * Double(servers)))
    var waits: [Int64] = []
    calendar.schedule(.arrives, at: Instant.start + gap.sample(&stream))
    while waits.count < count, let event = calendar.next(notAfter: .never) {
      let now = calendar.now
      switch event {
      case .arrives:
        let service = Distribution.exponential(mean: 1).sample(&services)
        if case .begins(let end) = tier.arrive(0, service: service, at: now) {
          calendar.schedule(.served(0), at: end)
        }
        calendar.schedule(.arrives, at: now + gap.sample(&stream))
      case .begins:
        while let begun = tier.begin(at: now) {
          calendar.schedule(.served(begun.waited.nanoseconds), at: begun.end)
        }
      case .served(let waited): waits.append(waited)
      }
      if let time = tier.nextBegin() { calendar.schedule(.begins, at: time) }
    }
    return waits
  }

  /// Erlang's C.
  @Test func sharedLineIsErlangs() {
    let (servers, load) = (4, 3.2)
    var (term, sum) = (1.0, 1.0)
    for k in 1..<servers {
      term *= load / Double(k)
      sum += term
    }
    let last = term * load / Double(servers) / (1 - load / Double(servers))
    let waiting = last / (sum + last) / (Double(servers) - load)
    var run = PoolRun(servers: servers, SharedLine(), utilisation: 0.8)
    run.run(served: 400_000)
    #expect(abs(run.meanSojourn - 1 - waiting) < 0.04)
  }

  /// Random balancing splits a Poisson stream: each server is M/M/1.
  @Test func randomServersAreQueuesByThemselves() {
    var run = PoolRun(servers: 10, RandomServer(), utilisation: 0.7)
    run.run(served: 600_000)
    #expect(abs(run.meanSojourn - 1 / 0.3) < 0.1)
  }

  /// Each server of a round robin sees Erlang gaps: E_c/M/1, whose waiting is σ / (1 − σ) with
  /// σ = (λ / (λ + 1 − σ))^c and λ the whole stream's rate.
  @Test func roundRobinIsErlangGaps() {
    let (servers, utilisation) = (5, 0.8)
    let rate = Double(servers) * utilisation
    var root = 0.5
    for _ in 0..<200 {
      var power = 1.0
      for _ in 0..<servers { power *= rate / (rate + 1 - root) }
      root = power
    }
    var run = PoolRun(servers: servers, RoundRobin(), utilisation: utilisation)
    run.run(served: 600_000)
    #expect(abs(run.meanSojourn - 1 / (1 - root)) < 0.05)
  }

  /// Mitzenmacher (2001), theorem 1: of many servers the mean time is Σ ρ^(2^i − 2), i from 1.
  @Test func powerOfTwoIsItsFixedPoint() {
    var (expected, exponent) = (0.0, 2)
    for _ in 0..<12 {
      var power = 1.0
      for _ in 0..<(exponent - 2) { power *= 0.9 }
      expected += power
      exponent *= 2
    }
    var run = PoolRun(servers: 500, PowerOfTwo(), utilisation: 0.9)
    run.run(served: 100_000)
    run.sojourn = 0
    run.served = 0
    run.run(served: 400_000)
    // 2.614; with 500 servers a little more.
    #expect(abs(run.meanSojourn - expected) < 0.06)
  }

  /// No way to balance does better than one line, and what looks at the servers beats what does
  /// not.
  @Test func balancersAreOrdered() {
    func mean(_ balancing: any Balancing) -> Double {
      var run = PoolRun(servers: 20, balancing, utilisation: 0.9)
      run.run(served: 100_000)
      return run.meanSojourn
    }
    let shared = mean(SharedLine())
    let least = mean(LeastOutstanding())
    let two = mean(PowerOfTwo())
    let round = mean(RoundRobin())
    let random = mean(RandomServer())
    #expect(shared <= least && least < two && two < round && round < random)
  }

  /// The least loaded of 100,000 servers is known at once: this takes no longer than with ten.
  @Test func manyServers() {
    var run = PoolRun(servers: 100_000, LeastOutstanding(), utilisation: 0.5)
    run.run(served: 50_000)
    #expect(run.pool.loads.leastOutstanding == 0)
    #expect(run.pool.waiting == 0)
  }
}
