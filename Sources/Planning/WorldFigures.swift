import FeedSystem
import Settings
import Simulation

/// What viewers make of their feeds, and how far rankings are from the best, in a world.
extension Replication {
  mutating func addWorld(
    _ books: EngagementMeasurements, _ exposure: ExposureFigures?, _ world: WorldSettings?
  ) {
    guard let world else { return }
    addEngagement(books, world)
    if books.ranked > 0 {
      let ranked = Double(books.ranked)
      add("ranking.quality", .ratio, books.quality.first20 / ranked)
      add("ranking.ndcg_5", .ratio, books.quality.first5 / ranked)
    }
    if books.pages > 0 {
      let pages = Double(books.pages)
      add("ranking.diversity", .ratio, books.topicDiversity / pages)
      add("ranking.author_diversity", .ratio, books.authorDiversity / pages)
    }
    if let coverage = exposure?.authorCoverage { add("ranking.author_coverage", .ratio, coverage) }
    if let gini = exposure?.gini { add("ranking.fairness", .ratio, gini) }
    if let unseen = exposure?.neverSeen { add("ranking.never_seen", .ratio, unseen) }
  }

  private mutating func addEngagement(_ books: EngagementMeasurements, _ world: WorldSettings) {
    guard books.total.feeds > 0 else { return }
    let feeds = Double(books.total.feeds)
    add("engagement.per_feed", .perFeed, books.total.worth / feeds)
    add("engagement.dwell", .seconds, books.seconds / feeds)
    if !world.breaking.isEmpty, books.sinceBreaking.feeds > 0 {
      let since = Double(books.sinceBreaking.feeds)
      add("engagement.breaking", .perFeed, books.sinceBreaking.breaking / since)
    }
    let shown = Double(max(books.shownMeasured, 1))
    add("engagement.examined", .ratio, Double(books.examined) / shown)
    add("engagement.repeated", .ratio, Double(books.repeated) / shown)
    // How long viewers look says more than how often they look long, and has the name.
    for action in Action.allCases where action != .dwell {
      let count = Double(books.actions[Int(action.rawValue)])
      add("engagement.\(action.key)", .perThousandFeeds, count / feeds * 1000)
    }
  }
}

extension MetricNames {
  static let worldScalars: [(name: String, unit: Unit, direction: Direction)] =
    [
      ("engagement.per_feed", .perFeed, .higher), ("engagement.dwell", .seconds, .higher),
      ("engagement.breaking", .perFeed, .higher), ("engagement.examined", .ratio, .none),
      ("engagement.repeated", .ratio, .lower),
    ]
    + Action.allCases.filter { $0 != .dwell }.map { action in
      ("engagement.\(action.key)", .perThousandFeeds, action.isNegative ? .lower : .higher)
    } + [
      ("ranking.quality", .ratio, .higher), ("ranking.ndcg_5", .ratio, .higher),
      ("ranking.diversity", .ratio, .higher), ("ranking.author_diversity", .ratio, .higher),
      ("ranking.author_coverage", .ratio, .higher), ("ranking.fairness", .ratio, .lower),
      ("ranking.never_seen", .ratio, .lower),
    ]
}

extension TimeLines {
  /// What feeds were worth through time, and posts on breaking topics in them.
  mutating func addEngagement(_ measured: borrowing Measurements, _ world: WorldSettings?) {
    guard let world else { return }
    let rows = measured.intervals.rows.map(\.engagement)
    func add(_ name: String, _ value: (FeedWorth) -> Double) {
      let values = rows.map { $0.feeds > 0 ? value($0) / Double($0.feeds) : nil }
      lines.append(Line(name: name, unit: .perFeed, values: values))
    }
    add("engagement.per_feed") { $0.worth }
    if !world.breaking.isEmpty { add("engagement.breaking") { $0.breaking } }
    lines.sort { $0.name < $1.name }
  }
}

extension Scenario {
  /// Breaking topics of the window.
  var breakingMarks: [Mark] {
    (audience.world?.breaking ?? []).filter { $0.at < duration && !$0.isEvent }.map { topic in
      Mark(at: topic.at, length: topic.length, text: "topic \(topic.topic) breaks")
    }
  }

  /// Refuses what needs a world where there is none, and what breaks after the end of the run.
  func validateWorld(_ parameters: Parameters) throws {
    let hasOracle = designs.contains { named in
      named.design.ranks(with: Oracle.self)
    }
    if hasOracle, audience.world == nil {
      throw parameters.error(
        "\(Oracle.name) knows what posts are truly worth, which is nothing without audience.world",
        key: "ranking")
    }
    if let late = audience.world?.breaking.first(where: { $0.at >= duration }) {
      throw parameters.error(
        "world.breaking has topic \(late.topic) after the end of the run", key: "audience")
    }
  }
}
