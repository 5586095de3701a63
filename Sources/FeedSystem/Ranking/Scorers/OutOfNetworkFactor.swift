import Settings

/// Posts of authors whom the viewer does not follow count less (x-algorithm:
/// reference/feed-systems.md §3): their scores are multiplied by .75.
///
/// By where a candidate comes from: out-of-network and trending ones, not ads.
public struct OutOfNetworkFactor: RankingStage {
  public static let name = "out-of-network-factor"
  public static let summary = "what comes from outside of the network counts 0.75"

  public let factor: Double

  public init(_ parameters: inout Parameters) throws {
    factor = try parameters.read(
      "factor", .number(in: 0.001...1000), default: 0.75, "What their scores are multiplied by.")
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    for index in 0..<candidates.count
    where candidates.sources[index] == .outOfNetwork || candidates.sources[index] == .trending {
      candidates.scale(index, by: Float(factor))
    }
    candidates.isOrdered = false
  }
}
