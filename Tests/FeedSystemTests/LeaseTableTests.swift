import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Leases against a table that is nothing but lists, searched from end to end.
struct LeaseTableTests {
  /// Every lease there has been, by its number.
  private struct NaiveLeases {
    struct Lease {
      var key: UInt32
      var expires: Int64
      var isOut = true
      var waiting: [UInt32] = []
    }

    var length: Int64
    var anyone: Bool
    var leases: [Lease] = []
    var counts = LeaseTable.Counts()

    func current(_ key: UInt32) -> Int? { leases.lastIndex { $0.key == key && $0.isOut } }

    /// The new lease's number, or nil and the one that is held.
    mutating func ask(_ key: UInt32, _ now: Int64) -> (granted: Bool, lease: Int) {
      if let held = current(key) {
        if now < leases[held].expires { return (false, held) }
        leases[held].isOut = false
        counts.expired += 1
      }
      counts.granted += 1
      leases.append(Lease(key: key, expires: now + length))
      return (true, leases.count - 1)
    }

    mutating func void(_ key: UInt32, _ now: Int64) {
      guard !anyone, let held = current(key) else { return }
      leases[held].isOut = false
      if now < leases[held].expires { counts.voided += 1 } else { counts.expired += 1 }
    }

    mutating func end(_ lease: Int, _ now: Int64) -> (Bool, [UInt32]) {
      let own = leases[lease]
      let inTime = now < own.expires
      if own.isOut {
        leases[lease].isOut = false
        if inTime { counts.filled += 1 } else { counts.expired += 1 }
      } else if anyone, let other = current(own.key) {
        leases[other].isOut = false
        if now < leases[other].expires { counts.released += 1 } else { counts.expired += 1 }
      }
      leases[lease].waiting = []
      return (anyone || own.isOut && inTime, own.waiting)
    }
  }

  private func rule(_ length: Int64, _ release: LeaseSettings.Release) -> LeaseSettings {
    var rule = LeaseSettings()
    rule.length = Duration(nanoseconds: length)
    rule.release = release
    return rule
  }

  @Test(arguments: [LeaseSettings.Release.owner, .anyone], [30, 50] as [Int64])
  func isWhatTheNaiveTableSays(_ release: LeaseSettings.Release, _ length: Int64) {
    var table = LeaseTable(rule(length, release))
    var naive = NaiveLeases(length: length, anyone: release == .anyone)
    var draws = RandomStream(seed: 11, purpose: 1)
    var now: Int64 = 0
    /// Fetches under way: the table's token, the naive lease.
    var owners: [(token: UInt32, lease: Int)] = []
    var tokens: [Int: UInt32] = [:]
    for step in 0..<6_000 {
      now += Int64(draws.below(4))
      let at = Instant(nanoseconds: now)
      let key = UInt32(draws.below(5))
      switch draws.below(10) {
      case 0:
        table.void(key, at: at)
        naive.void(key, now)
      case 1...6:
        let answer = table.ask(key, at: at)
        let (granted, lease) = naive.ask(key, now)
        if granted {
          guard case .granted(let token) = answer else {
            Issue.record("\(step)")
            return
          }
          owners.append((token, lease))
          tokens[lease] = token
        } else {
          #expect(answer == .held(tokens[lease] ?? LeaseTable.none))
          table.wait(UInt32(step), for: tokens[lease] ?? LeaseTable.none)
          naive.leases[lease].waiting.append(UInt32(step))
        }
      default:
        guard !owners.isEmpty else { continue }
        let owner = owners.remove(at: Int(draws.below(UInt64(owners.count))))
        let ended = table.end(owner.token, at: at)
        let (accepted, waited) = naive.end(owner.lease, now)
        #expect(ended.accepted == accepted && ended.waited == waited)
      }
      let counts = table.counts
      #expect(counts == naive.counts)
      if step % 500 == 0 {
        let out = naive.leases.count { $0.isOut }
        let tableOut = table.out()
        #expect(tableOut == out && counts.granted == counts.ended + out)
      }
    }
    let counts = table.counts
    #expect(counts.filled > 100 && counts.expired > 10)
    #expect((counts.voided > 100) == (release == .owner))
    #expect((counts.released > 10) == (release == .anyone))
  }

  private func at(_ milliseconds: Int64) -> Instant {
    .start + .milliseconds(milliseconds)
  }

  private func token(_ answer: LeaseTable.Answer) -> UInt32 {
    if case .granted(let token) = answer { return token }
    return LeaseTable.none
  }

  /// The seed's bug, step by step: a slow owner releases the lease of whoever came after it, and a
  /// third reader fetches beside the second.
  @Test func aSlowOwnerReleasesAnothersLease() {
    for release in [LeaseSettings.Release.owner, .anyone] {
      var table = LeaseTable(rule(10_000_000, release))
      let first = token(table.ask(1, at: at(0)))
      let second = token(table.ask(1, at: at(11)))
      let slow = table.end(first, at: at(12))
      let third = table.ask(1, at: at(13))
      if release == .owner {
        #expect(!slow.accepted && third == .held(second))
      } else {
        let released = table.counts.released
        #expect(slow.accepted && token(third) != LeaseTable.none && released == 1)
      }
    }
  }

  /// What was read before a write is not filled in after it.
  @Test func aWriteVoidsTheLease() {
    var table = LeaseTable(rule(10_000_000, .owner))
    let before = token(table.ask(1, at: at(0)))
    table.wait(7, for: before)
    table.void(1, at: at(1))
    let after = token(table.ask(1, at: at(2)))
    let late = table.end(before, at: at(3))
    #expect(!late.accepted && late.waited == [7])
    let fresh = table.end(after, at: at(4))
    #expect(fresh.accepted && fresh.waited == [])
  }
}
