import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Topics that everybody is for all of a sudden.
struct FlashEventTests {
  private func event(_ yaml: String) throws -> FlashEvent {
    var parameters = try Parameters(
      SettingsFile.parse("traffic: {events: [{\(yaml)}]}", file: "test.yaml"))
    return try TrafficSettings(&parameters).events[0]
  }

  /// What posts rise by is about the topic, step by step along the spike's course.
  @Test func takesTheCourseOfItsSpike() throws {
    let event = try event(
      "topic: 3, at: 10m, for: 1h, posts: 5, loads: 8, interest: 3, shape: decay, halfLife: 10m")
    #expect(event.level(at: 599_999) == 0 && event.level(at: 600_000 + 3_600_000) == 0)
    for half in 0..<4 {
      let time = Int64(600_000 + half * 600_000)
      let level = event.level(at: time)
      #expect(abs(level - 1 / Double(1 << half)) < 0.03, "\(level)")
      // (f − 1) / f of the posts, where f times as many are made.
      let factor = 1 + 4 * level
      #expect(abs(event.share(at: time) - (factor - 1) / factor) < 1e-12)
    }
    let given = try self.event("topic: 3, at: 0s, for: 1h, share: 40%")
    #expect(given.share(at: 5) == 0.4 && given.spike.posts == 1)
    let breaking = try event.breaking(in: WorldSettings())
    #expect(breaking.topic == 3 && breaking.heat == 3)
    #expect(breaking.course(at: 600_000) == event.level(at: 600_000))
    #expect(throws: InvalidInput.self) { _ = try event.breaking(in: nil) }
    var few = WorldSettings()
    few.topics = 3
    #expect(throws: InvalidInput.self) { _ = try event.breaking(in: few) }
  }

  /// In a world, the topic's share of the posts is what it would be by itself plus what is more.
  @Test func postsAreAboutIt() throws {
    var settings = WorldSettings()
    let event = try event("topic: 5, at: 100s, for: 100s, posts: 4, interest: 2")
    func share(_ milliseconds: Range<Int64>) -> Double {
      let world = World(settings, seed: 3)
      let posts = milliseconds.map { world.post(by: UInt32($0 % 977), at: $0).topic }
      return Double(posts.count { $0 == 5 }) / Double(posts.count)
    }
    let usual = share(120_000..<140_000)
    settings.breaking = [try event.breaking(in: settings)]
    #expect(share(0..<20_000) < 0.15)
    let there = share(120_000..<140_000)
    #expect(abs(there - (0.75 + 0.25 * usual)) < 0.02, "\(there)")
    // Whoever looks at it cares for it by so much more.
    let world = World(settings, seed: 3)
    var traits = PostTraits()
    traits.topic = 5
    func utility(_ milliseconds: Int64) -> Float {
      world.appeal(
        of: traits, by: 1, storedMilliseconds: Int32(milliseconds),
        to: world.viewpoint(of: 7, at: milliseconds)
      ).utility
    }
    #expect(abs(utility(150_000) - utility(50_000) - Float(2 * settings.utility.interest)) < 1e-4)
  }
}
