import Settings
import Simulation

/// What stands between a tier's callers and its servers.
public struct GuardSettings: Sendable {
  /// Which server a visit goes to.
  public var balancing: any Balancing = SharedLine()
  /// What a caller waits for an answer at most; nil for as long as it takes.
  public var timeout: Duration?
  public var hedge: HedgeSettings?
  public var breaker: CircuitBreaker.Settings?
  public var bulkhead: Bulkhead?
  public var admission: (any CallAdmission)?
  public var shedding: Shedding?
  public var ejection: EjectionSettings?

  /// Of a tier that is guarded for what breaks it or turns its knobs: one line, and no protection.
  public init() {}

  /// Nil where the tier says nothing of it.
  init?(_ tier: TierName, _ parameters: inout Parameters) throws {
    if tier.isSharded {
      for key in Self.keys {
        try parameters.refuse(
          key, "\(tier.key) is asked shard by shard, whose servers are not one pool")
      }
      return nil
    }
    let balancing = try parameters.read(
      "balancing", Catalog.balancing.form,
      "Which server a visit goes to; if not given, one line stands before all of them.")
    timeout = try parameters.read(
      "timeout", .duration(in: .microseconds(1)...Duration.seconds(86_400)),
      "What a caller waits for at most: if it still waits for a server it leaves the line, else "
        + "the server goes on for nobody; twice as long each time for what is made again. If not "
        + "given, callers wait for as long as it takes.")
    hedge = try parameters.section(
      "hedge", "A second server is asked where the first takes long.", HedgeSettings.init)
    breaker = try parameters.section(
      "breaker", "Calls are turned away at their caller while too many fail.",
      CircuitBreaker.Settings.init)
    bulkhead = try parameters.section(
      "bulkhead", "Shares of the calls under way at once, by who makes them.", Bulkhead.init)
    admission = try parameters.section(
      "admission", "The tier decides by its queue whom it lets in."
    ) { section in
      let control = try Catalog.callAdmission.make(
        namedBy: "algorithm", default: CoDel.name, about: "What it goes by.", &section)
      guard let control else { throw section.missing("algorithm") }
      return control
    }
    shedding = try parameters.section(
      "shedding", "A tier with too much to do turns calls away, the least urgent first.",
      Shedding.init)
    ejection = try parameters.section(
      "ejection", "Servers that are worse than the others are taken out of rotation.",
      EjectionSettings.init)
    self.balancing = balancing ?? SharedLine()
    if parameters.isDescribing { return nil }
    let isSaid =
      balancing != nil || timeout != nil || hedge != nil || breaker != nil || bulkhead != nil
      || admission != nil || shedding != nil || ejection != nil
    if !isSaid { return nil }
  }

  private static let keys = [
    "balancing", "timeout", "hedge", "breaker", "bulkhead", "admission", "shedding", "ejection",
  ]
}

extension Design {
  /// Whether something breaks a tier's servers or the way to them, or turns their number.
  func isDisturbed(_ tier: TierName) -> Bool {
    faults.guardedTiers.contains(tier) || control.guardedTiers.contains(tier)
  }

  /// Why calls of a guarded tier may fail.
  public func possibleFailures(of tier: TierName) -> [FailureCause] {
    let settings = settings(of: tier)
    let guards = settings.guards
    var causes: [FailureCause] = []
    if settings.room < .max { causes.append(.noRoom) }
    if guards?.timeout != nil { causes.append(.timedOut) }
    if guards?.bulkhead != nil || guards?.shedding != nil || guards?.admission != nil {
      causes.append(.shed)
    }
    if guards?.breaker != nil { causes.append(.breakerOpen) }
    if isDisturbed(tier) { causes += [.serverLost, .serverError, .networkLost] }
    return causes
  }
}
