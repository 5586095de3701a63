import Glibc
import Testing

@testable import FeedSystem

func cpuSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

@Suite struct GraphGenerationTests {
  @Test func scratchSpeed() throws {
    let memory = GraphMemory(reusing: true)
    for model in [
      GraphModel.powerLaw(meanFollows: 20, exponent: 2.276, maximum: 100_000),
      .powerLaw(meanFollows: 20, exponent: 2.276, maximum: 100_000, followeesExponent: 2.8),
      .powerLaw(meanFollows: 100, exponent: 2.05, maximum: 500_000),
    ] {
      for _ in 0..<3 {
        let start = cpuSeconds()
        let graph = try model.build(users: 1_000_000, seed: 1, memory: memory)
        let taken = cpuSeconds() - start
        print(graph.edgeCount, taken, Double(graph.edgeCount) / taken / 1e6,
          Double(graph.bytes) / Double(graph.edgeCount), graph.followerCount(of: 0))
      }
    }
  }
}
