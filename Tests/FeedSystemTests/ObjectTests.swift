import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Follows and reactions asked of the object store.
struct ObjectTests {
  private func run(_ objects: String, policy: String = "pull", seed: UInt64 = 5) -> LeafRun {
    var run = LeafRun(seed: seed, policy: policy)
    run.more = """
      objects: {\(objects)}
      engagement: {likes: 30%, comments: 10%, shares: 5%}
      """
    return run
  }

  /// Each load that asks authors first asks for all pages of whom its viewer follows; each reaction
  /// is an association and its inverse.
  @Test(arguments: [1, 3, 6000])
  func visitsAreWhatWasAsked(_ page: Int) throws {
    try run("pageLimit: \(page)").look { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      var pages = 0
      let misses = system.measurements.feedCacheMisses
      for user in 0..<UInt32(120) {
        let follows = system.audience.graph.followeeCount(of: user)
        pages += max(1, (follows + page - 1) / page)
      }
      let lookUps = Int(system.measurements.stages[Stage.graph.rawValue].count)
      let reactions = system.measurements.engagementsCounted
      #expect(reactions > 100 && misses > 50)
      let visits = Int(system.objectShards.books.arrivals)
      if page == 6000 { #expect(lookUps == misses && pages == 120) }
      if page == 1 { #expect(lookUps > 4 * misses) }
      #expect(visits == lookUps + 2 * reactions)
    }
  }

  /// Who pulls nobody is not looked up.
  @Test func pushLooksNobodyUp() throws {
    try run("", policy: "push").look { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      #expect(system.measurements.stages[Stage.graph.rawValue].count == 0)
      let visits = Int(system.objectShards.books.arrivals)
      #expect(visits == 2 * system.measurements.engagementsCounted && visits > 0)
    }
  }

  /// A post's counters are its counts of associations, and whoever reacts twice counts once.
  @Test func countersAreAssociationCounts() throws {
    var repeated = 0
    for seed in 0..<UInt64(10) {
      try run("", seed: seed).look { system in
        let broken = system.brokenLaws()
        #expect(broken == [], "seed \(seed)")
        var held = 0
        for user in 0..<UInt32(120) {
          for type in [AssociationType.liked, .commented, .shared] {
            let page = system.objects.range(of: type, from: user, position: 0, limit: 6000)
            held += page.count
            for index in 0..<page.count {
              let post = page[index].destination
              let back = system.objects.get([user], of: type.inverse, from: post)
              #expect(back.count == 1)
            }
          }
        }
        #expect(2 * held == system.objects.associationCount)
        #expect(
          held + system.measurements.reactionsRepeated <= system.measurements.engagementsCounted)
        repeated += system.measurements.engagementsCounted - held
        let figures = system.objectFigures()
        #expect(
          figures.associations
            == 2 * (system.audience.graph.edgeCount + held + system.historyReactions))
      }
    }
    #expect(repeated > 100)
  }

  /// A wrong counter is found.
  @Test func aCounterOfItsOwnBreaksTheLaw() throws {
    try run("").look { system in
      system.posts.add(.like, to: 0)
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.map(\.name) == ["association balance"])
    }
  }

  /// Wherever a run stops, its books are right.
  @Test func booksAreRightAtAnyMoment() throws {
    for seed in 0..<UInt64(20) {
      var run = run("pageLimit: 4", seed: seed)
      run.leaves = "leaves: 3"
      run.stop = Double(20 + seed * 13)
      try run.look(servers: 16) { system in
        let broken = system.brokenLaws()
        #expect(broken == [], "seed \(seed)")
      }
    }
  }
}
