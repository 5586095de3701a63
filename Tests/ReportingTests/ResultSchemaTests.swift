import Reporting
import TestSupport
import Testing

@Suite struct ResultSchemaTests {
  private func problems(_ text: String) throws -> [String] {
    try SchemaValidator(schema: ResultSchema.text).problems(in: text)
  }

  @Test func everyResultFitsTheSchema() throws {
    var found = Sample.one
    found.horizon.warmUpRule = .mser5
    for result in [Sample.one, Sample.three, Sample.hurt, Sample.timed, found] {
      let found = try problems(JSONReport().text(result))
      #expect(found.isEmpty, "\(found.prefix(3))")
    }
  }

  @Test(arguments: [
    ("\"interval_s\": 120", "\"interval_s\": \"120\""), ("\"start_s\": 0", "\"starts\": 0"),
    ("\"values\": [0, ", "\"values\": [\"0\", "), ("\"for_s\": 600", "\"for_s\": null"),
  ])
  func theSchemaRefusesOtherTimeLines(_ part: String, _ wrong: String) throws {
    let text = JSONReport().text(Sample.timed)
    let changed = text.replacing(part, with: wrong, maxReplacements: 1)
    #expect(changed != text)
    #expect(try !problems(changed).isEmpty)
  }

  @Test(arguments: [
    ("\"replications\": 5", "\"replications\": \"5\""),
    ("\"replications\": 5", "\"replications\": 0"),
    ("\"passed\": true", "\"passed\": 1"),
    ("\"fingerprint\": \"0000", "\"fingerprint\": \"XYZ0"),
    ("\"format_version\": \"1.0\"", "\"format_version\": \"2.0\""),
    ("\"unit\": \"ms\"", "\"unit\": \"msec\""),
    ("\"seed\":", "\"seeds\":"),
    ("\"value\": 34.2}", "\"value\": null}"),
    ("\"half_width\": 0.312", "\"half_width\": -1"),
  ])
  func theSchemaRefusesWhatIsWrong(_ part: String, _ wrong: String) throws {
    let text = JSONReport().text(Sample.one)
    let changed = text.replacing(part, with: wrong, maxReplacements: 1)
    #expect(changed != text)
    #expect(try !problems(changed).isEmpty)
  }
}
