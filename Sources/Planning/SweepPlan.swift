import Settings

/// The points of a sweep, each a scenario with its overrides, in an order that depends on nothing
/// but what was asked.
public struct SweepPlan: Sendable {
  /// More points than this are a slip of the pen.
  public static let pointLimit = 100_000

  public struct Point: Sendable {
    /// From 1.
    public var index: Int
    /// The values as they are put into the scenario, in the order of the plan's paths.
    public var values: [String]
    /// The scenario, or why it is none.
    public var scenario: Swift.Result<Scenario, any Error>
    /// SHA-256 of all that decides the result: scenario, version, replications, seed, rules and
    /// the content of the files that the scenario names; empty where there is no scenario.
    public var hash: String
    /// The same whatever those files hold.
    public var settingsHash: String
    /// Points with the same text have the same population.
    var population: String
  }

  /// What is varied.
  public let paths: [String]
  public let points: [Point]
  /// The scenario's name, for titles.
  public let name: String
  /// The first comment of its file.
  public let question: String

  /// Reads the scenario once and lays every point over it.
  ///
  /// - Parameters:
  ///   - overrides: `path=value`, under all points.
  ///   - rules: thresholds beside the scenario's own.
  ///   - sample: draws the points; without one they are all combinations, the first axis outermost.
  ///   - version: of this program, whose results differ from another's.
  /// - Throws: `MissingInput`, or `InvalidInput` when no point at all is a valid scenario, as with
  ///   a path that does not exist; a point that is invalid beside others that are not is kept.
  public init(
    reading path: String, overrides: [String] = [], rules: [String] = [], axes: [SweepAxis],
    sample: SweepSample? = nil, version: String
  ) throws {
    let base = try SweepBase(
      reading: path, overrides: overrides, rules: rules, axes: axes, version: version)
    paths = axes.map(\.path)
    var points: [Point] = []
    var seen: Set<[String]> = []
    for values in try Self.values(axes, sample, seed: base.seed) {
      var point = base.point(values)
      guard seen.insert(point.values).inserted else { continue }
      point.index = points.count + 1
      points.append(point)
    }
    // What no point survives is wrong with the sweep, not with a point.
    if points.allSatisfy({ (try? $0.scenario.get()) == nil }) {
      _ = try points.first?.scenario.get()
    }
    self.points = points
    question = base.question
    name = points.lazy.compactMap { try? $0.scenario.get().name }.first ?? base.fileName
  }

  private static func values(
    _ axes: [SweepAxis], _ sample: SweepSample?, seed: UInt64
  ) throws -> [[SweepAxis.Value]] {
    try SweepAxis.refuseTwice(axes)
    if let sample {
      return try sample.points(dimensions: axes.count, seed: seed).map { point in
        zip(axes, point).map { $0.value(at: $1) }
      }
    }
    var grid: [[SweepAxis.Value]] = [[]]
    for values in axes.map(\.grid) {
      guard grid.count * values.count <= pointLimit else {
        throw InvalidInput(
          "the grid has more than \(pointLimit) points; draw some with --sample sobol:64",
          at: SourceLocation(argument: "--vary"))
      }
      grid = grid.flatMap { begun in values.map { begun + [$0] } }
    }
    return grid
  }
}
