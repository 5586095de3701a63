import FeedSystem
import Planning

/// What changes from one price sheet to another, as text and as data.
public struct BookDiffReport: Sendable {
  public static let formatVersion = "1.0"

  public var diff: BookDiff
  public var feedsimVersion: String

  public init(_ diff: BookDiff, feedsimVersion: String) {
    self.diff = diff
    self.feedsimVersion = feedsimVersion
  }

  private static let header = ["item", "per", "before", "after", "change", "dates"]
  private static let billHeader = ["line", "before", "after", "change"]

  private var title: String { "\(Self.name(diff.before)) → \(Self.name(diff.after))" }

  private static func name(_ sheet: PriceSheet) -> String {
    "\(sheet.name) (\(sheet.region), \(sheet.date), \(sheet.currency.rawValue))"
  }

  private var cells: [[String]] {
    diff.rows.map { row in
      [
        Self.label(row), Self.unit(row), NumberText.price(row.before.price),
        NumberText.price(row.after.price), Self.change(row.difference, row.change),
        row.before.date == row.after.date
          ? row.before.date : "\(row.before.date) → \(row.after.date)",
      ]
    }
  }

  /// `c5.2xlarge (n2-highcpu-8), spot`: what stands for it in brackets.
  private static func label(_ row: BookDiff.Row) -> String {
    var names: [String] = []
    for item in [row.before.item, row.after.item] where item != row.name && !names.contains(item) {
      names.append(item)
    }
    let name = names.isEmpty ? row.name : "\(row.name) (\(names.joined(separator: ", ")))"
    let label = BookDiff.label(name, row.option)
    return row.from > 0 ? "\(label), from \(NumberText.amount(row.from))" : label
  }

  private static func unit(_ row: BookDiff.Row) -> String {
    let (one, other) = (row.before.per.rawValue, row.after.per.rawValue)
    return one == other ? one : "\(one) → \(other)"
  }

  /// `+5.9 %`, `same`, or why there is none.
  static func change(_ difference: Double?, _ share: Double?) -> String {
    guard let difference else { return "other units" }
    if difference == 0 { return "same" }
    guard let share else { return "from 0" }
    let text = NumberText.fixed(abs(share) * 100, decimals: 1)
    return "\(difference > 0 ? "+" : "-")\(text) %"
  }

  private func cells(_ bill: BookDiff.Bill) -> [[String]] {
    func money(_ line: CostLine?) -> String {
      guard let line else { return "–" }
      return line.monthly.map(NumberText.dollars) ?? "not priced"
    }
    let rows = bill.lines.map { before, after in
      let name = before?.name ?? after?.name ?? ""
      var change = "–"
      if let one = before?.monthly, let other = after?.monthly {
        change = Self.change(other - one, one > 0 ? (other - one) / one : nil)
      }
      return [Overview.costLabel(name), money(before), money(after), change]
    }
    func total(_ name: String, _ one: Double, _ other: Double, compared: Bool) -> [String] {
      let change = Self.change(other - one, one > 0 ? (other - one) / one : nil)
      return [
        name, NumberText.dollars(one), NumberText.dollars(other), compared ? change : "–",
      ]
    }
    // A bill that leaves more out is no cheaper.
    let all = total("total priced", bill.before, bill.after, compared: bill.isComparable)
    if bill.isComparable { return rows + [all] }
    return rows + [
      all, total("of what both price", bill.sharedBefore, bill.sharedAfter, compared: true),
    ]
  }

  private func heading(_ bill: BookDiff.Bill) -> String {
    let design = bill.design.isEmpty ? "" : ", \(bill.design)"
    return "Monthly cost of \(diff.scenario)\(design), \(diff.before.currency.rawValue)"
  }

  /// What only one of the sheets has, and what a bill has no price for, in sentences.
  private var remarks: [String] {
    var remarks: [String] = []
    for (sheet, names) in [(diff.before, diff.onlyBefore), (diff.after, diff.onlyAfter)]
    where !names.isEmpty {
      remarks.append("Only in \(sheet.name): \(names.joined(separator: "; ")).")
    }
    for (sheet, side) in [(diff.before, \BookDiff.Pair.before), (diff.after, \.after)] {
      var notes: [String] = []
      for note in diff.bills.flatMap({ Cost.notes(on: $0.lines.compactMap { $0[keyPath: side] }) })
      where !notes.contains(note) { notes.append(note) }
      remarks += notes.map { "\(sheet.name): \($0)" }
    }
    return remarks
  }
}

