import Foundation
import Testing

/// Control loops and roll-outs as a user asks for them.
@Suite(.serialized) struct ControlCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let controlled = """
    cache: {feed: {size: 0}}
    ranking: [{weighted: {visit: constant(400ms), perCandidate: 0s}}]
    tiers:
      gateway: {servers: 2, visit: exponential(mean 100ms), scaling: {every: 5s, startUp: 5s}}
      ranking: {servers: 4, balancing: random}
    emergency: {every: 5s, scale: {ranking: {}}, startUp: 10s}
    degraded: {when: {every: 5s, for: 10s}, feed: {length: 20}, shed: {engagement: 50%}}
    rollOuts: [{at: 20s, slowness: 4, every: 10s, check: {every: 5s, minimum: 10}}]
    """

  private func run(_ more: [String], settings: String = controlled) throws -> Command.Finished {
    let path = try scratch.write("tiny.yaml", TinyScenario.text(more: settings))
    return try Command.run(["run", path] + more)
  }

  @Test func controlIsToldWhereItIs() throws {
    let result = try run(["--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for name in [
      "control.changes", "control.direction_changes", "control.emergencies",
      "control.servers.gateway", "control.servers.ranking", "control.servers_peak.ranking",
      "control.turns.ranking", "degraded.time", "degraded.entries",
      "degraded.turned_away.engagement", "roll_out.ranking.reached", "roll_out.ranking.exposed",
      "roll_out.ranking.rolled_back",
    ] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    let mean = try document.value("control.servers.ranking")
    let peak = try document.value("control.servers_peak.ranking")
    let shown = try document.value("tier.ranking.servers")
    #expect(mean >= 4 && mean <= peak && shown == mean)
    let busy = try document.value("tier.ranking.utilisation")
    #expect(busy > 0 && busy <= 1)
    for name in ["servers: gateway", "servers: ranking"] {
      #expect(document.checks.contains { $0["name"] as? String == name }, "\(name)")
    }
    let one = try run(["--json", "--threads", "1"])
    #expect(one.output == result.output)
    let summary = try run([])
    #expect(summary.output.contains("changes of servers"))
  }

  /// Who has none of it is told none of it.
  @Test func nothingIsToldWhereItIsNot() throws {
    let document = try RunDocument(try run(["--json"], settings: "").output)
    let names = document.metrics.keys.filter {
      $0.hasPrefix("control") || $0.hasPrefix("degraded") || $0.hasPrefix("roll_out")
    }
    #expect(names.isEmpty)
  }

  /// A tier is billed by the machines that it had, hour by hour, not by those that it began with.
  @Test func theBillFollowsTheServers() throws {
    let sheet = "\(Repository.root)/Scenarios/prices/aws-us-east-1-2026-08.yaml"
    try scratch.write("sheet.yaml", String(contentsOfFile: sheet, encoding: .utf8))
    func document(_ settings: String) throws -> RunDocument {
      let result = try run(["--json"], settings: settings + "\nprices: sheet.yaml")
      #expect(result.status == 0, "\(result.errors)")
      return try RunDocument(result.output)
    }
    let line = "cost.month.compute.ranking"
    let one = try document("tiers: {ranking: {servers: 1, serversPerInstance: 1}}").value(line)
    let scaled = try document(
      Self.controlled.replacing("servers: 4", with: "servers: 4, serversPerInstance: 1"))
    let servers = try scaled.value("control.servers.ranking")
    let cost = try scaled.value(line)
    #expect(servers > 4 && abs(cost / one - servers) < 0.01, "\(cost / one) for \(servers)")
    // One that could change and does not costs what it costs without: its machines are whole.
    let idle = "servers: 3, scaling: {least: 3, most: 3}"
    let costs = try [idle, "servers: 3"].map {
      try document("tiers: {ranking: {\($0)}}").value(line)
    }
    #expect(costs[0] == costs[1] && costs[0] > 0)
  }

  @Test(arguments: [
    ("rollOuts=[{at: 2h}]", "after the end of the run"),
    ("emergency.every=0s", "emergency.every"),
    ("degraded.when.errors=200%", "degraded.when.errors"),
    ("tiers.gateway.scaling.down.cpu=90%", "servers would come and go"),
  ]) func whatCannotBeIsRefused(_ setting: String, _ message: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
