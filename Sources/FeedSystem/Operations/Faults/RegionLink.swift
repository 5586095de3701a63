import Settings
import Simulation

/// A way between regions that is slow or loses messages: between two of them, or between one and
/// all others. What is written to the primary and read there, and the way of clients who are served
/// elsewhere, take longer or come to nothing; posts are shown elsewhere later, and are lost with
/// their primary if they had not come to its heir. With all messages lost it is a partition.
///
/// A lost request is missed after a timeout, and a lost copy of a post sent again; TCP's first
/// retransmission is after a second (RFC 6298, section 2).
public struct RegionLink: Fault {
  public static let name = "region-link"
  public static let summary = "the way between two regions, or from one to all, is slow or loses"

  let from: String
  let to: String?
  let condition: RegionLinks.Condition

  public init(_ parameters: inout Parameters) throws {
    from = try parameters.require("from", .text, "A region's name.")
    to = try parameters.read("to", .text, "Another's; all others if not given.")
    let delay = try parameters.read(
      "delay", .duration(in: .zero...(.seconds(3600))), default: .zero,
      "Added to each round trip.")
    let loss = try parameters.read(
      "loss", .share(), default: 0, "Of the messages, those that are lost.")
    let timeout = try parameters.read(
      "timeout", .duration(in: .milliseconds(1)...(.seconds(3600))), default: .seconds(1),
      "After which a lost request is taken for failed, and a lost copy of a post sent again.")
    condition = RegionLinks.Condition(delay: delay, loss: loss, timeout: timeout)
    if parameters.isDescribing { return }
    if condition.isWhole {
      throw parameters.error("harms nothing; give a delay or a loss", key: "delay")
    }
    if to == from { throw parameters.error("is \"\(from)\", as from is", key: "to") }
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    _ = try design.region(named: from, source, key: "from")
    if let to { _ = try design.region(named: to, source, key: "to") }
    if design.geography == nil {
      throw source.error(
        "needs regions with servers of their own, or there is no way between them; give geography")
    }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let regions = system.design.regions
    guard let one = regions.firstIndex(where: { $0.name == from }) else { return }
    let other = to.flatMap { name in regions.firstIndex { $0.name == name } }
    let now = system.now
    system.faults.links.disturb(id, one, other, condition, of: regions.count, at: now)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    let now = system.now
    system.faults.links.mend(id, at: now)
  }
}
