import FeedSystem
import Planning
import Simulation

/// The first screen of a report: the verdict on each rule, the bill, what was waited for.
extension Result {
  /// A rule, or a figure that every reader asks for, with what each design has for it.
  struct AnswerRow {
    struct Cell {
      var text: String
      /// Nil where there is no rule.
      var passed: Bool?
    }

    var label: String
    /// One for each design.
    var cells: [Cell]
  }

  /// Every rule beside what was observed; the bill follows where no rule asks for it.
  var answer: [AnswerRow] {
    var rows = rules.map { rule in
      AnswerRow(
        label: rule,
        cells: designs.map { design in
          guard let verdict = design.verdicts.first(where: { $0.rule == rule }) else {
            return .init(text: "–")
          }
          return .init(text: verdict.observedText, passed: verdict.passed)
        })
    }
    let isBilled = designs.contains { !$0.costs.isEmpty }
    if isBilled, !designs.flatMap(\.verdicts).contains(where: { $0.metric == "cost.month" }) {
      rows.append(
        AnswerRow(
          label: "cost.month",
          cells: designs.map { design in
            .init(
              text: design.costs.isEmpty
                ? "–" : design.currency.text(Cost.month(design.costs)))
          }))
    }
    return rows
  }

  /// The rules in the order in which they are first given; every design is held to them.
  private var rules: [String] {
    var rules: [String] = []
    for verdict in designs.flatMap(\.verdicts) where !rules.contains(verdict.rule) {
      rules.append(verdict.rule)
    }
    return rules
  }

  /// `PASS`, `FAIL` and what it means in a sentence; nil without rules.
  var headline: (passed: Bool, text: String)? {
    let count = rules.count
    guard count > 0 else { return nil }
    let text = designs.count > 1 ? comparison(count) : summary(count)
    return (passed, text)
  }

  /// `1 of 3 thresholds does not hold`
  private func summary(_ count: Int) -> String {
    let failed = designs.reduce(0) { $0 + $1.failures }
    if failed == 0 {
      return switch count {
      case 1: "the threshold holds"
      case 2: "both thresholds hold"
      default: "all \(count) thresholds hold"
      }
    }
    if count == 1 { return "the threshold does not hold" }
    return "\(failed) of \(count) thresholds \(failed == 1 ? "does" : "do") not hold"
  }

  /// `push and hybrid hold all 3 thresholds; pull fails 2`: the best designs first.
  private func comparison(_ count: Int) -> String {
    let failures = designs.map(\.failures)
    let parts = Set(failures).sorted().map { failed in
      let names = zip(designs, failures).filter { $0.1 == failed }.map(\.0.name)
      let verb = failed == 0 ? "hold" : "fail"
      let isFirst = failed == failures.min()
      let all = count == 1 ? "the threshold" : count == 2 ? "both" : "all \(count)"
      let noun = count == 1 ? "" : " thresholds"
      let some = count == 1 ? all : "\(failed) of \(count)\(noun)"
      let again = count == 1 ? "" : " \(failed)"
      return Self.list(names) + " \(verb)\(names.count == 1 ? "s" : "")"
        + (failed == 0 ? " \(all)\(noun)" : isFirst ? " \(some)" : again)
    }
    return parts.joined(separator: "; ")
  }

  /// `push, pull and hybrid`
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Where a design that fails loses its time or money, and what no bill has.
  var remarks: [String] {
    var remarks: [String] = []
    for design in designs {
      let failed = design.verdicts.filter { !$0.passed }
      let name = design.name.isEmpty ? "" : "\(design.name): "
      let late = failed.filter { $0.unit == .milliseconds || $0.unit == .seconds }
      if let cause = late.lazy.compactMap(design.largestCause).first
        ?? late.first.flatMap(design.mostWaiting)
      {
        remarks.append(name + cause)
      }
      if failed.contains(where: \.unit.isMoney) {
        remarks += design.largestCost.map { [name + $0] } ?? []
      }
    }
    var unpriced: [String] = []
    for line in designs.flatMap(\.costs) where line.monthly == nil {
      let words = MetricNames.words(line.name)
      if !unpriced.contains(words) { unpriced.append(words) }
    }
    if !unpriced.isEmpty {
      remarks.append("The cost is without \(Self.list(unpriced)), which the price sheet lacks.")
    }
    return remarks
  }
}

