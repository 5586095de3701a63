import Testing

@testable import FeedSystem

/// What a world is drawn from: keys alone, with the shares that its settings say.
struct WorldTests {
  @Test func postsHaveTheSharesOfTheSettings() {
    var settings = WorldSettings()
    settings.friendsOnly = 0.2
    settings.listed = 0.1
    settings.hidden = 0.05
    settings.stories = 0.25
    let world = World(settings, seed: 3)
    let count = 20_000
    var (friends, hidden, stories, loyal, photos) = (0, 0, 0, 0, 0)
    var (quality, square) = (0.0, 0.0)
    for index in 0..<count {
      let author = UInt32(index % 700)
      let post = world.post(by: author, at: Int64(index) * 977 - 5_000_000)
      friends += post.visibility == .friends ? 1 : 0
      hidden += post.visibility == .author ? 1 : 0
      stories += post.isStory ? 1 : 0
      loyal += post.topic == world.topic(of: author) ? 1 : 0
      photos += post.type == .photo ? 1 : 0
      quality += Double(post.quality)
      square += Double(post.quality * post.quality)
      #expect(post.country == world.viewer(author).country)
    }
    func isShare(_ seen: Int, _ share: Double) -> Bool {
      let deviation = (share * (1 - share) / Double(count)).squareRoot()
      return abs(Double(seen) / Double(count) - share) < 4 * deviation
    }
    #expect(isShare(friends, 0.2))
    #expect(isShare(hidden, 0.05))
    #expect(isShare(stories, 0.25))
    #expect(isShare(photos, 0.35))
    // Beside the loyal ones, some are on the author's topic because it is popular.
    #expect(Double(loyal) / Double(count) > 0.7)
    #expect(abs(quality / Double(count)) < 4 / Double(count).squareRoot())
    #expect(abs(square / Double(count) - 1) < 0.05)
  }

  @Test func normalsAreNormalAndIndependentOfOrder() {
    let world = World(WorldSettings(), seed: 9)
    var (sum, square) = (0.0, 0.0)
    for viewer in UInt32(0)..<2000 {
      for topic in UInt8(0)..<10 {
        let interest = Double(world.interest(of: viewer, in: topic))
        sum += interest
        square += interest * interest
      }
    }
    #expect(abs(sum / 20_000) < 0.03)
    #expect(abs(square / 20_000 - 1) < 0.05)
    let again = World(WorldSettings(), seed: 9)
    #expect(again.affinity(of: 7, with: 8) == world.affinity(of: 7, with: 8))
    #expect(again.affinity(of: 8, with: 7) != world.affinity(of: 7, with: 8))
    #expect(
      World(WorldSettings(), seed: 10).taste(of: 1, for: .photo) != world.taste(of: 1, for: .photo))
  }
}
