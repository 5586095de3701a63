import FeedSystem
import Simulation

/// What a reader must know to read the figures: assumptions and warnings.
extension Experiment {
  /// Of the population, which all designs share.
  func notes(on graph: FollowerGraph) -> [String] {
    var notes = graph.warnings
    let whole =
      "Population: \(Self.count(graph.userCount)) users, \(Self.count(graph.edgeCount)) follows, "
      + "one graph for all replications; intervals are over traffic and services."
    notes += graph.cell.map { self.notes(on: $0) } ?? [whole]
    if scenario.traffic.movesGraph {
      notes.append(
        "Graph in motion: each replication changes the follows from there on. A delivery is due to "
          + "whoever followed the author when the post was stored; back-filled entries are neither "
          + "due nor deliveries.")
    }
    if !scenario.warmStart { notes.append("Started empty: no posts before the run.") }
    return notes
  }

  /// Of the number of replications, where a precision decided it.
  ///
  /// Only long replications have an interval to stop by: fewer observations than
  /// `Estimate.observationsBeyond`, or fewer beyond a quantile, are a biased or a lopsided figure
  /// that more replications make narrow and not right.
  func stopping(
    _ count: Int, reached: Bool, _ designs: [[Replication]]
  ) -> [String] {
    let plan = scenario.replications
    guard let precision = plan.precision else { return [] }
    let targets = precision.targets.map(\.name).joined(separator: ", ")
    let least = NumberText.amount(Estimate.observationsBeyond)
    let short = precision.targets.compactMap { target in
      designs.compactMap { target.shortfall(in: $0) }.max().map { (target.name, $0) }
    }
    var notes: [String] = []
    if reached {
      notes.append(
        "Replications: \(count) (from \(plan.least), at most \(plan.most)) for \(precision.text) "
          + "of \(targets)"
          + (short.isEmpty
            ? "; each is as long as that needs (\(least) observations, for a quantile beyond it)."
            : "."))
    } else {
      notes.append(
        "WARNING: \(count) replications, the most allowed, do not give \(precision.text) of "
          + "\(targets).")
    }
    for (name, factor) in short {
      let seconds = NumberText.amount((scenario.duration.seconds * factor).rounded(.up))
      notes.append(
        "WARNING: the replications are too short for \(name), whatever their number: its interval "
          + "needs \(least) observations\(name.hasSuffix(".mean") ? "" : " beyond it") in each. "
          + "Give a duration of \(seconds) s at least.")
    }
    return notes
  }

  /// Of one design.
  func notes(
    on design: Design, _ audience: Audience, _ replications: [Replication]
  ) -> [String] {
    var notes =
      Replication.switchesPlans(replications) ? [] : thresholds(design, audience.graph)
    notes += network(design.network)
    notes += sizing(design, replications.first?.fleet)
    notes += rounding(replications) + rounding(design, audience.graph.cell)
    notes += settling(replications, audience.graph.cell) + waiting(replications)
    notes += Replication.undelivered(design, replications)
    notes += Replication.unstored(design, replications)
    notes += Replication.broken(design, replications)
    notes += deliveries(design, audience.graph, replications.map(\.audit))
    if replications.contains(where: { !$0.audit.exact }) {
      notes.append(
        "Lost and duplicate deliveries are lower bounds: some timelines had overwritten the "
          + "entries in question.")
    }
    return notes
  }

  /// Follower counts that no author of this population reaches.
  private func thresholds(_ design: Design, _ graph: FollowerGraph) -> [String] {
    guard let hybrid = design.fanOut as? Hybrid else { return [] }
    var notes: [String] = []
    let classes = FanOutClasses(hybrid, on: graph)
    let most = graph.userCount > 0 ? graph.audienceCount(of: 0) : 0
    let (push, pull) = (Self.count(hybrid.pushBelow), Self.count(hybrid.pullFrom))
    if classes.pulledBelow == 0 {
      notes.append(
        "WARNING: no author reaches pullFrom (\(pull) followers; the most followed has "
          + "\(Self.count(most))): nobody is pulled at this population.")
    }
    if classes.middleBelow == classes.pulledBelow, hybrid.pushBelow < hybrid.pullFrom {
      notes.append(
        "WARNING: no author lies between pushBelow (\(push)) and pullFrom (\(pull)): "
          + (hybrid.middle == .pushToActive
            ? "nobody is pushed to the active only." : "there is no middle tier."))
    }
    return notes
  }

