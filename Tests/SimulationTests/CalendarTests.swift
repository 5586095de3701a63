import HeapModule
import Simulation
import Testing

/// What the calendar must agree with: a heap that compares time, then insertion.
private struct Scheduled: Comparable {
  var time: Int64
  var sequence: Int
  var event: UInt32

  static func < (a: Scheduled, b: Scheduled) -> Bool {
    (a.time, a.sequence) < (b.time, b.sequence)
  }
}

@Suite("Calendar")
struct CalendarTests {
  @Test(
    "Random holds with ties come out as from a stable binary heap",
    arguments: [(0, 1), (3, 2), (20, 3), (1000, 4), (1_000_000_000, 5), (1 << 40, 6)])
  func differential(_ spread: Int64, _ seed: UInt64) {
    var stream = RandomStream(seed: seed, purpose: 1)
    var calendar = Calendar<UInt32>()
    var heap = Heap<Scheduled>()
    var sequence = 0
    for step in 0..<60_000 {
      let growing = step < 20_000
      if growing || stream.below(2) == 0 {
        for _ in 0..<stream.below(3) {
          let time = calendar.now.nanoseconds + Int64(stream.below(UInt64(spread) + 1))
          calendar.schedule(UInt32(sequence), at: Instant(nanoseconds: time))
          heap.insert(Scheduled(time: time, sequence: sequence, event: UInt32(sequence)))
          sequence += 1
        }
      }
      // A horizon that is often too near: nothing may be lost or moved by looking.
      let near = calendar.now.nanoseconds + Int64(stream.below(UInt64(spread / 8) + 1))
      let horizon = stream.below(3) == 0 ? near : Int64.max
      let event = calendar.next(notAfter: Instant(nanoseconds: horizon))
      if let expected = heap.min, expected.time <= horizon {
        heap.removeMin()
        #expect(event == expected.event)
        #expect(calendar.now.nanoseconds == expected.time)
      } else {
        #expect(event == nil)
      }
      #expect(calendar.count == heap.count)
    }
    while let expected = heap.popMin() {
      #expect(calendar.next(notAfter: .never) == expected.event)
    }
    #expect(calendar.next(notAfter: .never) == nil)
  }

  @Test("More events of one instant than stand in order come out first in, first out")
  func crowds() {
    var calendar = Calendar<UInt32>()
    var number: UInt32 = 0
    for time in [7, 7, 1 << 40, 1 << 40, Int64.max, 1 << 60] {
      for _ in 0..<100 {
        calendar.schedule(number, at: Instant(nanoseconds: time))
        number += 1
      }
    }
    var out: [UInt32] = []
    while let event = calendar.next(notAfter: Instant(nanoseconds: .max - 1)) {
      out.append(event)
      // Joins the instant that is being handed out, after all of it.
      if event % 50 == 0, event < 600 {
        calendar.schedule(1000 + event, at: calendar.now)
      }
    }
    func joined(_ events: Range<UInt32>) -> [UInt32] {
      Array(events) + events.filter { $0 % 50 == 0 }.map { 1000 + $0 }
    }
    #expect(out == joined(0..<200) + joined(200..<400) + joined(500..<600))
    #expect(calendar.count == 100)
    for event in UInt32(400)..<500 { #expect(calendar.next(notAfter: .never) == event) }
    #expect(calendar.next(notAfter: .never) == nil)
  }

  @Test("An event scheduled in the past happens now, after what is due")
  func past() {
    var calendar = Calendar<UInt32>()
    calendar.schedule(1, at: Instant(nanoseconds: 10))
    calendar.schedule(2, at: Instant(nanoseconds: 10))
    #expect(calendar.next(notAfter: .never) == 1)
    calendar.schedule(3, at: Instant(nanoseconds: 5))
    #expect(calendar.next(notAfter: .never) == 2)
    #expect(calendar.next(notAfter: .never) == 3)
    #expect(calendar.now == Instant(nanoseconds: 10))
  }
}
