import FeedSystem
import Foundation
import Settings
import Testing

@testable import Planning

/// What a plan makes of money: rules about the bill, currencies, prices that are missing.
@Suite struct PlanMoneyTests {
  static let items = [
    "c5.2xlarge": 0.4, "c5.4xlarge": 0.8, "db.r5.4xlarge": 2, "cache.r6g.2xlarge": 0.8,
  ]

  /// A sheet's text in which each of those costs so much an hour.
  static func book(
    _ name: String, currency: String = "EUR", _ items: [String: Double] = items
  ) -> String {
    let list = items.sorted { $0.key < $1.key }.map {
      "  \($0.key): {price: \($0.value), per: hour, source: list, date: 2026-08-21}"
    }
    return """
      name: \(name)
      currency: \(currency)
      region: nowhere
      date: 2026-08-21
      items:
      \(list.joined(separator: "\n"))

      """
  }

  /// A second of a few users.
  static func text(_ rules: String, prices: String = "euro.yaml", _ more: String = "") -> String {
    """
    # What does it cost?
    feedsim: 1
    name: money
    duration: 1s
    warmUp: 1s
    replications: 1
    audience:
      users: 100
      graph: {kind: uniform, meanFollows: 2}
      activity: {postsPerDay: 1, loadsPerDay: 8640}
    fanOut: {policy: pull}
    timelines: {lifetime: 1h}
    prices: \(prices)
    thresholds: [\(rules)]
    \(more)

    """
  }

  /// A folder with files in it.
  static func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    return folder.path
  }

  private func plan(_ text: String, rules: [String] = []) throws -> PlanRun {
    let folder = try Self.folder(["euro.yaml": Self.book("euro"), "money.yaml": text])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try PlanRun(
      reading: "\(folder)/money.yaml", overrides: [], rules: rules, version: "1")
  }

  /// The bill is what is made least, whatever it is in, and never an objective.
  @Test func aRuleAboutTheBillIsNoObjective() throws {
    for currency in Currency.allCases {
      let rule = try Threshold(
        parsing: "cost.month < 3k \(currency.rawValue)", currency: currency)
      #expect(rule.isCost, "\(rule.rule)")
    }
    #expect(try !Threshold(parsing: "feed.latency.p99 < 1s").isCost)
    #expect(try !Threshold(parsing: "ads.revenue > 10 USD").isCost, "it is earned")
    let problem = #expect(throws: InvalidInput.self) {
      _ = try plan(Self.text("cost.month < 100k EUR"))
    }
    #expect(problem?.message.contains("gives no objective") == true, "\(problem as Any)")
    _ = try plan(Self.text("cost.month < 100k EUR, feed.latency.p99 < 1s"))
  }

  /// A rule on the command line is in the book's currency, as one in the file is.
  @Test func aRuleOnTheCommandLineIsInTheBooksCurrency() throws {
    let text = Self.text("feed.latency.p99 < 1s")
    _ = try plan(text, rules: ["cost.month < 1k EUR"])
    let problem = #expect(throws: InvalidInput.self) {
      _ = try plan(text, rules: ["cost.month < 10 USD"])
    }
    #expect(problem?.message.contains("write the rule in EUR") == true, "\(problem as Any)")
  }

  /// Of a capacity neither: no load is refused for what it costs.
  @Test func aCapacityIsNotLimitedByMoney() throws {
    let rules = "cost.month < 100k EUR, feed.latency.p99 < 1s"
    let folder = try Self.folder([
      "euro.yaml": Self.book("euro"), "money.yaml": Self.text(rules),
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let search = CapacitySearch(try Scenario(reading: "\(folder)/money.yaml"), threads: 1)
    let ground = try search.prepared(version: "1")
    #expect(ground.setAside == ["cost.month < 100k EUR"])
    #expect(ground.rules.map(\.rule) == ["feed.latency.p99 < 1s"])
  }
}
