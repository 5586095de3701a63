import ArgumentParser
import FeedSystem
import Planning
import Settings

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Look at a follower graph, and make one.",
    subcommands: [GraphStats.self, GraphGenerate.self])
}

struct GraphStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count users and follows, and fit a power law.")

  @Argument(
    help: "An edge list, two ids a line: follower followee; plain or compressed.",
    completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "Which id of a line comes first; both, when every line is a mutual follow.",
      valueName: "order"))
  var direction = EdgeList.Direction.followerFollowee

  @Option(
    help: ArgumentHelp(
      "How follows are held meanwhile, plain or compressed; the answer is the same.",
      valueName: "way"))
  var storage = GraphStorage.plain

  @OptionGroup var form: JSONOption

  func run() throws {
    let graph = try EdgeList(path: file, direction: direction).graph(storage: storage)
    let document = GraphDocument(GraphStatistics(graph))
    try form.write(json: JSONText.of(document), text: document.text)
  }
}

extension EdgeList.Direction: ExpressibleByArgument {}
extension GraphStorage: ExpressibleByArgument {}
extension StorageRule: ExpressibleByArgument {}

/// What `graph stats` shows.
private struct GraphDocument: Encodable {
  struct Side: Encodable {
    let mean: Double
    let median: Double
    let p90: Int
    let p99: Int
    let p999: Int
    let maximum: Int
    let none: Double
    let gini: Double
    let topPercentShare: Double
    let powerLaw: PowerLaw?

    enum CodingKeys: String, CodingKey {
      case mean, median, p90, p99, maximum, none, gini, topPercentShare, powerLaw
      case p999 = "p99_9"
    }

    init(_ side: GraphStatistics.Side) {
      mean = side.mean
      median = side.median
      p90 = side.p90
      p99 = side.p99
      p999 = side.p999
      maximum = side.maximum
      none = side.none
      gini = side.gini
      topPercentShare = side.topPercentShare
      powerLaw = side.powerLaw.map(PowerLaw.init)
    }
  }

  struct PowerLaw: Encodable {
    let exponent: Double
    let minimum: Int
    let tailCount: Int
    let distance: Double

    init(_ fit: PowerLawFit) {
      exponent = fit.exponent
      minimum = fit.minimum
      tailCount = fit.tailCount
      distance = fit.distance
    }
  }

  let users: Int
  let edges: Int
  let selfLoops: Int
  let duplicates: Int
  let mean: Double
  let reciprocity: Double
  let followers: Side
  let following: Side

  init(_ found: GraphStatistics) {
    users = found.users
    edges = found.edges
    selfLoops = found.selfLoops
    duplicates = found.duplicates
    mean = found.followers.mean
    reciprocity = found.reciprocity
    followers = Side(found.followers)
    following = Side(found.following)
  }

  var text: String {
    func row(_ title: String, _ value: (Side) -> String) -> String {
      Self.padded(title, 26) + Self.before(value(followers), 14)
        + Self.before(value(following), 14) + "\n"
    }
    func line(_ title: String, _ value: String) -> String {
      Self.padded(title, 26) + Self.before(value, 14) + "\n"
    }
    let both = [followers, following]
    let fits = both.contains { $0.powerLaw != nil }
    return line("users", "\(users)") + line("edges", "\(edges)")
      + line("self-loops, dropped", "\(selfLoops)")
      + line("duplicates, dropped", "\(duplicates)")
      + line("reciprocity", Self.rounded(reciprocity, 3)) + "\n"
      + Self.padded("per user", 26) + Self.before("followers", 14)
      + Self.before("following", 14) + "\n"
      + row("mean") { Self.rounded($0.mean, 2) }
      + row("median") { Self.rounded($0.median, 1) } + row("p90") { "\($0.p90)" }
      + row("p99") { "\($0.p99)" } + row("p99.9") { "\($0.p999)" }
      + row("maximum") { "\($0.maximum)" }
      + row("with none") { Self.rounded(100 * $0.none, 1) + " %" }
      + row("Gini") { Self.rounded($0.gini, 3) }
      + row("held by the top 1 %") { Self.rounded(100 * $0.topPercentShare, 1) + " %" }
      + (fits ? fitRows(row) : "")
  }

