import FeedSystem
import Simulation

/// By how much the cost of a fleet answers to each input.
///
/// Servers are taken as divisible and as busy as the fleet that was found has them, so that a
/// tier's cost goes with the load it is offered, and every other line with its quantity; both are
/// measured again with a tenth less and a tenth more of the input, under the same random numbers.
/// A tier's load is its visits times their length, so the length of a visit answers by its share
/// of the time that visits take. A price answers by its share of the bill, exactly.
struct PlanSensitivity {
  let bench: TrialBench
  let choice: Int
  let design: Design
  let name: String
  let space: FleetSpace
  let measured: DesignResult

  private static let step = 0.1

  /// By size within demand, visit times and prices.
  func elasticities() throws -> [Elasticity] {
    let month = Cost.month(measured.costs)
    guard month > 0 else { return [] }
    func sorted(_ list: [Elasticity]) -> [Elasticity] {
      list.enumerated().sorted {
        (abs($1.element.value), $0.offset) < (abs($0.element.value), $1.offset)
      }.map(\.element)
    }
    return sorted(try demand(month)) + sorted(visits(month)) + sorted(prices(month))
  }

  private func prices(_ month: Double) -> [Elasticity] {
    measured.costs.compactMap { line in
      line.monthly.map {
        Elasticity(kind: .price, input: "price of \(line.name)", value: $0 / month)
      }
    }
  }

  private func visits(_ month: Double) -> [Elasticity] {
    space.tiers.flatMap { tier -> [Elasticity] in
      let settings = design.settings(of: tier.tier)
      let share = cost(of: tier.tier) / month
      guard share > 0, tier.demand.serviceTime > 0 else { return [] }
      let visit = min(1, settings.visit.mean / tier.demand.serviceTime)
      return [
        Elasticity(kind: .visit, input: "tiers.\(tier.tier.key).visit", value: share * visit),
        Elasticity(
          kind: .visit, input: "work of \(tier.tier.key) beside it", value: share * (1 - visit)),
      ].filter { $0.value > 1e-6 }
    }
  }

  private func cost(of tier: TierName) -> Double {
    measured.costs.first { $0.name == "compute.\(tier.metric)" }?.monthly ?? 0
  }

  private func demand(_ month: Double) throws -> [Elasticity] {
    let audience = try bench.bases[choice].scenario().audience
    var inputs: [(path: String, value: Double)] = []
    if audience.graph.file == nil { inputs.append(("audience.users", Double(audience.users))) }
    inputs.append(("audience.activity.postsPerDay", audience.activity.postsPerDay))
    inputs.append(("audience.activity.loadsPerDay", audience.activity.loadsPerDay))
    if let follows = audience.graph.meanFollows {
      inputs.append(("audience.graph.meanFollows", follows))
    }
    let active = audience.activity.activeShare
    if active * (1 + Self.step) <= 1 { inputs.append(("audience.activity.activeShare", active)) }
    let place = { try bench.bases[choice].place($0, name) }
    inputs.append((try place("post.bytes"), Double(design.posts.bytes)))
    inputs.append((try place("post.mediaBytes"), Double(design.posts.mediaBytes)))
    return try inputs.filter { $0.value > 0 }.map { input in
      let low = try measure(input, 1 - Self.step)
      let high = try measure(input, 1 + Self.step)
      let change = ln(high.value / low.value)
      var sum = 0.0
      for line in measured.costs {
        guard let monthly = line.monthly, monthly > 0 else { continue }
        let (before, after) = (low.quantities(line), high.quantities(line))
        if let before, let after, before > 0, after > 0 {
          sum += monthly / month * ln(after / before) / change
        }
      }
      return Elasticity(kind: .demand, input: input.path, value: sum)
    }
  }

  private struct Measured {
    var value: Double
    var loads: [TierDemand]
    var lines: [CostLine]

    /// Of a tier that the plan sizes its load, of any other line its quantity.
    func quantities(_ line: CostLine) -> Double? {
      loads.first { "compute.\($0.tier.metric)" == line.name }?.offeredLoad
        ?? lines.first { $0.name == line.name }?.quantity
    }
  }

  /// With servers to spare, so that nothing is held up.
  private func measure(_ input: (path: String, value: Double), _ factor: Double) throws -> Measured
  {
    var value = input.value * factor
    let isBytes = input.path.lowercased().hasSuffix("bytes")
    if input.path == "audience.users" || isBytes { value = value.rounded() }
    let text = (value == value.rounded() ? "\(Int(value))" : "\(value)") + (isBytes ? "B" : "")
    let base = try bench.bases[choice].with(["\(input.path)=\(text)"])
    let candidate = TrialBench.Candidate(
      choice: bench.add(base), design: name, fleet: space.ample(times: 2))
    let result = try bench.measure(candidate)
    let decided = space.tiers.map(\.tier)
    return Measured(
      value: value,
      loads: TierDemand.measured(in: result, design: design).filter {
        decided.contains($0.tier)
      }, lines: result.costs)
  }
}
