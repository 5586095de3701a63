import Settings

/// S1.25's mix of media without dropping anything: each place goes to the best candidate whose kind
/// is not above its share, and where all that are left are, to the best of them.
///
/// A kind is above its share as in `Diversity`: where its posts so far, over all there would be
/// with the next, are more than image .4, video .3, text .3, when more than ten are there.
public struct TypeMix: RankingStage {
  public static let name = "type-mix"
  public static let summary = "puts off media above their share after ten posts; drops nothing"

  public var role: StageRole { .reranker }

  /// By `MediaKind`: image, video, text.
  public let mix: [Double]
  /// Posts that are there before the mix counts.
  public let mixAfter: Int

  public init(_ parameters: inout Parameters) throws {
    mix = try MediaMix.read(&parameters)
    mixAfter = try parameters.read(
      "mixAfter", .count(in: 0...10_000), default: 10,
      "The mix counts when more posts than this are there.")
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.sort()
    let count = candidates.count
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(count, 1)) { kinds in
      for index in 0..<count {
        let type = context.traits(of: candidates.ids[index]).type
        kinds[index] = UInt8(MediaKind(type).rawValue)
      }
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1)) { places in
        deal(kinds, count, into: places)
        candidates.permute(UnsafeMutableBufferPointer(rebasing: places[..<count]))
      }
    }
  }

  /// Lists the candidates' places in their new order: each kind keeps its own.
  private func deal(
    _ kinds: UnsafeMutableBufferPointer<UInt8>, _ count: Int,
    into places: UnsafeMutableBufferPointer<Int32>
  ) {
    func next(_ kind: Int, after place: Int) -> Int {
      var place = place + 1
      while place < count, Int(kinds[place]) != kind { place += 1 }
      return place
    }
    var heads = (next(0, after: -1), next(1, after: -1), next(2, after: -1))
    var counts = (0, 0, 0)
    for place in 0..<count {
      func isAbove(_ kind: Int, _ dealt: Int) -> Bool {
        place > mixAfter && Double(dealt) / Double(place + 1) > mix[kind]
      }
      let best = min(heads.0, heads.1, heads.2)
      let first = isAbove(0, counts.0) ? count : heads.0
      let second = isAbove(1, counts.1) ? count : heads.1
      let third = isAbove(2, counts.2) ? count : heads.2
      let fair = min(first, second, third)
      let chosen = fair < count ? fair : best
      places[place] = Int32(chosen)
      switch kinds[chosen] {
      case 0:
        counts.0 += 1
        heads.0 = next(0, after: chosen)
      case 1:
        counts.1 += 1
        heads.1 = next(1, after: chosen)
      default:
        counts.2 += 1
        heads.2 = next(2, after: chosen)
      }
    }
  }
}
