import Settings
import Simulation

/// Turns calls away at a tier that has too much to do, the least urgent first.
///
/// The first kind in the order goes when the queue is longer than the mark, the second when it is
/// twice as long, and so on; kinds that are not in it are never turned away.
public struct Shedding: Sendable {
  public enum Mark: Sendable, Equatable {
    /// Visits that wait, a server.
    case visits(Double)
    /// What a visit that came now would wait.
    case time(Duration)
  }

  public var above: Mark
  public var order: [CallerKind]

  public init(above: Mark, order: [CallerKind] = CallerKind.allCases) {
    self.above = above
    self.order = order
  }

  init(_ parameters: inout Parameters) throws {
    let visits = Form<Double>.number(in: 0.001...1e9).map(spell: Self.spell) { Mark.visits($0) }
    let time = Form<Duration>.duration(in: .microseconds(1)...Duration.seconds(86_400))
      .map(spell: Self.spell) { Mark.time($0) }
    above = try parameters.require(
      "above", visits.or(time) { $0.last?.isLetter == true && !$0.contains("k") },
      "The mark: visits that wait for each server, or what one would wait, such as 20 or 200ms.")
    let kinds = CallerKind.allCases.map { ($0.key, $0) }
    order =
      try parameters.read(
        "order", .list(of: .choice(kinds)),
        "Who goes first, at the mark, at twice the mark and so on; if not given, "
          + CallerKind.allCases.map(\.key).joined(separator: ", ") + ".") ?? CallerKind.allCases
    if Set(order).count < order.count || order.isEmpty {
      throw parameters.error("must name each kind once, and one at least", key: "order")
    }
  }

  private static func spell(_ mark: Mark) -> String? {
    if case .visits(let count) = mark { return "\(count)" }
    return nil
  }

  /// Whether a call of this kind is turned away.
  ///
  /// - Parameters:
  ///   - waiting: visits that wait, over all servers.
  ///   - service: the mean of late.
  public func turnsAway(
    _ kind: CallerKind, waiting: Int, servers: Int, service: Duration
  ) -> Bool {
    guard waiting > 0, let rank = order.firstIndex(of: kind) else { return false }
    let each = Double(waiting) / Double(max(1, servers))
    let marks =
      switch above {
      case .visits(let mark): each / mark
      case .time(let mark): each * service.seconds / mark.seconds
      }
    return marks > Double(rank + 1)
  }
}
