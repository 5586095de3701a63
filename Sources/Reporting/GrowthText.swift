import FeedSystem
import Planning

/// When today's fleet breaks, and what the months cost, as text for people.
struct GrowthText {
  private let growth: Growth

  init(_ growth: Growth) { self.growth = growth }

  /// In a sentence: when today's fleet no longer takes the traffic.
  var sentence: String {
    let rate = "at \(NumberText.amount(rounded(growth.monthly * 100, 100))) % a month"
    guard growth.monthly > 0 else { return "Traffic does not grow." }
    guard let breaks = growth.breaks else {
      return "No load was found that breaks today's fleet \(rate)."
    }
    let last = Double(max((growth.lines.last?.month) ?? 0, 0))
    func month(_ value: Double) -> String { NumberText.amount(rounded(value, 10)) }
    if breaks.upperBound <= 0 { return "Today's fleet does not take today's traffic." }
    if breaks.lowerBound > last {
      return "Today's fleet takes all \(Int(last)) months \(rate): it breaks after "
        + "\(month(breaks.lowerBound)) to \(month(breaks.upperBound))."
    }
    return "Today's fleet breaks after \(month(breaks.lowerBound)) to "
      + "\(month(breaks.upperBound)) months \(rate)."
  }

  /// A table with a row for each month that is told: the columns' names first.
  ///
  /// - Parameter most: rows at the most; the first and the last month are among them.
  func rows(most: Int = .max) -> [[String]] {
    let tiers = growth.lines.first?.servers.map(\.tier) ?? []
    let hasCost = growth.lines.contains { $0.cost != nil }
    let cost = hasCost ? ["\(growth.currency.rawValue) a month"] : []
    var rows = [["month", "traffic"] + tiers.map(\.metric) + cost]
    for line in told(most) {
      var row = ["\(line.month)", "\(factor(line.factor)) ×"]
      row += line.servers.map { NumberText.fixed(Double($0.count), decimals: 0) }
      if hasCost { row.append(line.cost.map { NumberText.fixed($0, decimals: 0) } ?? "–") }
      rows.append(row)
    }
    return rows
  }

  /// From which month which of several designs is the cheapest; empty where one always is.
  static func cheapest(among designs: [Growth]) -> String {
    let found = Growth.cheapest(among: designs)
    guard found.count > 1 else {
      return found.first.map { "\($0.design) is the cheapest throughout." } ?? ""
    }
    return found.map { month, design in
      month == 0 ? "Today \(design) is the cheapest" : "from month \(month) on \(design)"
    }.joined(separator: ", ") + "."
  }

  /// The lines evenly, at most so many, the first and the last among them.
  private func told(_ most: Int) -> [Growth.Line] {
    let lines = growth.lines
    guard lines.count > max(most, 2) else { return lines }
    let last = lines.count - 1
    let step = (last + max(most, 2) - 2) / (max(most, 2) - 1)
    var told = stride(from: 0, to: last, by: step).map { lines[$0] }
    told.append(lines[last])
    return told
  }

  private func factor(_ value: Double) -> String {
    NumberText.fixed(value, decimals: value < 10 ? 2 : value < 100 ? 1 : 0)
  }

  private func rounded(_ value: Double, _ parts: Double) -> Double {
    (value * parts).rounded() / parts
  }
}

extension JSONValue {
  /// What a document says of growth.
  static func growth(_ growth: Growth) -> JSONValue {
    var fields: [String: JSONValue] = [
      "monthly": .number(growth.monthly),
      "months": .list(
        growth.lines.map { line in
          var row: [String: JSONValue] = [
            "month": .whole(line.month), "factor": .number(line.factor),
            "servers": .map(
              Dictionary(
                line.servers.map { ($0.tier.metric, JSONValue.whole($0.count)) },
                uniquingKeysWith: { first, _ in first })),
          ]
          if let cost = line.cost { row["cost"] = .number(cost) }
          return .map(row)
        }),
    ]
    if let breaks = growth.breaks {
      fields["breaks"] = .map([
        "earliest": .number(breaks.lowerBound), "latest": .number(breaks.upperBound),
      ])
    }
    return .map(fields)
  }
}
