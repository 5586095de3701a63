import Simulation
import Testing

/// What a tier must agree with: lists of everybody, searched anew at every step.
private struct PlainTier {
  struct Visit {
    var id: UInt32
    var line: Int
    var arrival: Int64
    var service: Int64
  }

  var servers: Int
  var room: Int
  var ends: [Int64] = []
  var waiting: [Visit] = []

  func busy(_ now: Int64) -> Int { ends.count { $0 > now } }

  /// Whether the visit is let in, and whether it begins.
  mutating func arrive(_ visit: Visit) -> (enters: Bool, begins: Bool) {
    // Who has left by the moment before is asked for no more.
    ends.removeAll { $0 < visit.arrival - 1 }
    let busy = busy(visit.arrival)
    if busy + waiting.count >= room { return (false, false) }
    if waiting.isEmpty, busy < servers {
      ends.append(visit.arrival + visit.service)
      return (true, true)
    }
    waiting.append(visit)
    return (true, false)
  }

  mutating func begin(_ now: Int64) -> Visit? {
    guard busy(now) < servers, let line = waiting.map(\.line).min(),
      let index = waiting.firstIndex(where: { $0.line == line })
    else { return nil }
    let visit = waiting.remove(at: index)
    ends.append(now + visit.service)
    return visit
  }
}

@Suite("Tier")
struct TierTests {
  private enum Event {
    case step, begins, departed
  }

  /// A step a time unit or two: a few servers for many short services, or the reverse.
  @Test(
    "Priorities, rooms, patience and resizing as in a tier of plain lists",
    arguments: [(2, 9), (5, 7), (20, 60), (40, 120), (60, 10_000), (3, 3), (8, 2), (1, 0)])
  func differential(_ servers: Int, _ room: Int) {
    var stream = RandomStream(seed: UInt64(servers), purpose: 77)
    var plain = PlainTier(servers: servers, room: room)
    var tier = Tier<UInt32>(servers: servers, room: room, classes: 3)
    var calendar = Calendar<Event>()
    var tickets: [(id: UInt32, ticket: Tier<UInt32>.Ticket)] = []
    var last: Int64 = 0
    var steps: UInt32 = 0
    var seen = (began: 0, blocked: 0, abandoned: 0)
    var wrong = 0
    calendar.schedule(.step, at: .start)
    while let event = calendar.next(notAfter: .never) {
      let time = calendar.now.nanoseconds
      if time > last {
        // Nobody was kept waiting beside a free server.
        wrong += plain.waiting.isEmpty || plain.busy(time - 1) >= plain.servers ? 0 : 1
        last = time
      }
      switch event {
      case .departed: tier.depart(at: calendar.now)
      case .begins:
        while let begun = tier.begin(at: calendar.now) {
          let expected = plain.begin(time)
          let isSame =
            begun.visitor == expected?.id
            && begun.waited.nanoseconds == expected.map { time - $0.arrival }
            && begun.end.nanoseconds == expected.map { time + $0.service }
          wrong += isSame ? 0 : 1
          calendar.schedule(.departed, at: begun.end)
          seen.began += 1
        }
        wrong += plain.begin(time) == nil ? 0 : 1
      case .step:
        steps += 1
        if steps < 6000 {
          calendar.schedule(.step, at: Instant(nanoseconds: time + Int64(stream.below(3))))
        }
        let chance = stream.below(40)
        if chance == 0 {
          let number = 1 + Int(stream.below(UInt64(2 * servers)))
          plain.servers = number
          tier.resize(servers: number, at: calendar.now)
        } else if chance < 5, !tickets.isEmpty {
          // One who came lately: most of the others have been served long ago.
          let lately = tickets.count - 1 - Int(stream.below(UInt64(min(tickets.count, 8))))
          let leaver = tickets.remove(at: lately)
          let index = plain.waiting.firstIndex { $0.id == leaver.id }
          wrong += tier.abandon(leaver.ticket, at: calendar.now) == (index != nil) ? 0 : 1
          if let index {
            plain.waiting.remove(at: index)
            seen.abandoned += 1
          }
        } else {
          let visit = PlainTier.Visit(
            id: steps, line: Int(stream.below(3)), arrival: time,
            service: Int64(stream.below(UInt64(5 * servers / 2))))
          let expected = plain.arrive(visit)
          let service = Duration(nanoseconds: visit.service)
          switch tier.arrive(steps, service: service, at: calendar.now, class: visit.line) {
          case .begins(let end):
            wrong += expected == (true, true) && end.nanoseconds == time + visit.service ? 0 : 1
            calendar.schedule(.departed, at: end)
          case .waits(let ticket):
            wrong += expected == (true, false) ? 0 : 1
            tickets.append((steps, ticket))
          case .blocked:
            wrong += expected == (false, false) ? 0 : 1
            seen.blocked += 1
          }
        }
      }
      if let next = tier.nextBegin() { calendar.schedule(.begins, at: next) }
      let balance = tier.balance(at: calendar.now)
      wrong += tier.waiting == plain.waiting.count ? 0 : 1
      // A visit that has ended is inside the books until its event has fired.
      if balance.inside == balance.arrivals - balance.departures - balance.abandoned {
        wrong += balance.holds ? 0 : 1
      }
    }
    #expect(wrong == 0)
    let balance = tier.balance(at: calendar.now)
    #expect(balance.holds && balance.inside == 0)
    #expect(balance.abandoned == UInt64(seen.abandoned))
    #expect(room == 0 || room > 1000 || seen.blocked > 0)
    #expect(room < 2 * servers || (seen.began > 100 && seen.abandoned > 10))
  }

  @Test("More servers than are ever used cost nothing, and all are free")
  func unlimited() {
    var tier = Tier<UInt32>(servers: .max)
    for index in 0..<1000 {
      let arrival = tier.arrive(
        0, service: Duration(nanoseconds: 500), at: Instant(nanoseconds: Int64(index)))
      guard case .begins(let end) = arrival else { return #expect(Bool(false)) }
      #expect(end.nanoseconds == Int64(index) + 500)
    }
    #expect(tier.balance(at: Instant(nanoseconds: 999)).inside == 500)
    #expect(tier.busyTime(until: Instant(nanoseconds: 499)).nanoseconds < 1000 * 500)
  }
}
