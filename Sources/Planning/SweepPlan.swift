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
    var base = try SettingsFile.readExtending(path: path)
    for override in overrides { base = try SettingsFile.applying(override, to: base) }
    let layer = Layer(
      base: base, fileName: path.split(separator: "/").last.map(String.init) ?? path,
      question: SettingsFile.firstComment(path: path), rules: rules, axes: axes,
      version: version)
    paths = axes.map(\.path)
    var points: [Point] = []
    var seen: Set<[String]> = []
    for values in try Self.values(axes, sample, seed: layer.seed) {
      var point = layer.point(values)
      guard seen.insert(point.values).inserted else { continue }
      point.index = points.count + 1
      points.append(point)
    }
    // What no point survives is wrong with the sweep, not with a point.
    if points.allSatisfy({ (try? $0.scenario.get()) == nil }) {
      _ = try points.first?.scenario.get()
    }
    self.points = points
    question = layer.question
    name = points.lazy.compactMap { try? $0.scenario.get().name }.first ?? layer.fileName
  }

  private static func values(
    _ axes: [SweepAxis], _ sample: SweepSample?, seed: UInt64
  ) throws -> [[SweepAxis.Value]] {
    for (index, axis) in axes.enumerated()
    where axes[..<index].contains(where: { $0.path == axis.path }) {
      throw InvalidInput("\(axis.path) is varied twice", at: SourceLocation(argument: "--vary"))
    }
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

  /// Files by their content, each read once.
  private final class Files {
    private var known: [String: String] = [:]

    /// Empty for a file that cannot be read: the point's run says why.
    func hash(of path: String) -> String {
      if let hash = known[path] { return hash }
      let hash = Fingerprint.sha256(file: path) ?? ""
      known[path] = hash
      return hash
    }
  }

  /// What all points have in common.
  private struct Layer {
    let base: Setting
    let fileName: String
    let question: String
    let rules: [String]
    let axes: [SweepAxis]
    let version: String
    let files = Files()

    /// A base that only a varied value makes valid has its seed all the same.
    var seed: UInt64 { (try? base["seed"]?.unsigned()) ?? 1 }

    /// The point of these values; a setting that refuses a fraction gets the nearest whole number.
    func point(_ values: [SweepAxis.Value]) -> Point {
      var texts = values.map(\.text)
      while true {
        do {
          return try point(of: texts)
        } catch let problem as InvalidInput {
          let refused = axes.indices.first {
            problem.location == place(axes[$0]) && values[$0].whole ?? texts[$0] != texts[$0]
          }
          guard let refused, let whole = values[refused].whole else {
            return failed(texts, problem)
          }
          texts[refused] = whole
        } catch {
          return failed(texts, error)
        }
      }
    }

    private func place(_ axis: SweepAxis) -> SourceLocation {
      SourceLocation(argument: "--vary \(axis.path)")
    }

    private func failed(_ texts: [String], _ problem: any Error) -> Point {
      Point(
        index: 0, values: texts, scenario: .failure(problem), hash: "", settingsHash: "",
        population: "")
    }

    private func point(of texts: [String]) throws -> Point {
      var tree = base
      for (axis, text) in zip(axes, texts) {
        tree = try SettingsFile.applying("\(axis.path)=\(text)", to: tree, option: "--vary")
      }
      var scenario = try Scenario(tree, fileName: fileName, question: question)
      for rule in rules {
        scenario.thresholds.append(
          try Threshold(
            parsing: rule, at: SourceLocation(argument: "--threshold"),
            costs: scenario.prices != nil))
      }
      let decides = [version, scenario.hash, "\(scenario.replications)", "\(scenario.seed)"]
      let contents = scenario.inputs.map { files.hash(of: $0) }
      return Point(
        index: 0, values: texts, scenario: .success(scenario),
        hash: Fingerprint.sha256((decides + rules + contents).joined(separator: "\n")),
        settingsHash: Fingerprint.sha256((decides + rules).joined(separator: "\n")),
        population: "\(scenario.seed) \(tree["audience"]?.canonicalText ?? "")")
    }
  }
}
