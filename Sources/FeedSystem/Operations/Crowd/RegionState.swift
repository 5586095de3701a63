import Simulation

/// Which regions stand, which of them serves whom, and which takes the writes.
struct RegionState {
  /// A primary that was lost, and the region that took over.
  struct Loss: Equatable {
    var at: Instant
    var heir: Int
    /// The posts there were.
    var posts: Int
  }

  /// What a region's users have asked for in the window.
  struct Counts {
    var requests = 0
    var failed = 0
    var posts = 0
    var failedPosts = 0
    var reads = 0
    /// Those that lacked a post that the primary had.
    var staleReads = 0
  }

  let settings: GeographySettings
  /// Users of each region.
  let users: [Int]
  private(set) var primary: Int
  private(set) var isLost: [Bool]
  /// The region that serves each region's users; lost, where they are cut off.
  private(set) var server: [Int]
  /// When users are sent elsewhere, when they come back, when another is primary; never, if nothing
  /// is under way.
  var reroutes: [Instant]
  var returns: [Instant]
  var promotes = Instant.never
  private var lostAt: [Instant]
  private var cutOffSince: [Instant]
  private var ended: [(region: Int, time: Range<Instant>)] = []
  /// Effects on servers, to be ended.
  var effects: [[Int]]
  private(set) var losses: [Loss] = []
  /// Posts that only the lost primary had, rising.
  private(set) var unreplicated: [UInt32] = []
  var counts: [Counts]

  init(_ settings: GeographySettings, users: [Int]) {
    self.settings = settings
    self.users = users
    let count = users.count
    primary = settings.primary
    isLost = [Bool](repeating: false, count: count)
    server = Array(0..<count)
    reroutes = [Instant](repeating: .never, count: count)
    returns = reroutes
    lostAt = reroutes
    cutOffSince = reroutes
    effects = [[Int]](repeating: [], count: count)
    counts = [Counts](repeating: Counts(), count: count)
  }

  /// Whether nobody takes writes.
  var lacksPrimary: Bool { isLost[primary] }
  func isCutOff(_ region: Int) -> Bool { isLost[server[region]] }

  /// The nearest region that stands; nil where none does.
  private func nearest(to region: Int) -> Int? {
    users.indices.filter { !isLost[$0] }.min {
      (settings.roundTrip(region, $0), $0) < (settings.roundTrip(region, $1), $1)
    }
  }

  // MARK: Changes

  mutating func lose(_ region: Int, at now: Instant) {
    isLost[region] = true
    lostAt[region] = now
    noteCutOff(at: now)
  }

  mutating func regain(_ region: Int, at now: Instant) {
    isLost[region] = false
    noteCutOff(at: now)
  }

  /// Everybody whom a region serves that is known to be lost is served by the nearest that stands.
  mutating func reroute(at now: Instant) {
    for region in users.indices where isCutOff(region) && reroutes[server[region]] == .never {
      server[region] = nearest(to: region) ?? server[region]
    }
    noteCutOff(at: now)
  }

  /// A region's users are served at home again, and whoever found no region standing finds one.
  mutating func welcomeBack(_ region: Int, at now: Instant) {
    if !isLost[region] { server[region] = region }
    reroute(at: now)
  }

  /// The nearest region that stands takes the writes.
  ///
  /// - Parameter posts: how many there are.
  /// - Returns: what has been lost with the old one; nil where none stands.
  mutating func promote(posts: Int) -> Loss? {
    guard lacksPrimary, let heir = nearest(to: primary) else { return nil }
    let loss = Loss(at: lostAt[primary], heir: heir, posts: posts)
    primary = heir
    losses.append(loss)
    return loss
  }

  /// The region that took the writes when a post was stored.
  func primary(of post: UInt32) -> Int {
    let after = losses.firstIndex { Int(post) < $0.posts } ?? losses.count
    return after == 0 ? settings.primary : losses[after - 1].heir
  }

  mutating func lose(_ posts: [UInt32]) {
    unreplicated = (unreplicated + posts).sorted()
  }

  func hasLost(_ post: UInt32) -> Bool {
    var (low, high) = (0, unreplicated.count)
    while low < high {
      let middle = (low + high) / 2
      if unreplicated[middle] < post { low = middle + 1 } else { high = middle }
    }
    return low < unreplicated.count && unreplicated[low] == post
  }

  /// Begins and ends the times in which regions are cut off.
  private mutating func noteCutOff(at now: Instant) {
    for region in users.indices {
      if isCutOff(region) {
        if cutOffSince[region] == .never { cutOffSince[region] = now }
      } else if cutOffSince[region] != .never {
        ended.append((region, cutOffSince[region]..<now))
        cutOffSince[region] = .never
      }
    }
  }

  /// How long a region's users were cut off within a window, of which no more than `now` has been.
  func cutOff(_ region: Int, in window: Range<Instant>, until now: Instant) -> Duration {
    var sum = Duration.zero
    for stretch in ended where stretch.region == region {
      let part = stretch.time.clamped(to: window)
      sum += part.upperBound - part.lowerBound
    }
    if cutOffSince[region] != .never {
      let part = (cutOffSince[region]..<max(now, cutOffSince[region])).clamped(to: window)
      sum += part.upperBound - part.lowerBound
    }
    return sum
  }

  /// The servers of a tier that stand in a region, by its share of the users: all regions' together
  /// are all of them. Fewer than there are regions stand in none, and are lost with none.
  func servers(of region: Int, among given: Int) -> Range<Int> {
    // A tier that has as many as it needs has no last one.
    Region.servers(of: region, among: min(given, 1 << 20), users: users)
  }
}
