import FeedSystem
import Settings
import Simulation

/// What a replication says of cascades, and of regions with servers of their own, each where the
/// scenario has it.
extension Replication {
  mutating func addCascades(_ figures: CascadeFigures?) {
    guard let figures else { return }
    add("cascade.size", .posts, figures.size)
    add("cascade.reach", .viewers, figures.reach)
    if let halfTime = figures.halfTime { add("cascade.half_time", .seconds, halfTime) }
    add("cascade.visits", .visits, Double(figures.visits))
  }

  mutating func addGeography(_ system: FeedSystem, _ design: Design) {
    guard design.geography != nil else { return }
    for (index, region) in design.regions.enumerated() {
      guard let figures = system.regionFigures(index) else { continue }
      let name = "region.\(region.name)"
      add("\(name).failed", .ratio, figures.failed)
      add("\(name).failed_posts", .ratio, figures.failedPosts)
      add("\(name).stale_reads", .ratio, figures.staleReads)
      add("\(name).cut_off", .seconds, figures.cutOff)
    }
    add("delivery.unreplicated", .deliveries, Double(audit.unreplicated))
  }
}

extension MetricNames {
  static let crowdScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("cascade.size", .posts, .none), ("cascade.reach", .viewers, .none),
    ("cascade.half_time", .seconds, .none), ("cascade.visits", .visits, .none),
    ("delivery.unreplicated", .deliveries, .lower),
  ]
}

extension Scenario {
  /// Cascades and flash events of the window.
  var crowdMarks: [Mark] {
    let cascades = traffic.cascades.filter { $0.at < duration }.map {
      Mark(at: $0.at, text: "\($0.by) posts what is passed on")
    }
    let events = traffic.events.filter { $0.spike.at < duration }.map { event in
      Mark(
        at: event.spike.at, length: event.spike.length,
        text: "everybody for topic \(event.topic): loads × "
          + "\(NumberText.amount(event.spike.loads)), posts × "
          + "\(NumberText.amount(event.spike.posts))")
    }
    return cascades + events
  }

  /// The world in which flash events are what breaks.
  static func settled(_ events: [FlashEvent], in world: WorldSettings?) throws -> WorldSettings? {
    var settled = world
    for event in events {
      let breaking = try event.breaking(in: settled)
      settled?.breaking.append(breaking)
    }
    return settled
  }

  /// Refuses what begins after the end of the run.
  func validateCrowd(_ parameters: Parameters) throws {
    let begins = traffic.cascades.map(\.at) + traffic.events.map(\.spike.at)
    if begins.contains(where: { $0 >= duration }) {
      throw parameters.error(
        "has a cascade or an event after the end of the run", key: "traffic")
    }
  }
}
