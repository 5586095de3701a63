import Simulation
import Testing

/// Servers that go, come back, slow down and change in number, under visits that give up.
@Suite struct ServerFaultTests {
  /// Everybody is served, lost, withdrawn or inside, once; nobody waits while a server that may
  /// serve is free; the books hold at every step.
  @Test(arguments: [
    ("shared", 1), ("shared", 2), ("random", 1), ("round-robin", 2), ("least-outstanding", 1),
    ("power-of-two", 2),
  ])
  func everybodyHasOneFate(_ name: String, _ classes: Int) throws {
    let balancing: any Balancing =
      switch name {
      case "shared": SharedLine()
      case "random": RandomServer()
      case "round-robin": RoundRobin()
      case "least-outstanding": LeastOutstanding()
      default: PowerOfTwo()
      }
    var pool = ServerPool(servers: 6, balancing: balancing, room: 80, classes: classes)
    var chance = RandomStream(seed: 5, purpose: UInt64(classes))
    // By visitor: the visit, and the end once it has begun.
    var inside: [UInt64: (visit: UInt32, end: Int64)] = [:]
    var (served, lost, withdrawn, blocked, homeless) = (0, 0, 0, 0, 0)
    var time: Int64 = 0
    var visitors: UInt64 = 0

    func begin(_ server: Int) {
      guard let visit = pool.next(for: server) else { return }
      let visitor = pool.visitor(of: visit)
      let end = pool.begin(visit, on: server, at: Instant(nanoseconds: time))
      inside[visitor] = (visit, end.nanoseconds)
    }
    func beginAll() { for server in 0..<12 { begin(server) } }

    for step in 0..<20_000 {
      let until = time + 1 + Int64(chance.below(40))
      // Ends that are due, in their order.
      while let next = inside.filter({ $0.value.end <= until }).min(by: {
        ($0.value.end, $0.key) < ($1.value.end, $1.key)
      }) {
        inside[next.key] = nil
        time = next.value.end
        let ended = pool.end(next.value.visit, at: Instant(nanoseconds: time))
        #expect(ended.visitor == next.key)
        served += 1
        begin(ended.server)
      }
      time = until
      let now = Instant(nanoseconds: time)
      let server = Int(chance.below(12))
      switch chance.below(40) {
      case 0:
        for visitor in pool.takeDown(server, at: now) where inside[visitor] != nil {
          inside[visitor] = nil
          lost += 1
        }
      case 1:
        pool.bringUp(server)
        beginAll()
      case 2:
        pool.setEjected(chance.below(2) == 0, server)
        beginAll()
      case 3: pool.set(slowness: 1 + 4 * chance.uniform(), errors: 0, on: server)
      case 4: for idle in pool.resize(to: 1 + Int(chance.below(10)), at: now) { begin(idle) }
      case 5...9:
        guard let gone = inside.filter({ $0.value.end == .max }).keys.min() else { break }
        pool.withdraw(inside[gone]?.visit ?? 0, at: now)
        inside[gone] = nil
        withdrawn += 1
      default:
        let arrival = pool.arrive(
          visitors, service: Duration(nanoseconds: 1 + Int64(chance.below(160))),
          class: Int(visitors % UInt64(classes)), draw: chance.next(), at: now)
        switch arrival {
        case .begins(let visit, let end): inside[visitors] = (visit, end.nanoseconds)
        case .waits(let visit): inside[visitors] = (visit, .max)
        case .blocked: blocked += 1
        case .noServer: homeless += 1
        }
        visitors += 1
      }
      for server in pool.takeRecalled() { begin(server) }
      let isIdle = (0..<12).contains { pool.next(for: $0) != nil }
      #expect(!isIdle)
      let waiting = inside.values.count { $0.end == .max }
      let counts = [waiting, pool.waiting, inside.count, pool.inside]
      #expect(counts[0] == counts[1] && counts[2] == counts[3])
      if step % 50 == 0 {
        let balance = pool.balance(at: now)
        #expect(balance.holds)
        #expect(Int(visitors) == served + lost + withdrawn + blocked + homeless + inside.count)
      }
    }
    #expect(served > 1000 && lost > 20 && withdrawn > 50 && blocked + homeless > 0)
  }

  /// From as many servers as it takes to a few: those that end last keep them.
  @Test func aFleetIsGiven() {
    var pool = ServerPool(servers: .max)
    for visitor in 1...5 as ClosedRange<Int64> {
      _ = pool.arrive(
        UInt64(visitor), service: Duration(nanoseconds: visitor * 10), at: .start)
    }
    #expect(pool.inService == 5 && pool.isUnlimited)
    #expect(pool.resize(to: 2, at: Instant(nanoseconds: 5)) == [])
    // Both are busy until the two that end last do.
    let busy = (0..<2).map { pool.loads.outstanding($0) }
    #expect(busy == [1, 1])
    guard case .waits = pool.arrive(9, service: .zero, at: Instant(nanoseconds: 6)) else {
      Issue.record("A visit has begun although both servers are busy")
      return
    }
    #expect(pool.waiting == 1)
  }
}
