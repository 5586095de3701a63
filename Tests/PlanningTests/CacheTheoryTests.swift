import Foundation
import Simulation
import Testing

@testable import FeedSystem
@testable import Planning

/// ../shared/oracle/cache.csv: exact hit ratios, Che's approximation, and the simulation.
@Suite struct CacheTheoryTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var policy: String
    var objects: Int
    var alpha: Double
    var size: Int
    var method: String
    var hitRatio: Double
    var note: String

    var testDescription: String { "\(name) \(method)" }
    var isExact: Bool { method.hasPrefix("exact") }
    /// `TTL-reset-T100` has 100.
    var lifetime: Double { Double(policy.split(separator: "T").last ?? "") ?? 0 }

    var one: CacheCase? {
      switch policy {
      case "LRU": CacheCase(LRU.self, size: size)
      case "FIFO": CacheCase(FIFO.self, size: size)
      case "RANDOM": CacheCase(RandomEviction.self, size: size)
      case "LFU": CacheCase(LFU.self, size: size)
      case _ where policy.hasPrefix("TTL-reset"): CacheCase(SlidingTTL.self, size: nil)
      case _ where policy.hasPrefix("TTL-noreset"): CacheCase(TTL.self, size: nil)
      default: nil
      }
    }

    var workload: CacheWorkload {
      var workload = CacheWorkload(objects: objects, exponent: alpha)
      if policy.hasPrefix("TTL") { workload.lifetime = Lifetime(lifetime) }
      return workload
    }
  }

  static let rows: [Row] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "../shared/oracle/cache.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count >= 8, let objects = Int(cells[2]), let alpha = Double(cells[3]),
        let size = Int(cells[4]), let ratio = Double(cells[6])
      else { return nil }
      return Row(
        name: cells[0], policy: cells[1], objects: objects, alpha: alpha, size: size,
        method: cells[5], hitRatio: ratio, note: cells[7])
    }
  }()

  static let isThere: ConditionTrait = .enabled(
    if: !rows.isEmpty, "the table of exact values is not in ../shared/oracle")

  @Test(isThere) func knowsEveryRow() {
    #expect(Self.rows.count == 170)
    #expect(Self.rows.allSatisfy { $0.one != nil })
  }

  private func theory(_ row: Row) -> CacheTheory {
    CacheTheory(Popularity(zipf: row.alpha, objects: row.objects))
  }

  @Test(isThere) func approximatesAsChe() throws {
    let rows = Self.rows.filter { $0.method == "che-approx" }
    #expect(rows.count == 68)
    for row in rows {
      let stay = try #require(row.one?.stay)
      let found = try #require(theory(row).approximation(stay, size: row.size))
      #expect(abs(found.hitRatio / row.hitRatio - 1) < 1e-8, "\(row.testDescription)")
      let time = try #require(Double(row.note))
      #expect(abs(found.characteristicTime / time - 1) < 1e-7, "\(row.testDescription)")
    }
  }

  @Test(isThere) func isExact() throws {
    let rows = Self.rows.filter(\.isExact)
    #expect(rows.count > 60)
    for row in rows {
      let theory = theory(row)
      let found: Double?
      switch row.policy {
      case "LRU": found = theory.exactLRU(size: row.size)
      case "FIFO", "RANDOM": found = theory.exactFIFO(size: row.size)
      case "LFU": found = theory.exactLFU(size: row.size)
      default:
        var lifetime = Lifetime(row.lifetime)
        lifetime.isSliding = row.policy.hasPrefix("TTL-reset")
        found = theory.hitRatio(lifetime)
        let held = try #require(Double(row.note.dropFirst(4)))
        #expect(abs(theory.held(lifetime) / held - 1) < 1e-7, "\(row.testDescription)")
      }
      let ratio = try #require(found)
      #expect(abs(ratio / row.hitRatio - 1) < 1e-8, "\(row.testDescription)")
    }
  }

  /// Every exact value lies within the 99.9 % interval of a simulation that knows none of them.
  @Test(isThere) func simulatesWhatIsExact() throws {
    var outside: [String] = []
    for row in Self.rows where row.isExact {
      var study = CacheStudy(row.workload)
      study.replications = 20
      study.requests = 30_000
      let one = try #require(row.one)
      let answer = try #require(try study.run([one], threads: 2).first)
      let each = try #require(answer.simulated?.each)
      let interval = Estimate.mean(of: each, confidence: 0.999)
      if !interval.holds(1 - row.hitRatio) {
        outside.append("\(row.testDescription): \(interval.value) for \(1 - row.hitRatio)")
      }
    }
    #expect(outside == [])
  }

  /// The simulated rows of others, whose own intervals are 95 % ones.
  @Test(isThere) func simulatesAsOthers() throws {
    for row in Self.rows where row.method == "simulated" {
      var study = CacheStudy(row.workload)
      study.requests = 100_000
      let one = try #require(row.one)
      let answer = try #require(try study.run([one], threads: 2).first?.simulated)
      let width = try #require(Double(row.note.dropFirst(2)))
      let distance = abs(1 - answer.value - row.hitRatio)
      #expect(distance < 2 * (width + (answer.halfWidth ?? 0)), "\(row.testDescription)")
    }
  }

  /// Writes and one-time requests: the formulas against the simulation.
  @Test(arguments: [false, true], [false, true])
  func simulatesLifetimesWithWrites(_ isSliding: Bool, _ invalidates: Bool) throws {
    var workload = CacheWorkload(objects: 3000, exponent: 0.9)
    workload.onceShare = 0.05
    var lifetime = Lifetime(700)
    lifetime.writeShare = 0.2
    lifetime.writesInvalidate = invalidates
    workload.lifetime = lifetime
    var study = CacheStudy(workload)
    study.requests = 100_000
    let one = CacheCase(isSliding ? SlidingTTL.self : TTL.self, size: nil)
    let answer = try #require(try study.run([one], threads: 2).first)
    let simulated = try #require(answer.simulated)
    let interval = Estimate.mean(of: simulated.each, confidence: 0.999)
    let exact = try #require(answer.exact)
    #expect(interval.holds(exact))
  }

  /// Which objects have which lifetime is drawn, so the shares are met by the many only.
  @Test func simulatesSeveralLifetimes() throws {
    var workload = CacheWorkload(objects: 20_000, exponent: 0.3)
    var lifetime = Lifetime(1)
    lifetime.lengths = [(3000, 0.7), (50_000, 0.3)]
    workload.lifetime = lifetime
    var study = CacheStudy(workload)
    study.requests = 50_000
    let answer = try #require(try study.run([CacheCase(TTL.self, size: nil)], threads: 2).first)
    let (simulated, exact) = (try #require(answer.simulated), try #require(answer.exact))
    #expect(abs(simulated.value - exact) < 0.01)
  }

  /// What begins in the middle of things goes on as what began empty long before.
  @Test func startsAsItGoesOn() throws {
    var workload = CacheWorkload(objects: 1000, exponent: 0.8)
    workload.lifetime = Lifetime(500)
    var study = CacheStudy(workload)
    study.requests = 100_000
    let cases = [CacheCase(TTL.self, size: nil), CacheCase(TTL.self, size: 1000)]
    let answers = try study.run(cases, threads: 2)
    let open = try #require(answers[0].simulated)
    let full = try #require(answers[1].simulated)
    #expect(abs(open.value - full.value) < 2 * ((open.halfWidth ?? 0) + (full.halfWidth ?? 0)))
    #expect(answers[1].exact == nil && answers[0].held.map { $0 < 500 } == true)
  }

  @Test func isTheSameForAnyThreads() throws {
    var study = CacheStudy(CacheWorkload(objects: 200, exponent: 1))
    study.requests = 5000
    let cases = [CacheCase(LRU.self, size: 20), CacheCase(SIEVE.self, size: 20)]
    let one = try study.run(cases, threads: 1).map { $0.simulated?.each }
    let three = try study.run(cases, threads: 3).map { $0.simulated?.each }
    #expect(one == three)
    // What fits entirely is never missed.
    let roomy = try study.run([CacheCase(LRU.self, size: 200)], threads: 1)
    #expect(roomy[0].exact == 0 && roomy[0].approximation == 0)
  }

  /// A trace whose objects are requested alike often as a Zipf law's has the law's approximation.
  @Test func takesPopularityFromATrace() throws {
    let counts = (1...50).map { 1000 / $0 }
    let objects = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    let popularity = Popularity(TraceCurveTests.trace(objects))
    #expect(popularity.objects == 50)
    #expect(popularity.groups.reduce(0) { $0 + $1.objects } == 50)
    #expect(popularity.groups.count == Set(counts).count)
    #expect(abs(popularity.share(ofFirst: 50) - 1) < 1e-12)
    let near = try #require(CacheTheory(popularity).approximation(.renewed, size: 10))
    let law = CacheTheory(Popularity(zipf: 1, objects: 50))
    let exact = try #require(law.approximation(.renewed, size: 10))
    #expect(abs(near.hitRatio - exact.hitRatio) < 0.005)
  }
}
