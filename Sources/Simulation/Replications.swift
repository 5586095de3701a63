import Dispatch
import Synchronization

/// Runs independent replications on threads and returns their results by index, so that they
/// are the same for any number of threads. Each call builds its own state; only what the
/// closure captures is shared, and it is read-only.
public func replicate<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  guard count > 0 else { return [] }
  let results = UnsafeMutableBufferPointer<Result>.allocate(capacity: count)
  defer { results.deallocate() }
  nonisolated(unsafe) let slots = results
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= count { return }
      slots.initializeElement(at: index, to: body(index))
    }
  }
  defer { results.deinitialize() }
  return Array(results)
}
