import Settings
import Simulation

/// A tier's `scaling`: servers that come and go by the tier's readings, step by step.
///
/// The limits are S0.21's where it has them: every 30 s, 80 % of CPU, a p99 of 1 s, 5 % of errors,
/// a queue of 10,000. No seed says how fast servers start or how far a step goes.
public struct ScalingSettings: Sendable, Equatable {
  public var every = Duration.seconds(30)
  public var law = ScalingLaw()
  /// From an order until its servers serve.
  public var startUp = Duration.seconds(120)

  init(_ parameters: inout Parameters) throws {
    every = try parameters.read(
      "every", Self.period, default: every, "How often the readings are looked at.")
    law.up =
      try parameters.section(
        "up",
        "Limits of which each is reason for more servers; p99 and errors, which are those of "
          + "all feeds, only where the tier is busier than down says."
      ) { try AlarmSettings(&$0, standard: .seed) } ?? law.up
    try law.readScaleIn(&parameters, key: "down")
    startUp = try parameters.read(
      "startUp", Self.delay, default: startUp, "From an order of servers until they serve.")
    law.least = try parameters.read(
      "least", .count(in: 1...1_000_000), default: law.least, "Servers that always stay.")
    law.most = try parameters.read(
      "most", .count(in: 1...1_000_000), default: law.most, "Servers at the most.")
    if law.least > law.most {
      throw parameters.error("is above most (\(law.most))", key: "least")
    }
    if let up = law.up.cpu, law.down >= up {
      throw parameters.error("cpu is not below up.cpu: servers would come and go", key: "down")
    }
  }

  static var period: Form<Duration> { .duration(in: .seconds(1)...(.seconds(86_400))) }
  static var delay: Form<Duration> { .duration(in: .zero...(.seconds(86_400))) }
}

/// Decides how many servers a tier gets or loses: readings in, decision out.
///
/// What keeps it from swinging: servers that are starting count as if they shared the load already;
/// none goes within `coolDown` of a change; and as many stay as keep what is left of them below the
/// middle between the two limits.
public struct ScalingLaw: Sendable, Equatable {
  public enum Decision: Sendable, Equatable {
    case stays
    /// So many more servers.
    case grows(by: Int)
    /// So many fewer.
    case shrinks(by: Int)
  }

  public var up = AlarmSettings.seed
  /// Below this utilisation servers go.
  public var down = 0.4
  /// Of the servers that there are.
  public var step = 0.2
  public var coolDown = Duration.seconds(300)
  public var least = 1
  public var most = 1_000_000

  public init() {}

  /// Reads `{<key>: {cpu}, step, coolDown}`.
  mutating func readScaleIn(_ parameters: inout Parameters, key: String) throws {
    let standard = down
    down =
      try parameters.section(key, "When servers go.") {
        try $0.read(
          "cpu", .share(in: 0...0.99), default: standard, "The tier's utilisation is below this.")
      } ?? down
    step = try parameters.read(
      "step", .share(in: 0.001...1), default: step,
      "Servers that come or go at once, of those there are; one at least.")
    coolDown = try parameters.read(
      "coolDown", ScalingSettings.delay, default: coolDown,
      "After a change no server goes for so long.")
  }

  /// - Parameters:
  ///   - readings: of the tier alone.
  ///   - starting: servers ordered that do not serve yet.
  ///   - sinceChange: since the last order or removal; nil where there was none.
  public func decide(
    _ readings: Readings, servers: Int, starting: Int, sinceChange: Duration?
  ) -> Decision {
    guard let utilisation = readings.utilisation else { return .stays }
    let total = servers + starting
    let shared = utilisation * Double(servers) / Double(total)
    // What says nothing of how much is lacking is asked again when help has come.
    let isAsked =
      up.cpu.map { shared >= $0 } ?? false
      || starting == 0 && up.queue.map { readings.waiting >= $0 } ?? false
      || starting == 0 && utilisation > down && up.isRaisedByFeeds(readings)
    if isAsked {
      let count = min(steps(of: total), most - total)
      return count > 0 ? .grows(by: count) : .stays
    }
    guard utilisation < down, starting == 0, sinceChange.map({ $0 >= coolDown }) ?? true,
      !up.isRaisedByTier(readings)
    else { return .stays }
    let middle = (down + (up.cpu ?? 1)) / 2
    let needed = Int((utilisation * Double(servers) / middle).rounded(.up))
    let count = min(steps(of: servers), servers - max(least, needed))
    return count > 0 ? .shrinks(by: count) : .stays
  }

  private func steps(of servers: Int) -> Int {
    max(1, Int((Double(servers) * step).rounded(.up)))
  }
}
