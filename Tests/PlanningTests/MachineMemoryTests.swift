import Foundation
import Settings
import Testing

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

  @Test func runsSideBySideWhatFits() throws {
    let scenario = try scenario(users: "1M")
    func threads(_ available: Double?) throws -> Int {
      try MachineMemory.threads(
        8, for: scenario, users: 1_000_000, posts: 1e6, available: available)
    }
    #expect(try threads(2.2e9) == 1)
    #expect(try threads(4.4e9) == 2)
    #expect(try threads(100e9) == 8)
    #expect(try threads(nil) == 8)
    #expect(throws: InvalidInput.self) { try threads(2.1e9) }
  }
}
