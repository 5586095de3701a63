import Settings
import Simulation

/// A shard whose clock is wrong: the times of the posts that it stores meanwhile say an earlier or
/// a later moment for good, and feeds are ordered by what times say.
public struct ClockSkew: Fault {
  public static let name = "clock-skew"
  public static let summary = "a shard gives its posts times that are off: feeds are out of order"

  let shard: Int?
  /// Ahead of the true time; negative for behind.
  let milliseconds: Int64

  public init(_ parameters: inout Parameters) throws {
    shard = try parameters.read(
      "shard", .count(in: 0...4095), "Which shard of postStore, from 0; drawn if not given.")
    let by = try parameters.require(
      "by", .duration(in: .milliseconds(1)...(.seconds(86_400))), "How far its clock is off.")
    let isBehind = try parameters.read(
      "direction", .choice([("ahead", false), ("behind", true)]), default: false,
      "Whether it says a later time, or an earlier one.")
    milliseconds = by.nanoseconds / 1_000_000 * (isBehind ? -1 : 1)
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    let settings = design.settings(of: .postStore)
    if let shard, shard >= settings.shards {
      throw source.error("is \(shard); postStore has 0 to \(settings.shards - 1)", key: "shard")
    }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let shards = system.postShards.shards
    let place = shard ?? system.draw(below: shards, for: id)
    system.faults[id].place = place
    let skews = system.ranking.skews ?? ClockSkews(shards: shards)
    skews.change(place, by: milliseconds)
    system.ranking.skews = skews
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    system.ranking.skews?.change(system.faults[id].place, by: -milliseconds)
  }
}

/// What the clocks of shards have made of the times of posts.
final class ClockSkews {
  /// By shard, ahead of the true time, now.
  private var ofShard: [Int64]
  /// By post from `first` on.
  private var ofPost: [Int32] = []
  private var first: UInt32 = 0

  init(shards: Int) { ofShard = Array(repeating: 0, count: shards) }

  /// Clocks that several faults have wrong are off by their sum.
  func change(_ shard: Int, by milliseconds: Int64) { ofShard[shard] += milliseconds }

  /// A shard stores a post; posts come in their order.
  func note(_ post: UInt32, on shard: Int) {
    if ofPost.isEmpty { first = post }
    while first &+ UInt32(ofPost.count) < post { ofPost.append(0) }
    ofPost.append(Int32(clamping: ofShard[shard]))
  }

  /// By how much the time that a post bears is later than the true one, in ms.
  @inline(__always)
  func skew(of post: UInt32) -> Int32 {
    let index = Int(post) - Int(first)
    return ofPost.indices.contains(index) ? ofPost[index] : 0
  }

  /// The time that a post bears.
  func claimed(_ post: UInt32, stored milliseconds: Int32) -> Int64 {
    Int64(milliseconds) + Int64(skew(of: post))
  }
}

extension FeedSystem {
  /// A shard has stored a post, under the time that its clock says.
  func noteClock(_ post: UInt32, on shard: Int) { ranking.skews?.note(post, on: shard) }

  /// Counts the neighbours on a page whose times say another order than the one in which they were
  /// stored.
  func noteOrder(_ row: LoadRow, _ page: UnsafeMutablePointer<UInt32>, shown: Int) {
    guard let skews = ranking.skews, shown > 1, window.contains(row.opened.nanoseconds) else {
      return
    }
    faults.measurements.pairs += shown - 1
    for place in 1..<shown {
      let (one, other) = (page[place - 1], page[place])
      if one == other { continue }
      let claimedFirst = skews.claimed(one, stored: posts[one].storedMilliseconds)
      let claimedSecond = skews.claimed(other, stored: posts[other].storedMilliseconds)
      let isWrong = one < other ? claimedFirst > claimedSecond : claimedFirst < claimedSecond
      if isWrong { faults.measurements.pairsMisordered += 1 }
    }
  }
}
