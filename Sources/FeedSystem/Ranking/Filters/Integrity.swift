import Settings

/// Drops or demotes what breaks the rules, after diversity (S1.26; S0.7's spam detection): posts
/// that a classifier calls harmful, and posts that viewers have reported.
///
/// The classifier finds `detected` of the harmful posts and takes `falsePositives` of the others
/// for such, drawn by post. A demoted post's score is multiplied by the factor; where the list is
/// in its order already, it goes behind all others. Needs `audience.world`, which says what is
/// harmful.
public struct Integrity: RankingStage {
  public static let name = "integrity"
  public static let summary = "drops or demotes harmful and reported posts"

  public var role: StageRole { .filter }

  public enum Action: String, CaseIterable, Sendable {
    case drop, demote
  }

  public let action: Action
  public let factor: Double
  public let detected: Double
  public let falsePositives: Double
  /// Reports from which on a post counts as harmful.
  public let reports: Int

  public init(_ parameters: inout Parameters) throws {
    action = try parameters.read(
      "action", .choice(Action.allCases.map { ($0.rawValue, $0) }), default: .drop,
      "What is done with such posts.")
    factor = try parameters.read(
      "factor", .number(in: 0.000_001...1), default: 0.1,
      "What a demoted post's score is multiplied by.")
    detected = try parameters.read(
      "detected", .share(), default: 0.95, "Of harmful posts, those that are found.")
    falsePositives = try parameters.read(
      "falsePositives", .share(), default: 0.001, "Of other posts, those taken for harmful.")
    reports = try parameters.read(
      "reports", .count(in: 1...1_000_000_000), default: 3,
      "Reports from which on a post counts as harmful.")
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  private func isHarmful(_ id: UInt32, _ context: RankingContext) -> Bool {
    let share = context.traits(of: id).isHarmful ? detected : falsePositives
    return context.draw(2, for: context.post(id)) < share
      || context.state?.reportCount(of: id) ?? 0 >= reports
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard context.world != nil else { return }
    let (ids, count) = (candidates.ids, candidates.count)
    if action == .drop {
      return candidates.keep(Self.name, context) { !isHarmful(ids[$0], context) }
    }
    guard candidates.isOrdered else {
      for index in 0..<count where isHarmful(ids[index], context) {
        candidates.scale(index, by: Float(factor))
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1)) { places in
      var next = 0
      for harmful in [false, true] {
        for index in 0..<count where isHarmful(ids[index], context) == harmful {
          places[next] = Int32(index)
          next += 1
        }
      }
      candidates.permute(UnsafeMutableBufferPointer(rebasing: places[..<count]))
    }
  }
}
