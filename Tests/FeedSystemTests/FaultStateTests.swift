import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// What faults keep: pure values, without a run.
struct FaultStateTests {
  private func instant(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  /// Arcs go round the circle, overlap, and are given back one by one.
  @Test func nodesOwnArcsOfKeys() {
    func share(_ outage: KeyOutage) -> Double {
      Double((UInt32(0)..<20_000).count { outage.covers($0) }) / 20_000
    }
    var outage = KeyOutage()
    #expect(outage.isEmpty && share(outage) == 0)
    outage.add(1, from: 0.9, share: 0.3)
    #expect(abs(share(outage) - 0.3) < 0.015)
    outage.add(2, from: 0, share: 0.5)
    #expect(abs(share(outage) - 0.6) < 0.015)
    outage.remove(1)
    #expect(abs(share(outage) - 0.5) < 0.015)
    outage.add(3, from: 0.7, share: 1)
    #expect(share(outage) == 1)
    outage.remove(3)
    outage.remove(2)
    #expect(outage.isEmpty)
  }

  /// A shard that two faults have down is back when both have ended.
  @Test func aShardIsDownByFaults() {
    var outages = ShardOutages()
    #expect(outages.isEmpty && outages.takesWrites(1) && outages.primary(of: 1) == 0)
    outages.takeDown(1, of: 4, at: instant(10))
    outages.takeDown(1, of: 4, at: instant(12))
    #expect(outages.isDown(1) && !outages.isDown(0) && outages.down == 2)
    #expect(!outages.takesWrites(1) && outages.headlessSince(1) == instant(10))
    outages.promote(1, of: 1)
    #expect(outages.takesWrites(1) && outages.primary(of: 1) == 1)
    #expect(outages.headlessSince(1) == nil)
    let isBack = (outages.bringBack(1, at: instant(15)), outages.bringBack(1, at: instant(20)))
    #expect(!isBack.0 && isBack.1)
    #expect(outages.primary(of: 1) == 0 && outages.down == 0)
    #expect(outages.wasDown(1, at: instant(19)) && !outages.wasDown(1, at: instant(20)))
    #expect(!outages.wasDown(1, at: instant(9)) && !outages.wasDown(0, at: instant(15)))
  }

  @Test func slownessesMultiply() {
    var outages = ShardOutages()
    outages.slow(2, of: 4, by: 3, for: 1)
    outages.slow(2, of: 4, by: 2, for: 2)
    #expect(outages.slowed(.milliseconds(5), at: 2) == .milliseconds(30))
    #expect(outages.slowed(.milliseconds(5), at: 1) == .milliseconds(5))
    outages.endSlowness(of: 2, for: 1)
    #expect(outages.slowed(.milliseconds(5), at: 2) == .milliseconds(10))
  }

  @Test func whatIsGoneIsKnown() {
    var gone = GonePosts()
    #expect(gone.isEmpty && !gone.contains(70))
    gone.add(70)
    gone.add(70)
    #expect(gone.contains(70) && !gone.contains(71) && gone.all == [70])
  }

  /// Delays add up; of two losses a call must survive both.
  @Test func networkFaultsCombine() {
    var network = NetworkFaults()
    #expect(!network.losesCalls && network.delay(region: 0) == .zero)
    network.delayClients(1, region: 2, by: .milliseconds(30))
    network.delayClients(2, region: nil, by: .milliseconds(5))
    network.delayCalls(3, by: .milliseconds(7))
    #expect(network.delay(region: 2) == .milliseconds(35))
    #expect(network.delay(region: 0) == .milliseconds(5))
    #expect(network.callDelay == .milliseconds(7))
    network.lose(4, of: nil, share: 0.5, timeout: .seconds(1))
    network.lose(5, of: .ranking, share: 0.5, timeout: .seconds(3))
    #expect(network.loss(of: .ranking) == 0.75 && network.loss(of: .gateway) == 0.5)
    #expect(network.timeout == .seconds(3))
    for id in UInt32(1)...5 { network.mend(id) }
    #expect(!network.losesCalls && network.callDelay == .zero)
    #expect(network.delay(region: 2) == .zero)
  }

  /// Five messages handled, offsets stored every three: the last two are handled again, once.
  @Test func aRewindGoesBackToTheLastOffset() {
    var bus = EventBus(BusSettings(), remembers: 10)
    for message in UInt32(0)..<7 {
      _ = bus.ask(message, for: 0)
      bus.append(message, to: 0, at: instant(Double(message)))
    }
    for _ in 0..<5 {
      guard let id = bus.take(for: 0, from: 0), let done = bus.commit(0) else { break }
      bus.remember(
        ReplayedMessage(
          author: 1, post: id, opened: .start, published: done.message.published, key: 0), of: 0)
    }
    let taken = bus.take(for: 0, from: 0)
    #expect(taken == 5 && !bus.isIdle(0))
    let given = (bus.giveBack(0), bus.giveBack(0))
    #expect(given.0 == 0 && given.1 == nil && bus.isIdle(0))
    let again = bus.rewind(0, storedEvery: 3)
    let nothing = bus.rewind(0, storedEvery: 3)
    #expect(again.map(\.post) == [3, 4] && nothing.isEmpty)
    for message in again.reversed() {
      bus.prepend(.init(publication: message.post + 100, published: message.published), to: 0)
    }
    #expect(bus.lag == 4 && bus.partitions[0].lag == 4)
    var order: [UInt32] = []
    while let id = bus.take(for: 0, from: 0) {
      order.append(id)
      _ = bus.commit(0)
    }
    #expect(order == [103, 104, 5, 6] && bus.lag == 0)
  }

  /// The share of the window is that of the union: [10, 30) and [20, 50), and [90, 110) cut.
  @Test func brokenTimeIsAUnion() throws {
    var parameters = try Parameters(
      SettingsFile.parse(
        "faults: [{clock-skew: {by: 1s, at: [10s, 20s, 90s]}}]", file: "test.yaml"))
    var faults = Faults(try FaultSettings(&parameters), users: 0)
    let window = 0..<Int64(100_000_000_000)
    for (begins, ends) in [(10.0, 30.0), (20, 50), (90, 110)] {
      let id = faults.add(0, measured: true, at: instant(begins))
      faults.open(id, at: instant(begins))
      if begins == 20 { faults.close(0, at: instant(30), window: window) }
      if begins != 10 { faults.close(id, at: instant(ends), window: window) }
    }
    let figures = faults.figures(at: instant(200), window: window)
    #expect(figures.count == 1 && figures[0].count == 3)
    #expect(abs(figures[0].time - 0.5) < 1e-12)
    #expect(faults.balance.holds && faults.balance.ended == 3)
  }
}
