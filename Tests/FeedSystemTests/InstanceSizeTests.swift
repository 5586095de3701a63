import Settings
import Testing
import YAMLSettings

@testable import FeedSystem

/// How many servers a machine runs where the scenario does not say.
@Suite struct InstanceSizeTests {
  private func settings(_ text: String, _ tier: TierName = .postStore) throws -> TierSettings {
    var parameters = try Parameters(SettingsFile.parse(text, file: "tiers.yaml"))
    return try TierSettings(&parameters, tier)
  }

  /// A usual machine of the post store, db.r5.4xlarge, has 16 processors and runs 16 servers.
  @Test(arguments: [
    ("db.r5.large", 2), ("db.r5.xlarge", 4), ("db.r5.2xlarge", 8), ("db.r5.4xlarge", 16),
    ("db.r5.24xlarge", 96), ("c5.9xlarge", 36), ("box", 16), ("m5.metal", 16), ("m5.0xlarge", 16),
    ("m5.-4xlarge", 16), ("m5.99999999999999999999xlarge", 16), ("xlarge", 4),
  ]) func serversFollowTheMachinesSize(_ instance: String, _ servers: Int) throws {
    #expect(try settings("instance: \(instance)").serversPerInstance == servers)
    #expect(try settings("instance: \(instance)\nserversPerInstance: 3").serversPerInstance == 3)
  }

  /// A cache's usual machine, cache.r6g.2xlarge, runs 4 servers on 8 processors.
  @Test func everyMachineRunsOneAtLeast() throws {
    #expect(try settings("instance: cache.r6g.large", .feedCache).serversPerInstance == 1)
    #expect(try settings("servers: 2", .feedCache).serversPerInstance == 4)
  }

  @Test func aMachineTakesItsServersAlong() throws {
    #expect(try settings("instance: c5.2xlarge", .gateway).lostWithMachine == 8)
    // Of three shards as many each: 16 are 18.
    #expect(try settings("shards: 3").lostWithMachine == 18)
    #expect(try settings("{shards: 4, serversPerInstance: 1}").lostWithMachine == 4)
  }
}
