import Settings

extension Distribution: CustomStringConvertible {
  /// The law's name, how it is written and what it is, for messages and `feedsim list`.
  public static let forms: [(name: String, form: String, summary: String)] = [
    ("constant", "constant(5ms)", "always the same"),
    ("exponential", "exponential(mean 1s)", "memoryless, as services in M/M/1; its cv is 1"),
    ("erlang", "erlang(k 2, mean 10ms)", "the sum of k exponentials, less varied than one"),
    ("gamma", "gamma(mean 10ms, cv 0.5)", "any cv, with a light tail"),
    ("lognormal", "lognormal(mean 10ms, cv 0.5)", "any cv, skewed as measured latencies are"),
    ("pareto", "pareto(alpha 2.5, mean 10ms)", "a heavy tail: P(X > x) falls as x^-alpha"),
    (
      "hyperexponential", "hyperexponential(mean 10ms, cv 2)",
      "a mix of short and long exponentials; a cv of 1 or more"
    ),
    (
      "empirical", "empirical(p50 2ms, p95 9ms, p99 20ms)",
      "through measured quantiles, exponential between them"
    ),
  ]

  /// Reads a law such as `gamma(mean 10ms, cv 0.5)`.
  ///
  /// Means lie between 1 ns and 30 days; a law with no room for a nanosecond's rounding or for
  /// an `Instant`'s range is refused, as is any parameter outside the law's own.
  public init(_ text: String) throws(InvalidInput) {
    var call = try DistributionCall(text)
    self = try call.law()
    try call.finish()
  }

  /// The canonical text; parsing it gives the same law.
  public var description: String {
    let average = "mean \(durationText(mean))"
    switch law {
    case .constant: return "constant(\(durationText(mean)))"
    case .exponential: return "exponential(\(average))"
    case .erlang: return "erlang(k \(count), \(average))"
    case .gamma where count > 0: return "erlang(k \(count), \(average))"
    case .gamma, .gammaBoosted: return "gamma(\(average), cv \(numberText(cv)))"
    case .lognormal: return "lognormal(\(average), cv \(numberText(cv)))"
    case .pareto: return "pareto(alpha \(numberText(shape)), \(average))"
    case .hyperexponential: return "hyperexponential(\(average), cv \(numberText(cv)))"
    case .empirical:
      guard let stretches else { return "" }
      let entries = (0..<count).compactMap { index in
        let stretch = stretches[index]
        if stretch.percent == 0 && stretch.value == 0 { return nil as String? }
        return "p\(numberText(stretch.percent)) \(durationText(stretch.value / 1e9))"
      }
      return "empirical(\(entries.joined(separator: ", ")))"
    }
  }
}

extension Distribution: Equatable {
  /// Laws are equal when they are written alike.
  public static func == (one: Distribution, other: Distribution) -> Bool {
    one.description == other.description
  }
}