  private func fitRows(_ row: (String, (Side) -> String) -> String) -> String {
    func value(_ side: Side, _ text: (PowerLaw) -> String) -> String {
      side.powerLaw.map(text) ?? "-"
    }
    return row("power-law exponent") { value($0) { Self.rounded($0.exponent, 3) } }
      + row("  begins at") { value($0) { "\($0.minimum)" } }
      + row("  users in the tail") { value($0) { "\($0.tailCount)" } }
      + row("  KS distance") { value($0) { Self.rounded($0.distance, 4) } }
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func before(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func rounded(_ value: Double, _ places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale + scale).dropFirst()
    return "\(scaled / scale)." + fraction
  }
}

struct GraphGenerate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write a generated graph as an edge list.",
    discussion: """
      The same options and seed write the same bytes on every machine.

        feedsim graph generate --users 100k --mean-follows 100 --exponent 2.05 \\
          --maximum 20k --celebrity star=50% --out follows.edges
      """)

  @Option(help: ArgumentHelp("How many users: 100k.", valueName: "n"))
  var users: String
  @Option(
    help: "powerLaw, barabasiAlbert or uniform.",
    completion: .list(["powerLaw", "barabasiAlbert", "uniform"]))
  var kind = "powerLaw"
  @Option(help: ArgumentHelp("Mean number of users whom a user follows.", valueName: "n"))
  var meanFollows: String
  @Option(
    help: ArgumentHelp("Power law: exponent of the follower counts' density.", valueName: "x"))
  var exponent: String?
  @Option(help: ArgumentHelp("Power law: most followers of anyone.", valueName: "n"))
  var maximum: String?
  @Option(
    help: ArgumentHelp(
      "Power law: exponent of the followee counts; without it all are alike.", valueName: "x"))
  var followeesExponent: String?
  @Option(help: ArgumentHelp("Power law: most followees of anyone.", valueName: "n"))
  var followeesMaximum: String?
  @Option(
    help: ArgumentHelp(
      "A named account and its followers: star=50% or star=300k.", valueName: "name=followers"))
  var celebrity: [String] = []
  @Option(
    help: ArgumentHelp(
      "How follows are held meanwhile: plain, compressed or auto; the file is the same.",
      valueName: "way"))
  var storage = StorageRule.plain
  @Option(
    help: ArgumentHelp("Another seed, another graph of the same law.", valueName: "n"))
  var seed = "42"
  @Option(
    help: ArgumentHelp("The edge list to write; - is stdout.", valueName: "file"),
    completion: .file())
  var out: String

  func run() throws {
    for suffix in [".gz", ".bz2", ".xz", ".zst"] where out.hasSuffix(suffix) {
      throw ValidationError("--out: graphs are written plain; leave \(suffix) out")
    }
    let graph: FollowerGraph
    do {
      graph = try build()
    } catch let problem as InvalidInput {
      throw Self.inOptions(problem)
    }
    for warning in graph.warnings {
      // The warning speaks of the scenario's key.
      let text = warning.replacing("audience.graph.maximum", with: "--maximum")
      Output.note("feedsim: warning: \(text)")
    }
    for celebrity in graph.celebrities { Output.note("\(celebrity.name) is user \(celebrity.id)") }
    try write(graph)
  }

  private func build() throws -> FollowerGraph {
    var options = try Parameters(
      Self.map([
        ("kind", "--kind", kind), ("meanFollows", "--mean-follows", meanFollows),
        ("exponent", "--exponent", exponent), ("maximum", "--maximum", maximum),
        ("followeesExponent", "--followees-exponent", followeesExponent),
        ("followeesMaximum", "--followees-maximum", followeesMaximum),
      ]))
    var model = try GraphModel(&options)
    model.storage = storage
    try options.finish()
    var counts = try Parameters(
      Self.map([("users", "--users", users), ("seed", "--seed", seed)]))
    let users = try counts.count("users", in: 1...FollowerGraph.maximumUserCount) ?? 1
    let seed = try counts.unsigned("seed") ?? 0
    let celebrities = try celebrity.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw InvalidInput(
          "write NAME=50% or NAME=300k, not \"\(text)\"",
          at: SourceLocation(argument: "--celebrity"))
      }
      return Self.map([
        ("name", "--celebrity", parts[0]), ("followers", "--celebrity", parts[1]),
      ])
    }
    return try model.build(
      users: users, celebrities: Celebrity.list(celebrities.map(Celebrity.form.read)),
      seed: seed, available: MachineMemory.available)
  }

  /// A problem with a setting as one with the option that gives it, or should.
  private static func inOptions(_ problem: InvalidInput) -> any Error {
    if let place = problem.location, place.isOption {
      return InvalidInput(problem.message, at: place)
    }
    guard !problem.path.isEmpty else { return ValidationError(problem.message) }
    let words = problem.path.map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
    return ValidationError("--\(words.joined()) \(problem.message)")
  }

  private static func map(_ options: [(key: String, name: String, text: String?)]) -> Setting {
    let entries = options.compactMap { option in
      option.text.map { text in
        let place = SourceLocation(argument: option.name)
        return Setting.Entry(
          key: option.key, location: place,
          value: Setting(.scalar(text), location: place, path: option.key))
      }
    }
    return Setting(.map(entries), location: SourceLocation(argument: ""))
  }

  private func write(_ graph: FollowerGraph) throws {
    var alone = 0
    try toFileOrStdout { write in
      try write("# feedsim graph of \(graph.userCount) users, seed \(seed): follower followee\n")
      var bytes: [UInt8] = []
      for user in 0..<UInt32(graph.userCount) {
        let followees = graph.followees(of: user)
        if followees.isEmpty, graph.followerCount(of: user) == 0 { alone += 1 }
        for followee in followees {
          Self.append(user, to: &bytes)
          bytes.append(UInt8(ascii: " "))
          Self.append(followee, to: &bytes)
          bytes.append(UInt8(ascii: "\n"))
        }
        if bytes.count > 1 << 20 {
          try write(String(decoding: bytes, as: UTF8.self))
          bytes.removeAll(keepingCapacity: true)
        }
      }
      try write(String(decoding: bytes, as: UTF8.self))
    }
    let place = out == "-" ? "standard output" : out
    Output.note("wrote \(graph.edgeCount) follows of \(graph.userCount) users to \(place)")
    if alone > 0 {
      Output.note("\(alone) users follow nobody and have no followers: no line names them")
    }
  }

  private func toFileOrStdout(
    _ body: (_ write: (String) throws -> Void) throws -> Void
  ) throws {
    if out == "-" { try body(Output.write) } else { try Output.writeFile(to: out, body) }
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    var divisor: UInt32 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}
