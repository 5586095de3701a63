import Settings
import Simulation

/// How many replications an experiment takes: a number, or as many as a precision asks for.
///
/// Sequential stopping (Law: "Simulation Modeling and Analysis", 5th ed., section 9.4.1): after
/// at least `least` replications the experiment goes on until the intervals are narrow enough.
/// All designs take the same number, so that they can be compared pair by pair.
public struct ReplicationPlan: Sendable, Equatable, CustomStringConvertible {
  public var least: Int
  public var most: Int
  /// Nil for a fixed number.
  public var precision: Precision?

  /// Half-widths relative to the value.
  public struct Precision: Sendable, Equatable {
    /// As written: ±2% at 95%.
    public var text: String
    public var relative: Double
    public var confidence: Double
    public var targets: [Target]

    public init(text: String, relative: Double, confidence: Double, targets: [Target]) {
      self.text = text
      self.relative = relative
      self.confidence = confidence
      self.targets = targets
    }
  }

  /// A metric's statistic.
  public struct Target: Sendable, Equatable {
    public var metric: String
    public var statistic: String
    public var name: String { "\(metric).\(statistic)" }
  }

  public static let limit = 10_000
  /// An interval from fewer is too uncertain itself to stop by: from 10, those that promise 95 %
  /// hold the truth in 93 %.
  public static let leastForPrecision = 20

  public var description: String {
    guard let precision else { return "\(least)" }
    let targets = precision.targets.map(\.name).joined(separator: ", ")
    return "\(least) to \(most) until \(precision.text) of \(targets)"
  }

  public init(exactly count: Int) {
    self.init(least: count, most: count)
  }

  public init(least: Int, most: Int, precision: Precision? = nil) {
    self.least = least
    self.most = most
    self.precision = precision
  }

  /// Whether an experiment may end with so many.
  public func allows(_ count: Int) -> Bool { (least...most).contains(count) }

  /// A count, or `{min, max, until: ±2% at 95%, of: feed.latency.p99}`.
  static var form: Form<ReplicationPlan> {
    Form<Int>.count(in: 1...limit).map(spell: { "\($0)" }, ReplicationPlan.init(exactly:))
      .orKeys { section in
        let until = try section.require(
          "until",
          .written(
            Shape.Scalar(
              "a half-width and its confidence, such as ±2% at 95%",
              pattern: "^±[0-9.eE+-]+%? at [0-9.eE+-]+%?$"), example: "±2% at 95%"),
          "Goes on until every interval is as narrow.")
        let most = try section.read(
          "max", .count(in: 2...limit), "At most so many; 100 if not given.")
        let least = try section.read(
          "min", .count(in: 2...limit), default: min(leastForPrecision, most ?? limit),
          "At least so many.")
        var plan = ReplicationPlan(least: least, most: most ?? max(100, least))
        guard plan.most >= plan.least else {
          throw section.error("is less than min, \(plan.least)", key: "max")
        }
        let targets = try section.read(
          "of", .oneOrMore(target),
          default: [Target(metric: "feed.latency", statistic: "mean")],
          "The figures whose intervals count.")
        guard !targets.isEmpty else { throw section.error("names no metric", key: "of") }
        plan.precision = try precision(until, targets)
        return plan
      }
  }

  private static func precision(_ until: Setting, _ targets: [Target]) throws -> Precision {
    let text = try until.text()
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 3, parts[1] == "at", parts[0].hasPrefix("±") else {
      throw until.error("\"\(text)\": write a half-width and a confidence, such as ±2% at 95%")
    }
    let relative: Double
    let confidence: Double
    do {
      relative = try Quantity.share(String(parts[0].dropFirst()))
      confidence = try Quantity.share(parts[2])
    } catch let problem as InvalidInput {
      throw until.error("\"\(text)\": \(problem.message)")
    }
    guard relative > 0, (0.5...0.999).contains(confidence) else {
      throw until.error(
        "\"\(text)\": a half-width above 0 and a confidence from 50% to 99.9%")
    }
    return Precision(
      text: text, relative: relative, confidence: confidence, targets: targets)
  }

  private static var target: Form<Target> {
    let name = Shape.Scalar("a metric and its statistic, such as feed.latency.p99")
    return Form<Setting>.written(name, example: "feed.latency").map { name in
      do {
        let (entry, statistic) = try Threshold.metric(try name.text())
        guard !entry.unit.isMoney else {
          throw InvalidInput("\(entry.name) is one figure for all replications")
        }
        return Target(metric: entry.name, statistic: statistic)
      } catch let problem as InvalidInput {
        throw problem.located(at: name.location, path: name.path)
      }
    }
  }

  /// Carries the plan out: asks for more replications until there are enough.
  ///
  /// - Parameter extend: runs replications until there are so many in all; returns their values of
  ///   each target, design by design.
  /// - Returns: how many there are, and whether the precision is reached; true for a fixed number.
  public func carryOut(
    _ extend: (_ total: Int) throws -> [[[Double]]]
  ) rethrows -> (count: Int, isReached: Bool) {
    var count = 0
    var wanted = least
    var values: [[[Double]]] = []
    while wanted > count {
      values = try extend(wanted)
      count = wanted
      wanted = self.wanted(after: count, values)
    }
    return (count, isReached(count, values))
  }

  /// How many replications there should be, of which `count` are done: no more than that once
  /// every interval is narrow enough.
  ///
  /// - Parameter designs: the replications' values of each target, design by design.
  func wanted(after count: Int, _ designs: [[[Double]]]) -> Int {
    guard let precision, count < most else { return count }
    var wanted = count
    for values in designs.joined() where values.count > 1 {
      let estimate = Estimate.mean(of: values, confidence: precision.confidence)
      let target = precision.relative * abs(estimate.value)
      guard let halfWidth = estimate.halfWidth, halfWidth > target else { continue }
      // The half-width falls with the root of the number; at most twice as many at a time, since
      // the spread is itself a guess.
      let factor = target > 0 ? min(halfWidth / target, 1.5) : 1.5
      wanted = max(wanted, count + 1, Int((Double(count) * factor * factor).rounded(.up)))
    }
    return min(wanted, most, 2 * count)
  }

  /// Whether every interval is as narrow as asked; true for a fixed number.
  func isReached(_ count: Int, _ designs: [[[Double]]]) -> Bool {
    var endless = self
    endless.most = .max
    return endless.wanted(after: count, designs) == count
  }
}
