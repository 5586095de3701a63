import Settings
import Simulation

/// A consumer of the event bus that dies and comes back: it reads again what it has handled since
/// the last offset that it stored, and its posts are delivered again (at-least-once delivery;
/// Kreps, Narkhede, Rao: "Kafka", NetDB 2011).
public struct ConsumerCrash: Fault {
  public static let name = "consumer-crash"
  public static let summary = "a consumer dies, and reads again what it had not committed"
  public static let usualLength: Duration? = .seconds(10)

  let consumer: Int?
  let commitEvery: Int

  public init(_ parameters: inout Parameters) throws {
    consumer = try parameters.read(
      "consumer", .count(in: 0...4095), "Which consumer, from 0; drawn if not given.")
    commitEvery = try parameters.read(
      "commitEvery", .count(in: 1...100_000), default: 100,
      "Messages of a partition between two offsets that are stored.")
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    guard let bus = design.pipeline?.bus else {
      throw source.error("needs an event bus; give pipeline.bus")
    }
    if let consumer, consumer >= bus.consumers {
      throw source.error("is \(consumer); there are 0 to \(bus.consumers - 1)", key: "consumer")
    }
    if design.timelines.keep == .counts {
      throw source.error(
        "doubles deliveries, which the audit follows entry by entry: leave out "
          + "timelines.keep: counts")
    }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let place = consumer ?? system.draw(below: system.bus.consumerCount, for: id)
    system.faults[id].place = place
    system.crash(consumer: place, commitEvery: commitEvery)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    let consumer = system.faults[id].place
    system.bus.restart(consumer)
    system.startConsumer(consumer)
  }
}
