/// A back-of-the-envelope estimate: inputs, and what follows from them in closed form.
///
/// It is made by `SheetCatalog`; nothing is simulated.
public struct Sheet: Sendable, Equatable {
  /// As it was asked for: `s0`, `s0-as-written`.
  public var preset: String
  public var title: String
  /// Whether the document's own figures are given, with its mistakes.
  public var isAsWritten: Bool
  public var inputs: [Input]
  public var lines: [Line]
  /// Every line whose figure in the document is not the right one, at these inputs.
  public var differences: [Difference]
  /// Nil unless it was asked for.
  public var sensitivity: SheetSensitivity?

  /// What the lines are made of.
  public struct Input: Sendable, Equatable {
    /// As `--set` takes it.
    public var name: String
    public var about: String
    /// In `unit`.
    public var value: Double
    public var unit: String
    /// The value as it was written, and as it is without `--set`.
    public var text: String
    public var standard: String
    public var source: String

    public var isGiven: Bool { text != standard }
  }

  /// One figure.
  public struct Line: Sendable, Equatable {
    public var name: String
    public var title: String
    public var section: Section
    /// In `unit`.
    public var value: Double
    public var unit: String
    /// How it follows from inputs and other lines, in words.
    public var formula: String
    public var source: String
    /// Why the document's figure differs from the right one; empty where it does not.
    public var why = ""
    /// What a line of a bill is a product of.
    public var price: Price?
  }

  /// What a line of a bill is a product of: so much of something, at so much a piece and month.
  public struct Price: Sendable, Equatable {
    public var quantity: Double
    /// What is counted: `servers`, `GiB-month`.
    public var unit: String
    /// US dollars for one of them.
    public var amount: Double
    /// What the document takes for one of them; nil where it has no price.
    public var seedAmount: Double?
    /// Of the price: `2026-08-21`, or `undated`.
    public var date: String

    /// The price over the document's; nil where that has none, or takes nothing.
    public var ratio: Double? {
      guard let seedAmount, seedAmount > 0 else { return nil }
      return amount / seedAmount
    }
  }

  /// A figure of the document, and the right one.
  public struct Difference: Sendable, Equatable {
    public var line: String
    public var title: String
    public var unit: String
    public var written: Double
    public var right: Double
    public var why: String
    public var source: String
  }

  public enum Section: String, Sendable, CaseIterable {
    case traffic, fleet, storage, latency, ranking
    /// A month's bill at the document's prices.
    case cost
    /// What things are charged at.
    case prices
    /// The same bill, or one that the document lacks, at prices that were charged.
    case realCost = "real_cost"

    public var title: String {
      switch self {
      case .cost: "bill of a month, at the document's prices"
      case .realCost: "bill of a month, at real prices"
      default: rawValue
      }
    }
  }

  public subscript(line name: String) -> Line? { lines.first { $0.name == name } }
}

extension Sheet.Line {
  init(
    _ name: String, _ title: String, _ section: Sheet.Section, _ value: Double, _ unit: String,
    _ formula: String, _ source: String, why: String = ""
  ) {
    self.init(
      name: name, title: title, section: section, value: value, unit: unit, formula: formula,
      source: source, why: why, price: nil)
  }

  /// A line of a bill.
  ///
  /// - Parameter quantity: what is counted, in words.
  init(
    _ name: String, _ title: String, _ section: Sheet.Section, _ price: Sheet.Price,
    of quantity: String, source: String, why: String = ""
  ) {
    self.init(
      name: name, title: title, section: section, value: price.quantity * price.amount,
      unit: "USD", formula: "\(quantity) × price", source: source, why: why, price: price)
  }

  /// The sum of lines before it.
  init(
    sum name: String, _ title: String, _ section: Sheet.Section, _ lines: [Sheet.Line],
    source: String, why: String = ""
  ) {
    self.init(
      name: name, title: title, section: section, value: lines.reduce(0) { $0 + $1.value },
      unit: "USD", formula: "the sum", source: source, why: why)
  }
}
