import Settings

/// The estimates that there are, each as it is right and as its document has it.
public enum SheetCatalog {
  static var models: [any SheetModel.Type] {
    [CaseStudySheet.self, SystemDesignSheet.self, DeepDiveSheet.self]
  }

  private static let asWritten = "-as-written"

  /// `s0`, `s0-as-written` …, each with what it estimates.
  public static var summaries: [(name: String, summary: String)] {
    models.flatMap {
      [($0.name, $0.title), ($0.name + asWritten, "the same, with the document's mistakes")]
    }
  }

  /// An estimate.
  ///
  /// - Parameters:
  ///   - users: the population as `--users` gives it.
  ///   - overrides: inputs as `--set` gives them: `follows=150`.
  ///   - sensitivity: whether elasticities are wanted.
  /// - Throws: `InvalidInput` for an unknown preset, an unknown input, or a value that is none.
  public static func sheet(
    _ preset: String, users: String? = nil, overrides: [String] = [], sensitivity: Bool = false
  ) throws -> Sheet {
    let isAsWritten = preset.hasSuffix(asWritten)
    let name = isAsWritten ? String(preset.dropLast(asWritten.count)) : preset
    guard let model = models.first(where: { $0.name == name }) else {
      throw InvalidInput(
        "unknown estimate \"\(preset)\""
          + Suggestion.text(for: preset, among: summaries.map(\.name)),
        at: SourceLocation(argument: "--preset"))
    }
    var sheet = try model.sheet(
      asWritten: isAsWritten, overrides: overrides + population(users, of: model, overrides),
      sensitivity: sensitivity)
    sheet.preset = preset
    return sheet
  }

  /// `--users` as inputs.
  private static func population(
    _ users: String?, of model: any SheetModel.Type, _ overrides: [String]
  ) throws -> [String] {
    guard let users else { return [] }
    return try readingOption("--users") {
      guard try 1...1_000_000_000_000_000 ~= Quantity.count(users) else {
        throw InvalidInput("\"\(users)\" must be from 1 to 1000T")
      }
      for name in model.populations where overrides.contains(where: { $0.hasPrefix("\(name)=") }) {
        throw InvalidInput("--set \(name) gives the population too; give one of the two")
      }
      return model.populations.map { "\($0)=\(users)" }
    }
  }
}

extension SheetModel {
  fileprivate static func sheet(
    asWritten: Bool, overrides: [String], sensitivity: Bool
  ) throws -> Sheet {
    let (model, inputs) = try read(overrides)
    let asked = model.read(asWritten: asWritten)
    return Sheet(
      preset: name, title: title, isAsWritten: asWritten, inputs: inputs, lines: asked.lines,
      differences: model.differences,
      sensitivity: sensitivity ? SheetSensitivity(of: asked) : nil)
  }
}
