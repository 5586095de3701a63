/// What a JSON document begins with: the form that it has, the version that wrote it, and the
/// scenario that it is about.
enum DocumentHead {
  /// A document's fields, the head among them.
  ///
  /// - Parameters:
  ///   - form: the document's own, where it is not the result document's.
  ///   - scenario: its `name`, `sha256` and `question`, as far as the document gives them; none
  ///     where it is about no scenario.
  static func value(
    form: String = JSONReport.formatVersion, version: String, scenario: [String: String] = [:],
    body: [String: JSONValue]
  ) -> [String: JSONValue] {
    var fields = body
    fields["format_version"] = .text(form)
    fields["feedsim_version"] = .text(version)
    if !scenario.isEmpty { fields["scenario"] = .map(scenario.mapValues { .text($0) }) }
    return fields
  }

  /// A document about a scenario, written: see `value`.
  static func text(
    version: String, scenario: [String: String] = [:], body: [String: JSONValue]
  ) -> String {
    JSONValue.map(value(version: version, scenario: scenario, body: body)).document
  }

  /// What documents that answer a scenario's question give of it.
  static func scenario(_ name: String, hash: String, question: String) -> [String: String] {
    ["name": name, "sha256": hash, "question": question]
  }

  /// The properties of such a document; those of the head are required.
  ///
  /// - Parameter scenario: what the document gives of it.
  static func schema(
    scenario names: [String] = [], body: [String: JSONValue]
  ) -> [String: JSONValue] {
    var properties = body
    properties["format_version"] = ResultSchema.constant(JSONReport.formatVersion)
    properties["feedsim_version"] = ResultSchema.type("string")
    if !names.isEmpty {
      let types = names.map { ($0, ResultSchema.type("string")) }
      properties["scenario"] = ResultSchema.object(
        Dictionary(uniqueKeysWithValues: types), required: names)
    }
    return properties
  }
}
