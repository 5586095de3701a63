import Settings

/// Which points of a sweep one process runs: every `count`-th, from the `index`-th on.
public struct SweepShard: Sendable, Equatable {
  /// From 1.
  public var index: Int
  public var count: Int

  /// Reads `2/8`; or `auto`, which takes index and number from the environment of a Slurm or AWS
  /// Batch array job; or `auto/8`, for a Kubernetes indexed job, which tells no number.
  ///
  /// - Throws: `InvalidInput` about the option `--shard`.
  public init(parsing text: String, environment: [String: String]) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let number = parts.count == 2 ? Int(parts[1]) : nil
    let place = SourceLocation(argument: "--shard")
    guard parts.count == 1 ? text == "auto" : parts.count == 2 && number != nil else {
      throw InvalidInput(
        "\"\(text)\" is not a shard; write for example 2/8, auto or auto/8", at: place)
    }
    if parts[0] == "auto" {
      (index, count) = try readingOption("--shard") {
        try Self.automatic(text, number, environment)
      }
    } else {
      (index, count) = (Int(parts[0]) ?? 0, number ?? 0)
    }
    guard (1...SweepPlan.pointLimit).contains(count), (1...count).contains(index) else {
      throw InvalidInput(
        parts[0] == "auto"
          ? "\(text): the environment says shard \(index) of \(count)"
          : "\"\(text)\" is not a shard: it must be from 1/\(max(1, count)) to "
            + "\(max(1, count))/\(max(1, count))", at: place)
    }
  }

  private static func automatic(
    _ text: String, _ number: Int?, _ environment: [String: String]
  ) throws -> (Int, Int) {
    func read(_ name: String) throws -> Int? {
      guard let value = environment[name], !value.isEmpty else { return nil }
      guard let whole = Int(value), (0...1_000_000_000).contains(whole) else {
        throw InvalidInput("\(text): \(name) is \"\(value)\", no index or number of jobs")
      }
      return whole
    }
    let array = "SLURM_ARRAY_TASK_"
    let systems = [
      (id: "\(array)ID", first: "\(array)MIN", count: "\(array)COUNT"),
      (id: "AWS_BATCH_JOB_ARRAY_INDEX", first: "", count: "AWS_BATCH_JOB_ARRAY_SIZE"),
      (id: "JOB_COMPLETION_INDEX", first: "", count: ""),
    ]
    for system in systems {
      guard let id = try read(system.id) else { continue }
      let first = system.first.isEmpty ? 0 : try read(system.first) ?? 0
      guard let count = try number ?? (system.count.isEmpty ? nil : read(system.count)) else {
        throw InvalidInput(
          "\(text): \(system.id) is set, but not the number of shards; write auto/N")
      }
      return (id - first + 1, count)
    }
    throw InvalidInput(
      "\(text): none of " + systems.map(\.id).joined(separator: ", ")
        + " is set; write for example 2/8")
  }

  /// The points it runs.
  public func points(of plan: SweepPlan) -> [SweepPlan.Point] {
    plan.points.filter { ($0.index - 1) % count == index - 1 }
  }
}
