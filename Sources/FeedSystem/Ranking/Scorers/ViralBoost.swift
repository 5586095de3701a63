import Settings
import Simulation

/// Posts that go viral count more (S0.13, `_boost_viral_content`): a factor on the score of those
/// with more reactions an hour than a threshold, over the last window, as known at the last full
/// `lag`.
///
/// The seed gives neither threshold nor factor; 100 an hour and 2 are feedsim's.
public struct ViralBoost: RankingStage {
  public static let name = "viral-boost"
  public static let summary = "posts with many reactions an hour count 2 times as much"

  public let factor: Double
  /// Reactions an hour.
  public let threshold: Double
  let trends: TrendSettings

  public init(_ parameters: inout Parameters) throws {
    factor = try parameters.read(
      "factor", .number(in: 0.001...1000), default: 2, "What their scores are multiplied by.")
    threshold = try parameters.read(
      "threshold", .number(in: 0...1e9), default: 100, "Reactions an hour from which on it counts.")
    trends = try TrendSettings(&parameters, posts: 10_000)
  }

  public func prepare(_ state: RankingState) { state.followTrends(trends) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let trend = context.state?.trend(trends) else { return }
    let least = threshold * trends.window.seconds / 3600
    let top = trend.top(at: context.nowMilliseconds)
    // The most reacted to come first.
    let viral = top.posts[..<(top.reactions.firstIndex { Double($0) < least } ?? top.posts.count)]
    guard !viral.isEmpty else { return }
    candidates.boost(by: factor, viral)
  }
}

extension TrendSettings {
  /// Reads `window` and `lag`, and `posts` where asked for.
  init(_ parameters: inout Parameters, posts: Int) throws {
    self.init()
    self.posts = posts
    window = try parameters.read(
      "window", .duration(in: .seconds(1)...(.seconds(86_400))), default: window,
      "How long a reaction counts.")
    every = try parameters.read(
      "lag", .duration(in: .seconds(1)...(.seconds(86_400))), default: every,
      "How often that is counted anew; until then it is as it was.")
  }
}

extension Candidates {
  /// Multiplies the scores of posts that are on a list.
  mutating func boost(by factor: Double, _ posts: ArraySlice<UInt32>) {
    let sorted = posts.sorted()
    for index in 0..<count where sorted.holds(ids[index]) { scale(index, by: Float(factor)) }
    isOrdered = false
  }
}

extension [UInt32] {
  /// Whether an ascending list has a number.
  func holds(_ number: UInt32) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }
}
