import Settings
import Simulation

/// What a scenario has turn knobs while it runs: its `emergency` and its `rollOuts`; what single
/// tiers and degraded mode say of themselves stands with them.
public struct ControlSettings: Sendable {
  /// Nil where no emergency is declared.
  public var emergency: EmergencySettings?
  public var rollOuts: [RollOutSettings] = []

  init() {}

  init(_ parameters: inout Parameters) throws {
    emergency = try parameters.section(
      "emergency", "Tiers that get several times their servers when any limit is reached.",
      EmergencySettings.init)
    rollOuts = try parameters.read(
      "rollOuts", .list(of: .keys(RollOutSettings.init)), default: [],
      "New releases that come to a tier's servers stage by stage.")
    for (index, rollOut) in rollOuts.enumerated()
    where rollOuts[..<index].contains(where: { $0.tier == rollOut.tier }) {
      throw parameters.error(
        "has two for \(rollOut.tier.key): a tier gets one release at a time", key: "rollOuts")
    }
  }

  /// A release is on some servers and not on others, so each must be known.
  public var guardedTiers: [TierName] { rollOuts.map(\.tier) }
}

extension Design {
  /// Refuses control of tiers that the design does not have.
  func checkControl(_ parameters: Parameters) throws {
    for growth in control.emergency?.scale ?? [] where !has(growth.tier) {
      throw parameters.error("scale has \(growth.tier.key), which is not there", key: "emergency")
    }
    for rollOut in control.rollOuts where !has(rollOut.tier) {
      throw parameters.error("has \(rollOut.tier.key), which is not there", key: "rollOuts")
    }
    for tier in degraded?.when?.tiers ?? [] where !has(tier) {
      throw parameters.error("when.tiers has \(tier.key), which is not there", key: "degraded")
    }
  }

  /// The tiers whose servers come and go.
  public var scaledTiers: [TierName] {
    TierName.scalable.filter { tier in
      has(tier)
        && (settings(of: tier).scaling != nil
          || control.emergency?.scale.contains { $0.tier == tier } == true)
    }
  }
}
