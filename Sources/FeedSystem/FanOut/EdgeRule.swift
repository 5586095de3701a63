import Simulation

/// Which single edges get an entry, of authors whose plan is neither all followers nor none.
public enum EdgeRule: Sendable {
  case none
  case split(EdgeSplit)
  case sample(EntrySample)

  /// Whether the author's posts are written to the viewer; the others pull them.
  @inline(__always)
  func pushes(_ author: UInt32, to viewer: UInt32) -> Bool {
    if case .split(let split) = self { split.pushes(author, to: viewer) } else { false }
  }

  /// Whether the post is written to the viewer; nobody pulls what is not.
  @inline(__always)
  func keeps(_ post: UInt32, for viewer: UInt32) -> Bool {
    if case .sample(let sample) = self { sample.keeps(post, for: viewer) } else { false }
  }
}

/// A choice of edges by two numbers: viewers have places in the order of how often they load,
/// authors a bar in it, and whoever stands before the bar is pushed to.
///
/// 4 bytes a user for each, instead of a bit an edge; any rule that compares something of the
/// viewer with something of the author has this form.
public struct EdgeSplit: Sendable {
  let places: [UInt32]
  private(set) var bars: [UInt32]

  @inline(__always)
  func pushes(_ author: UInt32, to viewer: UInt32) -> Bool {
    places[Int(viewer)] < bars[Int(author)]
  }

  /// An author pushes to the viewers whose worth is no less than the author's price; a viewer
  /// worth nothing is never pushed to.
  init(worth: [Double], prices: [Double]) {
    let falling = worth.sorted(by: >)
    /// The worths, all at the front, of which this holds.
    func count(_ holds: (Double) -> Bool) -> UInt32 {
      var low = 0
      var high = falling.count
      while low < high {
        let middle = (low + high) / 2
        if holds(falling[middle]) { low = middle + 1 } else { high = middle }
      }
      return UInt32(low)
    }
    places = worth.map { worth in worth > 0 ? count { $0 > worth } : .max }
    bars = prices.map { price in count { $0 >= price } }
  }

  /// Each of these authors pushes to the `top` followers who load most often, the users with more
  /// followers first where they are alike.
  init(top: Int, of authors: Range<UInt32>, in audience: Audience) {
    let rates = audience.activity.loadRates
    let order = rates.indices.sorted { (rates[$0], $1) > (rates[$1], $0) }
    var places = [UInt32](repeating: 0, count: rates.count)
    for (place, user) in order.enumerated() { places[user] = UInt32(place) }
    self.places = places
    bars = [UInt32](repeating: 0, count: rates.count)
    for author in authors { admit(author, top: top, in: audience) }
  }

  /// An author without a bar gets one.
  mutating func admit(_ author: UInt32, top: Int, in audience: Audience) {
    guard bars[Int(author)] == 0 else { return }
    let followers = audience.graph.followers(of: author)
    if followers.count <= top {
      bars[Int(author)] = .max
    } else if top > 0 {
      bars[Int(author)] = followers.map { places[Int($0)] }.sorted()[top - 1] + 1
    }
  }
}

/// A coin for each entry, with odds that are the viewer's.
public struct EntrySample: Sendable {
  /// Odds in parts of 2^32; the most of all is a certainty.
  private let odds: [UInt32]
  private let seed: UInt64

  init(odds: [Double], seed: UInt64) {
    self.odds = odds.map { $0 < 1 ? UInt32(max($0, 0) * 0x1p32) : .max }
    self.seed = mix64(seed ^ mix64(Purpose.lossyTimeline.rawValue))
  }

  @inline(__always)
  func keeps(_ post: UInt32, for viewer: UInt32) -> Bool {
    let odds = odds[Int(viewer)]
    guard odds < .max else { return true }
    return UInt32(mix64(seed ^ (UInt64(post) << 32 | UInt64(viewer))) >> 32) < odds
  }

  /// The share of the viewer's entries that are kept.
  func share(of viewer: UInt32) -> Double {
    let odds = odds[Int(viewer)]
    return odds < .max ? Double(odds) * 0x1p-32 : 1
  }
}
