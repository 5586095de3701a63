import Foundation
import Testing

/// `feedsim bench` of a scenario of the user's own.
@Suite struct BenchCommandTests {
  @Test func bracketsACapacity() throws {
    let scratch = try Scratch()
    let path = scratch.path("one-queue.yaml")
    try """
    # How much more?
    feedsim: 1
    name: one-queue
    duration: 20s
    warmUp: 4s
    audience:
      users: 200
      graph: {kind: uniform, meanFollows: 4}
      activity: {postsPerDay: 1, loadsPerDay: 20k}
    fanOut: {policy: pull}
    tiers: {ranking: {servers: 4, visit: exponential(mean 10ms), perUnit: 0s}}
    thresholds: [feed.latency.p95 < 200ms]

    """.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Command.run(["bench", "plan", path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("times the traffic") && run.output.contains(", inside"))
    #expect(run.errors.contains("runs"), "what is found is told as it is")
    let missing = try Command.run(["bench", "plan", "no-such-scenario"])
    #expect(missing.status == 66 && missing.output.isEmpty)
  }

  @Test(arguments: ["10", "lots", "1e30", "-1"]) func refusesAPopulation(users: String) throws {
    let run = try Command.run(["bench", "scale", "--", users])
    #expect(run.status == 64 && run.output.isEmpty, "\(run.status) \(run.errors)")
    #expect(run.errors.contains("\"\(users)\""), "\(run.errors)")
  }
}
