import Settings
import Simulation

/// One setting that a sweep varies: its path and the values it takes, or the range they come
/// from.
public struct SweepAxis: Sendable, Equatable {
  public var path: String
  public var values: Values

  public enum Values: Sendable, Equatable {
    case list([String])
    /// The count is nil where a sample is to choose the values.
    case range(QuantityRange, Spacing, count: Int?)
  }

  public enum Spacing: String, CaseIterable, Sendable {
    case lin, log
  }

  /// A value as it is put into the scenario, and what else to put there if the scenario takes
  /// only whole numbers.
  struct Value: Equatable {
    var text: String
    var whole: String?
  }

  /// Reads `fanOut.pushBelow=1k..1M:log7`, `cache.feed.size=10%..50%:lin5`,
  /// `fanOut.policy=push,pull,hybrid`.
  ///
  /// - Parameter sampled: whether a sample draws from ranges, which then need no count.
  /// - Throws: `InvalidInput` about the option `--vary`.
  public init(parsing argument: String, sampled: Bool = false) throws {
    let option = "--vary"
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw InvalidInput(
        "\"\(argument)\" is not path=values; for example fanOut.pushBelow=1k..1M:log7",
        at: SourceLocation(argument: option))
    }
    let path = String(argument[..<equals])
    let text = String(argument[argument.index(after: equals)...])
    self.path = path
    values = try readingOption(option) {
      do {
        return try Self.range(text, sampled: sampled) ?? Self.list(text)
      } catch var problem as InvalidInput {
        problem.message = "\(path): \(problem.message)"
        throw problem
      }
    }
  }

  /// Two quantities with two dots between; nil for anything else.
  private static func range(_ text: String, sampled: Bool) throws -> Values? {
    guard let first = text.first, first.isNumber || first == "-",
      let dots = text.firstRange(of: "..")
    else { return nil }
    let rest = text[dots.upperBound...]
    let colon = rest.firstIndex(of: ":")
    let range = try QuantityRange(
      String(text[..<dots.lowerBound]), String(rest[..<(colon ?? rest.endIndex)]))
    let steps = colon.map { String(rest[rest.index(after: $0)...]) } ?? ""
    if steps.isEmpty, sampled { return .range(range, .lin, count: nil) }
    let name = steps.prefix { $0.isLetter }
    guard let spacing = Spacing(rawValue: String(name)) else {
      if steps.isEmpty {
        throw InvalidInput(
          "the range \"\(text)\" needs a spacing and a count: \(text):log7 or \(text):lin5")
      }
      throw InvalidInput(
        "unknown spacing \"\(name)\" in \"\(text)\""
          + Suggestion.text(for: String(name), among: Spacing.allCases.map(\.rawValue)))
    }
    if spacing == .log, range.low <= 0 {
      throw InvalidInput("a log range must begin above 0; write :lin for \"\(text)\"")
    }
    let digits = String(steps.dropFirst(name.count))
    if digits.isEmpty, sampled { return .range(range, spacing, count: nil) }
    guard let count = Int(digits), (2...SweepPlan.pointLimit).contains(count) else {
      throw InvalidInput(
        "\"\(text)\" needs a count from 2 to \(SweepPlan.pointLimit) after \(spacing), "
          + "for example :\(spacing)7")
    }
    return .range(range, spacing, count: count)
  }

  /// Values between commas; those within brackets and quotes belong to a value, as in
  /// `exponential(mean 1ms),gamma(mean 1ms, cv 2)`.
  private static func list(_ text: String) throws -> Values {
    var values: [String] = []
    var value = ""
    var depth = 0
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else if "\"'".contains(character) {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
      } else if character == ",", depth == 0 {
        values.append(value)
        value = ""
        continue
      }
      value.append(character)
    }
    values.append(value)
    values = values.map { $0.trimmingPrefix(while: { $0 == " " }) }.map { String($0) }
    if values.contains("") {
      throw InvalidInput("\"\(text)\" has an empty value; write for example push,pull,hybrid")
    }
    return .list(values)
  }

  /// - Throws: `InvalidInput` where two axes have one path.
  static func refuseTwice(_ axes: [SweepAxis]) throws {
    for (index, axis) in axes.enumerated()
    where axes[..<index].contains(where: { $0.path == axis.path }) {
      throw InvalidInput("\(axis.path) is varied twice", at: SourceLocation(argument: "--vary"))
    }
  }

  /// All values of a grid's axis, in order.
  var grid: [Value] {
    switch values {
    case .list(let texts): return texts.map { Value(text: $0) }
    case .range(_, _, let count):
      let count = count ?? 2
      return (0..<count).map { value(at: Double($0) / Double(count - 1)) }
    }
  }

  /// The value at a share of the way, 0...1; each value of a list has an equal part of it.
  func value(at share: Double) -> Value {
    switch values {
    case .list(let texts):
      return Value(text: texts[min(Int(share * Double(texts.count)), texts.count - 1)])
    case .range(let range, let spacing, _):
      // The ends are exact, whatever the arithmetic between them loses.
      let value =
        switch spacing {
        case _ where share <= 0: range.low
        case _ where share >= 1: range.high
        case .lin: range.low + (range.high - range.low) * share
        case .log: range.low * power(range.high / range.low, share)
        }
      return Value(text: range.text(value), whole: range.text(value, whole: true))
    }
  }
}
