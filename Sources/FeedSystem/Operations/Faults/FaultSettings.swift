import Settings
import Simulation

/// A scenario's `faults`: what breaks, when, and for how long.
public struct FaultSettings: Sendable {
  public private(set) var planned: [PlannedFault] = []

  init() {}

  init(_ parameters: inout Parameters) throws {
    planned = try parameters.read(
      "faults", .list(of: Catalog.faults.form(PlannedFault.init)), default: [],
      "What breaks; times count from the measurement window's start.")
  }

  public var isEmpty: Bool { planned.isEmpty }

  /// Tiers whose servers must be told apart.
  public var guardedTiers: [TierName] {
    let asked = planned.flatMap(\.fault.guardedTiers)
    return TierName.allCases.filter { asked.contains($0) }
  }

  /// When scripted faults begin, from the window's start, rising.
  public var begins: [Duration] { planned.flatMap(\.at).sorted() }

  /// The latest of them.
  public var latest: Duration? { planned.flatMap(\.at).max() }

  /// Whether any is of a kind.
  public func has<Kind: Fault>(_ kind: Kind.Type) -> Bool { planned.contains { $0.fault is Kind } }

  /// The names of the kinds that there are, each once, in the order of the catalog.
  public var kinds: [String] {
    Catalog.faults.names.filter { name in planned.contains { $0.kind == name } }
  }

  /// Throws where the design has not what is to break.
  func check(_ design: Design) throws {
    for planned in planned { try planned.fault.check(design, planned.source) }
  }
}

/// A kind of fault, and when it strikes.
public struct PlannedFault: Sendable {
  public let kind: String
  public let fault: any Fault
  /// From the window's start; none where it strikes at random.
  public let at: [Duration]
  /// From one beginning to the next, the first one's from the window's start.
  let every: Distribution?
  /// Nil for as long as its kind usually lasts.
  let length: Distribution?
  let source: Parameters

  private static var withinRun: Form<Duration> { .duration(in: .zero...(.seconds(366 * 86_400))) }

  init(_ kind: String, _ fault: any Fault, _ parameters: inout Parameters) throws {
    self.kind = kind
    self.fault = fault
    at =
      try parameters.read(
        "at", .oneOrMore(Self.withinRun), neededWithout: "every",
        "When it begins, from the window's start; more than once if it is a list.") ?? []
    every = try parameters.read(
      "every", .distribution,
      "In place of at: from one beginning to the next, such as exponential(mean 1h).")
    if type(of: fault).lasts {
      let constant = Self.withinRun.map(
        spell: { Setting.spellTime(Int64($0.mean * 1e9)) },
        { Distribution.constant($0.seconds) })
      let usual = type(of: fault).usualLength.map { Setting.spellTime($0.nanoseconds) }
      length = try parameters.read(
        "for", constant.or(.distribution, where: { $0.contains("(") }),
        "How long it lasts, a time or its distribution; \(usual ?? "until the window closes") "
          + "if not given.")
    } else {
      length = nil
    }
    source = parameters
    if parameters.isDescribing { return }
    if at.isEmpty == (every == nil) {
      throw parameters.error("needs either at or every", key: every == nil ? "at" : "every")
    }
    if let every, every.mean < 1 {
      throw parameters.error("must be 1s or more on average", key: "every")
    }
  }
}
