import Settings
import Simulation

/// One step of the funnel: candidates in, candidates out. The scenario's list gives the order.
///
/// The order that the last stage leaves is the feed's order after selection by score.
public protocol RankingStage: Part, Sendable {
  /// Scores, drops or reorders candidates; the work it did is the number it looked at.
  func apply(_ candidates: inout Candidates, _ context: RankingContext)
}

extension Catalog where Contract == any RankingStage {
  /// Every ranking stage: a new one is one file and one line here.
  public static var ranking: Catalog<any RankingStage> {
    Catalog(
      "ranking stage",
      [
        Chronological.self,
        Weighted.self,
        Oracle.self,
      ])
  }
}

/// Where a candidate comes from.
public enum CandidateSource: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// The timeline and the authors whom the viewer follows.
  case inNetwork
  /// Authors whom the viewer does not follow, what is trending, advertisements.
  case outOfNetwork, trending, ad
}

/// The posts that may be shown to a viewer, as a struct of arrays in memory lent by the run.
public struct Candidates {
  public let ids: UnsafeMutablePointer<UInt32>
  /// Higher is better; ties go to the newer post.
  public let scores: UnsafeMutablePointer<Float>
  public let sources: UnsafeMutablePointer<CandidateSource>
  public var count: Int
  /// Places of the arrays, for sources that add to them.
  public let capacity: Int
  /// Whether they lie in the feed's order, best first: scores decide no more.
  public var isOrdered = false

  /// In an order that scores decide, all of the viewer's network unless told otherwise.
  init(
    ids: UnsafeMutablePointer<UInt32>, scores: UnsafeMutablePointer<Float>,
    sources: UnsafeMutablePointer<CandidateSource>, count: Int, capacity: Int
  ) {
    self.ids = ids
    self.scores = scores
    self.sources = sources
    self.count = count
    self.capacity = capacity
  }
}

/// What a stage may look at.
public struct RankingContext {
  public let viewer: UInt32
  public let nowMilliseconds: Int64
  private let posts: UnsafePointer<PostRecord>
  private let counters: UnsafePointer<PostCounters>
  private let traits: UnsafePointer<PostTraits>?
  private let affinity: AffinityStore
  /// Nil where every post is like every other.
  public let world: World?
  private let judged: JudgedPosts?

  init(
    viewer: UInt32, nowMilliseconds: Int64, posts: borrowing PostStore, affinity: AffinityStore,
    world: World? = nil, judged: JudgedPosts? = nil
  ) {
    self.viewer = viewer
    self.nowMilliseconds = nowMilliseconds
    self.posts = UnsafePointer(posts.records)
    counters = UnsafePointer(posts.counters)
    traits = posts.traits.map { UnsafePointer($0) }
    self.affinity = affinity
    self.world = world
    self.judged = judged
  }

  /// Whether the viewer has looked at a post before; nobody has without a world.
  func hasExamined(_ id: UInt32) -> Bool { judged?.isExamined(id, by: viewer) ?? false }

  /// Whether the viewer has hidden a post.
  func hasHidden(_ id: UInt32) -> Bool { judged?.isHidden(id, from: viewer) ?? false }

  @inline(__always)
  func post(_ id: UInt32) -> PostRecord { posts[Int(id)] }

  @inline(__always)
  func counters(of id: UInt32) -> PostCounters { counters[Int(id)] }

  /// What a post is; like every other without a world.
  @inline(__always)
  func traits(of id: UInt32) -> PostTraits { traits?[Int(id)] ?? PostTraits() }

  /// Interactions of the viewer with an author, as many as are known.
  @inline(__always)
  func interactions(with author: UInt32) -> Double {
    affinity.interactions(of: viewer, with: author)
  }
}

/// Puts the best `limit` candidates first, best to worst, and returns how many there are.
///
/// One 64-bit key each (score, then id) is selected and sorted: no comparison looks anywhere
/// else, and equal scores have one order.
func selectTop(
  _ candidates: Candidates, limit: Int, keys: UnsafeMutablePointer<UInt64>
) -> Int {
  if candidates.isOrdered { return min(limit, candidates.count) }
  for index in 0..<candidates.count {
    let bits = candidates.scores[index].bitPattern
    let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    keys[index] = UInt64(ordered) << 32 | UInt64(candidates.ids[index])
  }
  let kept = min(limit, candidates.count)
  partition(keys, count: candidates.count, largest: kept)
  sortDescending(keys, count: kept)
  for index in 0..<kept {
    candidates.ids[index] = UInt32(truncatingIfNeeded: keys[index])
  }
  return kept
}

/// Moves the `largest` greatest keys to the front, in any order (Hoare's selection; the pivot
/// is the median of three, so the order depends on the keys alone).
func partition(_ keys: UnsafeMutablePointer<UInt64>, count: Int, largest: Int) {
  var low = 0
  var high = count - 1
  while low < high, largest > 0, largest < count {
    let a = keys[low]
    let b = keys[low + (high - low) / 2]
    let c = keys[high]
    let pivot = max(min(a, b), min(max(a, b), c))
    var left = low
    var right = high
    while left <= right {
      while keys[left] > pivot { left += 1 }
      while keys[right] < pivot { right -= 1 }
      if left <= right {
        (keys[left], keys[right]) = (keys[right], keys[left])
        left += 1
        right -= 1
      }
    }
    if largest - 1 <= right {
      high = right
    } else if largest - 1 >= left {
      low = left
    } else {
      return
    }
  }
}

/// Sorts keys from greatest to least.
func sortDescending(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
  if count > 48 {
    let half = count / 2
    partition(keys, count: count, largest: half)
    sortDescending(keys, count: half)
    sortDescending(keys + half, count: count - half)
    return
  }
  var index = 1
  while index < count {
    let key = keys[index]
    var hole = index
    while hole > 0, keys[hole - 1] < key {
      keys[hole] = keys[hole - 1]
      hole -= 1
    }
    keys[hole] = key
    index += 1
  }
}
