import Foundation
import Testing

/// Moderation and rate limits as a user asks for them.
@Suite(.serialized) struct SafetyCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let moderated = """
    moderation: {review: {reviewers: 1, time: exponential(mean 5s)}}
    limits: {feed: {requests: 1, per: 30s}, retries: 1}
    """

  private func run(
    _ more: [String], world: String = "{harmful: 20%}", settings: String = moderated
  ) throws -> Command.Finished {
    let text = TinyScenario.text(postsPerDay: "300", more: settings)
    let path = try scratch.write(
      "tiny.yaml", text.replacingOccurrences(of: "audience:", with: "audience:\n  world: \(world)"))
    return try Command.run(["run", path] + more)
  }

  @Test func moderationAndLimitsAreToldWhereTheyAre() throws {
    let result = try run(["--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for name in [
      "moderation.time_to_decision", "moderation.review_time", "moderation.backlog",
      "moderation.reviewers", "moderation.reviewers_utilisation",
      "moderation.harmful_impressions", "moderation.removed", "moderation.wrongly_removed",
      "moderation.missed", "moderation.appeals", "moderation.overturned", "delivery.removed",
      "tier.hash_match.utilisation", "tier.moderation_model.utilisation",
      "tier.media_scan.utilisation", "limits.feed.rejected", "limits.feed.unavailable",
      "limits.post.rejected", "limits.media.rejections",
    ] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    let rejected = try document.value("limits.feed.rejected")
    let removed = try document.value("moderation.removed")
    let onDuty = try document.value("moderation.reviewers")
    #expect(rejected > 0 && rejected < 1)
    #expect(removed > 0 && onDuty == 1)
    for name in ["flow balance: moderation", "flow balance: reviewers", "requests: feed"] {
      #expect(document.checks.contains { $0["name"] as? String == name }, "\(name)")
    }
    let summary = try run([])
    #expect(summary.output.contains("Moderation") && summary.output.contains("answered 429"))
    let again = try run(["--json", "--threads", "2"])
    let one = try run(["--json", "--threads", "1"])
    #expect(again.output == one.output)
  }

  /// Who does not moderate has none of it.
  @Test func nothingIsToldWhereTheyAreNot() throws {
    let result = try run(["--json"], settings: "")
    let document = try RunDocument(result.output)
    let names = document.metrics.keys.filter {
      $0.hasPrefix("moderation") || $0.hasPrefix("limits") || $0.contains("media_scan")
        || $0 == "delivery.removed"
    }
    #expect(names.isEmpty)
  }

  @Test(arguments: [
    ("moderation.when=later", "moderation.when"),
    ("moderation.model={reviewAt: 3, removeAt: 2}", "is below reviewAt"),
    ("moderation.review.shifts=[{from: 6h, reviewers: 2}]", "to: is required"),
    ("moderation.review.errors=120%", "moderation.review.errors"),
    ("limits.feed.requests=0", "limits.feed.requests"),
    ("limits.algorithm=leaky", "limits.algorithm"),
    ("limits.likes=none", "unknown key \"likes\""),
  ]) func whatCannotBeIsRefused(_ setting: String, _ message: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func moderationNeedsAWorld() throws {
    let path = try scratch.write("plain.yaml", TinyScenario.text(more: "moderation: {}"))
    let result = try Command.run(["run", path])
    #expect(result.status == 65 && result.errors.contains("audience.world"), "\(result.errors)")
  }
}
