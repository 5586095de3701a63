import Simulation
import Synchronization
import Testing

/// Results by index, whoever runs what.
@Suite struct ParallelMapTests {
  private struct Refused: Error, Equatable { let index: Int }

  /// Threads to lend, and how many are lent or were at the most.
  private final class Pool: Sendable {
    let state: Mutex<(free: Int, lent: Int, times: Int)>

    init(_ free: Int) { state = Mutex((free, 0, 0)) }

    var spare: SpareThreads {
      SpareThreads {
        self.state.withLock { state in
          guard state.lent < state.free else { return false }
          state.lent += 1
          state.times += 1
          return true
        }
      } giveBack: {
        self.state.withLock { $0.lent -= 1 }
      }
    }
  }

  @Test(arguments: [(1, 0), (1, 3), (4, 0), (2, 2), (64, 5)])
  func resultsComeByIndex(_ threads: Int, _ spare: Int) throws {
    let pool = Pool(spare)
    let squares = try parallelMap(
      count: 50, threads: threads, spare: pool.spare, local: Array<Int>.init
    ) { index, mine in
      mine.append(index)
      #expect(mine == mine.sorted(), "a thread is given indices out of order")
      return index * index
    }
    #expect(squares == (0..<50).map { $0 * $0 })
    let (_, lent, times) = pool.state.withLock { $0 }
    #expect(lent == 0, "a thread was not given back")
    // With a thread for each index, all may be begun before one asks.
    if threads < 50 { #expect((times > 0) == (spare > 0), "\(times)") }
  }

  /// Both of two tasks must be under way for either to end: one thread alone would wait forever.
  @Test func aSpareThreadWorksBesideItsHost() throws {
    let begun = Mutex(0)
    let both = try parallelMap(count: 2, threads: 1, spare: Pool(1).spare, local: Int.init) {
      index, _ in
      begun.withLock { $0 += 1 }
      while begun.withLock({ $0 }) < 2 {}
      return index
    }
    #expect(both == [0, 1])
  }

  @Test(arguments: [1, 4]) func theFirstErrorIsThrown(_ threads: Int) {
    #expect(throws: Refused(index: 3)) {
      _ = try parallelMap(count: 9, threads: threads, spare: Pool(2).spare, local: Int.init) {
        index, _ in
        if index >= 3 { throw Refused(index: index) }
        return index
      }
    }
  }

  @Test func nothingIsNothing() throws {
    #expect(try parallelMap(count: 0, threads: 3, local: Int.init) { index, _ in index }.isEmpty)
  }
}
