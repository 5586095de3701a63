import Simulation

/// Figures as people read them: few digits, thousands separators, units that fit.
///
/// Plain integer arithmetic throughout, so that committed reports have the same bytes everywhere.
public enum NumberText {
  /// What figures of one row are divided by, and what they are then in.
  public struct Scale: Sendable, Equatable {
    public var divisor: Double
    /// Empty for bare numbers.
    public var symbol: String

    public init(_ divisor: Double, _ symbol: String) {
      self.divisor = divisor
      self.symbol = symbol
    }
  }

  /// The scale in which figures up to `largest` are easiest to read.
  public static func scale(_ unit: Unit, isShare: Bool = true, largest: Double) -> Scale {
    let largest = abs(largest)
    switch unit {
    case .milliseconds: return time(largest)
    case .seconds:
      let scale = time(largest * 1e3)
      return Scale(scale.divisor / 1e3, scale.symbol)
    case .bytes:
      let steps = [Scale(1, "B"), Scale(1e3, "kB"), Scale(1e6, "MB"), Scale(1e9, "GB")]
      return fitting(largest, steps + [Scale(1e12, "TB")])
    case .bytesPerSecond:
      return fitting(largest, [Scale(1, "B/s"), Scale(1e3, "kB/s"), Scale(1e6, "MB/s")])
    case .ratio: return isShare ? Scale(0.01, "%") : Scale(1, "×")
    case .perSecond: return counted(largest, "/s")
    case .perFeed: return Scale(1, "/feed")
    case .perThousandFeeds: return Scale(1, "/1000 feeds")
    case .dollars: return Scale(1, "$")
    case .euros, .pounds, .francs, .yen, .yuan, .rupees: return Scale(1, unit.rawValue)
    case .servers: return Scale(1, "")
    case .entriesPerPost, .entriesPerShown: return Scale(1, unit.rawValue)
    case .nats: return Scale(1, unit.rawValue)
    case .entries, .deliveries, .posts, .visits, .followers, .viewers, .changes, .connections,
      .features, .megaflops, .examples, .trainings:
      return counted(largest, unit.rawValue)
    }
  }

  /// The scale of a row of figures: the smallest decides, so that it keeps its digits beside
  /// one a thousand times its size, as long as the largest is readable in it.
  public static func scale(_ unit: Unit, isShare: Bool = true, of sizes: [Double]) -> Scale {
    let forLargest = scale(unit, isShare: isShare, largest: sizes.max() ?? 0)
    let forSmallest = scale(unit, isShare: isShare, largest: sizes.min() ?? 0)
    let isReadable = (sizes.max() ?? 0) / forSmallest.divisor < 1e6
    return isReadable && forSmallest.symbol != "µs" ? forSmallest : forLargest
  }

  private static func time(_ milliseconds: Double) -> Scale {
    let steps = [Scale(1e-3, "µs"), Scale(1, "ms"), Scale(1e3, "s"), Scale(6e4, "min")]
    // 0.05 ms and 9,999 ms are still easier than 50 µs and 10.0 s beside other milliseconds.
    let limits = [0.01, 1e4, 6e5, 3.6e7]
    for (step, limit) in zip(steps, limits) where milliseconds < limit {
      return milliseconds == 0 ? steps[1] : step
    }
    return Scale(3.6e6, "h")
  }

  private static func counted(_ largest: Double, _ unit: String) -> Scale {
    let space = unit.hasPrefix("/") ? "" : " "
    if largest < 1e6 { return Scale(1, unit) }
    return largest < 1e9 ? Scale(1e6, "M\(space)\(unit)") : Scale(1e9, "G\(space)\(unit)")
  }

  private static func fitting(_ largest: Double, _ steps: [Scale]) -> Scale {
    steps.last { largest >= $0.divisor } ?? steps[0]
  }

  /// Decimals that show a figure with three digits, or, with an interval, as far as its half-width
  /// has two, but no more than four digits of the figure.
  public static func decimals(_ value: Double, halfWidth: Double? = nil) -> Int {
    if value == 0, (halfWidth ?? 0) == 0 { return 0 }
    let value = value == 0 ? halfWidth ?? 0 : value
    guard let halfWidth, halfWidth > 0 else {
      if value == value.rounded(), abs(value) < 1e6 { return 0 }
      return places(value, digits: 3)
    }
    return min(places(value, digits: 4), places(halfWidth, digits: 2))
  }

