import Simulation

/// What filters and rerankers do with a list of candidates.
extension Candidates {
  private struct Ranked: BitwiseCopyable {
    var id: UInt32
    var score: Float
    var source: CandidateSource
  }

  /// Puts the candidates into the order that lists their places.
  func permute(_ places: UnsafeMutableBufferPointer<Int32>) {
    withUnsafeTemporaryAllocation(of: Ranked.self, capacity: max(places.count, 1)) { copy in
      for (index, place) in places.enumerated() {
        let place = Int(place)
        copy.initializeElement(
          at: index,
          to: Ranked(id: ids[place], score: scores[place], source: sources[place]))
      }
      for index in 0..<places.count {
        ids[index] = copy[index].id
        scores[index] = copy[index].score
        sources[index] = copy[index].source
      }
    }
  }

  /// Keeps the candidates that pass and tells the run what was dropped.
  mutating func keep(
    _ name: String, _ context: RankingContext, where passes: (_ index: Int) -> Bool
  ) {
    let came = count
    keep(where: passes)
    if context.isMeasured { context.state?.count(name, came: came, dropped: came - count) }
  }
}

/// How often each of a slate's authors has come so far.
struct AuthorCounts {
  private let slots: UnsafeMutableBufferPointer<UInt64>
  private let mask: Int

  /// Calls `body` with counts for a slate of so many candidates.
  static func use<Value>(for count: Int, _ body: (AuthorCounts) -> Value) -> Value {
    let capacity = max(2 * count, 2).nextPowerOfTwo
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: capacity) { slots in
      slots.initialize(repeating: .max)
      return body(AuthorCounts(slots: slots, mask: capacity - 1))
    }
  }

  /// How often the author has come before, which is one time more from now on.
  @inline(__always)
  func next(_ author: UInt32) -> Int {
    let slot = slot(of: author)
    let before = slots[slot] == .max ? 0 : Int(UInt32(truncatingIfNeeded: slots[slot]))
    slots[slot] = UInt64(author) << 32 | UInt64(before + 1)
    return before
  }

  /// How often the author has come.
  @inline(__always)
  func count(of author: UInt32) -> Int {
    let slot = slot(of: author)
    return slots[slot] == .max ? 0 : Int(UInt32(truncatingIfNeeded: slots[slot]))
  }

  @inline(__always)
  private func slot(of author: UInt32) -> Int {
    var slot = Int(truncatingIfNeeded: mix64(UInt64(author))) & mask
    while slots[slot] != .max, slots[slot] >> 32 != UInt64(author) { slot = (slot + 1) & mask }
    return slot
  }
}

/// The media of a post as S1.25 mixes them: status and link are text.
enum MediaKind: Int, CaseIterable {
  case image, video, text

  init(_ type: PostType) {
    switch type {
    case .photo: self = .image
    case .video: self = .video
    case .status, .link: self = .text
    }
  }

  var key: String { "\(self)" }
}
