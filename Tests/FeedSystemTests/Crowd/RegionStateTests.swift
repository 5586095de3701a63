import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Which region serves whom while others are lost.
struct RegionStateTests {
  private func settings(_ yaml: String) throws -> GeographySettings {
    var parameters = try Parameters(
      SettingsFile.parse(
        """
        regions:
          - {name: us, users: 50, roundTrip: 20ms}
          - {name: europe, users: 30, roundTrip: 30ms}
          - {name: asia, users: 20, roundTrip: 40ms}
        geography: \(yaml)
        """, file: "test.yaml"))
    let regions = try Region.list(&parameters)
    let settings = try GeographySettings.read(&parameters, regions)
    try parameters.finish()
    return try #require(settings)
  }

  private func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }

  @Test func usersGoToTheNearestThatStands() throws {
    let settings = try settings(
      "{failover: {}, links: [{from: us, to: asia, roundTrip: 60ms}, "
        + "{from: asia, to: europe, roundTrip: 90ms}]}")
    #expect(settings.primary == 0 && settings.roundTrip(1, 1) == .zero)
    #expect(settings.roundTrip(2, 0) == .milliseconds(60))
    #expect(settings.roundTrip(0, 1) == .milliseconds(80))
    var state = RegionState(settings, users: [50, 30, 20])
    state.lose(0, at: at(10))
    #expect(state.isCutOff(0) && !state.isCutOff(1) && state.lacksPrimary)
    state.reroute(at: at(20))
    // Asia is nearer to the first region than Europe is.
    #expect(state.server == [2, 1, 2] && !state.isCutOff(0))
    let promoted = state.promote(posts: 7)
    let loss = try #require(promoted)
    #expect(loss.heir == 2 && loss.at == at(10) && loss.posts == 7)
    #expect(state.primary == 2 && !state.lacksPrimary)
    // The second loss takes both regions' users with it.
    state.lose(2, at: at(30))
    #expect(state.isCutOff(0) && state.isCutOff(2) && !state.isCutOff(1))
    state.reroute(at: at(50))
    #expect(state.server == [1, 1, 1])
    state.regain(0, at: at(60))
    state.welcomeBack(0, at: at(70))
    #expect(state.server == [0, 1, 1])
    let window = at(15)..<at(45)
    #expect(state.cutOff(0, in: window, until: at(100)) == .seconds(5 + 15))
    #expect(state.cutOff(2, in: window, until: at(100)) == .seconds(15))
    #expect(state.cutOff(1, in: window, until: at(100)) == .zero)
  }

  /// Where none stands nobody is served, until one is back.
  @Test func nobodyStands() throws {
    var state = RegionState(try settings("{primary: europe}"), users: [50, 30, 20])
    for region in 0..<3 { state.lose(region, at: at(Int64(region))) }
    state.reroute(at: at(5))
    let none = state.promote(posts: 0)
    #expect((0..<3).allSatisfy { state.isCutOff($0) } && none == nil)
    state.regain(2, at: at(10))
    state.welcomeBack(2, at: at(12))
    #expect(state.server == [2, 2, 2])
    let loss = state.promote(posts: 3)
    #expect(loss?.heir == 2 && state.losses.count == 1)
    #expect(state.cutOff(0, in: at(0)..<at(100), until: at(50)) == .seconds(12))
    #expect(state.cutOff(2, in: at(0)..<at(100), until: at(50)) == .seconds(8))
  }

  /// All servers stand in some region, none in two, by the shares of the users.
  @Test func serversAreSharedOut() throws {
    let state = RegionState(try settings("{}"), users: [50, 30, 20])
    #expect((0..<3).allSatisfy { state.servers(of: $0, among: 2).isEmpty })
    for count in [3, 10, 17, 1000] {
      let ranges = (0..<3).map { state.servers(of: $0, among: count) }
      #expect(ranges[0].lowerBound == 0 && ranges[2].upperBound == count)
      #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    }
    #expect((0..<3).map { state.servers(of: $0, among: 10).count } == [5, 3, 2])
  }

  @Test(arguments: [
    "{primary: eu}", "{links: [{from: us, to: mars, roundTrip: 1s}]}",
    "{replicationLag: {from: 1s, to: 500ms}}", "{failover: {detect: 1s}}", "{roundTrip: -1s}",
  ])
  func refuses(_ yaml: String) throws {
    #expect(throws: InvalidInput.self) { _ = try settings(yaml) }
  }

  @Test func needsTwoRegions() throws {
    for yaml in [
      "{geography: {}}", "{geography: {}, regions: [{name: a, users: 1, roundTrip: 1s}]}",
    ] {
      var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
      #expect(throws: InvalidInput.self) { _ = try Design(&parameters) }
    }
  }

  @Test(arguments: [("+8h", 8.0), ("-5h", -5), ("0h", 0), ("+330min", 5.5), ("9h", 9)])
  func clocksAreAhead(_ text: String, _ hours: Double) throws {
    let yaml = "regions: [{name: a, users: 1, roundTrip: 1s, timeZone: \(text)}]"
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    #expect(try Region.list(&parameters)[0].timeZone.seconds == hours * 3600)
  }

  @Test(arguments: ["+15h", "8", "+-2h", "east", "++1h"])
  func clocksAreNotThatFarAhead(_ text: String) throws {
    let yaml = "regions: [{name: a, users: 1, roundTrip: 1s, timeZone: \(text)}]"
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    #expect(throws: InvalidInput.self) { _ = try Region.list(&parameters) }
  }
}
