import FeedSystem
import Foundation
import Settings
import Testing
import YAMLSettings

@testable import Planning

@Suite struct MachineMemoryTests {
  private func scenario(users: String) throws -> Scenario {
    let text = """
      audience:
        users: \(users)
        graph: {kind: powerLaw, meanFollows: 20, exponent: 2.276, maximum: 1k}
      fanOut: {policy: push}
      cache: {feed: {size: 0}}
      """
    return try Scenario(SettingsFile.parse(text, file: "t.yaml"), fileName: "t", question: "")
  }

  @Test func tellsWhatTheMachineHas() throws {
    let available = try #require(MachineMemory.available)
    #expect(available > 1e6)
  }

  @Test func refusesWhatDoesNotFit() throws {
    let scenario = try scenario(users: "100M")
    // 100M × (20 × 16 + 24) bytes of graph, 100M × (512 × 4 + 52) bytes of timelines.
    #expect(throws: InvalidInput.self) {
      try MachineMemory.check(scenario, available: 34.3e9)
    }
    #expect(throws: InvalidInput.self) {
      try MachineMemory.check(scenario, available: 209.9e9)
    }
    try MachineMemory.check(scenario, available: 210.1e9)
    try MachineMemory.check(scenario, available: nil)
  }

  private func cells(_ more: String, replications: Int = 1) throws -> Scenario {
    let text = """
      replications: \(replications)
      audience:
        users: 1B
        cells: {users: 10M}
        graph: {kind: powerLaw, meanFollows: 100, exponent: 2.3, maximum: 1M\(more)}
      fanOut: {policy: pull}
      cache: {feed: {size: 0}}
      """
    return try Scenario(SettingsFile.parse(text, file: "t.yaml"), fileName: "t", question: "")
  }

  /// Rows of cells are plain, also where `auto` would compress those of as many users.
  @Test(arguments: ["", ", storage: plain", ", storage: auto"])
  func aCellIsNeverCompressed(storage: String) throws {
    let scenario = try cells(storage)
    // 10M × (100 × 16 + 24) bytes.
    #expect(throws: InvalidInput.self) { try MachineMemory.check(scenario, available: 16.2e9) }
    try MachineMemory.check(scenario, available: 16.3e9)
  }

  /// Replications are of up to three cells, which are there together.
  @Test(arguments: [(1, 16.24e9), (2, 24.32e9), (3, 32.4e9), (9, 32.4e9)])
  func allCellsAreCounted(replications: Int, needed: Double) throws {
    let scenario = try cells("", replications: replications)
    // 10M × 100 × 2 rows × 4 bytes, and two offsets of 4 a user, for each after the first.
    #expect(throws: InvalidInput.self) {
      try MachineMemory.check(scenario, available: needed - 1e7)
    }
    try MachineMemory.check(scenario, available: needed + 1e7)
    let expected = ExpectedHoldings(users: 10_000_000, posts: 1e6)
    let each = MachineMemory.bytes(of: scenario, expected)
    let room = needed - 16.24e9 + 2.5 * each
    #expect(try MachineMemory.threads(8, for: scenario, expected, available: room) == 2)
  }

  @Test func runsSideBySideWhatFits() throws {
    let scenario = try scenario(users: "1M")
    func threads(_ available: Double?) throws -> Int {
      try MachineMemory.threads(
        8, for: scenario, ExpectedHoldings(users: 1_000_000, posts: 1e6), available: available)
    }
    #expect(try threads(2.2e9) == 1)
    #expect(try threads(4.4e9) == 2)
    #expect(try threads(100e9) == 8)
    #expect(try threads(nil) == 8)
    #expect(throws: InvalidInput.self) { try threads(2.1e9) }
  }

  /// Who has looked at which post, 32 bytes a pair; what models learn from: 69 an example, and
  /// 4 × (topics + types) a viewer.
  @Test func aWorldAndItsModelsAreCounted() throws {
    func bytes(_ more: String, pages: Double) throws -> Double {
      let text = """
        audience: {users: 1k, graph: {kind: uniform, meanFollows: 5}, world: {topics: 12}}
        \(more)
        """
      let scenario = try Scenario(
        SettingsFile.parse(text, file: "t.yaml"), fileName: "t", question: "")
      return MachineMemory.bytes(
        of: scenario,
        ExpectedHoldings(users: 1000, posts: 0, pages: pages, world: scenario.audience.world))
    }
    let plain = try bytes("ranking: [chronological]", pages: 0)
    #expect(try bytes("ranking: [chronological]", pages: 1e6) == plain + 1e6 * 20 * 32)
    let trained = "ranking: [{linear: {training: {examples: 5k}}}]"
    #expect(try bytes(trained, pages: 0) - plain == 5000 * 69 + 1000 * 4 * 16)
  }
}
