import Settings
import Simulation

/// The stages of a scenario's `ranking`, in their order, and the visits in which they run.
///
/// A stage that gives a time of its own is a visit to the ranking tier; one that gives none shares
/// the visit of the stage before it. Those ahead of the first with a time share one visit of the
/// tier's own time, and so do all where none has any.
public struct Funnel: Sendable {
  public let stages: [FunnelStage]
  /// The stages of each visit.
  let passes: [Range<Int>]

  public init(_ stages: [FunnelStage]) {
    self.stages = stages
    var starts = stages.indices.filter { stages[$0].hasTime }
    if starts.first != 0 { starts.insert(0, at: 0) }
    passes = starts.indices.map { index in
      starts[index]..<(index + 1 < starts.count ? starts[index + 1] : stages.count)
    }
  }

  /// Candidates that the sources may add.
  func room(for settings: FeedSettings) -> Int {
    stages.reduce(0) { $0 + $1.stage.room(for: settings) }
  }

  var fetchesFeatures: Bool { stages.contains { $0.features != nil } }

  /// Whether a scenario says more than which one stage there is.
  public var isStaged: Bool { stages.count > 1 || stages.contains { $0.saysMore } }

  /// Each stage's name in metrics: its own, and its number among those of the name.
  public var metrics: [String] {
    var metrics: [String] = []
    for stage in stages {
      let plain = stage.name.replacing("-", with: "_")
      let number = stages[..<metrics.count].count { $0.name == stage.name } + 1
      metrics.append(number == 1 ? plain : "\(plain)_\(number)")
    }
    return metrics
  }

  /// Reads the list `ranking`; without one the newest come first.
  init(_ parameters: inout Parameters, _ about: String) throws {
    if let funnel = try Funnel(readingFrom: &parameters, about) {
      self = funnel
    } else {
      var none = Parameters.empty
      self.init([try FunnelStage(Chronological.name, Chronological(&none), &none)])
    }
  }

  /// Reads the list `ranking`; nil without one, and where it is empty.
  init?(readingFrom parameters: inout Parameters, _ about: String) throws {
    let stages = try parameters.read(
      "ranking", .list(of: Catalog.ranking.form(FunnelStage.init)), about)
    guard let stages, !stages.isEmpty else { return nil }
    self.init(stages)
  }
}

/// A ranking stage at its place: what it keeps, and what its visit takes.
///
/// S0.7's figures: a light ranker takes 10 µs a candidate, 10 ms for 1,000, and a deep one 500 µs,
/// 100 ms for 200, both 100 and 10 times faster than the seed's own figures one by one say.
public struct FunnelStage: Sendable {
  public let name: String
  public let stage: any RankingStage
  /// The best that go on; nil for all that it leaves.
  public var keep: Int?
  /// Time that its visit holds a server, whatever its work; nil for the tier's.
  public var visit: Distribution?
  /// Added for each candidate that it looks at; nil for the tier's `perUnit`.
  public var perCandidate: Duration?
  /// Added for each million of the floating-point operations that it does.
  public var perMegaflop: Duration?
  /// What is fetched before its visit; nil for nothing.
  public var features: FeatureSettings?

  /// Reads what any stage may say, around what its own reader has read.
  init(_ name: String, _ stage: any RankingStage, _ parameters: inout Parameters) throws {
    self.name = name
    self.stage = stage
    keep = try parameters.read(
      "keep", .count(in: 1...100_000), "The best that go on to the next stage; if not given, all.")
    visit = try parameters.read(
      "visit", .distribution,
      "A visit of its own to the ranking tier, and how long it holds a server whatever its work; "
        + "if not given, it shares the visit of the stage before it.")
    perCandidate = try parameters.read(
      "perCandidate", .duration(),
      "Added to that for each candidate; tiers.ranking's perUnit if not given.")
    perMegaflop = try parameters.read(
      "perMegaflop", .duration(), "Added for each million floating-point operations of its work.")
    features = try parameters.section(
      "features", "What it fetches from the feature store first, for each candidate."
    ) { try FeatureSettings(&$0, stage.work) }
  }

  /// Whether its visit is its own.
  var hasTime: Bool {
    visit != nil || perCandidate != nil || perMegaflop != nil || features != nil
  }

  fileprivate var saysMore: Bool { hasTime || keep != nil }
}

/// How a stage fetches what it wants to know of its candidates.
public struct FeatureSettings: Sendable {
  public enum Calls: String, CaseIterable, Sendable {
    /// One call for a batch of candidates, all batches side by side (S1.23).
    case batched
    /// A call a candidate, each when the one before it has been answered (S0.19).
    case oneByOne
  }

  /// A time of the window in which the feature store is asked otherwise, by a faulty release.
  public struct Failing: Sendable {
    public var at: Duration
    public var length: Duration
    public var calls = Calls.oneByOne
    /// How long a call holds a server meanwhile; nil for as long as ever.
    public var latency: Duration?

    init(_ parameters: inout Parameters) throws {
      at = try parameters.require("at", .duration(), "When it begins, in the window.")
      length = try parameters.require(
        "for", .duration(in: Duration(nanoseconds: 1)...(.seconds(31_536_000))),
        "How long it lasts, until it is rolled back.")
      calls = try parameters.read(
        "calls", FeatureSettings.form, default: calls, "How it is asked meanwhile.")
      latency = try parameters.read(
        "latency", .duration(), "What a call takes meanwhile; if not given, what it always does.")
    }
  }

  public var calls = Calls.batched
  /// Candidates that one call is for, where they are batched.
  public var batch = 200
  /// Features of a candidate.
  public var perCandidate: Int
  public var failing: Failing?

  fileprivate static var form: Form<Calls> { .choice(Calls.allCases.map { ($0.rawValue, $0) }) }

  init(_ parameters: inout Parameters, _ work: StageWork) throws {
    calls = try parameters.read(
      "calls", FeatureSettings.form, default: calls,
      "Batches of candidates side by side, or a call a candidate, one after the other.")
    batch = try parameters.read(
      "batch", .count(in: 1...100_000), default: batch, "Candidates that one call is for.")
    perCandidate = try parameters.read(
      "perCandidate", .count(in: 1...100_000), default: max(1, work.features),
      "Features of a candidate, each a unit of tiers.featureStore.")
    failing = try parameters.section(
      "failing", "A time of the window in which the feature store is asked otherwise.",
      Failing.init)
  }
}
