import Settings
import Simulation

/// Drops posts that the viewer has been shown before, as a bloom filter remembers it (S1.21, S2.19;
/// twitter/the-algorithm keeps one of 0.5 %: reference/feed-systems.md §1).
///
/// The filter takes some posts for seen that never were: `falsePositives` of them when it is full.
/// How many it did is `ranking.seen_false_positives`: more than that rate, as what is dropped
/// wrongly stays a candidate and is asked about again, where others are shown and leave. It forgets
/// what was shown more than `capacity` to twice as many posts ago (`ShownPosts`, with its memory).
/// Posts that earlier pages of the same feed have shown stay where they are, so that a scroll goes
/// on behind them. A held feed is shown as it was ranked: only what is ranked anew is filtered.
public struct Seen: RankingStage {
  public static let name = "seen"
  public static let summary = "drops posts shown to the viewer before, by a bloom filter"

  public var role: StageRole { .filter }

  public let falsePositives: Double
  public let capacity: Int

  public init(_ parameters: inout Parameters) throws {
    falsePositives = try parameters.read(
      "falsePositives", .share(in: 0.000_001...0.5), default: 0.005,
      "Of posts never shown, those that a full filter drops all the same.")
    capacity = try parameters.read(
      "capacity", .count(in: 1...10_000_000), default: 1000,
      "The last posts shown that a viewer's filter knows for sure; it forgets before twice as many."
    )
  }

  public func prepare(_ state: RankingState) {
    state.countPassage(Self.name)
    state.rememberShown().filter(capacity: capacity, falsePositives: falsePositives)
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let state = context.state, let shown = state.shown else { return }
    let (ids, viewer, offset) = (candidates.ids, context.viewer, context.offset)
    var (strangers, taken) = (0, 0)
    candidates.keep(Self.name, context) { index in
      let id = ids[index]
      if offset > 0, shown.isAmongLast(offset, id, of: viewer) { return true }
      let isTaken = shown.isTakenForSeen(id, by: viewer)
      if context.isMeasured, !shown.wasShown(id, to: viewer) {
        strangers += 1
        taken += isTaken ? 1 : 0
      }
      return !isTaken
    }
    state.books.strangers += strangers
    state.books.takenForSeen += taken
    state.books.takenForSeenExpected += Double(strangers) * shown.falsePositives(of: viewer)
  }
}
