import Simulation

/// How an incident went, as somebody saw it who watched the service interval by interval.
///
/// There is an alarm at the end of an interval in which the error budget burns fast, over a short
/// window and over a long one, so that neither a single failure raises it nor what has long passed
/// (Beyer et al., "The Site Reliability Workbook", chapter 5: multiwindow, multi-burn-rate alerts;
/// a burn rate of 14.4 uses 2 % of a month's budget in an hour, and the windows are as 1 to 12).
/// Here the short window is an interval, and the long one the last twelve, or as many as there are.
/// There is one as well where the interval's p99 is above an objective of its own.
///
/// It is over with the first of three intervals in succession that are as good as things were
/// before, if what is bad from there on comes alone: an interval is as good if it meets the
/// objective, or misses it no more than the worst one before the incident, and its p99 is at most a
/// fifth above the worst before. A bad interval that has another within two on either side is the
/// incident still going on; one alone, among a hundred, is chance, or an incident of its own.
/// Intervals in which nothing ended say nothing and are left out.
public struct Incident: Sendable, Equatable {
  /// What ended in one interval.
  public struct Interval: Sendable, Equatable {
    public var answered: Int
    /// Of these, in time.
    public var inTime: Int
    public var failed: Int
    /// Milliseconds, of those answered; nil where they are too few to tell the p99.
    public var mean: Double
    public var p99: Double?

    public init(answered: Int, inTime: Int, failed: Int, mean: Double = 0, p99: Double? = nil) {
      self.answered = answered
      self.inTime = inTime
      self.failed = failed
      self.mean = mean
      self.p99 = p99
    }

    var ended: Int { answered + failed }
    var missed: Int { ended - inTime }
  }

  /// What is asked of the service.
  public struct Objectives: Sendable {
    /// The share of requests to be answered in time.
    public var availability: Double
    /// Of an interval's p99, milliseconds.
    public var latency: Double?
    /// Share of the engagement that 100 ms cost.
    public var engagementPer100ms: Double

    public init(availability: Double, latency: Double? = nil, engagementPer100ms: Double = 0.01) {
      self.availability = availability
      self.latency = latency
      self.engagementPer100ms = engagementPer100ms
    }
  }

  static let burnRate = 14.4
  static let longWindow = 12
  /// A p99 so many times what it was at most before the incident is as good as it was.
  static let usual = 1.2
  /// So many good intervals in succession are a recovery, and bad ones fewer apart than that belong
  /// together.
  static let settled = 3

  /// From the incident's beginning, in intervals and parts of one; nil where it never came to that.
  /// Until the alarm; until the beginning of the first interval after it that meets the objective;
  /// until the beginning of the first of those with which it is over.
  public var detected: Double?
  public var mitigated: Double?
  public var recovered: Double?
  /// Share of what the incident's requests would have brought.
  public var engagementLost = 0.0

  /// - Parameter begins: in intervals and parts of one from the window's start.
  public init(_ intervals: [Interval], begins: Double, _ objectives: Objectives) {
    let first = min(max(0, Int(begins)), intervals.count)
    // The interval that it begins in is no measure of how things were.
    let before = intervals[..<first]
    let usual = before.compactMap(\.p99).max().map { $0 * Self.usual }
    engagementLost = Self.loss(intervals[first...], before: before, objectives)
    guard
      let alarm = (first..<intervals.count).first(where: {
        Self.isAlarming(intervals[...$0], objectives)
      })
    else { return }
    detected = Double(alarm + 1) - begins
    let later = alarm + 1..<intervals.count
    func isMet(_ index: Int) -> Bool {
      Double(intervals[index].missed)
        <= (1 - objectives.availability) * Double(intervals[index].ended)
    }
    mitigated = later.first { intervals[$0].ended > 0 && isMet($0) }.map { Double($0) - begins }
    let missedBefore = before.map { Double($0.missed) / Double(max($0.ended, 1)) }.max() ?? 0
    let told = later.filter { intervals[$0].ended > 0 }
    let isGood = told.map { index in
      let interval = intervals[index]
      let isAnswered =
        isMet(index) || Double(interval.missed) <= missedBefore * Double(interval.ended)
      return isAnswered && usual.map { interval.p99 ?? 0 <= $0 } ?? true
    }
    recovered = Self.recovery(isGood).map { Double(told[$0]) - begins }
  }

  /// The first of the good intervals with which it is over; nil where it is not.
  private static func recovery(_ isGood: [Bool]) -> Int? {
    var from = 0
    // The one before these, that of the alarm, was bad.
    var lastBad = -1
    for index in isGood.indices where !isGood[index] {
      if index - lastBad < settled { from = index + 1 }
      lastBad = index
    }
    let first = isGood.indices.first { index in
      index >= from && isGood[index...].prefix(settled).allSatisfy { $0 }
        && isGood.count - index >= settled
    }
    return first
  }

  /// Whether there is an alarm at the end of the last of these.
  private static func isAlarming(
    _ intervals: ArraySlice<Interval>, _ objectives: Objectives
  ) -> Bool {
    guard let last = intervals.last, last.ended > 0 else { return false }
    if let latency = objectives.latency, let p99 = last.p99, p99 > latency { return true }
    func burns(_ intervals: ArraySlice<Interval>) -> Bool {
      let (missed, ended) = intervals.reduce((0, 0)) { ($0.0 + $1.missed, $0.1 + $1.ended) }
      return Double(missed) >= burnRate * (1 - objectives.availability) * Double(ended)
        && missed > 0
    }
    return burns(intervals.suffix(1)) && burns(intervals.suffix(longWindow))
  }

  /// A request that fails brings nothing; one that is answered loses a share for each 100 ms that
  /// answers take longer, on average over its interval, than they did before (S0.2).
  private static func loss(
    _ during: ArraySlice<Interval>, before: ArraySlice<Interval>, _ objectives: Objectives
  ) -> Double {
    let answered = before.reduce(0) { $0 + $1.answered }
    let sum = before.reduce(0.0) { $0 + $1.mean * Double($1.answered) }
    let ended = during.reduce(0) { $0 + $1.ended }
    guard ended > 0 else { return 0 }
    let lost = during.reduce(0.0) { total, interval in
      let late = answered > 0 ? max(0, interval.mean - sum / Double(answered)) : 0
      let share = min(1, late / 100 * objectives.engagementPer100ms)
      return total + Double(interval.failed) + share * Double(interval.answered)
    }
    return lost / Double(ended)
  }
}

extension RequestIntervals {
  /// An interval of fewer answers has no p99: nothing would lie beyond it.
  static let answersForTail = 100

  /// As an incident is judged by.
  public func judged() -> [Incident.Interval] {
    rows.indices.map { index in
      let total = latency[index]
      let hasTail = Int(total.count) >= Self.answersForTail
      return Incident.Interval(
        answered: rows[index].answered, inTime: rows[index].inTime, failed: rows[index].failed,
        mean: total.meanNanoseconds / 1e6,
        p99: hasTail ? latency.quantile(0.99, of: index) / 1e6 : nil)
    }
  }
}

extension Design {
  /// When something begins by the design's will that may become an incident, from the window's
  /// start: what breaks and what is rolled out.
  public var beginsOfTrouble: [Duration] { faults.begins + control.rollOuts.map(\.at) }
}

extension TrafficSettings {
  /// When the audience begins something that may become an incident, from the window's start:
  /// spikes, flash events and posts that are passed on.
  public var beginsOfTrouble: [Duration] {
    (spikes + events.map(\.spike)).filter { $0.length > .zero }.map(\.at) + cascades.map(\.at)
  }
}
