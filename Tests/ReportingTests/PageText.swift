import Foundation

/// A page as a reader has it: its headings, its tables and the data of its charts.
struct PageText {
  struct Table {
    var caption: String
    var columns: [String]
    /// A row's label and its cells.
    var rows: [(label: String, cells: [String])]
  }

  let html: String

  init(_ html: String) { self.html = html }

  /// The texts of all elements of one name, in order.
  func texts(_ element: String) -> [String] { Self.contents(of: element, in: html).map(Self.text) }

  var tables: [Table] {
    Self.contents(of: "table", in: html).map { table in
      let rows = Self.contents(of: "tr", in: table).map { row in
        Self.contents(of: "t[hd]", in: row).map(Self.text)
      }
      return Table(
        caption: Self.contents(of: "caption", in: table).map(Self.text).first ?? "",
        columns: Array(rows[0].dropFirst()),
        rows: rows.dropFirst().map { ($0[0], Array($0.dropFirst())) })
    }
  }

  /// The charts' data by chart; empty without charts.
  var charts: [String: [String: Any]] {
    let data = Self.contents(of: "script", in: html).first ?? "[]"
    let list = try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [[String: Any]]
    return Dictionary(
      uniqueKeysWithValues: (list ?? []).map { ($0["id"] as? String ?? "", $0) })
  }

  static func contents(of element: String, in html: String) -> [String] {
    let pattern = "<(\(element))(?: [^>]*)?>(.*?)</\\1>"
    guard
      let expression = try? NSRegularExpression(
        pattern: pattern, options: [.dotMatchesLineSeparators])
    else { return [] }
    return expression.matches(in: html, range: NSRange(html.startIndex..., in: html))
      .compactMap { Range($0.range(at: 2), in: html).map { String(html[$0]) } }
  }

  /// Without markup, as a browser shows it.
  static func text(_ markup: String) -> String {
    var text = markup.replacing(/<[^>]*>/, with: "")
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    for (name, character) in names { text = text.replacing(name, with: character) }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