extension DesignResult {
  /// How many rules do not hold; one that is given twice counts once.
  fileprivate var failures: Int { Set(verdicts.filter { !$0.passed }.map(\.rule)).count }

  /// What most of the latency is that a rule does not allow; nil for a rule on another time, and
  /// where the result does not have its causes.
  fileprivate func largestCause(_ broken: Verdict) -> String? {
    guard let causes, broken.metric == "feed.latency" else { return nil }
    let isMiddle = ["mean", "p50"].contains(broken.statistic)
    let group = isMiddle ? causes.mean : causes.p99
    guard let largest = ExplanationText.sorted(group).first else { return nil }
    let share = ExplanationText.percent(group.share(of: largest))
    let time = ExplanationText.time(Estimate(value: largest.time.value))
    return
      "\(share) of the \(isMiddle ? "mean latency" : "latency of the slowest 1 % of loads") is "
      + "\(largest.words), \(time) a load\(largest.tier.map { busy($0, of: largest.words) } ?? "")."
  }

  /// The tier at which the most time is spent waiting, over all visits, and whether that is why
  /// a rule on a time does not hold.
  fileprivate func mostWaiting(_ broken: Verdict) -> String? {
    let waits = TierName.allCases.compactMap { tier in
      metric("tier.\(tier.metric).waiting_time").map { (tier: tier, wait: $0) }
    }
    func total(_ wait: Metric) -> Double { (wait.mean?.value ?? 0) * Double(wait.count) }
    guard let most = waits.max(by: { total($0.wait) < total($1.wait) }),
      let mean = most.wait.mean, mean.value > 0,
      let tail = most.wait.quantiles.first(where: { $0.name == "p99" })?.estimate,
      let observed = broken.observed
    else { return nil }
    let same = broken.statistic == "mean" ? mean.value : tail.value
    let limit = observed.value * (broken.unit == .seconds ? 1000 : 1) / 10
    let words = MetricNames.words(most.tier.metric)
    let figures =
      "\(NumberText.text(Estimate(value: mean.value), .milliseconds)) on average, "
      + "\(NumberText.text(Estimate(value: tail.value), .milliseconds)) at p99"
    guard same >= limit else {
      return "Little of it is waiting: most is for the \(words), \(figures)."
    }
    return "Most waiting is for the \(words): \(figures)\(busy(most.tier, of: words))."
  }

  /// `; its 24 servers are 98 % busy`, or whose they are where the words before do not say so.
  private func busy(_ tier: TierName, of words: String) -> String {
    guard let servers = metric("tier.\(tier.metric).servers")?.mean,
      let busy = metric("tier.\(tier.metric).utilisation")?.mean
    else { return "" }
    let noun = servers.value == 1 ? "server is" : "servers are"
    let share = NumberText.fixed(100 * busy.value, decimals: 0)
    let name = MetricNames.words(tier.metric)
    let whose = words.contains(name) ? "its" : "the \(name)'s"
    return "; \(whose) \(NumberText.amount(servers.value)) \(noun) \(share) % busy over the window"
  }

  /// The dearest line of the bill.
  fileprivate var largestCost: String? {
    guard let most = costs.max(by: { ($0.monthly ?? 0) < ($1.monthly ?? 0) }),
      let amount = most.monthly
    else { return nil }
    let name = MetricNames.words(most.name.replacing("compute.", with: ""))
    return "The largest line of the bill is the \(name): \(currency.text(amount)) of "
      + "\(currency.text(Cost.month(costs))) a month."
  }
}

extension Verdict {
  /// What was observed, beside its rule.
  var observedText: String {
    guard let observed, observed.value.isFinite else {
      return metric.hasPrefix("cost.month") ? "not priced" : "no estimate"
    }
    let isShare = MetricNames.entry(metric)?.isShare ?? true
    return NumberText.text(observed, unit, isShare: isShare) + (observed.resolved ? "" : " ?")
  }
}
