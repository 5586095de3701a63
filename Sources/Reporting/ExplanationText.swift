import Planning
import Simulation

/// An explanation in sentences, the answer first.
struct ExplanationText {
  let explanation: Explanation

  init(_ explanation: Explanation) { self.explanation = explanation }

  var sentences: [String] {
    var sentences = [answer] + [excess, misses, saturation].compactMap { $0 }
    if !explanation.effects.isEmpty { sentences.append(help) }
    return sentences
  }

  /// `p99 of 183 ms: 61 % waiting at the post store, 12 % network, 9 % service at the ranking, 18 %
  /// other`
  private var answer: String {
    guard let p99 = explanation.p99, let group = explanation.causes?.p99 else {
      return explanation.p99.map { "p99 of \(Self.time($0)), and no record of what it is made of." }
        ?? "There is no p99 to explain: nothing was measured, or there was no steady state."
    }
    let largest = Self.sorted(group).filter { group.share(of: $0) >= 0.03 }.prefix(3)
    var words = largest.map { "\(Self.percent(group.share(of: $0))) \($0.words)" }
    let other = 1 - largest.reduce(0) { $0 + group.share(of: $1) }
    if other >= 0.005 { words.append("\(Self.percent(other)) other") }
    return "p99 of \(Self.time(p99)): \(Result.list(words))."
  }

  static func sorted(_ group: Causes.Group) -> [Causes.Part] {
    group.parts.enumerated().sorted {
      ($1.element.time.value, $0.offset) < ($0.element.time.value, $1.offset)
    }.map(\.element)
  }

  /// What the slowest loads have that the mean load has not.
  private var excess: String? {
    guard let causes = explanation.causes else { return nil }
    let (mean, slow) = (causes.mean, causes.p99)
    let more = slow.parts.map { ($0, $0.time.value - mean.time(of: $0.kind, $0.tier)) }
      .filter { $0.1 >= 0.05 * (slow.latency.value - mean.latency.value) && $0.1 > 0 }
      .sorted { $0.1 > $1.1 }.prefix(3)
    guard !more.isEmpty else { return nil }
    let words = more.map { part, time in
      "\(part.words) (+\(Self.time(Estimate(value: time))))"
    }
    return "The slowest 1 % of loads take \(Self.time(slow.latency)) on average, all loads "
      + "\(Self.time(mean.latency)); what they have more is above all \(Result.list(words))."
  }

  /// Nothing where no load was spared the way after a miss.
  private var misses: String? {
    guard let causes = explanation.causes, causes.mean.missed.value < 1 else { return nil }
    let (mean, slow) = (causes.mean, causes.p99)
    return "\(Self.percent(slow.missed.value)) of them missed the feed cache, as "
      + "\(Self.percent(mean.missed.value)) of all loads did; what follows a miss takes "
      + "\(Self.time(slow.afterMiss)) of their time."
  }

  private var saturation: String? {
    guard let first = explanation.standings.first, let factor = first.saturatesAt else {
      return nil
    }
    let tier = MetricNames.words(first.tier.metric)
    if factor <= 1 {
      let asked = NumberText.fixed(1 / factor, decimals: 2)
      return "The \(tier) is saturated at the peak already: it is asked for \(asked) times what "
        + "it can do."
    }
    return "The \(tier) saturates first when traffic grows, at \(Self.times(factor)) what it is "
      + "here: its headroom is \(NumberText.text(first.headroom, .ratio))."
  }

  private var help: String {
    guard let best = explanation.helpsMost else {
      let reasons = [
        explanation.replications == 1 ? "one replication gives no interval" : nil,
        explanation.effects.contains { $0.difference?.resolved == false }
          ? "the replications are too short for a p99" : nil,
      ].compactMap { $0 }
      return "No single change is proven to lower p99"
        + (reasons.isEmpty ? largestFall : ": \(Result.list(reasons))") + "."
    }
    let now = NumberText.amount(Double(best.change.from))
    let what = "\(best.change.setting) instead of \(now) helps most: "
    let cost = best.cost.map { ", \(Self.costWords($0, best.currency))" } ?? ""
    guard let difference = best.difference else {
      return what + "with it there is a steady state, and p99 is "
        + "\(best.p99.map(Self.time) ?? "–")\(cost)."
    }
    var fall = difference
    fall.value = -fall.value
    return what + "p99 falls by \(Self.time(fall))\(cost)."
  }

  /// What looks best and may be chance.
  private var largestFall: String {
    guard let first = explanation.effects.first, let difference = first.difference,
      difference.value < 0
    else { return "" }
    return "; the largest fall, with \(first.change.setting), is \(Self.time(difference))"
  }

  private static func costWords(_ cost: Double, _ currency: Currency) -> String {
    // A bill that ends in other cents for the same fleet is no other bill.
    if abs(cost) < 0.5 { return "at no more cost" }
    return "for \(currency.text(abs(cost))) a month \(cost > 0 ? "more" : "less")"
  }

  static func time(_ estimate: Estimate) -> String {
    NumberText.text(estimate, .milliseconds) + (estimate.resolved ? "" : " ?")
  }

  static func percent(_ share: Double) -> String {
    let size = 100 * abs(share)
    if size > 0, size < 0.05 { return "<0.1 %" }
    return NumberText.fixed(100 * share, decimals: size < 9.95 && size > 0 ? 1 : 0) + " %"
  }

  /// `1.4 times`
  static func times(_ factor: Double) -> String {
    NumberText.fixed(factor, decimals: factor < 9.95 ? 2 : 0) + " times"
  }
}
