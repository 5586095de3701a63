import Foundation
import Testing

/// Faults from the command line: the list of them, what a run says of one, and what it refuses.
struct FaultCommandTests {
  @Test func listsTheKinds() throws {
    let result = try Command.run(["list", "faults"], in: Repository.root)
    #expect(result.status == 0 && result.errors.isEmpty)
    for kind in ["server-lost", "shard-lost", "cache-cluster-lost", "region-lost", "region-link"] {
      #expect(result.output.contains("  \(kind) "), "\(kind)")
    }
    #expect(result.output.split(separator: "\n").count == 17)
  }

  private func run(_ faults: String) throws -> (Command.Finished, Data?) {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text() + "\nfaults: [\(faults)]\n")
    let result = try Command.run(["run", "tiny.yaml", "--json"], in: scratch.folder)
    return (result, result.output.data(using: .utf8))
  }

  /// A fault that has not struck by the end has changed nothing; without any there is no word of
  /// it.
  @Test func metricsAreThoseOfTheKindsThatAreThere() throws {
    let (none, _) = try run("")
    #expect(none.status == 0 && !none.output.contains("faults."), "\(none.errors)")
    let (lost, data) = try run("{cache-cluster-lost: {at: 1s}}")
    #expect([0, 99].contains(lost.status), "\(lost.errors)")
    let document = try JSONSerialization.jsonObject(with: data ?? Data()) as? [String: Any]
    let metrics = document?["metrics"] as? [String: Any]
    #expect(metrics?["faults.cache_cluster_lost.count"] != nil)
    #expect(metrics?["faults.cache_cluster_lost.time"] != nil)
    #expect(metrics?["faults.shard_lost.count"] == nil)
  }

  /// A way between regions that is cut has figures of its own.
  @Test func aCutWayBetweenRegionsIsTold() throws {
    let scratch = try Scratch()
    let text = """

      regions:
        - {name: east, users: 3, roundTrip: 20ms}
        - {name: west, users: 2, roundTrip: 40ms}
      geography: {}
      faults: [{region-link: {from: west, loss: 100%, at: 0s}}]

      """
    try scratch.write("tiny.yaml", TinyScenario.text() + text)
    let result = try Command.run(["run", "tiny.yaml", "--json"], in: scratch.folder)
    #expect([0, 99].contains(result.status) && result.errors.isEmpty, "\(result.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let metrics = (document as? [String: Any])?["metrics"] as? [String: [String: Any]]
    func mean(_ name: String) -> Double? {
      (metrics?["faults.region_link.\(name)"]?["mean"] as? [String: Any])?["value"] as? Double
    }
    #expect(mean("count") == 1 && mean("lost") == 1 && mean("crossings") ?? 0 > 0)
    #expect(mean("replication") ?? 0 > 1)
  }

  @Test(arguments: [
    ("{shard-lost: {at: -1s}}", "shard-lost.at"),
    ("{server-lost: {tier: notifier, at: 1s}}", "give notifications"),
    ("{cache-cluster-lost: {at: 1000h}}", "after the end of the run"),
    ("{flood: {at: 1s}}", "unknown fault \"flood\""),
    ("{region-link: {from: us, delay: 1s, at: 1s}}", "region-link.from: is \"us\""),
    ("{region-lost: {region: us, at: 1s}}", "give regions"),
  ])
  func refuses(_ fault: String, _ hint: String) throws {
    let (result, _) = try run(fault)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(hint), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
