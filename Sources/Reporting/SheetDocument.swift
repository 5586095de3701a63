import Planning

/// An estimate as one JSON document, and as a table.
extension SheetReport {
  /// Every figure is in the unit beside it; every line of a bill has the quantity and the unit
  /// price that it is the product of.
  public var json: String {
    var body: [String: JSONValue] = [
      "sheet": .map([
        "preset": .text(sheet.preset), "title": .text(sheet.title),
        "as_written": .flag(sheet.isAsWritten),
      ]),
      "inputs": .list(sheet.inputs.map(Self.value)),
      "lines": .list(sheet.lines.map(Self.value)),
      "differences": .list(sheet.differences.map(Self.value)),
    ]
    if let sensitivity = sheet.sensitivity { body["sensitivity"] = value(of: sensitivity) }
    return DocumentHead.text(version: feedsimVersion, body: body)
  }

  private static func value(of input: Sheet.Input) -> JSONValue {
    .map([
      "name": .text(input.name), "value": .number(input.value), "unit": .text(input.unit),
      "text": .text(input.text), "standard": .text(input.standard), "about": .text(input.about),
      "source": .text(input.source),
    ])
  }

  private static func value(of line: Sheet.Line) -> JSONValue {
    var fields: [String: JSONValue] = [
      "name": .text(line.name), "title": .text(line.title),
      "section": .text(line.section.rawValue), "value": .finite(line.value),
      "unit": .text(line.unit), "formula": .text(line.formula), "source": .text(line.source),
    ]
    if let price = line.price {
      var charge: [String: JSONValue] = [
        "quantity": .finite(price.quantity), "unit": .text(price.unit),
        "amount": .finite(price.amount), "date": .text(price.date),
      ]
      if line.section == .realCost, let seed = price.seedAmount {
        charge["document_amount"] = .finite(seed)
        charge["ratio"] = .finite(price.ratio)
      }
      fields["price"] = .map(charge)
    }
    return .map(fields)
  }

  private static func value(of difference: Sheet.Difference) -> JSONValue {
    .map([
      "line": .text(difference.line), "title": .text(difference.title),
      "unit": .text(difference.unit), "written": .finite(difference.written),
      "right": .finite(difference.right), "why": .text(difference.why),
      "source": .text(difference.source),
    ])
  }

  private func value(of sensitivity: SheetSensitivity) -> JSONValue {
    .map([
      "method": .text(Self.method),
      "totals": .list(
        sensitivity.targets.map { target in
          .map([
            "name": .text(target.name), "unit": .text(target.unit),
            "value": .finite(target.value), "before_rounding": .finite(target.smooth),
          ])
        }),
      "elasticities": .list(
        sensitivity.rows.map { row in
          var fields: [String: JSONValue] = [
            "input": .text(row.input), "of": Self.map(row.elasticities, of: sensitivity),
          ]
          if !row.slopes.isEmpty { fields["slopes"] = Self.map(row.slopes, of: sensitivity) }
          return .map(fields)
        }),
    ])
  }

  /// Values by the total that each is of.
  private static func map(_ values: [Double?], of sensitivity: SheetSensitivity) -> JSONValue {
    let pairs = zip(sensitivity.targets, values).map { ($0.name, JSONValue.finite($1)) }
    return .map(Dictionary(pairs, uniquingKeysWith: { $1 }))
  }

  static let csvHeader = "kind,name,of,value,unit,document_value,formula,source"

  /// A row for each input, line, difference and elasticity (RFC 4180, lines ending in LF).
  public var csv: String {
    var rows = sheet.inputs.map { input in
      [
        "input", input.name, "", JSONValue.shortest(input.value), input.unit, "", input.about,
        input.source,
      ]
    }
    rows += sheet.lines.map { line in
      [
        "line", line.name, "", JSONValue.shortest(line.value), line.unit, "",
        line.price == nil ? line.formula : "\(line.formula): \(derivation(line))",
        provenance(line),
      ]
    }
    rows += sheet.differences.map { difference in
      [
        "difference", difference.line, "", JSONValue.shortest(difference.right), difference.unit,
        JSONValue.shortest(difference.written), difference.why, difference.source,
      ]
    }
    if let sensitivity = sheet.sensitivity {
      for row in sensitivity.rows {
        for (target, value) in zip(sensitivity.targets, row.elasticities) {
          let text = value.map(JSONValue.shortest) ?? ""
          rows.append(["elasticity", row.input, target.name, text, "1", "", "", ""])
        }
      }
    }
    return ([Self.csvHeader] + rows.map { $0.map(CSVReport.quoted).joined(separator: ",") })
      .joined(separator: "\n") + "\n"
  }
}