/// A number without a trailing ".0".
func numberText(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A duration in the largest unit that leaves at least 1: "5ms", "1.5s".
func durationText(_ seconds: Double) -> String {
  let nanoseconds = (seconds * 1e9).rounded()
  if nanoseconds >= 1e9 { return numberText(nanoseconds / 1e9) + "s" }
  if nanoseconds >= 1e6 { return numberText(nanoseconds / 1e6) + "ms" }
  if nanoseconds >= 1e3 { return numberText(nanoseconds / 1e3) + "us" }
  return numberText(nanoseconds) + "ns"
}

/// `name(key value, key value)` taken apart; each reader takes its argument off the list.
struct DistributionCall {
  let text: String
  let name: String
  var arguments: [(key: String, value: String)] = []

  init(_ text: String) throws(InvalidInput) {
    let body = trimmed(text)
    self.text = body
    let known = Distribution.forms.map(\.form).joined(separator: ", ")
    guard let open = body.firstIndex(of: "("), body.hasSuffix(")"), open != body.startIndex else {
      name = ""
      throw InvalidInput("'\(body)' is not a distribution; known: \(known)")
    }
    name = trimmed(body[..<open])
    let inside = body[body.index(after: open)...].dropLast()
    for piece in inside.split(separator: ",", omittingEmptySubsequences: false) {
      let words = piece.split(separator: " ").map(String.init)
      switch words.count {
      case 1: arguments.append(("", words[0]))
      case 2: arguments.append((words[0], words[1]))
      default:
        throw InvalidInput(
          "'\(trimmed(piece))' in '\(body)' is not 'name value'; for example \(example)")
      }
    }
  }

  var example: String {
    Distribution.forms.first { $0.name == name }?.form
      ?? Distribution.forms.map(\.form).joined(separator: ", ")
  }

  mutating func law() throws(InvalidInput) -> Distribution {
    switch name {
    case "constant":
      guard let index = arguments.firstIndex(where: { $0.key.isEmpty }) else {
        throw InvalidInput("'\(text)' needs one duration: \(example)")
      }
      return .constant(try duration(arguments.remove(at: index).value, of: "the value", from: 0))
    case "exponential": return .exponential(mean: try mean())
    case "erlang":
      let k = try number("k", in: 1...1_000_000)
      guard k.rounded() == k else {
        throw InvalidInput("k \(numberText(k)) in '\(text)' must be a whole number")
      }
      return .erlang(Int(k), mean: try mean())
    case "gamma": return .gamma(mean: try mean(), cv: try number("cv", in: 0.001...30))
    case "lognormal": return .lognormal(mean: try mean(), cv: try number("cv", in: 0...1000))
    case "pareto":
      return .pareto(alpha: try number("alpha", in: 1.0001...1000), mean: try mean())
    case "hyperexponential":
      return .hyperexponential(mean: try mean(), cv: try number("cv", in: 1...1000))
    case "empirical": return .empirical(try quantiles())
    default:
      let forms = Distribution.forms
      let meant = Suggestion.closest(to: name, among: forms.map(\.name))
      throw InvalidInput(
        "unknown distribution '\(name)'; known: " + forms.map(\.form).joined(separator: ", ")
          + (meant.map { "; did you mean '\($0)'?" } ?? ""))
    }
  }

  /// Refuses what no reader took.
  func finish() throws(InvalidInput) {
    guard let extra = arguments.first else { return }
    let shown = extra.key.isEmpty ? extra.value : extra.key
    let keys = example.split { "(,)".contains($0) }.dropFirst()
      .compactMap { $0.split(separator: " ").first.map(String.init) }
    throw InvalidInput(
      "'\(shown)' in '\(text)' is not one of \(name)'s parameters"
        + Suggestion.text(for: shown, among: keys) + "; write \(example)")
  }

  private mutating func take(_ key: String) throws(InvalidInput) -> String {
    let matches = arguments.indices.filter { arguments[$0].key == key }
    guard let index = matches.first else {
      let given = arguments.map(\.key).filter { !$0.isEmpty }
      let hint =
        Suggestion.closest(to: key, among: given).map { " (is '\($0)' meant as '\(key)'?)" } ?? ""
      throw InvalidInput("'\(text)' has no '\(key)'\(hint); write \(example)")
    }
    guard matches.count == 1 else { throw InvalidInput("'\(key)' stands twice in '\(text)'") }
    return arguments.remove(at: index).value
  }

  private mutating func mean() throws(InvalidInput) -> Double {
    try duration(take("mean"), of: "the mean", from: 1)
  }

  private func duration(
    _ value: String, of what: String, from least: Int64
  ) throws(InvalidInput) -> Double {
    let nanoseconds: Int64
    do {
      nanoseconds = try Quantity.nanoseconds(value)
    } catch {
      let problem = (error as? InvalidInput)?.message ?? "\(error)"
      throw InvalidInput("\(what) in '\(text)': \(problem)")
    }
    let most: Int64 = 30 * 86400 * 1_000_000_000
    guard nanoseconds >= least, nanoseconds <= most else {
      throw InvalidInput("\(what) \(value) in '\(text)' must lie between \(least)ns and 30d")
    }
    return Double(nanoseconds) / 1e9
  }

  private mutating func number(
    _ key: String, in range: ClosedRange<Double>
  ) throws(InvalidInput) -> Double {
    let value = try take(key)
    guard let number = plainNumber(value) else {
      throw InvalidInput("\(key) '\(value)' in '\(text)' is not a number; write \(example)")
    }
    guard range.contains(number) else {
      throw InvalidInput(
        "\(key) \(value) in '\(text)' must lie between \(numberText(range.lowerBound)) and "
          + numberText(range.upperBound))
    }
    return number
  }

  private mutating func quantiles() throws(InvalidInput) -> [(percent: Double, value: Double)] {
    var table: [(percent: Double, value: Double)] = []
    for (key, value) in arguments {
      let digits = key.dropFirst().replacing("_", with: ".")
      guard key.hasPrefix("p"), let percent = plainNumber(digits), (0...100).contains(percent)
      else { throw InvalidInput("'\(key)' in '\(text)' is not a quantile p0 to p100: \(example)") }
      let point = try duration(value, of: key, from: 0)
      if let last = table.last {
        guard percent > last.percent, point >= last.value else {
          throw InvalidInput("the quantiles in '\(text)' must rise: \(key) \(value)")
        }
      }
      table.append((percent, point))
    }
    guard table.contains(where: { $0.percent > 0 && $0.percent < 100 && $0.value > 0 }) else {
      throw InvalidInput("'\(text)' needs a quantile between p0 and p100; write \(example)")
    }
    arguments = []
    return table
  }
}

func trimmed(_ text: some StringProtocol) -> String {
  var words = text[...]
  while let first = words.first, first.isWhitespace { words.removeFirst() }
  while let last = words.last, last.isWhitespace { words.removeLast() }
  return String(words)
}

/// Digits with at most one point: no exponent, sign, hexadecimal, "inf" or "nan".
func plainNumber(_ text: some StringProtocol) -> Double? {
  guard text.contains(where: \.isNumber), text.allSatisfy({ "0123456789.".contains($0) }),
    let value = Double(text), value.isFinite
  else { return nil }
  return value
}
