import Settings
import YAMLSettings

/// The closed forms of one document: an input is a stored property, a figure a computed one.
protocol SheetModel: Sendable, SendableMetatype {
  /// The preset's name.
  static var name: String { get }
  static var title: String { get }
  /// The document, which the lines that inputs are from are lines of.
  static var document: String { get }
  static var inputs: [SheetInput<Self>] { get }
  /// The inputs that are the population, which `--users` gives.
  static var populations: [String] { get }
  /// The lines whose elasticities are told, the most important first.
  static var targets: [String] { get }

  /// All inputs are 0 until they are read.
  init()
  var reading: SheetReading { get set }
  /// In the order shown; all of them finite for inputs within their bounds.
  var lines: [Sheet.Line] { get }
}

/// How a model's formulas are read.
struct SheetReading: Sendable {
  /// With the document's own mistakes and roundings.
  var isAsWritten = false
  /// Without any rounding, so that figures are smooth functions of the inputs.
  var isSmooth = false

  /// Whole servers, shards, nodes. A quotient that is whole but for its last bits is not raised.
  func up(_ value: Double) -> Double {
    isSmooth ? value : (value * (1 - 1e-12)).rounded(.up)
  }

  /// What DynamoDB charges a write of so many bytes as: one for each KiB begun.
  func writeUnits(of bytes: Double) -> Double { up(bytes / 1024) }

  /// What the document's code cuts to a whole number.
  func cut(_ value: Double) -> Double {
    isAsWritten && !isSmooth ? value.rounded(.down) : value
  }

  /// What the document gives with so many digits, rounded or cut.
  func digits(
    _ count: Int, _ value: Double, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
  ) -> Double {
    guard isAsWritten, !isSmooth, value > 0 else { return value }
    var power = 1.0
    var bound = 1.0
    for _ in 0..<count { bound *= 10 }
    while value / power >= bound { power *= 10 }
    while value / power < bound / 10 { power /= 10 }
    // Dividing by a power below 1 is not exact, multiplying by its inverse is.
    return power < 1
      ? (value * (1 / power)).rounded(rule) / (1 / power).rounded()
      : (value / power).rounded(rule) * power
  }

  /// The right one, or the document's.
  func pick<Value>(_ right: Value, written: Value) -> Value { isAsWritten ? written : right }

  /// Of a figure that the document states.
  func formula(_ right: String) -> String {
    pick(right, written: "stated; it follows from none of the inputs")
  }
}

/// An input of a model: how it is written, and what it is without `--set`.
struct SheetInput<Model: SheetModel> {
  let name: String
  let form: SheetForm
  /// Written as `--set` takes it.
  let standard: String
  let unit: String
  let about: String
  let source: String
  let place: WritableKeyPath<Model, Double>

  /// - Parameter unit: of what is counted or paid for.
  init(
    _ name: String, _ place: WritableKeyPath<Model, Double>, _ form: SheetForm,
    _ standard: String, _ unit: String, _ about: String, _ source: String
  ) {
    self.name = name
    self.form = form
    self.standard = standard
    self.unit = unit
    self.about = about
    self.source = source
    self.place = place
  }

  /// An input whose form has a unit.
  init(
    _ name: String, _ place: WritableKeyPath<Model, Double>, _ form: SheetForm,
    _ standard: String, _ about: String, _ source: String
  ) {
    self.init(name, place, form, standard, form.unit, about, source)
  }
}

/// How an input is written, and the bounds within which every figure is a finite number.
enum SheetForm {
  case count, number
  /// Above 0; `headroom` may be 0 and leaves something.
  case share, headroom
  /// In B, ms and 1/s.
  case bytes, time, rate
  /// US dollars.
  case money

  var unit: String {
    switch self {
    case .count, .number: ""
    case .money: "USD"
    case .share, .headroom: "share"
    case .bytes: "B"
    case .time: "ms"
    case .rate: "1/s"
    }
  }

  /// - Throws: `InvalidInput` with the key, for what is no such value.
  func read(_ key: String, _ parameters: inout Parameters) throws -> Double? {
    switch self {
    case .count: return try parameters.count(key, in: 1...1_000_000_000_000_000).map(Double.init)
    case .number: return try parameters.number(key, in: 1e-9...1e9)
    case .share: return try parameters.share(key, in: 1e-9...1)
    case .headroom: return try parameters.share(key, in: 0...0.99)
    case .bytes: return try parameters.bytes(key, in: 1...1_000_000_000_000_000).map(Double.init)
    case .time:
      return try parameters.nanoseconds(key, in: 1...31_536_000_000_000_000)
        .map { Double($0) / 1e6 }
    case .rate: return try parameters.rate(key, in: 1e-6...1e12)
    case .money:
      let amount = try parameters.money(key)
      guard amount ?? 0 <= 1e12 else {
        throw parameters.error("must be at most 1e12 USD", key: key)
      }
      return amount
    }
  }
}

extension SheetModel {
  /// The model with what was given put in, and its inputs as they are shown.
  ///
  /// - Throws: `InvalidInput` for an unknown input, or for what is no value of it.
  static func read(_ overrides: [String]) throws -> (model: Self, inputs: [Sheet.Input]) {
    var given = Setting(.map([]), location: SourceLocation(argument: "--set"))
    for override in overrides { given = try SettingsFile.applying(override, to: given) }
    var parameters = try Parameters(given)
    var standards = try Parameters(Self.standards)
    var model = Self()
    let shown = try inputs.map { input in
      let text = try parameters.text(input.name)
      let standard = try input.form.read(input.name, &standards) ?? 0
      let value = try input.form.read(input.name, &parameters) ?? standard
      model[keyPath: input.place] = value
      return Sheet.Input(
        name: input.name, about: input.about, value: value, unit: input.unit,
        text: text ?? input.standard, standard: input.standard,
        source: input.source.hasPrefix("line") ? "\(document), \(input.source)" : input.source)
    }
    try parameters.finish()
    return (model, shown)
  }

  /// The defaults are written and read as anything else is.
  private static var standards: Setting {
    let place = SourceLocation(argument: "")
    return Setting(
      .map(
        inputs.map {
          Setting.Entry(
            key: $0.name, location: place,
            value: Setting(.scalar($0.standard), location: place, path: $0.name))
        }), location: place)
  }

  /// The same with the document's mistakes, or without.
  func read(asWritten: Bool) -> Self {
    var model = self
    model.reading.isAsWritten = asWritten
    return model
  }

  /// Where the document's figures and the right ones are not the same.
  var differences: [Sheet.Difference] {
    zip(read(asWritten: true).lines, read(asWritten: false).lines).compactMap { written, right in
      guard written.value != right.value else { return nil }
      return Sheet.Difference(
        line: right.name, title: right.title, unit: right.unit, written: written.value,
        right: right.value, why: right.why, source: right.source)
    }
  }
}
