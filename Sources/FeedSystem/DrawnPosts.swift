import Simulation

extension FeedSystem {
  /// How far what the window's posts drew lies from what is to be expected: posts, and followers of
  /// the authors that are pushed to all, and of those in a policy's middle tier.
  ///
  /// Rates, their course and scripted posts are known, so what is to be expected is exact, and these
  /// are control variates of what fan-out does.
  public func drawnBeyondExpected() -> [Double] {
    let (opens, closes) = (
      Instant(nanoseconds: window.lowerBound), Instant(nanoseconds: window.upperBound)
    )
    let (graph, activity) = (audience.graph, audience.activity)
    let scripted = traffic.scripted.filter { (opens..<closes).contains($0.at) }.map(\.author)
    let seconds = traffic.posts.profile.integral(from: opens, to: closes)
    let posts = activity.postRateTotal * seconds + Double(scripted.count)
    func beyond(_ drawn: Int, _ authors: Range<UInt32>) -> Double {
      let rate = authors.reduce(0.0) {
        $0 + activity.postRate(of: $1) * Double(graph.followerCount(of: $1))
      }
      let expected = scripted.filter(authors.contains).reduce(rate * seconds) {
        $0 + Double(graph.followerCount(of: $1))
      }
      return Double(drawn) - expected
    }
    return [
      Double(measurements.postsDrawn) - posts,
      beyond(
        measurements.followersDrawn.all, classes.middleBelow..<UInt32(graph.userCount)),
      beyond(
        measurements.followersDrawn.middle, classes.pulledBelow..<classes.middleBelow),
    ]
  }
}
