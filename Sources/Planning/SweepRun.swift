import FeedSystem
import Foundation
import Settings
import Simulation
import Synchronization

/// Runs the points of a sweep side by side, each on one thread, and on those that the others have
/// no more use for: the last points would else run alone.
///
/// Points that share a population share its graph, which is built once and let go with the last
/// of them. What a point gives does not depend on those beside it.
public struct SweepRun: Sendable {
  public var points: [SweepPlan.Point]
  public var threads: Int
  public var version: String
  private let populations: Populations

  public init(_ points: [SweepPlan.Point], threads: Int, version: String) {
    self.init(points, threads: threads, version: version, over: Populations())
  }

  /// - Parameter populations: of a run before, whatever of them is still used.
  init(
    _ points: [SweepPlan.Point], threads: Int, version: String, over populations: Populations
  ) {
    self.points = points
    self.threads = threads
    self.version = version
    self.populations = populations
  }

  /// - Parameter finished: takes what came of a point, from whatever thread ran it, and in no
  ///   order; what it throws ends the sweep.
  public func run(
    finished: @Sendable (SweepPlan.Point, Swift.Result<Result, any Error>) throws -> Void
  ) throws {
    // Points of one population follow each other, so that few populations live at a time.
    var order: [String: Int] = [:]
    for point in points where order[point.population] == nil {
      order[point.population] = order.count
    }
    let queue = points.sorted {
      (order[$0.population] ?? 0, $0.index) < (order[$1.population] ?? 0, $1.index)
    }
    for point in queue { populations.expect(point) }
    let idle = IdleThreads(threads: threads, points: queue.count)
    _ = try parallelMap(count: queue.count, threads: threads, local: Int.init) { index, _ in
      let point = queue[index]
      let outcome = Swift.Result { try answer(point, idle) }
      populations.release(point)
      idle.finish()
      try finished(point, outcome)
    }
  }

  private func answer(_ point: SweepPlan.Point, _ idle: IdleThreads) throws -> Result {
    let scenario = try point.scenario.get()
    let audience = try populations.audience(of: point, scenario)
    let bytes = MachineMemory.bytes(of: scenario, scenario.holdings(of: audience))
    return try populations.withRoom(for: bytes + scenario.otherCellsBytes) {
      var experiment = Experiment(scenario, threads: 1)
      experiment.spare = SpareThreads {
        guard populations.takeRoom(for: bytes) else { return false }
        if idle.take() { return true }
        populations.giveRoom(bytes)
        return false
      } giveBack: {
        idle.giveBack()
        populations.giveRoom(bytes)
      }
      return try experiment.run(version: version, over: audience)
    }
  }
}

/// How many threads of a sweep have no point of their own left to run.
private final class IdleThreads: Sendable {
  private let threads: Int
  /// Points that have not finished, and threads that help with another's point.
  private let state: Mutex<(points: Int, lent: Int)>

  init(threads: Int, points: Int) {
    self.threads = threads
    state = Mutex((points, 0))
  }

  func finish() { state.withLock { $0.points -= 1 } }

  func take() -> Bool {
    state.withLock { state in
      guard state.points + state.lent < threads else { return false }
      state.lent += 1
      return true
    }
  }

  func giveBack() { state.withLock { $0.lent -= 1 } }
}

/// The populations that points are about to use, and the memory that they and the runs take.
final class Populations: @unchecked Sendable {
  private struct Shared {
    /// Points that have not finished with it.
    var users: Int
    var isBuilding = false
    var bytes = 0.0
    var audience: Swift.Result<Audience, any Error>?
  }

  private let condition = NSCondition()
  private let available: Double
  private var shared: [String: Shared] = [:]
  /// Bytes spoken for, and runs that take some of them.
  private var held = 0.0
  private var running = 0

  init(available: Double? = MachineMemory.available) {
    self.available = available ?? .infinity
  }

  /// Keeps a point's population until it is released as often as it is expected.
  func expect(_ point: SweepPlan.Point) {
    condition.lock()
    defer { condition.unlock() }
    shared[point.population, default: Shared(users: 0)].users += 1
  }

  /// Built by the first who asks; the others wait for it.
  func audience(of point: SweepPlan.Point, _ scenario: Scenario) throws -> Audience {
    let key = point.population
    let bytes = scenario.audience.graphBytes(available: MachineMemory.available)
    condition.lock()
    while shared[key]?.isBuilding == true { condition.wait() }
    if let known = shared[key]?.audience {
      condition.unlock()
      return try known.get()
    }
    shared[key]?.isBuilding = true
    // With nothing running there is nothing to wait for: it fits, or its point says that it fails.
    while running > 0, held + bytes > available { condition.wait() }
    held += bytes
    shared[key]?.bytes = bytes
    condition.unlock()

    let built = Swift.Result {
      try MachineMemory.check(scenario)
      return try scenario.audience.build(seed: scenario.seed)
    }
    condition.lock()
    shared[key]?.isBuilding = false
    shared[key]?.audience = built
    condition.broadcast()
    condition.unlock()
    return try built.get()
  }

  func release(_ point: SweepPlan.Point) {
    condition.lock()
    defer { condition.unlock() }
    shared[point.population]?.users -= 1
    guard let unused = shared[point.population], unused.users == 0 else { return }
    shared[point.population] = nil
    held -= unused.bytes
    condition.broadcast()
  }

  /// Runs the body when its memory is free, or when nothing else runs.
  func withRoom<Value>(for bytes: Double, _ body: () throws -> Value) rethrows -> Value {
    condition.lock()
    while running > 0, held + bytes > available { condition.wait() }
    running += 1
    held += bytes
    condition.unlock()
    defer {
      condition.lock()
      running -= 1
      condition.unlock()
      giveRoom(bytes)
    }
    return try body()
  }

  /// Whether that much more is free.
  func takeRoom(for bytes: Double) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard held + bytes <= available else { return false }
    held += bytes
    return true
  }

  func giveRoom(_ bytes: Double) {
    condition.lock()
    held -= bytes
    condition.broadcast()
    condition.unlock()
  }
}