  /// Decimals that show so many digits of a figure, from its first.
  private static func places(_ value: Double, digits: Int) -> Int {
    let size = abs(value)
    guard size.isFinite, size > 0 else { return 0 }
    var first = 0
    var bound = 10.0
    while size >= bound, first < 20 {
      bound *= 10
      first += 1
    }
    bound = 1
    while size < bound, first > -9 {
      bound /= 10
      first -= 1
    }
    return max(0, digits - 1 - first)
  }

  /// The nearest number that so many digits tell, all of them before the point.
  static func rounded(_ value: Double, digits: Int) -> Double {
    var power = 1.0
    for _ in 0..<places(value, digits: digits) { power *= 10 }
    return (value * power).rounded() / power
  }

  /// A figure with so many decimals and a comma between thousands: `12,345.6`.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    let scaled = (abs(value) * power).rounded()
    guard scaled < 1e18 else { return "\(value)" }
    var digits = Array(String(UInt64(scaled)))
    while digits.count <= decimals { digits.insert("0", at: 0) }
    let split = digits.count - decimals
    var text = value < 0 && scaled > 0 ? "-" : ""
    for (index, digit) in digits[..<split].enumerated() {
      if index > 0, (split - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return decimals > 0 ? text + "." + String(digits[split...]) : text
  }

  /// A half-width at a figure's decimals, rounded up: an interval is never shown as narrower.
  public static func halfWidth(_ value: Double, decimals: Int) -> String {
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    // A width such as 0.3 is not exact in binary and must not become 0.4.
    return fixed((value * power * (1 - 1e-12)).rounded(.up) / power, decimals: decimals)
  }

  /// `163.3 ± 4.3 ms`, in the unit that fits.
  public static func text(_ estimate: Estimate, _ unit: Unit, isShare: Bool = true) -> String {
    let scale = scale(unit, isShare: isShare, largest: estimate.value)
    let value = estimate.value / scale.divisor
    let width = (estimate.halfWidth ?? 0) / scale.divisor
    let decimals = decimals(value, halfWidth: width)
    var text = fixed(value, decimals: decimals)
    if width > 0 { text += " ± " + halfWidth(width, decimals: decimals) }
    if let currency = unit.currency {
      return currency == .dollars ? "$" + text : "\(currency.rawValue) \(text)"
    }
    return scale.symbol.isEmpty ? text : "\(text) \(scale.symbol)"
  }

  /// A count in running text: `1,234`, `43.2 M`.
  public static func amount(_ value: Double) -> String {
    let steps = [Scale(1, ""), Scale(1e6, " M"), Scale(1e9, " G")]
    let scale = fitting(abs(value), steps)
    return brief(value / scale.divisor) + scale.symbol
  }

  /// Bytes in running text: `2 kB`, `60 GB`.
  public static func bytes(_ value: Double) -> String {
    let scale = scale(.bytes, largest: value)
    return "\(brief(value / scale.divisor)) \(scale.symbol)"
  }

  /// An amount of money with cents below 10 and without above; what is less than a cent is no
  /// nothing.
  public static func dollars(_ value: Double) -> String {
    value > 0 && value < 0.005 ? "<0.01" : fixed(value, decimals: abs(value) < 9.995 ? 2 : 0)
  }

  /// A price with all its digits: `0.0000005`, `12.5`, `1,234`.
  public static func price(_ value: Double) -> String {
    let places = (2...9).first { decimals in
      var power = 1.0
      for _ in 0..<decimals { power *= 10 }
      return abs(value * power - (value * power).rounded()) < 1e-6
    }
    return fixed(value, decimals: places ?? 9)
  }

  /// Three digits at least, without zeros at the end of a fraction.
  private static func brief(_ value: Double) -> String {
    var text = fixed(value, decimals: decimals(value))
    guard text.contains(".") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }
}
