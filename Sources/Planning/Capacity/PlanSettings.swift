import Settings

/// What a plan has to hold beyond the scenario's thresholds: the scenario's `plan`.
public struct PlanSettings: Sendable, Equatable {
  /// What may fail at the peak without a threshold failing.
  public enum Survival: String, CaseIterable, Sendable {
    /// One server of any tier.
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

  /// Reads `{headroom, confidence, survives, growth, months, vary}`.
  public init(_ parameters: inout Parameters) throws {
    headroom = try parameters.read(
      "headroom", .share(), default: headroom, "Of the capacity, left free by the peak.")
    confidence = try parameters.read(
      "confidence", .share(), default: confidence, "Of seeds that keep every objective.")
    survives = try parameters.read(
      "survives", .list(of: .choice(Survival.allCases.map { ($0.rawValue, $0) })), default: [],
      "What may fail at the peak: server, region.")
    growth = try parameters.read("growth", .share(), default: growth, "Of the load, a month.")
    months = try parameters.read(
      "months", .count(in: 1...600), default: months, "How far ahead growth is looked at.")
    if headroom >= 1 { throw parameters.error("must be below 100%", key: "headroom") }
    if confidence >= 1 || confidence < 0.5 {
      throw parameters.error("must be from 50% to below 100%", key: "confidence")
    }
  }
}
