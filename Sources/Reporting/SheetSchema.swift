import Planning

/// The JSON Schema (draft-07) of what `feedsim plan --preset NAME --json` writes.
public enum SheetSchema {
  private typealias Schema = ResultSchema

  /// What `feedsim schema sheet` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    let body: [String: JSONValue] = [
      "sheet": object([
        "preset": Schema.type("string"), "title": Schema.type("string"),
        "as_written": Schema.described(
          "boolean", "Whether the document's own figures are given, with its mistakes."),
      ]),
      "inputs": Schema.list(of: input),
      "lines": Schema.list(of: line),
      "differences": Schema.list(of: difference),
    ]
    let properties = DocumentHead.schema(body: body)
    let some = ["sensitivity": sensitivity]
    return Schema.document(
      "sheet", properties.merging(some) { $1 }, required: Array(properties.keys))
  }

  private static let input = object([
    "name": Schema.described("string", "As --set takes it."),
    "value": Schema.described("number", "In the unit."),
    "unit": Schema.type("string"),
    "text": Schema.described("string", "The value as it was written."),
    "standard": Schema.described("string", "What it is without --set."),
    "about": Schema.type("string"), "source": Schema.type("string"),
  ])

  private static let line: JSONValue = {
    let properties: [String: JSONValue] = [
      "name": Schema.type("string"), "title": Schema.type("string"),
      "section": .map(["enum": .list(Sheet.Section.allCases.map { .text($0.rawValue) })]),
      "value": Schema.described("number", "In the unit."), "unit": Schema.type("string"),
      "formula": Schema.described("string", "How it follows from inputs and other lines."),
      "source": Schema.type("string"),
    ]
    return Schema.object(
      properties.merging(["price": price]) { $1 }, required: Array(properties.keys))
  }()

  private static let price: JSONValue = {
    let properties: [String: JSONValue] = [
      "quantity": Schema.type("number"),
      "unit": Schema.described("string", "What is counted, and paid for by the month."),
      "amount": Schema.described("number", "US dollars for one of them."),
      "date": Schema.described("string", "Of the price; undated where the source has none."),
    ]
    let some: [String: JSONValue] = [
      "document_amount": Schema.described("number", "What the document takes for one of them."),
      "ratio": numberOrNull("The price over the document's; null where that takes nothing."),
    ]
    return Schema.object(properties.merging(some) { $1 }, required: Array(properties.keys))
  }()

  private static let difference = object([
    "line": Schema.described("string", "The line's name."), "title": Schema.type("string"),
    "unit": Schema.type("string"),
    "written": Schema.described("number", "The document's figure."),
    "right": Schema.described("number", "The right one."),
    "why": Schema.type("string"), "source": Schema.type("string"),
  ])

  private static let sensitivity = object([
    "method": Schema.described("string", "How the elasticities are taken."),
    "totals": Schema.list(
      of: object([
        "name": Schema.described("string", "The line's."), "unit": Schema.type("string"),
        "value": Schema.type("number"),
        "before_rounding": Schema.described(
          "number", "The total before anything is rounded up to whole machines."),
      ])),
    "elasticities": Schema.list(
      of: Schema.object(
        [
          "input": Schema.type("string"),
          "of": byTotal("Null where the input or the total is 0."),
          "slopes": byTotal("Of an input that is 0: the share by which a total grows, per unit."),
        ], required: ["input", "of"])),
  ])

  private static func byTotal(_ text: String) -> JSONValue {
    .map(["type": .text("object"), "additionalProperties": numberOrNull(text)])
  }

  private static func numberOrNull(_ text: String) -> JSONValue {
    .map([
      "type": .list([.text("number"), .text("null")]), "description": .text(text),
    ])
  }

  /// An object all of whose keys are there.
  private static func object(_ properties: [String: JSONValue]) -> JSONValue {
    Schema.object(properties, required: Array(properties.keys))
  }
}
