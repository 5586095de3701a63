/// What the replications of a queue drew, beside its known mean: control variates of mean times and
/// numbers.
enum QueueControls {
  /// Whether arrivals and services decide a quantity in part. Rates and shares they decide nearly
  /// wholly: what would be left of the error is less than what the window's ends do to them.
  static func decide(_ name: String) -> Bool {
    ["sojourn_time", "waiting_time", "number_in_system", "number_waiting"].contains(name)
  }

  /// How far the mean gap and the mean service of each replication lie from those of their laws;
  /// empty where samples do not tell them, or an interval for mean times is not valid at all.
  static func of(
    _ runs: [QueueReplication], _ design: QueueDesign, _ plan: QueuePlan
  ) -> [[Double]] {
    let laws =
      [design.gap, design.service] + design.stages
      + [design.setup, design.vacation].compactMap(\.self)
    guard design.servesEachOnce, design.batch == .fixed(1), design.recorded.isEmpty,
      laws.allSatisfy(\.hasThirdMoment), let servers = design.servers
    else { return [] }
    let rates = runs.compactMap { $0.samples["throughput"]?.mean }
    let shares = runs.compactMap { $0.samples["utilisation"]?.mean }
    guard rates.count == runs.count, shares.count == runs.count else { return [] }
    var controls: [[Double]] = []
    if design.gap.cv > 0 { controls.append(rates.map { 1 / $0 - design.gap.mean }) }
    if design.service.cv > 0 {
      controls.append(
        zip(shares, rates).map { $0 * Double(servers) / $1 - design.service.mean })
    }
    return controls
  }
}
