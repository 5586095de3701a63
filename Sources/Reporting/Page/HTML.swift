/// Markup in which every text that is not written here is escaped.
///
/// A literal is markup; what is put into it is a text, unless it is markup itself.
struct HTML: ExpressibleByStringInterpolation {
  let text: String

  init(stringLiteral markup: String) { text = markup }
  init(stringInterpolation parts: StringInterpolation) { text = parts.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ markup: String) { text += markup }
    mutating func appendInterpolation(_ text: String) { self.text += HTML.escaped(text) }
    mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
    mutating func appendInterpolation(_ lines: [HTML]) {
      text += lines.map(\.text).joined(separator: "\n")
    }
  }

  /// For an element's content and for a quoted attribute alike.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      // A page must not hold control characters.
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A style sheet or a script of this module, which no text from outside is part of.
  init(trusted markup: String) { text = markup }

  /// Data for the page's script: nothing in it can end the element it stands in.
  init(data: JSONValue) {
    text = data.document.replacing("<", with: "\\u003C").replacing("&", with: "\\u0026")
  }
}
