import ArgumentParser
import FeedSystem
import Planning
import Settings
import Simulation

struct CascadeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cascade", abstract: "Look at a post that was passed on.",
    subcommands: [CascadeFitCommand.self])
}

struct CascadeFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Estimate how infectious an observed cascade is.",
    discussion: """
      The file is CSV with a header and two columns: seconds since the original, followers of \
      whoever posted it; a line a post, the original first. The chance that a follower passes it \
      on is the maximum of the likelihood of SEISMIC's model (Zhao et al., KDD 2015), with a 95 % \
      interval, for the whole and by age. A scenario takes it as \
      traffic.cascades.infectiousness, or as branching and first.

        feedsim cascade fit tweet.csv
        feedsim cascade fit tweet.csv --until 6h --json
      """)

  @Argument(
    help: "CSV: seconds since the original, followers; plain or compressed.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("How much of its life is looked at; all if not given.", valueName: "time"))
  var until: String?

  @Option(
    help: ArgumentHelp("The memory kernel's plateau: 300s if not given.", valueName: "time"))
  var plateau: String?

  @Option(help: ArgumentHelp("The memory kernel's theta: 0.242 if not given.", valueName: "x"))
  var theta: String?

  @OptionGroup var form: JSONOption

  func run() throws {
    let kernel = try kernel()
    let seconds = try until.map { text in
      try readingOption("--until") { Double(try Quantity.nanoseconds(text)) / 1e9 }
    }
    let cascade = try ObservedCascade(path: file)
    guard let fit = CascadeFit(cascade, kernel: kernel, until: seconds) else {
      throw InvalidInput(
        "nothing was passed on\(until.map { " within \($0)" } ?? ""), or nobody had followers",
        at: SourceLocation(argument: file))
    }
    let document = CascadeDocument(fit)
    try form.write(json: JSONText.of(document), text: document.text)
  }

  private func kernel() throws -> MemoryKernel {
    var kernel = MemoryKernel()
    if let plateau {
      kernel.plateau = try readingOption("--plateau") {
        let length = try Quantity.nanoseconds(plateau)
        guard length > 0 else { throw InvalidInput("must be longer than 0s") }
        return Duration(nanoseconds: length)
      }
    }
    if let theta {
      kernel.theta = try readingOption("--theta") {
        let value = try Quantity.number(theta)
        guard (0.01...10).contains(value) else { throw InvalidInput("must be from 0.01 to 10") }
        return value
      }
    }
    return kernel
  }
}

/// What `cascade fit` shows.
private struct CascadeDocument: Encodable {
  struct Interval: Encodable {
    let value: Double
    let low: Double
    let high: Double

    init(_ interval: CascadeFit.Interval) {
      (value, low, high) = (interval.value, interval.low, interval.high)
    }

    var cells: [String] { [value, low, high].map { NumberText.fixed($0, decimals: 6) } }
  }

  struct Age: Encodable {
    let from: Double
    let until: Double
    let reposts: Int
    let infectiousness: Interval
  }

  let reposts: Int
  let observed: Double
  let originalFollowers: Double
  let meanFollowers: Double
  let infectiousness: Interval
  let branching: Interval
  let finalSize: Double?
  let ages: [Age]

  init(_ fit: CascadeFit) {
    reposts = fit.reposts
    observed = fit.observed
    originalFollowers = fit.originalFollowers
    meanFollowers = fit.meanFollowers
    infectiousness = Interval(fit.infectiousness)
    branching = Interval(fit.branching)
    finalSize = fit.finalSize
    ages = fit.ages.map {
      Age(
        from: $0.from, until: $0.until, reposts: $0.reposts,
        infectiousness: Interval($0.infectiousness))
    }
  }

  var text: String {
    var table = TextTable()
    table.add(["reposts", "\(reposts)"])
    table.add(["observed", "\(NumberText.fixed(observed, decimals: 0)) s"])
    func number(_ value: Double, _ decimals: Int) -> String {
      NumberText.fixed(value, decimals: decimals)
    }
    table.add(["followers of the original's author", number(originalFollowers, 0)])
    table.add(["followers of a repost's, mean", number(meanFollowers, 1)])
    let size = finalSize.map { number($0, 0) } ?? "would not end"
    table.add(["posts in the end, going on so", size])
    var rates = TextTable()
    rates.add(["", "reposts", "estimate", "95 % from", "to"])
    rates.add(["infectiousness", "\(reposts)"] + infectiousness.cells)
    for age in ages {
      let name = "  \(Self.age(age.from)) to \(Self.age(age.until))"
      rates.add([name, "\(age.reposts)"] + age.infectiousness.cells)
    }
    rates.add(["reposts of a repost", ""] + branching.cells)
    return table.text + "\n" + rates.text
  }

  /// In the largest unit that is whole.
  private static func age(_ seconds: Double) -> String {
    for (unit, name) in [(86_400.0, "d"), (3600, "h"), (60, "min")]
    where seconds >= unit && (seconds / unit).rounded() == seconds / unit {
      return "\(NumberText.fixed(seconds / unit, decimals: 0)) \(name)"
    }
    return "\(NumberText.fixed(seconds, decimals: 0)) s"
  }
}
