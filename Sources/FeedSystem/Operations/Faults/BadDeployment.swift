import Settings
import Simulation

/// A bad release that goes from stage to stage, and makes the servers that have it slow, or err
/// (S0.19: 1 %, 10 %, 50 % and all of them). Nobody takes it back before its end.
public struct BadDeployment: Fault {
  public static let name = "bad-deployment"
  public static let summary = "a release makes ever more servers of a tier slow, or err"

  let tier: TierName
  let stages: [Double]
  let every: Duration
  let factor: Double
  let errors: Double

  public init(_ parameters: inout Parameters) throws {
    tier = try parameters.tier()
    stages = try parameters.read(
      "stages", .oneOrMore(.share()), default: [0.01, 0.1, 0.5, 1],
      "Of the tier's servers, that have the release in each stage, rising.")
    every = try parameters.read(
      "stageFor", .duration(in: .milliseconds(1)...(.seconds(366 * 86_400))),
      default: .seconds(300), "From one stage to the next.")
    factor = try parameters.read(
      "factor", .number(in: 1...100_000), default: 3, "On the service times of the release.")
    errors = try parameters.read(
      "errors", .share(), default: 0, "Of the release's calls, that are answered with an error.")
    if stages.isEmpty || zip(stages, stages.dropFirst()).contains(where: { $0 >= $1 })
      || stages.first == 0
    {
      throw parameters.error("must be rising shares above 0%", key: "stages")
    }
    if factor == 1, errors == 0, !parameters.isDescribing {
      throw parameters.error("harms nothing: give factor above 1, or errors")
    }
  }

  public var guardedTiers: [TierName] { [tier] }

  public func check(_ design: Design, _ source: Parameters) throws {
    if tier.isSharded {
      throw source.error("is \(tier.key), which is shards, not a pool", key: "tier")
    }
    try design.check(tier, source)
  }

  /// The first stage begins at once.
  public func begin(_ id: UInt32, _ system: FeedSystem) { advance(id, system) }

  /// The servers from the last stage's share up to this one's get the release.
  public func advance(_ id: UInt32, _ system: FeedSystem) {
    let stage = system.faults[id].stage
    if system.faults[id].hasEnded || stage >= stages.count { return }
    let all = min(system.snapshot(tier).servers, 1_000_000)
    let first = system.faults[id].place
    let share = Int((stages[stage] * Double(all)).rounded(.up))
    // Once all have it, whoever starts later has it too.
    let last = stages[stage] >= 1 ? Int.max : max(first, min(all, share))
    if last > first {
      var effect = ServerEffect(tier: tier, servers: first..<last)
      effect.slowness = factor
      effect.errors = errors
      system.begin(effect, for: id)
    }
    system.faults[id].place = last
    system.faults[id].stage += 1
    if stage + 1 < stages.count {
      system.calendar.schedule(.fault(id, .advances), at: system.now + every)
    }
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.endEffects(id) }
}
