import Settings
import Testing
import YAMLSettings

/// The message a text is refused with; nil when it is accepted.
func refusal(_ text: String, file: String = "x.yaml") -> String? {
  do {
    _ = try SettingsFile.parse(text, file: file)
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct StrictYAML {
  @Test func readsTheSubset() throws {
    let text = """
      # a question
      ---
      name: "a: b # c"
      note: |
        text & more *stars
          deeper: {
      folded: >-
        one
        two
      list:
      - a
      - b: 1
        c: 'it''s & *fine'
      - [x, {y: "z, *no"}]
      flow: {kind: powerLaw, exponent: 2.05, urls: [http://a/b, 10:30]}   # tail & more
      and: this & that * !
      last: ~
      """
    let root = try SettingsFile.parse(text, file: "x.yaml")
    #expect(
      root.canonicalText == """
        {"and":"this & that * !","flow":{"exponent":"2.05","kind":"powerLaw","urls":["http://a/b",\
        "10:30"]},"folded":"one two","last":null,"list":["a",{"b":"1","c":"it's & *fine"},["x",\
        {"y":"z, *no"}]],"name":"a: b # c","note":"text & more *stars\\n  deeper: {\\n"}
        """)
    let item = try #require(root["list"])
    guard case .list(let elements) = item.content else { return }
    #expect(elements[1]["c"]?.path == "list.1.c")
    #expect(elements[1]["c"]?.location == SourceLocation(file: "x.yaml", line: 13, column: 6))
  }

  @Test(arguments: [
    ("", "x.yaml:1:1: is empty; a map of keys is needed"),
    ("# nothing\n", "x.yaml:1:1: is empty; a map of keys is needed"),
    ("- a\n- b\n", "x.yaml:1:1: must be a map of keys, not a list"),
    ("word", "x.yaml:1:1: must be a map of keys, not text"),
    ("a:\n  b: 1\n  b: 2\n", "x.yaml:3:3: a.b: occurs twice; the first is in line 2"),
    ("seed: 1\nfollows:\n\tgamma: 2.2\n", "x.yaml:3:1: follows: a tab in the indentation"),
    ("a: &x 1\n", "x.yaml:1:4: a: an anchor (&)"),
    ("a:\n  - *x\n", "x.yaml:2:5: a.0: an alias (*)"),
    ("a: [1, {b: !!str x}]\n", "x.yaml:1:12: a.1.b: a tag (!)"),
    ("? a\n: b\n", "x.yaml:1:1: a complex key"),
    ("[a]: b\n", "x.yaml:1:1: a key must be a word"),
    ("a: 1\n---\nb: 2\n", "x.yaml:2:1: a: a second document"),
    ("%YAML 1.1\n---\na: 1\n", "x.yaml:1:1: a YAML directive"),
    ("a:\n  <<: b\n", "x.yaml:2:3: a: a merge key"),
    ("a: 'b\n", "x.yaml:1:4: a: a quote is opened here and never closed"),
    ("seed 1\nusers: 2\n", "x.yaml:1:1: \"seed 1\" goes on over its line"),
    ("a: b\n  c\n", "x.yaml:1:4: a: \"b\" goes on over its line"),
    ("a: [b\n c]\n", "x.yaml:1:5: a.0: \"b\" goes on over its line"),
    ("a: b\n  'c\nd: &x [1]\ne: *x '\n", "x.yaml:1:4: a: \"b\" goes on over its line"),
    ("follows: {law: zeta, gamma: ", "x.yaml:"),
    ("a: b: c\n", "x.yaml:1:5: a: not valid YAML"),
    ("a: 1\n: 2\n", "x.yaml:2:1: a: a key is missing"),
    ("a: \u{2028}b\n", "x.yaml:1:4: a: a control character (U+2028)"),
    ("a: \0\n", "x.yaml:1:4: a: a control character (U+0)"),
    ("a: {: b}\n", "x.yaml:1:5: a: a key is missing"),
    ("'a': 1\n\"a\": 2\n", "x.yaml:2:1: a: occurs twice; the first is in line 1"),
    ("- {a: 1, b: 2, a: 3}\n", "x.yaml:1:16: 0.a: occurs twice; the first is in line 1"),
    ("b: {c: 1, c: 2}\na: 1\na: 2\n", "x.yaml:1:11: b.c: occurs twice"),
  ])
  func refuses(_ text: String, _ start: String) {
    let message = refusal(text)
    #expect(message?.hasPrefix(start) == true, "\(message ?? "accepted")")
  }

  @Test func boundsNesting() {
    let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    #expect(refusal("a: " + deep)?.contains("nested deeper than 64") == true)
    let dashes = "a:\n  " + String(repeating: "- ", count: 100_000) + "x"
    #expect(refusal(dashes)?.contains("nested deeper than 64") == true)
    #expect(refusal("a: [[[[[[[[[[x]]]]]]]]]]") == nil)
  }
}
