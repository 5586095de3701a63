import Dispatch
import Foundation
import Synchronization

/// Runs `body` for every index in 0 ..< count on at most `threads` threads; results come back
/// by index, so they do not depend on the number of threads.
///
/// Indices are handed out in order, and each thread keeps one `local` for all it runs: buffers
/// that are dear to touch for the first time. After an error no new index is begun; the error
/// of the lowest index is thrown.
public func parallelMap<Local, Output: Sendable>(
  count: Int, threads: Int, local: @Sendable () throws -> Local,
  _ body: @Sendable (Int, inout Local) throws -> Output
) throws -> [Output] {
  let workers = max(1, min(threads, count))
  if workers == 1 {
    var mine = try local()
    return try (0..<count).map { try body($0, &mine) }
  }
  let next = Mutex(0)
  let outcomes = Mutex([Int: Swift.Result<Output, any Error>]())
  DispatchQueue.concurrentPerform(iterations: workers) { _ in
    var mine: Local?
    while true {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < count else { return }
      let outcome = Swift.Result {
        var memory = try mine ?? local()
        defer { mine = memory }
        return try body(index, &memory)
      }
      if case .failure = outcome { next.withLock { $0 = count } }
      outcomes.withLock { $0[index] = outcome }
    }
  }
  let results = outcomes.withLock { $0 }
  if let failed = results.filter({ if case .failure = $0.value { true } else { false } })
    .min(by: { $0.key < $1.key })
  {
    _ = try failed.value.get()
  }
  return try (0..<count).compactMap { try results[$0]?.get() }
}
