import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// How fast pages are asked for after the traffic's factor has changed.
@Suite struct CellPaceTests {
  private func traffic(_ yaml: String) throws -> Traffic {
    let graph = try GraphModel.uniform(meanFollows: 2).build(users: 100, seed: 1)
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "t.yaml"))
    return try TrafficSettings(&parameters).traffic(for: graph, window: .start)
  }

  /// Thrice as many sessions for 100 s, each of six pages with 15 s between them: counted, session
  /// by session.
  @Test func pagesComeAsSessionsGoOn() throws {
    var traffic = try traffic(
      "{traffic: {spikes: [{at: 300s, for: 100s, loads: 3}]}, "
        + "sessions: {loads: 3, pages: 2, thinkTime: exponential(mean 15s)}}")
    var stream = RandomStream(seed: 4, purpose: 1, entity: 2)
    var pages = [Double](repeating: 0, count: 80)
    let sessions = 100.0
    var begins = traffic.loads.next(after: .start, rate: sessions, stream: &stream)
    while (begins - .start).seconds < 800 {
      var time = (begins - .start).seconds
      repeat {
        if time >= 200, time < 800 { pages[Int(time / 10)] += 1 }
        time += traffic.sessions.thinkTime.sample(&stream).seconds
      } while traffic.sessions.continues(&stream) != .leave
      begins = traffic.loads.next(after: begins, rate: sessions, stream: &stream)
    }
    var pace = CellPace(traffic)
    for part in 0..<80 {
      let told = (0..<100).reduce(0.0) { sum, step in
        sum + pace.factor(at: .start + Duration(seconds: Double(part * 10) + Double(step) / 10))
      }
      // 6000 pages in ten seconds, and their sessions' chance.
      let counted = pages[part] / (sessions * 6 * 10)
      if part >= 20 { #expect(abs(told / 100 - counted) < 0.12, "\(part): \(told), \(counted)") }
    }
  }

  /// Of feeds that end soon fewer pages are asked for than is set, and more of all pages are a
  /// session's first: a spike comes at once.
  @Test func pagesAreThoseThatViewersAskFor() throws {
    let settings = try traffic(
      "{traffic: {spikes: [{at: 300s, for: 100s, loads: 3}]}, sessions: {loads: 3, pages: 2}}")
    let goOn: [(share: Int, factor: Double)] = [(0, 3), (1, 2), (2, 5.0 / 3)]
    for (share, factor) in goOn {
      var pace = CellPace(settings)
      for choice in 0..<30_000 { pace.note(goesOn: choice % (share + 1) < share) }
      let told = [299.999, 300.001].map { pace.factor(at: .start + Duration(seconds: $0)) }
      #expect(told[0] == 1 && abs(told[1] - factor) < 0.02, "\(share): \(told)")
    }
  }

  /// Sessions of one page follow the profile at once.
  @Test func singlePagesFollowTheProfile() throws {
    var pace = CellPace(
      try traffic(
        "{traffic: {spikes: [{at: 300s, for: 100s, loads: 3}]}, sessions: {loads: 1, pages: 1}}"))
    let told = [100.0, 299, 301, 399, 401].map { pace.factor(at: .start + Duration(seconds: $0)) }
    #expect(told == [1, 1, 3, 3, 1])
  }
}
