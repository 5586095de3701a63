import Simulation
import Testing

@testable import FeedSystem

/// What is due in all cells, from what one of them has: known answers, and the whole beside it.
@Suite struct CellFanOutTests {
  private static let second: Int64 = 1_000_000_000
  private let window = 0..<(1000 * second)

  private func at(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  private func course(_ fanOut: CellFanOut, most: Int = 1_000_000) -> CellFanOut.Course {
    let halves = [0..<(500 * Self.second), (500 * Self.second)..<(1000 * Self.second)]
    return fanOut.course(
      seed: 1, profile: .constant, window: window, intervals: halves, most: most)
  }

  /// A post that every cell has is due in all of them at once: what one has is what there is.
  @Test func whatAllCellsHaveIsAsItIs() {
    var fanOut = CellFanOut()
    fanOut.note(600, others: 1, begun: at(400), at: at(400))
    fanOut.note(-200, others: 1, begun: at(400), at: at(401))
    fanOut.note(300, others: 1, begun: at(400), at: at(402))
    fanOut.note(-680, others: 1, begun: at(400), at: at(700))
    fanOut.note(-20, others: 1, begun: at(400), at: at(800))
    let course = course(fanOut)
    #expect(course.peak == 700 && course.peakAt == at(402))
    #expect(course.drainedAt == at(700))
    #expect(course.peaks == [700, 700])
  }

  /// A post of one of ten cells' authors is due in one cell at a time; with nothing known of the
  /// rest, at any time.
  @Test func copiesAreDueOneByOne() {
    var fanOut = CellFanOut()
    fanOut.note(500, others: 10, begun: at(600), at: at(600))
    fanOut.note(-500, others: 10, begun: at(600), at: at(600.001))
    let course = course(fanOut)
    #expect(course.peak == 50)
    #expect(course.peaks == [50, 50])
    // Fewer copies, of which each is less of the sum than it seems.
    let few = self.course(fanOut, most: 16)
    #expect(abs(few.peak / (500.0 / 8 * (8.0 / 10).squareRoot()) - 1) < 0.01, "\(few.peak)")
  }

  /// One job of a star's post stands for all cells', which are written one after another: half of
  /// them when the one in the middle is.
  @Test func jobsOfAPostAreWrittenInTurn() {
    var fanOut = CellFanOut()
    fanOut.note(160, others: 1, begun: at(400), at: at(400))
    let place = BatchPlace(before: Duration(seconds: 20), after: Duration(seconds: 80))
    fanOut.note(-160, others: 1, begun: at(400), place: place, at: at(430))
    let course = course(fanOut)
    #expect(course.peak == 160 && course.peakAt == at(400))
    // From 410 s to 510 s: at 500 s a tenth is left, at 505 s a twentieth.
    #expect(abs(course.peaks[1] - 16) <= 10, "\(course.peaks)")
    let drained = course.drainedAt.map { ($0 - at(505)).seconds }
    #expect(drained.map { abs($0) < 5 } == true)
  }

  /// Posts wait for minutes in the second half: copies that are made there wait as long, and those
  /// in the first half as short as the others there.
  @Test func copiesWaitAsLongAsOthersThen() {
    var fanOut = CellFanOut()
    for post in 0..<100 {
      let (begun, waits) = (Double(post) * 10, post < 50 ? (1.0, 2.0) : (20.0, 200.0))
      fanOut.note(10, others: 8, begun: at(begun), at: at(begun + waits.0))
      fanOut.note(-10, others: 8, begun: at(begun), at: at(begun + waits.0 + waits.1))
    }
    let course = course(fanOut)
    // A fifth of a post at a time, until it is hard to say which half a post is of; then twenty.
    #expect(course.peaks[0] < 40, "\(course.peaks)")
    #expect(abs(course.peaks[1] - 200) < 40, "\(course.peaks)")
  }

  /// Posts come at random, each due for as long as it is: the most that a hundred or a thousand
  /// cells have due at once is what the whole has, while a cell's own most is many times that.
  @Test(arguments: [(100, 0.02), (100, 0.2), (1000, 0.02)])
  func manyCellsHaveTheWholesMost(cells: Int, rate: Double) {
    let entries = 100
    var stream = RandomStream(seed: 9, purpose: 1, entity: UInt64(cells))
    /// Of so many cells, with times in seconds.
    func posts(_ cells: Double) -> [(begins: Double, ends: Double)] {
      let gaps = Distribution.exponential(mean: 1 / (rate * cells))
      let length = Distribution.exponential(mean: 3)
      var posts: [(begins: Double, ends: Double)] = []
      var time = gaps.sample(&stream).seconds
      while time < 1000 {
        posts.append((time, time + length.sample(&stream).seconds))
        time += gaps.sample(&stream).seconds
      }
      return posts
    }
    var (whole, told, alone) = (0.0, 0.0, 0.0)
    for _ in 0..<100 {
      let all = posts(Double(cells)).flatMap { [($0.begins, 1), ($0.ends, -1)] }
      var due = 0
      var most = 0
      for step in all.sorted(by: { $0.0 < $1.0 }) {
        due += step.1
        most = max(most, due)
      }
      whole += Double(most * entries)
      var fanOut = CellFanOut()
      var (held, highest) = (0, 0)
      let mine = posts(1).flatMap { post in
        [(post.begins, post.begins, entries), (post.ends, post.begins, -entries)]
      }
      for step in mine.sorted(by: { $0.0 < $1.0 }) {
        fanOut.note(step.2, others: Double(cells), begun: at(step.1), at: at(step.0))
        held += step.2
        highest = max(highest, held)
      }
      told += course(fanOut, most: 20_000).peak * Double(cells)
      alone += Double(highest * cells)
    }
    #expect(abs(told / whole - 1) < 0.12, "\(told / whole)")
    #expect(alone > 4 * whole)
  }
}
