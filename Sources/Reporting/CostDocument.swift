import FeedSystem
import Planning
import Settings

/// A line of a bill in documents: what it costs, why, and what it takes to bill it anew by another
/// price sheet.
// The keys of the document, which are words of the contract.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct CostDocument: Decodable {
  var line: String
  var quantity: Double
  var unit: String
  var detail: String
  var source: String
  var unit_price: Double?
  var date: String?
  var item: String?
  var currency: String?
  var demand: Need?

  // swift-format-ignore: AlwaysUseLowerCamelCase
  struct Need: Decodable {
    var item: String
    var reason: String
    var purchase: String?
    var volume: Double?
    var unit: String?
    var machines: Double?
    var places: Int?
    var bytes: Double?
    var medium: String?
    var messages_per_second: Double?
  }

  /// - Throws: `InvalidInput` for a word that this version does not know.
  func costLine() throws -> CostLine {
    var costLine = CostLine(
      name: line, quantity: quantity, unit: unit, detail: detail, unitPrice: unit_price,
      source: source)
    costLine.date = date ?? ""
    costLine.item = item ?? ""
    costLine.currency = try Self.word(currency, "currency", else: .dollars)
    costLine.demand = try demand?.demand(of: line)
    return costLine
  }

  static func value(of line: CostLine) -> JSONValue {
    var fields: [String: JSONValue] = [
      "line": .text(line.name), "quantity": .finite(line.quantity), "unit": .text(line.unit),
      "detail": .text(line.detail), "source": .text(line.source),
      "priced": .flag(line.unitPrice != nil), "currency": .text(line.currency.rawValue),
      "item": .text(line.item),
    ]
    if let price = line.unitPrice {
      fields["unit_price"] = .finite(price)
      fields["date"] = .text(line.date)
    }
    if let monthly = line.monthly { fields["monthly"] = .finite(monthly) }
    if let demand = line.demand { fields["demand"] = value(of: demand) }
    return .map(fields)
  }

  private static func value(of demand: Demand) -> JSONValue {
    var fields: [String: JSONValue] = [
      "item": .text(demand.item), "reason": .text(demand.reason),
    ]
    if demand.purchase != .onDemand { fields["purchase"] = .text(demand.purchase.rawValue) }
    switch demand.amount {
    case .volume(let quantity, let unit):
      fields["volume"] = .finite(quantity)
      fields["unit"] = .text(unit.rawValue)
    case .machines(let machines, let bytes, let medium):
      fields["machines"] = .finite(machines)
      if let bytes {
        fields["bytes"] = .finite(bytes)
        fields["medium"] = .text(medium.rawValue)
      }
    case .places(let places, let bytes):
      fields["places"] = .whole(places)
      fields["bytes"] = .finite(bytes)
    case .messages(let perSecond): fields["messages_per_second"] = .finite(perSecond)
    }
    return .map(fields)
  }

  /// One of the words of an enumeration.
  fileprivate static func word<Word: RawRepresentable & CaseIterable>(
    _ text: String?, _ key: String, else standard: Word
  ) throws -> Word where Word.RawValue == String {
    guard let text else { return standard }
    guard let word = Word(rawValue: text) else {
      throw InvalidInput(
        "unknown \(key) \"\(text)\""
          + Suggestion.text(for: text, among: Word.allCases.map(\.rawValue)), path: "costs.\(key)")
    }
    return word
  }
}

extension CostDocument.Need {
  fileprivate func demand(of line: String) throws -> Demand {
    let amount: Demand.Amount
    if let volume {
      amount = .volume(volume, try CostDocument.word(unit, "unit", else: .hour))
    } else if let machines {
      amount = .machines(
        machines, holding: bytes, try CostDocument.word(medium, "medium", else: .memory))
    } else if let places {
      amount = .places(places, holding: bytes ?? 0)
    } else if let perSecond = messages_per_second {
      amount = .messages(perSecond: perSecond)
    } else {
      throw InvalidInput("says no amount", path: "costs.demand")
    }
    return Demand(
      line: line, item: item, amount: amount, reason: reason,
      purchase: try CostDocument.word(purchase, "purchase", else: .onDemand))
  }
}

extension CostDocument {
  static var schema: JSONValue {
    typealias S = ResultSchema
    func number(_ text: String) -> JSONValue { S.described("number", text) }
    func words<Word: RawRepresentable>(_ all: [Word]) -> JSONValue
    where Word.RawValue == String {
      .map(["enum": .list(all.map { .text($0.rawValue) })])
    }
    let demand = S.object(
      [
        "item": S.described("string", "The price sheet's item that is asked for."),
        "reason": S.described("string", "How it came about."),
        "purchase": words(PurchaseOption.allCases),
        "volume": number("So many of the unit."), "unit": words(PriceSheet.Per.allCases),
        "machines": number("For the work; more where the bytes need more."),
        "places": S.count(from: 1, "Each with machines for the bytes."),
        "bytes": number("Held by the machines."), "medium": words(Demand.Medium.allCases),
        "messages_per_second": number("Of the event bus, at its peak."),
      ], required: ["item", "reason"])
    return S.object(
      [
        "line": S.described("string", "As in cost.month.<line>."),
        "quantity": S.type("number"), "unit": S.type("string"), "detail": S.type("string"),
        "source": S.described(
          "string", "Where the price comes from, and its date; else why there is none."),
        "date": S.described("string", "The price's, or undated."),
        "item": S.described("string", "The price sheet's item."),
        "currency": words(Currency.allCases),
        "priced": S.type("boolean"),
        "unit_price": number("For one unit, in the currency; the mean where there are tiers."),
        "monthly": number("A month, in the currency."),
        "demand": demand,
      ],
      required: ["line", "quantity", "unit", "detail", "source", "priced"])
  }
}
