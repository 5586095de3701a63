import Settings

/// What a plan has to hold beyond the scenario's thresholds: the scenario's `plan`.
public struct PlanSettings: Sendable, Equatable {
  /// What may fail at the peak without a threshold failing.
  public enum Survival: String, CaseIterable, Sendable {
    /// One machine of any tier, with the servers that it runs.
    case server
    /// One region, whose users the others then serve.
    case region
  }

  /// Share of the capacity that the peak leaves free.
  public var headroom = 0.0
  /// Share of seeds whose runs keep every objective.
  public var confidence = 0.95
  public var survives: [Survival] = []
  /// Growth of the load in a month, as a share.
  public var growth = 0.0
  /// How far ahead growth is looked at.
  public var months = 36
  /// Settings that the search may choose among, beside servers: paths, and values to try.
  public var vary: [Choice] = []

  public struct Choice: Sendable, Equatable {
    public var path: String
    public var values: [String]
  }

  public init() {}

  /// Each is searched for its own fleet.
  static let mostCombinations = 64

  /// Every combination of the choices' values, as `--set` takes them; one, empty, of no choice.
  public var combinations: [[String]] {
    vary.reduce([[]]) { lists, choice in
      lists.flatMap { list in choice.values.map { list + ["\(choice.path)=\($0)"] } }
    }
  }

  /// What may be chosen is what is built and what is paid for it: not what is asked of it, for how
  /// long it is tried, or by what it is judged.
  private static let shared = "prices"

  /// `{cache.feed.size: [10%, 20%]}`: keys are paths, and paths are the user's.
  private static var choices: Form<[Choice]> {
    Form(.anything, example: []) { setting in
      guard case .map(let entries) = setting.content, !entries.isEmpty else {
        throw setting.error(
          "must be a map of paths to lists of values, such as {cache.feed.size: [10%, 20%]}")
      }
      return try entries.map { entry in
        let first = String(entry.key.prefix { $0 != "." })
        guard entry.key == shared || Scenario.designKeys.contains(first) else {
          throw entry.value.error(
            "is not for a plan to choose; it chooses among \(shared) and what a design may change: "
              + Scenario.designKeys.joined(separator: ", "))
        }
        let values = try entry.value.list().map { value in
          let text = try value.text()
          // A book's file is relative to the scenario, and as `--set` takes it to where one is.
          return entry.key == shared && PriceSheet.isPath(text) ? try value.resolvedPath() : text
        }
        if values.isEmpty { throw entry.value.error("names no value") }
        if entry.key.hasSuffix(".servers") {
          throw entry.value.error("is what the search decides anyway; leave it out")
        }
        for (index, value) in values.enumerated() where values[..<index].contains(value) {
          throw entry.value.error("has \"\(value)\" twice")
        }
        return Choice(path: entry.key, values: values)
      }
    }
  }

  /// Reads `{headroom, confidence, survives, growth, months, vary}`.
  public init(_ parameters: inout Parameters) throws {
    headroom = try parameters.read(
      "headroom", .share(), default: headroom, "Of the capacity, left free by the peak.")
    confidence = try parameters.read(
      "confidence", .share(), default: confidence, "Of seeds that keep every objective.")
    survives = try parameters.read(
      "survives", .list(of: .choice(Survival.allCases.map { ($0.rawValue, $0) })), default: [],
      "What may fail at the peak: server, which is a machine of any tier with all that it runs; "
        + "region.")
    growth = try parameters.read("growth", .share(), default: growth, "Of the load, a month.")
    months = try parameters.read(
      "months", .count(in: 1...600), default: months, "How far ahead growth is looked at.")
    vary = try parameters.read(
      "vary", Self.choices, default: [],
      "Settings that the search chooses among, beside servers: paths, each with its values.")
    let combinations = vary.reduce(1) { min(10_000, $0 * $1.values.count) }
    if combinations > Self.mostCombinations {
      throw parameters.error(
        "has \(combinations) combinations; \(Self.mostCombinations) are the most", key: "vary")
    }
    if headroom >= 1 { throw parameters.error("must be below 100%", key: "headroom") }
    if confidence >= 1 || confidence < 0.5 {
      throw parameters.error("must be from 50% to below 100%", key: "confidence")
    }
  }
}
