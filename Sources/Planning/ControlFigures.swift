import FeedSystem
import Settings
import Simulation

/// Servers and machines of a tier whose servers come and go, on average; machines are whole at any
/// moment.
public struct ScaledUse: Sendable, Equatable {
  public var servers: Double
  public var machines: Double

  /// Of replications; there is one at least.
  static func mean(of each: [ScaledUse]) -> ScaledUse {
    let count = Double(max(each.count, 1))
    return ScaledUse(
      servers: each.reduce(0) { $0 + $1.servers } / count,
      machines: each.reduce(0) { $0 + $1.machines } / count)
  }
}

/// What a replication says of control, where the scenario has it.
extension Replication {
  /// To be told last: what other figures say of a scaled tier's servers is corrected.
  mutating func addControl(
    _ controls: borrowing Controls, _ design: Design, opens: Instant, seconds: Double
  ) {
    let scaled = controls.scaled
    for tier in scaled { add(tier, seconds: seconds) }
    if !scaled.isEmpty {
      let turns = scaled.reduce(0) { $0 + $1.directionChanges }
      add("control.changes", .changes, Double(scaled.reduce(0) { $0 + $1.changes }))
      add("control.direction_changes", .changes, Double(turns))
    }
    if design.control.emergency != nil {
      add("control.emergencies", .changes, Double(controls.emergencies))
    }
    if let brownOut = controls.brownOut {
      let spent = brownOut.spent(until: opens + Duration(seconds: seconds))
      add("degraded.time", .ratio, spent.seconds / seconds)
      add("degraded.entries", .changes, Double(brownOut.entries))
    }
    for (endpoint, share) in controls.refusedShares {
      add("degraded.turned_away.\(endpoint.key)", .ratio, share)
    }
    if design.degraded?.trending != nil {
      let loads = Double(max(controls.injectedLoads, 1))
      add("degraded.injected", .posts, Double(controls.injected) / loads)
    }
    for (index, rollOut) in controls.rollOuts.enumerated() {
      add(rollOut, controls.releaseCalls[index])
    }
  }

  private mutating func add(_ tier: ScaledTier, seconds: Double) {
    guard let mean = tier.mean(seconds: seconds), mean > 0 else { return }
    let name = "tier.\(tier.tier.metric)"
    add("control.servers.\(tier.tier.metric)", .servers, mean)
    add("control.servers_peak.\(tier.tier.metric)", .servers, Double(tier.peak))
    add("control.turns.\(tier.tier.metric)", .changes, Double(tier.directionChanges))
    timeLines.addServers(tier, paid: Double(fleet[tier.tier]))
    // One that sizes itself and is never visited is not bought.
    guard fleet[tier.tier] > 0 else { return }
    usage.scaled[tier.tier.rawValue] = ScaledUse(
      servers: mean, machines: tier.meanMachines(seconds: seconds))
    let last = Double(tier.lastRead)
    for index in samples.indices {
      switch samples[index].name {
      case "\(name).servers": samples[index].value = mean
      case "\(name).utilisation": samples[index].value *= last / mean
      case "\(name).headroom":
        samples[index].value = 1 - (1 - samples[index].value) * last / Double(tier.peak)
      default: break
      }
    }
  }

  private mutating func add(_ rollOut: RollOut, _ calls: (all: Int, new: Int)) {
    let name = "roll_out.\(rollOut.settings.tier.metric)"
    add("\(name).reached", .ratio, rollOut.widest)
    add("\(name).exposed", .ratio, Double(calls.new) / Double(max(calls.all, 1)))
    add("\(name).rolled_back", .ratio, rollOut.state == .isBack ? 1 : 0)
    if rollOut.state == .isBack {
      add("\(name).time_to_roll_back", .seconds, (rollOut.endedBack - rollOut.began).seconds)
    }
  }
}

extension TimeLines {
  /// The servers of a scaled tier, the mean of each interval, and how busy these were.
  ///
  /// - Parameter paid: what the utilisation was taken of so far.
  fileprivate mutating func addServers(_ tier: ScaledTier, paid: Double) {
    let name = "tier.\(tier.tier.metric)"
    guard let whole = lines.first?.values.count else { return }
    let total = tier.seconds
    let means = (0..<whole).map { index in
      let length = min(interval.seconds, total - interval.seconds * Double(index))
      return tier.mean(from: index, to: index + 1, seconds: length)
    }
    for index in lines.indices where lines[index].name == "\(name).utilisation" {
      lines[index].values = zip(lines[index].values, means).map { value, mean in
        guard let value, let mean, mean > 0 else { return value }
        return value * paid / mean
      }
    }
    lines.append(Line(name: "\(name).servers", unit: .servers, values: means))
    lines.sort { $0.name < $1.name }
  }
}

extension MetricNames {
  /// The short name of those that each tier has; nil for any other.
  static func controlFamily(_ parts: [String]) -> String? {
    guard parts.count == 3 else { return nil }
    switch parts[0] {
    case "control": return "control.\(parts[1]).<tier>"
    case "roll_out": return "roll_out.<tier>.\(parts[2])"
    default: return nil
    }
  }

  static let controlScalars: [(name: String, unit: Unit, direction: Direction)] =
    [
      ("control.changes", .changes, .none), ("control.direction_changes", .changes, .lower),
      ("control.emergencies", .changes, .none), ("degraded.time", .ratio, .lower),
      ("degraded.entries", .changes, .none), ("degraded.injected", .posts, .none),
    ]
    + EmergencyLimits.endpoints.map { ("degraded.turned_away.\($0.key)", .ratio, .lower) }
    + TierName.scalable.flatMap { tier in
      [
        ("control.servers.\(tier.metric)", .servers, .none),
        ("control.servers_peak.\(tier.metric)", .servers, .none),
        ("control.turns.\(tier.metric)", .changes, .lower),
      ] as [(String, Unit, Direction)]
    }
    + TierName.scalable.flatMap { tier in
      [
        ("roll_out.\(tier.metric).reached", .ratio, .none),
        ("roll_out.\(tier.metric).exposed", .ratio, .lower),
        ("roll_out.\(tier.metric).rolled_back", .ratio, .none),
        ("roll_out.\(tier.metric).time_to_roll_back", .seconds, .lower),
      ] as [(String, Unit, Direction)]
    }
}

extension Scenario {
  /// Refuses roll-outs that begin when the run is over.
  func validateControl(_ parameters: Parameters) throws {
    let rollOuts = designs.flatMap(\.design.control.rollOuts)
    if rollOuts.contains(where: { $0.at >= duration }) {
      throw parameters.error("has one after the end of the run", key: "rollOuts")
    }
  }

  /// Roll-outs that every design has.
  var rollOutMarks: [Mark] {
    guard let first = designs.first?.design.control.rollOuts else { return [] }
    return first.filter { rollOut in
      designs.allSatisfy { $0.design.control.rollOuts.contains { $0.at == rollOut.at } }
    }.map { Mark(at: $0.at, text: "release to \($0.tier.key)") }
  }
}
