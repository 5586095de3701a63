import Foundation
import Planning
import Settings
import Testing

/// Which settings of another fan-out policy a scenario may hold: none that nobody can read.
@Suite struct ScenarioTests {
  private static let audience = """
    audience: {users: 1k, graph: {kind: uniform, meanFollows: 5}}

    """

  /// The error of the scenario `x.yaml`, which may extend `preset.yaml`; empty when it is fine.
  private func problem(
    _ text: String, preset: String = "", set overrides: [String] = []
  ) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in [("x.yaml", text), ("preset.yaml", preset)] {
      try Data((Self.audience + text).utf8).write(to: folder.appendingPathComponent(name))
    }
    do {
      _ = try Scenario(reading: folder.path + "/x.yaml", overrides: overrides)
      return ""
    } catch {
      return "\(error)".replacing(folder.path + "/", with: "")
    }
  }

  private static let hybrid = "fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 100}\n"

  @Test func refusesASettingOfAnotherPolicy() throws {
    let text = """
      the fan-out policy push does not read "pushBelow", hybrid does; leave it out, or write \
      policy: hybrid
      """
    let push = "fanOut: {policy: push}\n"
    #expect(
      try problem("fanOut: {policy: push, pushBelow: 50}\n") == "x.yaml:2:24: fanOut.pushBelow: "
        + text)
    let set = "--set fanOut.pushBelow: " + text
    #expect(try problem(push, set: ["fanOut.pushBelow=50"]) == set)
    // In whatever order the command line says it.
    let both = ["fanOut.pushBelow=50", "fanOut.policy=push"]
    #expect(try problem(Self.hybrid, set: both) == set)
    #expect(try problem(Self.hybrid, set: both.reversed()) == set)
    // A typing error is no policy's key.
    #expect(try problem("fanOut: {policy: push, pushBleow: 50}\n").contains("unknown key"))
    #expect(try problem("fanOut: {pushBelow: 50, batch: 10}\n") == "")
  }

  @Test func aLaterLayerChoosesThePolicy() throws {
    #expect(try problem(Self.hybrid, set: ["fanOut.policy=push"]) == "")
    let extending = "extends: preset.yaml\n"
    #expect(try problem(extending + "fanOut: {policy: pull}\n", preset: Self.hybrid) == "")
    // What the later layer itself says must be read.
    let pull = "fanOut: {policy: pull}\n"
    #expect(
      try problem(extending + "fanOut: {pushBelow: 50}\n", preset: pull)
        .hasPrefix("x.yaml:3:10: fanOut.pushBelow: the fan-out policy pull does not read"))
    #expect(
      try problem(extending + "fanOut: {policy: pull, pushBelow: 50}\n", preset: Self.hybrid)
        .hasPrefix("x.yaml:3:24: fanOut.pushBelow: "))
  }

  @Test func designsShareSettings() throws {
    let push = "designs: {a: {fanOut: {policy: push}}, "
    let mixed = push + "b: {fanOut: {policy: hybrid}}}\n"
    #expect(try problem(mixed, set: ["fanOut.pushBelow=50"]) == "")
    #expect(try problem("fanOut: {policy: push, pushBelow: 50}\n" + mixed) == "")
    #expect(try problem(mixed, set: ["designs.b.fanOut.pushBelow=50"]) == "")
    #expect(try problem(Self.hybrid + mixed, set: ["designs.b.fanOut.policy=pull"]) == "")
    // Nobody reads it.
    let pure = push + "b: {fanOut: {policy: pull}}}\n"
    #expect(
      try problem(pure, set: ["fanOut.pushBelow=50"])
        .hasPrefix("--set fanOut.pushBelow: the fan-out policy push does not read"))
    // A design's own setting is for nobody else.
    let own = push + "b: {fanOut: {policy: pull, pullFrom: 1k}}, c: {fanOut: {pushBelow: 50}}}\n"
    #expect(
      try problem(own) == """
        x.yaml:2:67: designs.b.fanOut.pullFrom: the fan-out policy pull does not read "pullFrom", \
        hybrid does; leave it out, or write policy: hybrid
        """)
    #expect(
      try problem(mixed, set: ["designs.a.fanOut.pushBelow=50"])
        .hasPrefix("--set designs.a.fanOut.pushBelow: the fan-out policy push does not read"))
  }

  /// The thresholds count without the policy's name too, since hybrid is what runs without one.
  @Test func thePolicyWithoutANameReadsItsSettings() throws {
    let text = try problem("fanOut: {pushBelow: 50, pullFrom: 10}\n")
    #expect(text.hasPrefix("x.yaml:2:35: fanOut.pullFrom: is 10, below pushBelow (50)"), "\(text)")
  }
}
