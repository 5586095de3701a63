import FeedSystem
import Simulation

/// What a replication says of clients' requests, where the scenario has `clients`.
extension Replication {
  mutating func addRequests(_ clients: borrowing Clients, seconds: Double) {
    guard let settings = clients.settings else { return }
    let feed = clients.measurements.measured(.feed)
    let asked = Double(max(feed.opened, 1))
    let availability = feed.opened == 0 ? 1 : Double(feed.inTime) / asked
    add("requests.availability", .ratio, availability)
    add(
      "requests.error_budget", .ratio,
      (1 - availability) / (1 - settings.availability.objective))
    add("requests.goodput", .perSecond, Double(feed.inTime) / seconds)
    add("requests.attempts", .ratio, feed.opened == 0 ? 1 : Double(feed.attempts) / asked)
    add("requests.failed", .ratio, Double(feed.failed) / asked)
    for cause in FailureCause.allCases {
      add("requests.failed.\(cause.metric)", .ratio, Double(feed.failed(cause)) / asked)
    }
    let served = clients.measurements.serverTime.seconds
    add(
      "requests.wasted", .ratio,
      served > 0 ? clients.measurements.wastedTime.seconds / served : 0)
    if settings.retries?.budget != nil {
      add("requests.denied", .ratio, Double(feed.denied) / asked)
    }
    for (kind, name) in [(RequestKind.publish, "publish"), (.engagement, "engagement")] {
      let counts = clients.measurements.measured(kind)
      let answered = counts.opened == 0 ? 1 : Double(counts.inTime) / Double(counts.opened)
      add("requests.\(name).availability", .ratio, answered)
      add("requests.\(name).doubled", .visits, Double(counts.doubled))
      add("requests.\(name).unacknowledged", .visits, Double(counts.unacknowledged))
    }
    addClientState(clients, settings, asked: asked)
  }

  /// What clients did without an answer, or before it.
  private mutating func addClientState(
    _ clients: borrowing Clients, _ settings: ClientSettings, asked: Double
  ) {
    if settings.reloads > 0 {
      add("requests.reloads", .ratio, Double(clients.measurements.reloads) / asked)
    }
    if settings.offlineEntries != nil {
      add("feed.offline", .ratio, Double(clients.measurements.offlinePages) / asked)
      add("feed.offline_age", clients.measurements.offlineAge)
    }
    if settings.likesAtOnce {
      let likes = clients.measurements.likesAtOnce
      add("likes.optimistic", .visits, Double(likes))
      add(
        "likes.rolled_back", .ratio,
        Double(clients.measurements.likesRolledBack) / Double(max(likes, 1)))
      add("likes.shown_wrong", clients.measurements.likesShownWrong)
    }
  }

  /// How the incident went that began then, from the window's start.
  mutating func addIncident(_ clients: borrowing Clients, begins: Duration?) {
    guard let settings = clients.settings, let begins else { return }
    let length = clients.intervals.interval.seconds
    let incident = Incident(
      clients.intervals.judged(), begins: begins.seconds / length,
      Incident.Objectives(
        availability: settings.availability.objective,
        latency: settings.availability.latency?.milliseconds,
        engagementPer100ms: settings.engagementPer100ms))
    add("incident.engagement_lost", .ratio, incident.engagementLost)
    let isOver = incident.detected == nil || incident.recovered != nil
    add("incident.recovered", .ratio, isOver ? 1 : 0)
    if let time = incident.detected { add("incident.time_to_detect", .seconds, time * length) }
    if let time = incident.mitigated { add("incident.time_to_mitigate", .seconds, time * length) }
    if let time = incident.recovered { add("incident.time_to_recover", .seconds, time * length) }
  }
}

extension TimeLines {
  /// How feed requests ended, by the interval in which they did.
  mutating func addRequests(_ clients: borrowing Clients) {
    guard clients.isUsed else { return }
    let rows = clients.intervals.rows
    let window = clients.intervals.window
    let interval = clients.intervals.interval
    func add(_ name: String, _ unit: Unit, _ value: (Int) -> Double?) {
      lines.append(Line(name: name, unit: unit, values: rows.indices.map(value)))
    }
    func perSecond(_ count: Int, _ index: Int) -> Double {
      let length = min(interval, window.upperBound - window.lowerBound - interval * index)
      return Double(count) / length.seconds
    }
    func share(_ part: Int, _ index: Int) -> Double? {
      let ended = rows[index].answered + rows[index].failed
      return ended == 0 ? nil : Double(part) / Double(ended)
    }
    add("requests.goodput", .perSecond) { perSecond(rows[$0].inTime, $0) }
    add("requests.attempts", .perSecond) { perSecond(rows[$0].attempts, $0) }
    add("requests.availability", .ratio) { share(rows[$0].inTime, $0) }
    add("requests.failed", .ratio) { share(rows[$0].failed, $0) }
    lines.sort { $0.name < $1.name }
  }
}

extension Scenario {
  /// When the first thing happens in the window that may become an incident, from its start.
  func incidentBegins(_ design: Design) -> Duration? {
    (traffic.beginsOfTrouble + design.beginsOfTrouble)
      .filter { $0 >= .zero && $0 < duration }.min()
  }
}

extension MetricNames {
  /// Of scenarios that say what clients do.
  static let requestTimes = ["feed.offline_age", "likes.shown_wrong"]

  static let requestScalars: [(name: String, unit: Unit, direction: Direction)] =
    [
      ("requests.availability", .ratio, .higher), ("requests.error_budget", .ratio, .lower),
      ("requests.goodput", .perSecond, .higher), (requestAttempts, .ratio, .lower),
      ("requests.failed", .ratio, .lower),
    ]
    + FailureCause.allCases.map { ("requests.failed.\($0.metric)", .ratio, .lower) } + [
      ("requests.wasted", .ratio, .lower), ("requests.denied", .ratio, .none),
      ("requests.reloads", .ratio, .none),
    ]
    + ["publish", "engagement"].flatMap { kind in
      [
        ("requests.\(kind).availability", .ratio, .higher),
        ("requests.\(kind).doubled", .visits, .lower),
        ("requests.\(kind).unacknowledged", .visits, .lower),
      ] as [(String, Unit, Direction)]
    } + [
      ("feed.offline", .ratio, .none), ("likes.optimistic", .visits, .none),
      ("likes.rolled_back", .ratio, .lower), ("incident.time_to_detect", .seconds, .lower),
      ("incident.time_to_mitigate", .seconds, .lower),
      ("incident.time_to_recover", .seconds, .lower), ("incident.recovered", .ratio, .higher),
      ("incident.engagement_lost", .ratio, .lower),
    ]

  /// A mean number, no share of a whole.
  static let requestAttempts = "requests.attempts"
}