  /// Why deliveries are lost, doubled or left out by the design itself.
  private func deliveries(
    _ design: Design, _ graph: FollowerGraph, _ audits: [DeliveryAudit]
  ) -> [String] {
    var notes: [String] = []
    if let hybrid = design.fanOut as? Hybrid {
      let (push, pull) = (Self.count(hybrid.pushBelow), Self.count(hybrid.pullFrom - 1))
      let authors = "authors with \(push) to \(pull) followers"
      if audits.contains(where: { $0.lostByPlan > 0 }) {
        let others = audits.contains { $0.lost > $0.lostByPlan }
        notes.append(
          "Lost: \(others ? "most" : "all") are posts of \(authors), which nobody is written and "
            + "nobody pulls.")
      }
      if audits.contains(where: { $0.duplicateByPlan > 0 }) {
        let others = audits.contains { $0.duplicate > $0.duplicateByPlan }
        notes.append(
          "Duplicate: \(others ? "most" : "all") are posts of \(authors), which are written to "
            + "active followers who pull them too.")
      }
    }
    if let lossy = design.fanOut as? Lossy {
      let viewers = (0..<UInt32(graph.userCount)).count {
        graph.followeeCount(of: $0) > lossy.limit
      }
      notes.append(
        "Dropped by design, not lost: \(Self.count(viewers)) viewers follow more than "
          + "\(Self.count(lossy.limit)) others and get each entry with odds of limit to follows.")
    }
    return notes
  }

  /// The part of every latency that no stage shows.
  private func network(_ settings: NetworkSettings) -> [String] {
    guard settings.client > .zero || settings.roundTrip > .zero else { return [] }
    func milliseconds(_ time: Duration) -> String { "\(NumberText.amount(time.seconds * 1e3)) ms" }
    return [
      "Network: \(milliseconds(settings.client)) between client and gateway in feed and publish "
        + "latency, \(milliseconds(settings.roundTrip)) between services in every visit."
    ]
  }

  /// How the tiers that size themselves came to their servers.
  private func sizing(_ design: Design, _ fleet: Fleet?) -> [String] {
    var targets: [Double] = []
    var least: [String] = []
    for tier in TierName.allCases where design.has(tier) {
      let settings = design.settings(of: tier)
      guard case .auto(let target) = settings.servers else { continue }
      if !targets.contains(target) { targets.append(target) }
      if fleet?[tier] == settings.stations { least.append(MetricNames.words(tier.metric)) }
    }
    guard let target = targets.first else { return [] }
    let goal =
      targets.count == 1
      ? "\(NumberText.amount((target * 1000).rounded() / 10)) % utilisation"
      : "their target utilisation"
    var notes = [
      "Sizing: tiers with servers: auto get \(goal) at the ordinary peak, spikes apart, and at "
        + "least one server, the post store one a shard."
    ]
    if let last = least.last {
      let others = least.dropLast().joined(separator: ", ")
      notes.append(
        "The fewest servers there can be are enough for the "
          + "\(others.isEmpty ? "" : "\(others) and ")\(last): what they cost says little about a "
          + "larger population.")
    }
    return notes
  }

  private static func count(_ number: Int) -> String {
    NumberText.fixed(Double(number), decimals: 0)
  }
}

extension ReplicationPlan.Target {
  /// How many times longer a design's replications would have to be for an interval of this; nil
  /// where they are long enough, and for a figure that a run has but one of.
  fileprivate func shortfall(in replications: [Replication]) -> Double? {
    let counts = replications.compactMap { replication in
      replication.samples.first { $0.name == metric }?.count
    }
    guard let shortest = counts.min() else { return nil }
    let quantile = Replication.probabilities.first { Metric.Quantile.name($0) == statistic }
    // A share such as 1 - 0.99 is not exact in binary.
    let beyond = Double(shortest) * (1 - (quantile ?? 0)) * (1 + 1e-9)
    guard beyond < Estimate.observationsBeyond else { return nil }
    return Estimate.observationsBeyond / max(beyond, 0.01)
  }
}
