import Simulation
import Testing

@testable import FeedSystem

/// What the ways between regions have been like: a pure value, without a run.
struct RegionLinksTests {
  private func at(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  private func condition(
    delay: Double = 0, loss: Double = 0, timeout: Double = 1
  ) -> RegionLinks.Condition {
    RegionLinks.Condition(
      delay: Duration(seconds: delay), loss: loss, timeout: Duration(seconds: timeout))
  }

  private func arrival(
    _ links: RegionLinks, sent: Double, _ one: Int = 0, _ other: Int = 1, draw: UInt64 = 1
  ) -> Instant {
    var draws = RandomStream(seed: 5, purpose: 1, entity: draw)
    return links.arrival(one, other, sent: at(sent), &draws)
  }

  @Test func nothingIsAtFault() {
    let links = RegionLinks()
    #expect(links.isEmpty && links.condition(0, 1).isWhole && links.delay(2, 1) == .zero)
    #expect(arrival(links, sent: 7) == at(7))
    #expect(links.settled(to: 1, by: at(9)) == at(9))
  }

  /// Delays add up, a message must survive every loss, and the longest timeout counts, on the ways
  /// that a fault is about and on no other.
  @Test func faultsCombine() {
    var links = RegionLinks()
    links.disturb(1, 0, 1, condition(delay: 0.2, loss: 0.5, timeout: 2), of: 3, at: at(1))
    links.disturb(2, 1, nil, condition(delay: 0.1, loss: 0.5, timeout: 1), of: 3, at: at(2))
    let both = links.condition(1, 0)
    #expect(both.loss == 0.75 && both.timeout == .seconds(2) && both.delay == .milliseconds(300))
    #expect(links.condition(0, 1) == both && links.delay(2, 1) == .milliseconds(100))
    #expect(links.condition(0, 2).isWhole && links.condition(1, 1).isWhole)
    #expect(links.atFault == 2)
    links.mend(1, at: at(3))
    #expect(links.condition(0, 1).delay == .milliseconds(100) && links.condition(0, 1).loss == 0.5)
    links.mend(2, at: at(4))
    #expect(links.condition(0, 1).isWhole && links.atFault == 0)
    // Before, between and after, by what there was when it was sent.
    #expect(arrival(links, sent: 0.5) == at(0.5) && arrival(links, sent: 4) == at(4))
  }

  /// Cut off from 10 s to 40 s and from 42 s to 50 s, a copy is sent every seven seconds.
  @Test func copiesWaitUntilTheyGetThrough() {
    var links = RegionLinks()
    let cut = condition(loss: 1, timeout: 7)
    links.disturb(1, 0, 1, cut, of: 2, at: at(10))
    #expect(arrival(links, sent: 9.9) == at(9.9) && arrival(links, sent: 10) == .never)
    links.mend(1, at: at(40))
    #expect(arrival(links, sent: 10) == at(45) && arrival(links, sent: 36) == at(43))
    links.disturb(2, 0, 1, cut, of: 2, at: at(42))
    links.mend(2, at: at(50))
    // 10, 17 … 38, 45 are lost; 33 finds the way whole at 40, when it was cut off no more.
    #expect(arrival(links, sent: 10) == at(52) && arrival(links, sent: 33) == at(40))
    #expect(arrival(links, sent: 36) == at(50) && arrival(links, sent: 41) == at(41))
    #expect(arrival(links, sent: 10, 1, 0) == at(52))
    // A copy takes half of what a round trip takes longer.
    links.disturb(3, 0, 1, condition(delay: 4), of: 2, at: at(60))
    #expect(arrival(links, sent: 61) == at(63))
  }

  /// Of a way that loses three quarters, a copy is lost three times on average.
  @Test func lossesAreGeometric() {
    var links = RegionLinks()
    links.disturb(1, 0, 1, condition(loss: 0.75, timeout: 2), of: 2, at: at(0))
    var sum = 0.0
    var first = 0
    for draw in UInt64(0)..<4000 {
      let waited = (arrival(links, sent: 3, draw: draw) - at(3)).seconds / 2
      #expect(waited == waited.rounded())
      sum += waited
      first += waited == 0 ? 1 : 0
    }
    // Standard deviations: 3.46 / √4000 = 0.055, and 27.
    #expect(abs(sum / 4000 - 3) < 0.22 && abs(first - 1000) < 110)
  }

  /// Whatever was sent before `settled` has arrived, by any history; and that is the whole past
  /// where the way has been whole for long.
  @Test func whatIsSettledHasArrived() {
    var draws = RandomStream(seed: 9, purpose: 2)
    for history in UInt64(0)..<40 {
      var links = RegionLinks()
      var now = 0.0
      for id in UInt32(0)..<6 {
        now += 1 + draws.uniform() * 20
        let loss = draws.uniform() < 0.4 ? 1 : draws.uniform() < 0.5 ? 0.6 : 0
        let other = draws.uniform() < 0.5 ? 1 : nil
        let bad = condition(delay: draws.uniform() * 9, loss: loss, timeout: draws.uniform() * 9)
        links.disturb(id, 0, other, bad, of: 3, at: at(now))
        now += draws.uniform() * 20
        if id < 5 || history % 2 == 0 { links.mend(id, at: at(now)) }
      }
      for step in 0..<40 {
        let instant = at(Double(step) * now / 30)
        let settled = links.settled(to: 1, by: instant)
        #expect(settled <= instant)
        for draw in UInt64(0)..<20 {
          let sent = draws.uniform() * (settled - .start).seconds
          for other in [0, 2] {
            let arrived = arrival(links, sent: sent, other, 1, draw: history << 8 | draw)
            #expect(arrived <= instant, "\(history): sent \(sent), by \(instant)")
          }
        }
      }
      if history % 2 == 0 { #expect(links.settled(to: 1, by: at(now + 60)) == at(now + 60)) }
    }
  }
}
