import Settings
import Simulation

/// Which partition of the event bus a fault is about.
struct PartitionChoice: Sendable {
  let partition: Int?

  init(_ parameters: inout Parameters) throws {
    partition = try parameters.read(
      "partition", .count(in: 0...4095), "Which partition, from 0; drawn if not given.")
  }

  func check(_ design: Design, _ source: Parameters) throws {
    guard let bus = design.pipeline?.bus else {
      throw source.error("needs an event bus; give pipeline.bus")
    }
    if let partition, partition >= bus.partitions {
      throw source.error("is \(partition); there are 0 to \(bus.partitions - 1)", key: "partition")
    }
  }

  func choose(_ id: UInt32, _ system: FeedSystem) -> Int {
    let place = partition ?? system.draw(below: system.bus.partitions.count, for: id)
    system.faults[id].place = place
    return place
  }
}

/// A partition that nobody reads for a while: its consumer goes on with its others.
public struct PartitionStalled: Fault {
  public static let name = "partition-stalled"
  public static let summary = "a partition of the event bus is not read for a while"

  let choice: PartitionChoice

  public init(_ parameters: inout Parameters) throws {
    choice = try PartitionChoice(&parameters)
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let partition = choice.choose(id, system)
    system.bus.stall(partition)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    system.resume(partition: system.faults[id].place)
  }
}
