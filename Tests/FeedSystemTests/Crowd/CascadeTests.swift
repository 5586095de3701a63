import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Posts that are passed on.
struct CascadeTests {
  /// Posts in the end of a cascade without an audience.
  private func size(_ law: CascadeLaw, _ stream: inout RandomStream) -> Int {
    let poisson = PoissonDraw()
    var (waiting, size) = (1, 0)
    while waiting > 0 {
      let mean = law.mean(followers: 0, isFirst: size == 0)
      waiting += law.reposts(mean: mean, poisson, &stream) - 1
      size += 1
    }
    return size
  }

  /// 1 / (1 − n) posts on average, and of so many first ones that many times, plus the original.
  @Test(arguments: CascadeLaw.Offspring.allCases)
  func hasAsManyPostsAsTheoryHas(_ offspring: CascadeLaw.Offspring) {
    for (branching, first) in [(0.5, nil), (0.8, nil), (0.6, 20.0)] as [(Double, Double?)] {
      var law = CascadeLaw(.branching(branching))
      law.offspring = offspring
      law.first = first
      let expected = 1 + (first ?? branching) / (1 - branching)
      let runs = first == nil ? 20_000 : 2000
      var (sum, squares) = (0.0, 0.0)
      for run in 0..<runs {
        var stream = RandomStream(seed: 9, purpose: 3, entity: UInt64(run))
        let posts = Double(size(law, &stream))
        sum += posts
        squares += posts * posts
      }
      let mean = sum / Double(runs)
      let error = ((squares / Double(runs) - mean * mean) / Double(runs)).squareRoot()
      #expect(abs(mean - expected) < 3 * error, "\(mean) ± \(error) for \(expected)")
    }
  }

  @Test func infectiousnessCountsFollowers() {
    let law = CascadeLaw(.infectiousness(0.002))
    #expect(law.mean(followers: 500, isFirst: true) == 1)
    #expect(law.mean(followers: 0, isFirst: false) == 0)
  }

  /// Draws of the kernel have its distribution; it is a density.
  @Test func pausesFollowTheKernel() {
    let kernel = MemoryKernel()
    var stream = RandomStream(seed: 5, purpose: 2)
    let marks = [200.0, 3600, 86_400]
    var below = [0, 0, 0]
    let draws = 100_000
    for _ in 0..<draws {
      let pause = kernel.sample(&stream).seconds
      for index in 0..<3 where pause <= marks[index] { below[index] += 1 }
    }
    for (mark, count) in zip(marks, below) {
      let share = kernel.share(after: mark)
      let error = (share * (1 - share) / Double(draws)).squareRoot()
      #expect(abs(Double(count) / Double(draws) - share) < 4 * error, "\(mark) s")
    }
    #expect(kernel.share(after: 0) == 0 && kernel.share(after: 1e15) > 0.999)
    // Where the plateau ends, the power law goes on.
    let slope = kernel.share(after: 300.001) - kernel.share(after: 299.999)
    #expect(abs(slope / 0.002 - 1 / (300 * (1 + 1 / 0.242))) < 1e-6)
  }

  private func small(_ cascades: String) -> SmallSystem {
    var small = SmallSystem()
    small.users = 1500
    small.maximum = 500
    small.meanFollows = 15
    small.celebrities = [Celebrity(name: "star", followers: .share(0.4))]
    small.activity = "{postsPerDay: 2, loadsPerDay: 10}"
    small.warmUp = .seconds(60)
    small.length = .seconds(1800)
    small.yaml =
      "{fanOut: {policy: push}, timelines: {lifetime: 1h}, traffic: {cascades: [\(cascades)]}}"
    return small
  }

  /// Every repost is a post, the books hold, and followers come to see.
  @Test func repostsArePosts() throws {
    func posts(_ cascades: String) throws -> (opened: Int, sessions: Int, figures: CascadeFigures?)
    {
      try small(cascades).run { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let audit = system.auditDeliveries()
        #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0)
        return (
          Int(system.measurements.postsOpened), Int(system.sessionNumber),
          system.cascadeFigures
        )
      }
    }
    let none = try posts("")
    #expect(none.figures == nil)
    let quiet = try posts(
      "{at: 1m, by: star, branching: 0.7, first: 60, delay: exponential(mean 60s)}")
    let figures = try #require(quiet.figures)
    #expect(quiet.opened - none.opened == Int(figures.size))
    #expect(figures.size > 90 && figures.size < 320, "\(figures.size)")
    // The star's own followers are reached, and those of whoever passed it on.
    #expect(figures.reach > 600 && figures.reach < 1500)
    let half = try #require(figures.halfTime)
    #expect(half > 30 && half < 400 && figures.visits == 0)
    // No session is opened but by the audience.
    #expect(quiet.sessions == none.sessions)
    let loud = try posts(
      "{at: 1m, by: star, branching: 0.7, first: 60, delay: exponential(mean 60s), "
        + "visits: {share: 20%, delay: exponential(mean 30s)}}")
    #expect(loud.figures?.size == figures.size && loud.opened == quiet.opened)
    #expect(try #require(loud.figures).visits > 100 && loud.sessions > quiet.sessions + 100)
  }

  /// More than one for each has no end but the most, those who have not heard, and the run's.
  @Test func endsWhereThereAreAsManyAsMayBe() throws {
    for most in [1, 40] {
      let law = "branching: 3, delay: constant(10s), first: 20"
      let cascade = "{at: 0s, by: star, \(law), most: \(most)}"
      try small(cascade).run { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let books = system.crowd.books[0]
        #expect(books.made <= most && books.beyondMost > 0)
        #expect(most == 1 || books.made > 20)
      }
    }
  }

  /// The same seed has the same cascade, and another design does too.
  @Test func isTheSameInEveryDesign() throws {
    func figures(_ policy: String) throws -> CascadeFigures? {
      var small = small("{at: 1m, by: star, branching: 0.8, first: 30}")
      small.yaml = small.yaml.replacing("policy: push", with: "policy: \(policy)")
      return try small.run { $0.cascadeFigures }
    }
    let push = try figures("push")
    #expect(try push != nil && figures("pull") == push && figures("push") == push)
  }

  @Test(arguments: [
    "{at: 1m, by: star}", "{at: 1m, by: star, branching: 0.5, infectiousness: 1%}",
    "{at: 1m, by: star, branching: -1}", "{by: star, branching: 0.5}",
    "{at: 1m, by: star, branching: 0.5, memory: {theta: 0}}",
    "{at: 1m, by: star, branching: 0.5, memory: {}, delay: constant(1s)}",
    "{at: 1m, by: nobody, branching: 0.5}",
  ])
  func refuses(_ cascade: String) throws {
    #expect(throws: InvalidInput.self) { try small(cascade).run { _ in } }
  }
}
