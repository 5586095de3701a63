/// A sheet's figures as people read them.
public enum SheetText {
  /// Whole numbers and thousands without decimals, others with four digits: `1,736,111`, `33.27`.
  public static func number(_ value: Double) -> String {
    let size = abs(value)
    guard size.isFinite, size > 0, size != size.rounded(), size < 1000 else {
      return NumberText.fixed(value, decimals: 0)
    }
    var decimals = 3
    var bound = 10.0
    while size >= bound {
      bound *= 10
      decimals -= 1
    }
    bound = 1
    while size < bound, decimals < 12 {
      bound /= 10
      decimals += 1
    }
    var text = NumberText.fixed(value, decimals: decimals)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// `$2,047,062.50`, `694,444 /s`, `33.27 h`
  public static func figure(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "USD": "$" + NumberText.fixed(value, decimals: 2)
    case "×": number(value) + "×"
    case "1/s": number(value) + " /s"
    case "share": number(value * 100) + " %"
    default: number(value) + " " + unit
    }
  }

  /// A unit price: cents, or up to six decimals where it has more: `2,000.00`, `11.346649`.
  public static func price(_ value: Double) -> String {
    let cents = NumberText.fixed(value, decimals: 2)
    guard abs(value * 100 - (value * 100).rounded()) > 1e-6 else { return cents }
    var text = NumberText.fixed(value, decimals: 6)
    while text.last == "0" { text.removeLast() }
    return text
  }

  /// Two figures with as many decimals as it takes to tell them apart.
  public static func pair(_ first: Double, _ second: Double, _ unit: String) -> (String, String) {
    let texts = (figure(first, unit), figure(second, unit))
    guard texts.0 == texts.1, unit != "USD" else { return texts }
    let suffix = texts.0.drop { $0.isNumber || $0 == "," || $0 == "." || $0 == "-" }
    return (
      NumberText.fixed(first, decimals: 4) + suffix, NumberText.fixed(second, decimals: 4) + suffix
    )
  }
}
