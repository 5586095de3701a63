import Settings
import Testing
import YAMLSettings

private func parameters(_ text: String) throws -> Parameters {
  try Parameters(SettingsFile.parse(text, file: "dir/x.yaml"))
}

private func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "accepted"
  } catch {
    return "\(error)"
  }
}

@Suite struct ParametersTests {
  @Test func readsEveryKind() throws {
    var p = try parameters(
      """
      users: 10k
      seed: 18446744073709551615
      exponent: 2.05
      share: 30%
      window: 24h
      size: 5MB
      rate: 800/s
      budget: 12000 USD
      name: "null"
      on: true
      policy: pull
      nested: {a: 1}
      list: [1, 2]
      edges: ../g.edges
      """)
    #expect(try p.count("users") == 10_000)
    #expect(try p.unsigned("seed") == UInt64.max)
    #expect(try p.number("exponent") == 2.05)
    #expect(try p.share("share") == 0.3)
    #expect(try p.nanoseconds("window") == 86_400_000_000_000)
    #expect(try p.bytes("size") == 5_000_000)
    #expect(try p.rate("rate") == 800)
    #expect(try p.money("budget") == 12000)
    #expect(try p.text("name") == "null")
    #expect(try p.flag("on") == true)
    #expect(try p.choice("policy", from: [("push", 1), ("pull", 2)]) == 2)
    var nested = try #require(try p.nested("nested"))
    #expect(try nested.count("a") == 1)
    try nested.finish()
    #expect(try p.list("list")?.map { try $0.count() } == [1, 2])
    #expect(try p.path("edges") == "dir/../g.edges")
    #expect(try p.count("absent") == nil)
    try p.finish()
  }

  @Test func namesWhatNobodyRead() throws {
    var p = try parameters("users: 1\nUsers: 5\n")
    _ = try p.count("users")
    _ = try p.text("seed")
    #expect(
      message { try p.finish() }
        == "dir/x.yaml:2:1: Users: unknown key \"Users\"; known: users, seed; did you mean "
        + "\"users\"?")
  }

  @Test(arguments: [
    ("users: ~\n", "dir/x.yaml:1:8: users: is null; give it a value or leave it out"),
    ("users:\n", "dir/x.yaml:1:7: users: is null; give it a value or leave it out"),
    ("users: 0\n", "dir/x.yaml:1:8: users: must be from 1 to 100, not 0"),
    ("users: [1]\n", "dir/x.yaml:1:8: users: must be text, not a list"),
    ("a: 1\nusers: -5\n", "dir/x.yaml:2:8: users: \"-5\" is negative"),
    ("other: 1\n", "dir/x.yaml:1:1: users: is required"),
    ("user: 1\n", "dir/x.yaml:1:1: users: is required; is \"user\" meant to be \"users\"?"),
  ])
  func placesProblems(_ text: String, _ expected: String) throws {
    var p = try parameters(text)
    #expect(
      message {
        guard try p.count("users", in: 1...100) != nil else { throw p.missing("users") }
      } == expected)
  }

  @Test func saysTheRangeInUnits() throws {
    var p = try parameters("a: 1ms\nb: 99%\nc: 1kB\nd: 3\ne: pussh\n")
    #expect(
      message { _ = try p.nanoseconds("a", in: 90_000_000_000...Int64.max) }
        .hasSuffix("a: must be at least 90s, not 1ms"))
    #expect(
      message { _ = try p.share("b", in: 0...0.5) }.hasSuffix("must be from 0% to 50%, not 99%")
    )
    #expect(message { _ = try p.bytes("c", in: 0...10) }.hasSuffix("must be at most 10B, not 1kB"))
    #expect(message { _ = try p.number("d", in: 1.5...2.5) }.hasSuffix("from 1.5 to 2.5, not 3"))
    #expect(
      message { _ = try p.choice("e", from: [("push", 1), ("pull", 2)]) }
        .hasSuffix("e: unknown \"pussh\"; known: push, pull; did you mean \"push\"?"))
  }

  @Test func suggestsSlipsOnly() {
    let known = ["users", "graph", "activity", "pushBelow"]
    #expect(Suggestion.closest(to: "usres", among: known) == "users")
    #expect(Suggestion.closest(to: "Graph", among: known) == "graph")
    #expect(Suggestion.closest(to: "pushbelow", among: known) == "pushBelow")
    #expect(Suggestion.closest(to: "push_below", among: known) == "pushBelow")
    #expect(Suggestion.closest(to: "duration", among: known) == nil)
    #expect(Suggestion.closest(to: "", among: known) == nil)
    #expect(Suggestion.closest(to: String(repeating: "u", count: 100_000), among: known) == nil)
  }

  /// Of hundreds of names, those that begin alike are what a person reads.
  @Test func manyNamesAreToldByTheirFamily() {
    let few = ["a.x", "b.y"]
    #expect(Suggestion.text(for: "a.z", among: few).hasPrefix("; known: a.x, b.y; did you mean"))
    #expect(Suggestion.text(for: "nothing", among: []).isEmpty)
    let many = (1...61).map { "cache.l\($0).hits" } + ["feed.latency", "feed.lost"]
    #expect(
      Suggestion.text(for: "feed.lag", among: many) == "; known of feed: feed.latency, feed.lost")
    #expect(
      Suggestion.text(for: "unheard", among: many) == "; known names begin with cache, feed")
    let cut = Suggestion.text(for: "cache.nothing", among: many)
    #expect(cut.hasSuffix("cache.l60.hits and more") && !cut.contains("l61"))
  }

  @Test func takesNamesTheUserGives() throws {
    var p = try parameters("known: 1\ngateway: 2\nranking: 3\n")
    _ = try p.count("known")
    #expect(try p.remaining().map(\.key) == ["gateway", "ranking"])
    try p.finish()
  }
}

