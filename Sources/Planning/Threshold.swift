import Settings
import Simulation

/// A rule that a design must keep: `feed.latency.p99 < 200ms`.
public struct Threshold: Sendable, Equatable {
  /// As written.
  public var rule: String
  public var metric: String
  /// mean, p50, p95, p99 or p99_9.
  public var statistic: String
  public var comparison: Comparison
  /// In the metric's unit; where it depends on a baseline, not a number until `against` has
  /// worked it out.
  public var limit: Double
  public var unit: Unit
  /// For a rule such as `cost.month <= baseline + 5%`.
  public var relative: Relative?

  /// A limit that is worked out from a baseline's figure.
  public struct Relative: Sendable, Equatable {
    /// What the figure is multiplied with: 1.05 for `baseline + 5%`.
    var factor = 1.0
    /// What is then added, in the metric's unit.
    var offset = 0.0
  }

  public enum Comparison: String, Sendable, CaseIterable {
    case atMost = "<="
    case atLeast = ">="
    case equal = "=="
    case unequal = "!="
    case below = "<"
    case above = ">"

    func holds(_ value: Double, _ limit: Double) -> Bool {
      switch self {
      case .atMost: value <= limit
      case .atLeast: value >= limit
      case .equal: value == limit
      case .unequal: value != limit
      case .below: value < limit
      case .above: value > limit
      }
    }
  }

  public static let statistics = ["mean", "p50", "p95", "p99", "p99_9"]

  /// Reads `metric[.statistic] comparison value`; without a statistic it is about the mean.
  ///
  /// - Parameters:
  ///   - location: where the rule is written, for messages.
  ///   - path: the key it is written under, for messages.
  ///   - costs: whether the run is priced; without prices a rule about money is refused.
  ///   - currency: what the bill is in, and a rule about it must be.
  ///   - hasBaseline: whether the limit may depend on one.
  public init(
    parsing text: String, at location: SourceLocation? = nil, path: String = "",
    costs: Bool = true, currency: Currency = .dollars, hasBaseline: Bool = false
  ) throws(InvalidInput) {
    do {
      try self.init(rule: Self.trimmed(text[...]), currency)
      guard hasBaseline || relative == nil else {
        throw InvalidInput(
          "compares with a baseline, and a run has none; such rules belong to a check with one: "
            + "feedsim check SCENARIO --baseline RESULT.json")
      }
      guard costs || !unit.isMoney else {
        throw InvalidInput(
          "needs prices; name a price sheet in the scenario: prices: aws-us-east-1-2026-08")
      }
    } catch {
      var problem = error as? InvalidInput ?? InvalidInput("\(error)")
      problem.message = "rule \"\(text)\": \(problem.message)"
      if problem.location == nil { problem.location = location }
      if problem.path.isEmpty { problem.path = path }
      throw problem
    }
  }

  /// An element of a scenario's `thresholds`.
  public init(
    _ setting: Setting, costs: Bool = true, currency: Currency = .dollars,
    hasBaseline: Bool = false
  ) throws {
    try self.init(
      parsing: setting.text(), at: setting.location, path: setting.path, costs: costs,
      currency: currency, hasBaseline: hasBaseline)
  }

  /// A rule as an element of a list, taken apart once it is known what there is to compare.
  static var form: Form<Setting> {
    let comparisons = Comparison.allCases.map(\.rawValue).joined(separator: "|")
    return .written(
      Shape.Scalar(
        "a rule, such as feed.latency.p99 < 200ms",
        pattern: "^[a-z][a-z0-9_.]*[ \t]*(\(comparisons))[ \t]*[^<>=!]+$"),
      example: "delivery.lost == 0")
  }

