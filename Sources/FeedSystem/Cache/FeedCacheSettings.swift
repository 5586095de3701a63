import Settings
import Simulation

/// The cache of ranked feeds: S2.5 keeps one for 300 s.
public struct FeedCacheSettings: Sendable {
  public var policy = "lru"
  public var admission = Admission.all
  /// Feeds held, of all users' or a number.
  public var size = Portion.share(0.2)
  public var lifetime = Duration.seconds(300)
  /// Whether loads look into it; S1's code only ever fills it.
  public var isRead = true
  public var invalidation = HeldFeedInvalidation.always
  /// Nil where authors have no flag.
  public var newPosts: NewPostsFlag?
  /// Whether what pages from held feeds lack is counted, which costs a look at the authors: where
  /// the scenario says anything of the above.
  public private(set) var countsStale = false

  /// Which feeds the policy is offered.
  public enum Admission: String, CaseIterable, Sendable {
    case all
    case secondRequest = "second-request"
  }
  /// A feed shown so shortly before the end of its time is made anew in the background.
  public var refreshAhead = Duration.zero
  /// A feed is shown for so long after its time, and made anew in the background
  /// (stale-while-revalidate: RFC 5861, section 3).
  public var staleFor = Duration.zero

  /// What a look-up that fails is, where the tier's calls may.
  public enum OnFailure: String, CaseIterable, Sendable {
    case miss, fail
  }
  public var onFailure = OnFailure.miss

  /// How long a feed may be shown.
  public var heldFor: Duration { lifetime + staleFor }
  var refreshes: Bool { refreshAhead > .zero || staleFor > .zero }

  init() {}

  init(_ parameters: inout Parameters) throws {
    let policies = FeedCacheSettings.policies.map { ($0.name, $0.name) }
    policy = try parameters.read(
      "policy", .choice(policies), default: policy, "Decides which feed makes room.")
    admission = try parameters.read(
      "admission", .choice(Admission.allCases.map { ($0.rawValue, $0) }), default: admission,
      "Whether every feed is let in, or those of viewers who have missed theirs before, which a "
        + "Bloom filter remembers.")
    size = try parameters.read(
      "size", .portion(count: 0...1_000_000_000), default: size,
      "Feeds held, as a share of the users or a number; 0 for no cache.")
    lifetime = try parameters.read(
      "ttl", .duration(), default: lifetime, "How long a feed is held.")
    let reads = try parameters.read(
      "read", .flag, "Whether loads look into it; if not, it is filled and never read.")
    let invalidates = try parameters.read(
      "invalidate", .choice(HeldFeedInvalidation.allCases.map { ($0.rawValue, $0) }),
      "Which deliveries drop the feed held for their viewer: all, those of posts pushed to all "
        + "followers, or none.")
    newPosts = try parameters.section(
      "newPosts", "Flags of authors with a new post, which tell feeds that lack it.",
      NewPostsFlag.init)
    isRead = reads ?? isRead
    invalidation = invalidates ?? invalidation
    countsStale = reads != nil || invalidates != nil || newPosts != nil
    let background = Form<Duration>.duration(in: .zero...(.seconds(24 * 86_400)))
    refreshAhead = try parameters.read(
      "refreshAhead", background, default: refreshAhead,
      "A feed shown so shortly before the end of its time is made anew in the background.")
    staleFor = try parameters.read(
      "staleFor", background, default: staleFor,
      "How long after its time a feed is still shown, and made anew in the background.")
    onFailure = try parameters.read(
      "onFailure", .choice(OnFailure.allCases.map { ($0.rawValue, $0) }), default: onFailure,
      "Whether a look-up that fails counts as a miss, and the stores are asked, or fails the load.")
    if refreshAhead > lifetime {
      throw parameters.error("is longer than the ttl", key: "refreshAhead")
    }
  }

  /// Feeds held at most among so many users; 0 switches the cache off.
  public func capacity(users: Int) -> Int { min(users, size.count(of: users)) }

  func makePolicy(users: Int, seed: UInt64) -> any CachePolicy {
    let space = CacheSpace(
      capacity: max(1, capacity(users: users)), keys: users,
      lifetime: heldFor.nanoseconds / 1_000_000, seed: seed)
    return (Self.policies.first { $0.name == policy } ?? LRU.self).init(space)
  }

  func makeFilter(for policy: any CachePolicy) -> (any AdmissionFilter)? {
    admission == .all ? nil : SecondRequest().makeFilter(for: policy.space)
  }

  /// Those that need not know the future.
  static var policies: [any CachePolicy.Type] {
    Catalog.cache.parts.compactMap { $0 as? any CachePolicy.Type }.filter { !$0.knowsFuture }
  }
}