private protocol Shape { var area: Int { get } }

private struct Square: Shape, Part {
  static let name = "square"
  static let summary = "Equal sides."
  let area: Int
  init(_ parameters: inout Parameters) throws {
    let side = try parameters.count("side", in: 1...10) ?? 1
    area = side * side
  }
}

private struct Greedy: Part {
  static let name = "Greedy One"
  static let summary = ""
  init(_ parameters: inout Parameters) throws { _ = try parameters.remaining() }
}

@Suite struct CatalogTests {
  private let shapes = Catalog<any Shape>("shape", [Square.self])

  @Test func makesParts() throws {
    #expect(shapes.violations() == [])
    var p = try parameters("kind: square\nside: 3\n")
    #expect(try shapes.make(namedBy: "kind", &p)?.area == 9)
    try p.finish()
    let list = try SettingsFile.parse("l: [square, {square: {side: 2}}]\n", file: "x")["l"]?.list()
    #expect(try list?.map { try shapes.make($0).area } == [1, 4])
  }

  @Test(arguments: [
    (
      "l: [sqare]\n", "x:1:5: l.0: unknown shape \"sqare\"; known: square; did you mean \"square\"?"
    ),
    ("l: [{circle: {}}]\n", "x:1:6: l.0: unknown shape \"circle\"; known: square"),
    (
      "l: [{square: {sid: 2}}]\n",
      "x:1:15: l.0.square.sid: unknown key \"sid\"; known: side; did you mean \"side\"?"
    ),
    (
      "l: [{square: {}, b: {}}]\n",
      "x:1:5: l.0: must be a shape's name, or one name and its settings"
    ),
  ])
  func placesProblems(_ text: String, _ expected: String) throws {
    let list = try SettingsFile.parse(text, file: "x")["l"]?.list() ?? []
    #expect(message { for element in list { _ = try shapes.make(element) } } == expected)
  }

  @Test func findsWhatBreaksTheRules() {
    let bad = Catalog<any Shape>("shape", [Square.self, Square.self, Greedy.self])
    #expect(bad.violations().count == 5)
  }
}
