import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

@Suite struct ActivityTests {
  private static func graph(_ users: Int = 4000) throws -> FollowerGraph {
    try GraphModel.powerLaw(meanFollows: 10, exponent: 2.3).build(users: users, seed: 1)
  }

  private func model(_ yaml: String) throws -> ActivityModel {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "activity.yaml"))
    let model = try ActivityModel(&parameters)
    try parameters.finish()
    return model
  }

  /// Abusers post and load as many times more often, and nobody else does.
  @Test func abusersAloneAreRaised() throws {
    let graph = try Self.graph()
    let plain = try model("{postsPerDay: 1, loadsPerDay: 5, reading: {kind: lognormal, cv: 1}}")
      .build(on: graph, seed: 5)
    let abused = try model(
      "{postsPerDay: 1, loadsPerDay: 5, reading: {kind: lognormal, cv: 1}, "
        + "abusers: {share: 5%, factor: 100}}"
    ).build(on: graph, seed: 5)
    var (raised, posts, loads) = (0, 0.0, 0.0)
    for user in 0..<UInt32(4000) {
      let factor = abused.postRate(of: user) / plain.postRate(of: user)
      let isAbuser = factor > 2
      #expect(abs(factor - (isAbuser ? 100 : 1)) < 1e-9)
      let reading = abused.loadRate(of: user) / plain.loadRate(of: user)
      #expect(abs(reading - (isAbuser ? 100 : 1)) < 1e-9)
      raised += isAbuser ? 1 : 0
      posts += abused.postRate(of: user)
      loads += abused.loadRate(of: user)
    }
    #expect(abs(raised - 200) < 60)
    #expect(abs(posts / abused.postRateTotal - 1) < 1e-9)
    #expect(abs(loads / abused.loadRateTotal - 1) < 1e-9)
  }

  @Test(arguments: [
    "{postsPerDay: 0.5, loadsPerDay: 20, activeShare: 50%}",
    "{postsPerDay: 0.5, loadsPerDay: 20, activeShare: 30%, postedBy: active}",
    "{postsPerDay: 2, loadsPerDay: 5, posting: {kind: lognormal, cv: 2}}",
    "{postsPerDay: 2, loadsPerDay: 5, activeShare: 10%, reading: {kind: powerLaw, exponent: 2.5}}",
    "{postsPerDay: 1, loadsPerDay: 1, activeShare: 50%, postingByFollowers: 0.5}",
  ])
  func ratesAddUpToTheMeans(yaml: String) throws {
    let graph = try Self.graph()
    let model = try model(yaml)
    let activity = model.build(on: graph, seed: 5)
    let users = (0..<UInt32(4000))
    #expect(activity.activeCount == Int(model.activeShare * 4000))
    #expect(users.count { activity.isActive($0) } == activity.activeCount)
    let posters = model.everyonePosts ? 4000 : activity.activeCount
    let posts = users.reduce(0) { $0 + activity.postRate(of: $1) }
    let loads = users.reduce(0) { $0 + activity.loadRate(of: $1) }
    #expect(abs(posts * 86_400 / Double(posters) - model.postsPerDay) < 1e-9)
    #expect(abs(loads * 86_400 / Double(activity.activeCount) - model.loadsPerDay) < 1e-9)
    #expect(abs(posts - activity.postRateTotal) < 1e-12 * posts * 1000)
    #expect(abs(loads - activity.loadRateTotal) < 1e-12 * loads * 1000)
    var stream = RandomStream(seed: 1, purpose: 2)
    var reads = [Int](repeating: 0, count: 4000)
    for _ in 0..<200_000 { reads[Int(activity.reader(&stream))] += 1 }
    var distance = 0.0
    var freedom = 0.0
    for user in users {
      let expected = activity.loadRate(of: user) / activity.loadRateTotal * 200_000
      if expected == 0 { #expect(reads[Int(user)] == 0) }
      if expected > 5 {
        let difference = Double(reads[Int(user)]) - expected
        distance += difference * difference / expected
        freedom += 1
      }
    }
    // χ² has mean f and variance 2f.
    #expect(abs(distance - freedom) < 5 * (2 * freedom).squareRoot() + 5)
  }

  @Test func authorsAreDrawnByRate() throws {
    let graph = try Self.graph(300)
    let activity = try model("{postingByFollowers: 1, posting: {kind: lognormal, cv: 1}}")
      .build(on: graph, seed: 3)
    var stream = RandomStream(seed: 8, purpose: 1)
    var posts = [Int](repeating: 0, count: 300)
    for _ in 0..<300_000 { posts[Int(activity.author(&stream))] += 1 }
    for user in UInt32(0)..<300 {
      let expected = activity.postRate(of: user) / activity.postRateTotal * 300_000
      #expect(abs(Double(posts[Int(user)]) - expected) < 6 * expected.squareRoot() + 3)
    }
  }

  @Test func varietyHasTheAskedSpread() throws {
    let graph = try Self.graph(100_000)
    let activity = try model("{posting: {kind: lognormal, cv: 0.8}}").build(on: graph, seed: 2)
    let rates = (0..<UInt32(100_000)).map { activity.postRate(of: $0) }
    let mean = rates.reduce(0, +) / 100_000
    let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    #expect(abs(variance.squareRoot() / mean - 0.8) < 0.03)
  }

  @Test func fewerActiveUsersAreSomeOfTheMore() throws {
    let graph = try Self.graph()
    let some = try model("{activeShare: 20%}").build(on: graph, seed: 5)
    let more = try model("{activeShare: 60%}").build(on: graph, seed: 5)
    #expect((0..<UInt32(4000)).allSatisfy { !some.isActive($0) || more.isActive($0) })
    let other = try model("{activeShare: 20%}").build(on: graph, seed: 6)
    #expect((0..<UInt32(4000)).contains { some.isActive($0) != other.isActive($0) })
  }

  @Test(arguments: [
    ("{postsPerDay: -1}", "postsPerDay"), ("{activeShare: 120%}", "activeShare"),
    ("{activeShare: 0%}", "activeShare"),
    ("{posting: {kind: powerLaw, exponent: 2}}", "posting.exponent"),
    ("{posting: {kind: lognormal}}", "posting.cv"), ("{posting: {cv: 1}}", "posting.kind"),
    ("{postedBy: nobody}", "postedBy"), ("{postPerDay: 1}", "postPerDay"),
  ])
  func impossibleSettingsAreRefused(yaml: String, path: String) throws {
    let problem = #expect(throws: InvalidInput.self) { _ = try model(yaml) }
    #expect(problem?.path == path, "\(problem?.description ?? "")")
  }
}
