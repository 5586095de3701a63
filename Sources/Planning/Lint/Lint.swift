import FeedSystem
import Settings

/// Something that a scenario lacks, by the seeds' advice, and a setting that mends it.
public struct LintFinding: Sendable, Equatable {
  /// As in `LintRule.name`.
  public var rule: String
  /// Whose advice it is, such as `S0.1`.
  public var seed: String
  public var what: String
  public var why: String
  /// What `--set <key>=<value>` needs to mend it; the value is a proposal.
  public var key: String
  public var value: String
  /// Whom it is found in; empty where a scenario has one design.
  public var designs: [String] = []
}

/// One piece of advice: a look at a design, and what it lacks.
public struct LintRule: Sendable {
  /// What a rule has to say.
  struct Advice {
    var what: String
    var why: String
    var key: String
    var value: String
  }

  /// Small letters, words joined by `-`.
  public let name: String
  public let seed: String
  let look: @Sendable (LintSubject) -> Advice?
}

/// A design with what advice depends on: who reads it, and how many.
struct LintSubject {
  var design: Design
  /// That the scenario stands for.
  var users: Int
  /// Followers of a user, on average.
  var meanFollowers: Double
  /// Of the most followed.
  var mostFollowers: Int
  /// Pages asked for, of each post.
  var readsPerPost: Double
  /// Rules that a run is held to.
  var thresholds: Int

  var policy: String { type(of: design.fanOut).name }
  /// Whether some authors are pushed and some pulled, or edges are.
  var isHybrid: Bool { policy != Push.name && policy != Pull.name && policy != Lossy.name }
  /// S2.7's conditions of fan-out on write.
  var suitsPush: Bool { meanFollowers < 10_000 && readsPerPost > 100 }

  /// Thresholds that split this population, as S0.6's 10K and 1M split 3 billion.
  var hybrid: String {
    let (push, pull) = (max(1, mostFollowers / 10), max(1, mostFollowers / 2))
    return "{policy: hybrid, pushBelow: \(push), pullFrom: \(max(push, pull)), activeWindow: 24h}"
  }
  /// In place of pushing to everybody: what S0.25 advises for the size.
  var insteadOfPush: String { users < 1_000_000 ? "{policy: \(Pull.name)}" : hybrid }
}

/// A scenario held against the seeds' production checklist (S0.1), and the strategies that they
/// advise for its size (S0.25) and its reads and writes (S2.7). It is advice: scenarios that ask
/// about one part lack the others on purpose.
public struct Lint: Sendable {
  public static let rules = LintRule.checklist + LintRule.strategies + LintRule.protections

  /// In the order of the rules.
  public let findings: [LintFinding]
  /// The size that strategies were advised for.
  public let users: Int

  /// - Parameter users: that the scenario stands for; its own if not given.
  public init(_ scenario: Scenario, users: Int? = nil) throws {
    let audience = try LintAudience(scenario)
    self.users = users ?? audience.users
    let activity = scenario.audience.activity
    let pages = activity.loadsPerDay * scenario.traffic.sessions.pages
    let subjects = scenario.designs.map { named in
      LintSubject(
        design: named.design, users: users ?? audience.users,
        meanFollowers: audience.meanFollowers, mostFollowers: audience.mostFollowers,
        readsPerPost: activity.postsPerDay > 0 ? pages / activity.postsPerDay : .infinity,
        thresholds: scenario.thresholds.count)
    }
    findings = Self.rules.flatMap { rule -> [LintFinding] in
      var found: [LintFinding] = []
      for (named, subject) in zip(scenario.designs, subjects) {
        guard let advice = rule.look(subject) else { continue }
        let finding = LintFinding(
          rule: rule.name, seed: rule.seed, what: advice.what, why: advice.why, key: advice.key,
          value: advice.value)
        let name = named.name.isEmpty ? [] : [named.name]
        if let index = found.firstIndex(where: { $0.isLike(finding) }) {
          found[index].designs += name
        } else {
          var finding = finding
          finding.designs = name
          found.append(finding)
        }
      }
      return found
    }
  }
}

extension LintFinding {
  /// Whether both say the same, of whatever designs.
  fileprivate func isLike(_ other: LintFinding) -> Bool {
    var other = other
    other.designs = designs
    return self == other
  }
}

/// Who follows whom, as far as advice depends on it: by the law, without building a graph, or from
/// the file that lists the follows.
private struct LintAudience {
  var users: Int
  var meanFollowers: Double
  var mostFollowers: Int

  init(_ scenario: Scenario) throws {
    let model = scenario.audience
    if let mean = model.graph.meanFollows {
      users = model.users
      meanFollowers = mean
      let named = model.celebrities.map { $0.followers.count(of: model.users) }
      mostFollowers = max(
        min(model.graph.maximum ?? .max, max(1, model.users - 1)), named.max() ?? 0)
    } else {
      let graph = try model.build(seed: scenario.seed).graph
      users = graph.userCount
      meanFollowers = Double(graph.edgeCount) / Double(max(1, graph.userCount))
      mostFollowers = graph.userCount > 0 ? graph.followerCount(of: 0) : 0
    }
  }
}
