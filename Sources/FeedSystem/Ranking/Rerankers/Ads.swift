import Settings
import Simulation

/// Puts posts whose authors pay into the feed, at most three a page (S1.25's maxAds, which the seed
/// names and never asks for): the list is put into its order, and from then on every sixth place is
/// an ad's, while there are any.
///
/// Campaigns bid for a thousand impressions (`AdPool`). With `personalised` (S0.22 turns it off)
/// the ones that pay most for this viewer are taken, who pays a bid's whole where the viewer's
/// reactions tell of interest in the post's topic and 30 % of it elsewhere; without, it is
/// whoever's turn it is, at the same prices. A post by somebody whom the viewer follows is no ad;
/// a stranger's that is paid for comes as an ad or not at all.
public struct Ads: RankingStage {
  public static let name = "ads"
  public static let summary = "puts paid posts on every sixth place, at most 3 a page"

  public var role: StageRole { .reranker }

  public let campaigns: Int
  public let meanBid: Double
  public let perPage: Int
  public let every: Int
  public let isPersonalised: Bool

  public init(_ parameters: inout Parameters) throws {
    campaigns = try parameters.read(
      "campaigns", .count(in: 1...10_000), default: 50, "Campaigns, each with one post at a time.")
    meanBid = try parameters.read(
      "meanBid", .number(in: 0...1_000_000), default: 5,
      "US dollars that campaigns bid for 1,000 impressions, on average; no seed says.")
    perPage = try parameters.read(
      "perPage", .count(in: 0...1000), default: 3, "Ads on a page at most.")
    every = try parameters.read(
      "every", .count(in: 1...1000), default: 6, "Every so many places there may be an ad.")
    isPersonalised = try parameters.read(
      "personalised", .flag, default: true,
      "Whether ads go by what this viewer is worth to them.")
  }

  public func prepare(_ state: RankingState) {
    state.sellAds(campaigns, meanBid: meanBid)
    state.learnTopics()
    state.leaveNetwork()
  }

  /// The places of a feed's ads.
  public func places(page: Int, length: Int) -> [Int] {
    (0..<length).filter { place in
      let onPage = place % page
      return onPage % every == every - 1 && onPage / every < perPage
    }
  }

  public func room(for settings: FeedSettings) -> Int {
    places(page: settings.page, length: settings.length).count
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let state = context.state, let pool = state.ads, !context.isOnScreen else { return }
    pool.renew(live: context.livePosts)
    candidates.sort()
    // What is paid for is not brought for nothing as well: shown to a stranger, it is an ad.
    let ids = candidates.ids
    candidates.keep { place in
      pool.campaign(of: ids[place]) == nil || !context.isStranger(context.post(ids[place]).author)
    }
    blend(chosen(pool, context), into: &candidates, page: state.page, length: state.length)
  }

  /// The posts of campaigns that may be shown to the viewer, the first first.
  private func chosen(_ pool: AdPool, _ context: RankingContext) -> [UInt32] {
    var offers: [(worth: Double, turn: UInt64, post: UInt32)] = []
    let key = mix64(UInt64(context.viewer) << 32 ^ UInt64(bitPattern: context.nowMilliseconds))
    for (index, campaign) in pool.campaigns.enumerated() where campaign.post != PostStore.none {
      guard context.livePosts.contains(campaign.post),
        context.isStranger(context.post(campaign.post).author)
      else { continue }
      let interest = context.knownInterest(in: context.traits(of: campaign.post).topic)
      let worth = AdPrice.revenue(bid: campaign.bid, interest: interest)
      offers.append((isPersonalised ? worth : 0, mix64(key &+ UInt64(index)), campaign.post))
    }
    offers.sort { ($0.worth, $0.turn) > ($1.worth, $1.turn) }
    return offers.map(\.post)
  }

  private func blend(
    _ ads: [UInt32], into candidates: inout Candidates, page: Int, length: Int
  ) {
    let organic = candidates.count
    let wanted = places(page: page, length: min(length, organic + ads.count)).prefix(ads.count)
    // Each ad's place counts the ads before it, and there is none beyond the list's end.
    let slots = wanted.enumerated().filter { $1 <= organic + $0 }.map(\.element)
    let total = min(organic + slots.count, candidates.capacity)
    var next = slots.count
    var source = organic + slots.count - 1
    var from = organic - 1
    while source >= 0, next > 0 {
      if source == slots[next - 1] {
        next -= 1
        place(ads[next], 0, .ad, at: source, in: candidates, below: total)
      } else {
        place(
          candidates.ids[from], candidates.scores[from], candidates.sources[from], at: source,
          in: candidates, below: total)
        from -= 1
      }
      source -= 1
    }
    candidates.count = total
  }

  private func place(
    _ id: UInt32, _ score: Float, _ source: CandidateSource, at place: Int,
    in candidates: Candidates, below total: Int
  ) {
    guard place < total else { return }
    candidates.ids[place] = id
    candidates.scores[place] = score
    candidates.sources[place] = source
  }
}
