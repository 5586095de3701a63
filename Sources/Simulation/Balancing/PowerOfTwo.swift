import Settings

/// Of two random servers the one with fewer visits (Mitzenmacher, "The Power of Two Choices in
/// Randomized Load Balancing", IEEE TPDS 2001): of many servers' queues the share with at least i
/// visits falls as ρ^(2^i − 1), where random balancing has ρ^i.
public struct PowerOfTwo: Balancing {
  public static let name = "power-of-two"
  public static let summary = "of two random servers the one with fewer visits under way"

  public init() {}
  public init(_ parameters: inout Parameters) throws {}

  public func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int {
    let count = UInt64(servers.rotationCount)
    let first = draw.multipliedFullWidth(by: count).high
    if count == 1 { return servers.inRotation(0) }
    // The other is drawn from those that are left.
    let other = mix64(draw).multipliedFullWidth(by: count - 1).high
    let second = other < first ? other : other + 1
    let pair = (servers.inRotation(Int(first)), servers.inRotation(Int(second)))
    return servers.outstanding(pair.1) < servers.outstanding(pair.0) ? pair.1 : pair.0
  }
}