extension BookDiff {
  typealias Pair = (before: CostLine?, after: CostLine?)
}

extension BookDiffReport {
  public func console(colour: Bool) -> String {
    var parts = [title, Self.aligned([Self.header] + cells)]
    for bill in diff.bills {
      parts += [heading(bill), Self.aligned([Self.billHeader] + cells(bill))]
    }
    return (parts + remarks).joined(separator: "\n\n") + "\n"
  }

  /// Columns below one another, figures ending where figures end.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = "  "
      for (column, cell) in row.enumerated() {
        let isText = column == 0 || (row.count > 4 && [1, 5].contains(column))
        let width = widths[column]
        line += isText ? cell.padded(after: width) : cell.padded(before: width)
        if column < row.count - 1 { line += "  " }
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  public var markdown: String {
    var prices = MarkdownReport.Table(Self.header, rightAligned: 2...4)
    for row in cells { prices.add(row) }
    var parts = ["### feedsim plan diff: \(title)", prices.text]
    for bill in diff.bills {
      var table = MarkdownReport.Table(Self.billHeader, rightAligned: 1...3)
      for row in cells(bill) { table.add(row) }
      parts += ["**\(heading(bill))**", table.text]
    }
    if !remarks.isEmpty { parts.append(remarks.map { "- \($0)" }.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// A row for each price, and for each line of each bill.
  public var csv: String {
    var lines = ["kind,design,name,option,from,unit,before,after,difference"]
    func add(_ fields: [String]) {
      lines.append(fields.map(CSVReport.quoted).joined(separator: ","))
    }
    func number(_ value: Double?) -> String { value.map(JSONValue.shortest) ?? "" }
    for row in diff.rows {
      add([
        "price", "", row.name, row.option.rawValue, number(row.from), Self.unit(row),
        number(row.before.price), number(row.after.price), number(row.difference),
      ])
    }
    for bill in diff.bills {
      for (before, after) in bill.lines {
        let (one, other) = (before?.monthly, after?.monthly)
        let difference = one.flatMap { one in other.map { $0 - one } }
        add([
          "bill", bill.design, before?.name ?? after?.name ?? "", "", "",
          diff.before.currency.rawValue, number(one), number(other), number(difference),
        ])
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  public var json: String {
    let body: [String: JSONValue] = [
      "before": Self.value(of: diff.before), "after": Self.value(of: diff.after),
      "currency": .text(diff.before.currency.rawValue),
      "prices": .list(diff.rows.map(Self.value)),
      "only_before": .list(diff.onlyBefore.map { .text($0) }),
      "only_after": .list(diff.onlyAfter.map { .text($0) }),
      "scenario": .text(diff.scenario),
      "bills": .list(diff.bills.map(Self.value)),
    ]
    return JSONValue.map(
      DocumentHead.value(form: Self.formatVersion, version: feedsimVersion, body: body)
    ).document
  }

  private static func value(of sheet: PriceSheet) -> JSONValue {
    .map([
      "name": .text(sheet.name), "region": .text(sheet.region), "date": .text(sheet.date),
    ])
  }

  private static func value(of row: BookDiff.Row) -> JSONValue {
    func quote(_ quote: BookDiff.Quote) -> JSONValue {
      .map([
        "item": .text(quote.item), "price": .number(quote.price),
        "unit": .text(quote.per.rawValue), "source": .text(quote.source),
        "date": .text(quote.date),
      ])
    }
    return .map([
      "name": .text(row.name), "option": .text(row.option.rawValue), "from": .number(row.from),
      "before": quote(row.before), "after": quote(row.after),
      "difference": .finite(row.difference), "change": .finite(row.change),
    ])
  }

  private static func value(of bill: BookDiff.Bill) -> JSONValue {
    let lines = bill.lines.map { before, after in
      JSONValue.map([
        "line": .text(before?.name ?? after?.name ?? ""),
        "before": before.map(CostDocument.value) ?? .null,
        "after": after.map(CostDocument.value) ?? .null,
      ])
    }
    return .map([
      "design": .text(bill.design), "lines": .list(lines), "before": .number(bill.before),
      "after": .number(bill.after), "comparable": .flag(bill.isComparable),
      "shared_before": .number(bill.sharedBefore), "shared_after": .number(bill.sharedAfter),
      "difference": .number(bill.sharedAfter - bill.sharedBefore),
    ])
  }
}
