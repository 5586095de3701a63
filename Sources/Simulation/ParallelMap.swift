import Dispatch
import Foundation
import Synchronization

/// Threads that would have nothing to do, for work that can use one more.
public struct SpareThreads: Sendable {
  /// Whether there is one; it is the caller's until it is given back.
  public var take: @Sendable () -> Bool
  public var giveBack: @Sendable () -> Void

  public init(take: @escaping @Sendable () -> Bool, giveBack: @escaping @Sendable () -> Void) {
    self.take = take
    self.giveBack = giveBack
  }

  public static let none = SpareThreads(take: { false }, giveBack: {})
}

/// Runs `body` for every index in 0 ..< count on at most `threads` threads, and on spare ones as
/// they come; results come back by index, so they do not depend on the number of threads.
///
/// Indices are handed out in order, and each thread keeps one `local` for all it runs: buffers
/// that are dear to touch for the first time. After an error no new index is begun; the error
/// of the lowest index is thrown.
public func parallelMap<Local, Output: Sendable>(
  count: Int, threads: Int, spare: SpareThreads = .none, local: @Sendable () throws -> Local,
  _ body: @Sendable (Int, inout Local) throws -> Output
) throws -> [Output] {
  let tasks = Tasks<Output>(count: count)
  withoutActuallyEscaping(local) { local in
    withoutActuallyEscaping(body) { body in
      let helpers = DispatchGroup()
      @Sendable func work() {
        var mine: Local?
        while let index = tasks.begin() {
          if tasks.areLeft, spare.take() {
            DispatchQueue.global().async(group: helpers) {
              work()
              spare.giveBack()
            }
          }
          tasks.end(
            index,
            Swift.Result {
              var memory = try mine ?? local()
              defer { mine = memory }
              return try body(index, &memory)
            })
        }
      }
      let workers = max(1, min(threads, count))
      DispatchQueue.concurrentPerform(iterations: workers) { _ in work() }
      helpers.wait()
    }
  }
  return try tasks.results()
}

/// Which indices are begun, and what came of them.
private final class Tasks<Output: Sendable>: Sendable {
  private let count: Int
  private let next = Mutex(0)
  private let outcomes = Mutex([Int: Swift.Result<Output, any Error>]())

  init(count: Int) { self.count = count }

  /// Whether another thread would find something to do.
  var areLeft: Bool { next.withLock { $0 < count } }

  func begin() -> Int? {
    next.withLock { next in
      guard next < count else { return nil }
      defer { next += 1 }
      return next
    }
  }

  func end(_ index: Int, _ outcome: Swift.Result<Output, any Error>) {
    if case .failure = outcome { next.withLock { $0 = count } }
    outcomes.withLock { $0[index] = outcome }
  }

  func results() throws -> [Output] {
    let outcomes = outcomes.withLock { $0 }
    return try outcomes.keys.sorted().compactMap { try outcomes[$0]?.get() }
  }
}
