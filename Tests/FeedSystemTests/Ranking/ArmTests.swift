import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Who falls into which arm of a test, and when.
struct ArmTests {
  private static func settings(_ yaml: String) throws -> ExperimentSettings {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let settings = try ExperimentSettings(&parameters)
    try parameters.finish()
    return settings
  }

  @Test func armsHaveTheirShares() throws {
    let settings = try Self.settings(
      "arms: [{name: a, share: 20%}, {name: b, share: 50%}, {name: c, share: 30%}]")
    let books = ExperimentBooks(settings, worth: ActionWorth(), seed: 11)
    var counts = [0, 0, 0]
    for viewer in UInt32(0)..<20_000 { counts[books.arm(of: viewer, at: .start)] += 1 }
    for (count, share) in zip(counts, [0.2, 0.5, 0.3]) {
      let deviation = (share * (1 - share) / 20_000).squareRoot()
      #expect(abs(Double(count) / 20_000 - share) < 4 * deviation)
    }
  }

  /// Whom the last arm has, it keeps; who is not in it stays where they are.
  @Test func aRollOutOnlyGrows() throws {
    let settings = try Self.settings(
      """
      arms: [{name: a, share: 30%}, {name: b, share: 30%}, {name: c, share: 40%}]
      rollout:
        - {at: 0s, share: 1%}
        - {at: 10m, share: 10%}
        - {at: 20m, share: 50%}
        - {at: 30m, share: 100%}
      """)
    let books = ExperimentBooks(settings, worth: ActionWorth(), seed: 5)
    let opens = Instant(nanoseconds: 60_000_000_000)
    books.opens = opens
    var last = (0..<UInt32(5000)).map { books.arm(of: $0, at: .start) }
    #expect(!last.contains(2))
    let steps: [(Int64, Double)] = [(0, 0.01), (10, 0.1), (20, 0.5), (30, 1.0)]
    for (minutes, share) in steps {
      let time = opens + .seconds(minutes * 60)
      let now = (0..<UInt32(5000)).map { books.arm(of: $0, at: time) }
      let deviation = (share * (1 - share) / 5000).squareRoot()
      #expect(abs(Double(now.count { $0 == 2 }) / 5000 - share) <= 4 * deviation)
      for (before, after) in zip(last, now) { #expect(after == before || after == 2) }
      last = now
    }
  }

  @Test(arguments: [
    ("arms: [{name: a, share: 100%}]", "are 1; a test has 2"),
    ("arms: [{name: a, share: 50%}, {name: a, share: 50%}]", "occurs twice"),
    ("arms: [{name: a, share: 50%}, {name: b, share: 40%}]", "do not add up"),
    ("arms: [{name: A-1, share: 50%}, {name: b, share: 50%}]", "small letters"),
    ("arms: [{name: a, share: 0%}, {name: b, share: 100%}]", "share"),
    (
      "arms: [{name: a, share: 50%}, {name: b, share: 50%}]\n"
        + "rollout: [{at: 1h, share: 50%}, {at: 30m, share: 80%}]", "must rise"
    ),
    (
      "arms: [{name: a, share: 50%}, {name: b, share: 50%, ranking: [nonsense]}]",
      "unknown ranking stage"
    ),
  ])
  func badTestsAreRefused(_ yaml: String, _ message: String) {
    do {
      _ = try Self.settings(yaml)
      Issue.record("accepted: \(yaml)")
    } catch let problem as InvalidInput {
      let text = problem.path + " " + problem.message
      #expect(text.contains(message), "\(text)")
    } catch {
      Issue.record("\(error)")
    }
  }
}
