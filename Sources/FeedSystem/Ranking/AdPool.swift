import Simulation

/// Posts whose authors pay for having them shown, each with what it bids for a thousand
/// impressions.
///
/// A campaign promotes a live post drawn by its key; when that is too old, it draws another. Bids
/// are exponential about their mean and stay with the campaign.
final class AdPool {
  struct Campaign {
    /// `PostStore.none` as long as there is none.
    var post: UInt32
    /// US dollars for 1,000 impressions.
    let bid: Double
    /// How many posts it has promoted.
    var turn: UInt64 = 0
  }

  private(set) var campaigns: [Campaign]
  /// By post, its campaign: asked one by one.
  private var places: [UInt32: Int] = [:]
  private let key: UInt64

  /// - Parameter meanBid: US dollars for 1,000 impressions.
  init(campaigns count: Int, meanBid: Double, seed: UInt64) {
    key = mix64(mix64(seed) ^ mix64(Purpose.campaign.rawValue))
    campaigns = []
    for index in 0..<count {
      var stream = RandomStream(key: key, entity: UInt64(index))
      campaigns.append(Campaign(post: PostStore.none, bid: meanBid * -ln(stream.openUniform())))
    }
  }

  /// Gives campaigns whose post is none of the live ones another; two never promote the same.
  func renew(live: Range<UInt32>) {
    guard !live.isEmpty else { return }
    for index in campaigns.indices where !live.contains(campaigns[index].post) {
      // A scroll's feed ends before the newest posts, which are live all the same.
      if campaigns[index].post != PostStore.none, campaigns[index].post >= live.upperBound {
        continue
      }
      places[campaigns[index].post] = nil
      campaigns[index].turn += 1
      var stream = RandomStream(
        key: key ^ mix64(campaigns[index].turn), entity: UInt64(index))
      let post = live.lowerBound + UInt32(stream.below(UInt64(live.count)))
      campaigns[index].post = places[post] == nil ? post : PostStore.none
      if places[post] == nil { places[post] = index }
    }
  }

  func campaign(of post: UInt32) -> Campaign? { places[post].map { campaigns[$0] } }
}

/// What an impression pays.
struct AdPrice {
  /// Of a bid, what an impression outside of a campaign's audience pays.
  static let untargeted = 0.3

  /// US dollars for one impression: a campaign's audience are viewers whose reactions tell of more
  /// interest in the post's topic than in others.
  static func revenue(bid: Double, interest: Double) -> Double {
    bid / 1000 * (interest > 0.5 ? 1 : untargeted)
  }
}
