import Foundation
import Testing

/// Clients that ask again, and the incident that they see, as a user asks for them.
@Suite(.serialized) struct ClientCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let clients = """
    sessions: {loads: 1, pages: 1}
    tiers: {gateway: {servers: 1, visit: constant(200ms)}}
    traffic: {spikes: [{at: 10s, for: 10s, loads: 10}]}
    clients:
      timeout: 1s
      retries: {attempts: 3, backOff: {first: 200ms}, budget: 20%}
      availability: {objective: 99.9%, within: 800ms, latency: 700ms}
      optimisticLikes: true
      offlineCache: {entries: 20}
      reloads: 20%
    """

  private func run(_ more: [String], settings: String = clients) throws -> Command.Finished {
    let text = TinyScenario.text(postsPerDay: "20", more: settings)
    return try Command.run(["run", try scratch.write("tiny.yaml", text)] + more)
  }

  @Test func requestsAndTheIncidentAreTold() throws {
    let result = try run(["--json", "--threads", "2"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for name in [
      "requests.availability", "requests.error_budget", "requests.goodput", "requests.attempts",
      "requests.failed", "requests.failed.timed_out", "requests.wasted", "requests.denied",
      "requests.reloads", "requests.publish.availability", "requests.engagement.doubled",
      "feed.offline", "likes.optimistic", "likes.rolled_back", "incident.time_to_detect",
      "incident.recovered", "incident.engagement_lost",
    ] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    let availability = try document.value("requests.availability")
    let budget = try document.value("requests.error_budget")
    #expect(availability > 0 && availability < 0.95)
    #expect(abs(budget - (1 - availability) / 0.001) < 1e-6 * budget)
    let (attempts, detected) = (
      try document.value("requests.attempts"), try document.value("incident.time_to_detect")
    )
    #expect(attempts > 1 && attempts < 1.5 && detected > 0 && detected < 10)
    for name in ["request balance: feed", "request balance: publish", "latency balance"] {
      #expect(document.checks.contains { $0["name"] as? String == name }, "\(name)")
    }
    #expect(result.output.contains("requests.goodput") && result.output.contains("series"))
    let one = try run(["--json", "--threads", "1"])
    #expect(one.output == result.output)
    let summary = try run([])
    #expect(summary.output.contains("The incident") && summary.output.contains("error budget"))
  }

  @Test func thePageShowsGoodputAndFailures() throws {
    let path = scratch.path("page.html")
    let result = try run(["--out", path])
    #expect(result.status == 0, "\(result.errors)")
    let page = try String(contentsOfFile: path, encoding: .utf8)
    #expect(page.contains("Feed requests answered in time, and attempts"))
    #expect(page.contains("Feed requests failed, of those that ended"))
  }

  /// Whose scenario says nothing of clients has none of it.
  @Test func nothingIsToldWhereThereAreNone() throws {
    let result = try run(["--json"], settings: "")
    let document = try RunDocument(result.output)
    let names = document.metrics.keys.filter {
      $0.hasPrefix("requests") || $0.hasPrefix("incident") || $0.hasPrefix("likes")
        || $0.hasPrefix("feed.offline")
    }
    #expect(names.isEmpty && !result.output.contains("requests."))
  }

  @Test(arguments: [
    ("clients.timeout=0s", "clients.timeout"),
    ("clients.retries.attempts=0", "clients.retries.attempts"),
    ("clients.retries.budget=200%", "clients.retries.budget"),
    ("clients.retries.budget={window: 1ms}", "clients.retries.budget.window"),
    ("clients.availability.objective=100%", "clients.availability.objective"),
    ("clients.reloads=2", "clients.reloads"),
    ("clients.offlineCache.entries=0", "clients.offlineCache.entries"),
    ("clients.retires={}", "unknown key \"retires\""),
  ]) func whatCannotBeIsRefused(_ setting: String, _ message: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func nobodyLeavesAQueueWhoWaitsForEver() throws {
    let result = try run([], settings: "clients: {cancels: true}")
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains("clients.cancels"), "\(result.errors)")
  }
}