  private init(rule: String, _ currency: Currency) throws {
    guard let start = rule.firstIndex(where: { "<>=!".contains($0) }) else {
      throw InvalidInput(
        "has no comparison; write for example feed.latency.p99 < 200ms; known: "
          + Comparison.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let end = rule[start...].firstIndex { !"<>=!".contains($0) } ?? rule.endIndex
    let symbol = String(rule[start..<end])
    guard let comparison = Comparison(rawValue: symbol) else { throw Self.unknown(symbol) }
    let value = Self.trimmed(rule[end...])
    guard !value.isEmpty else { throw InvalidInput("has nothing after \(symbol)") }
    var (entry, statistic) = try Self.metric(Self.trimmed(rule[..<start]))
    // What ads pay is in US dollars, whatever the fleet is paid in.
    if entry.name.hasPrefix("cost.month") { entry.unit = currency.unit }
    self.rule = rule
    metric = entry.name
    self.statistic = statistic
    self.comparison = comparison
    unit = entry.unit
    relative = try Self.relative(value, of: entry)
    limit = relative == nil ? try Self.limit(value, of: entry) : .nan
  }

  /// `baseline`, or more or less by a share of it or by an amount; nil for any other value.
  private static func relative(
    _ text: String, of entry: MetricNames.Entry
  ) throws -> Relative? {
    let word = "baseline"
    guard text.hasPrefix(word) else { return nil }
    let rest = trimmed(text.dropFirst(word.count))
    guard let sign = rest.first else { return Relative() }
    let amount = trimmed(rest.dropFirst())
    guard sign == "+" || sign == "-", !amount.isEmpty else {
      throw InvalidInput("write baseline, baseline + 5% or baseline - an amount")
    }
    let direction: Double = sign == "+" ? 1 : -1
    if amount.hasSuffix("%") {
      let share = try Quantity.number(String(amount.dropLast())) / 100
      guard share >= 0 else { throw InvalidInput("\"\(amount)\" is negative") }
      return Relative(factor: 1 + direction * share)
    }
    return Relative(offset: direction * (try limit(amount, of: entry)))
  }

  /// The rule with its limit worked out from the baseline's own figure, which it then names.
  ///
  /// - Throws: `InvalidInput` where the baseline has no such figure.
  public func against(_ baseline: DesignResult) throws(InvalidInput) -> Threshold {
    guard let relative else { return self }
    guard let figure = estimate(in: baseline)?.value, figure.isFinite else {
      throw InvalidInput("rule \"\(rule)\": the baseline has no \(metric).\(statistic)")
    }
    var threshold = self
    threshold.relative = nil
    threshold.limit = figure * relative.factor + relative.offset
    let isShare = MetricNames.entry(metric)?.isShare ?? true
    let limit = NumberText.text(Estimate(value: threshold.limit), unit, isShare: isShare)
    threshold.rule += " (\(limit))"
    return threshold
  }

  private static func unknown(_ symbol: String) -> InvalidInput {
    let meant = ["=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "===": "==", "!": "!="]
    var message = "unknown comparison \"\(symbol)\"; known: "
    message += Comparison.allCases.map(\.rawValue).joined(separator: ", ")
    if let known = meant[symbol] { message += "; did you mean \"\(known)\"?" }
    return InvalidInput(message)
  }

  /// The metric that the left side names, and its statistic.
  static func metric(_ text: String) throws -> (MetricNames.Entry, String) {
    guard !text.isEmpty else { throw InvalidInput("names no metric before the comparison") }
    if let entry = MetricNames.entry(text) { return (entry, "mean") }
    if text.hasSuffix(".p99.9") {
      throw InvalidInput("write p99_9 instead of p99.9")
    }
    guard let dot = text.lastIndex(of: ".") else {
      throw MetricNames.unknown(text, statistic: "")
    }
    let name = String(text[..<dot])
    let statistic = String(text[text.index(after: dot)...])
    guard statistics.contains(statistic) else {
      let isQuantile = statistic.first == "p" && Int(statistic.dropFirst()) != nil
      guard let entry = MetricNames.entry(name), entry.isDistribution, isQuantile else {
        throw MetricNames.unknown(text, statistic: "")
      }
      throw InvalidInput(
        "unknown statistic \"\(statistic)\"" + Suggestion.text(for: statistic, among: statistics))
    }
    guard let entry = MetricNames.entry(name) else {
      throw MetricNames.unknown(name, statistic: statistic)
    }
    guard statistic == "mean" || entry.isDistribution else {
      throw InvalidInput("\(name) is one number a run; it has a mean and no \(statistic)")
    }
    return (entry, statistic)
  }

  /// The right side in the metric's unit.
  private static func limit(_ text: String, of entry: MetricNames.Entry) throws -> Double {
    do {
      switch entry.unit {
      case .milliseconds: return Double(try Quantity.nanoseconds(text)) / 1e6
      case .seconds: return Double(try Quantity.nanoseconds(text)) / 1e9
      case .bytes: return Double(try Quantity.bytes(text))
      case .bytesPerSecond:
        guard text.hasSuffix("/s") else {
          throw InvalidInput("\"\(text)\" needs a unit; for example 5MB/s")
        }
        return Double(try Quantity.bytes(String(text.dropLast(2))))
      case .perSecond: return try Quantity.rate(text)
      case .dollars, .euros, .pounds, .francs, .yen, .yuan, .rupees:
        return try money(text, entry.unit)
      case .ratio where entry.isShare: return try Quantity.share(text)
      case .ratio, .entries, .entriesPerPost, .entriesPerShown, .deliveries, .posts, .servers,
        .visits, .followers, .viewers, .changes, .connections, .features, .megaflops, .nats,
        .examples, .trainings, .perFeed, .perThousandFeeds:
        return try Quantity.number(text)
      }
    } catch let problem as InvalidInput {
      throw InvalidInput("\(entry.name) is \(Self.kind(of: entry)): \(problem.message)")
    }
  }

  /// An amount in the currency of the bill: nothing is converted.
  private static func money(_ text: String, _ unit: Unit) throws -> Double {
    let other = Currency.allCases.first { $0.unit != unit && text.hasSuffix($0.rawValue) }
    if let other {
      throw InvalidInput(
        "\"\(text)\" is in \(other.rawValue), and the price sheet's bill is in "
          + "\(unit.rawValue); write the rule in \(unit.rawValue)")
    }
    if unit == .dollars { return try Quantity.money(text) }
    guard text.hasSuffix(unit.rawValue) else {
      throw InvalidInput(
        "\"\(text)\" needs its currency, \(unit.rawValue); for example 12000 \(unit.rawValue)")
    }
    let amount = try Quantity.number(trimmed(text.dropLast(unit.rawValue.count)))
    guard amount >= 0 else { throw InvalidInput("\"\(text)\" is negative") }
    return amount
  }

  private static func kind(of entry: MetricNames.Entry) -> String {
    switch entry.unit {
    case .milliseconds, .seconds: "a time"
    case .bytes: "a number of bytes"
    case .bytesPerSecond: "a number of bytes a second"
    case .perSecond: "a rate"
    case .dollars, .euros, .pounds, .francs, .yen, .yuan, .rupees: "an amount of money"
    case .ratio where entry.isShare: "a share"
    case .ratio: "a ratio"
    case .entries, .entriesPerPost, .entriesPerShown, .deliveries, .posts, .servers, .visits,
      .followers, .viewers, .changes, .connections, .features, .megaflops, .nats, .examples,
      .trainings, .perFeed, .perThousandFeeds:
      "in \(entry.unit.rawValue)"
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let spaces: Set<Character> = [" ", "\t"]
    var text = text.drop { spaces.contains($0) }
    while let last = text.last, spaces.contains(last) { text.removeLast() }
    return String(text)
  }

  /// Compares the point estimate. What could not be estimated keeps no rule.
  public func verdict(in design: DesignResult) -> Verdict {
    let observed = estimate(in: design)
    let isFinite = observed?.value.isFinite ?? false
    return Verdict(
      rule: rule, metric: metric, statistic: statistic, observed: isFinite ? observed : nil,
      unit: unit, passed: observed.map { isFinite && comparison.holds($0.value, limit) } ?? false)
  }

  private func estimate(in design: DesignResult) -> Estimate? {
    design.metric(metric)?.estimate(statistic)
  }

  /// How far beyond the limit each replication's value is, in the metric's unit: at or below 0
  /// keeps the rule. Empty where there is no estimate, and for == and !=, which have no more or
  /// less.
  func excess(in design: DesignResult) -> [Double] {
    guard let values = estimate(in: design)?.values else { return [] }
    switch comparison {
    case .atMost, .below: return values.map { $0 - limit }
    case .atLeast, .above: return values.map { limit - $0 }
    case .equal, .unequal: return []
    }
  }
}
