/// Ranks 0 ..< n with probability proportional to (rank + 1)^-alpha.
///
/// Rejection-inversion (Hörmann and Derflinger: "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6, 1996): no table, so n may be any size; at most
/// 1.1 tries a draw. Where n is small or drawn from all the time, an `AliasTable` is faster.
public struct Zipf: Sendable, BitwiseCopyable {
  public let alpha: Double
  public let count: Int
  private let first: Double
  private let last: Double
  private let squeeze: Double

  /// - Parameters:
  ///   - alpha: at least 0 (uniform); a smaller one is taken as 0.
  ///   - count: at least 1; a smaller one is taken as 1.
  public init(alpha: Double, count: Int) {
    self.alpha = max(alpha, 0)
    self.count = max(count, 1)
    let exponent = self.alpha
    first = Zipf.integral(1.5, exponent) - 1
    last = Zipf.integral(Double(self.count) + 0.5, exponent)
    squeeze =
      2 - Zipf.inverse(Zipf.integral(2.5, exponent) - power(2, -exponent), exponent)
  }

  /// One draw.
  public func sample(_ stream: inout RandomStream) -> Int {
    while true {
      let u = last + stream.openUniform() * (first - last)
      let x = Zipf.inverse(u, alpha)
      let rank = min(max((x + 0.5).rounded(.down), 1), Double(count))
      if rank - x <= squeeze || u >= Zipf.integral(rank + 0.5, alpha) - power(rank, -alpha) {
        return Int(rank) - 1
      }
    }
  }

  /// ∫ t^-alpha dt from 1 to x, also where alpha is near 1.
  private static func integral(_ x: Double, _ alpha: Double) -> Double {
    let logarithm = ln(x)
    let z = (1 - alpha) * logarithm
    if abs(z) > 0.01 { return (expo(z) - 1) / (1 - alpha) }
    return logarithm * (1 + z / 2 * (1 + z / 3 * (1 + z / 4 * (1 + z / 5))))
  }

  /// The x whose integral is y.
  private static func inverse(_ y: Double, _ alpha: Double) -> Double {
    let z = max(y * (1 - alpha), -1 + 0x1p-53)
    if abs(z) > 0.01 { return expo(ln(1 + z) / (1 - alpha)) }
    return expo(y * (1 - z * (1 / 2.0 - z * (1 / 3.0 - z * (0.25 - z * (0.2 - z / 6))))))
  }
}

/// Indices drawn with given weights, in constant time.
///
/// Walker's aliases by Vose's linear construction ("A linear algorithm for generating random
/// numbers with a given distribution", IEEE TSE 17, 1991). 16 bytes an index.
public struct AliasTable: Sendable {
  @usableFromInline
  struct Slot: Sendable {
    /// Below this share of the slot the index stands for itself.
    @usableFromInline var share: Double
    @usableFromInline var alias: UInt32
  }

  @usableFromInline let slots: [Slot]

  /// - Parameter weights: not negative, not all zero, fewer than 2^32.
  /// - Returns: nil otherwise.
  public init?(_ weights: [Double]) {
    let total = weights.reduce(0, +)
    guard !weights.isEmpty, weights.count < Int(UInt32.max), total > 0, total.isFinite,
      weights.allSatisfy({ $0 >= 0 })
    else { return nil }
    let scale = Double(weights.count) / total
    var slots = weights.indices.map { Slot(share: weights[$0] * scale, alias: UInt32($0)) }
    var low = slots.indices.filter { slots[$0].share < 1 }
    var high = slots.indices.filter { slots[$0].share >= 1 }
    while let small = low.last, let large = high.last {
      low.removeLast()
      slots[small].alias = UInt32(large)
      slots[large].share -= 1 - slots[small].share
      if slots[large].share < 1 {
        high.removeLast()
        low.append(large)
      }
    }
    // What rounding left over is full.
    for index in low + high { slots[index].share = 1 }
    self.slots = slots
  }

  @inlinable public var count: Int { slots.count }

  /// One draw.
  @inlinable
  public func sample(_ stream: inout RandomStream) -> Int {
    let (index, rest) = stream.next().multipliedFullWidth(by: UInt64(slots.count))
    let slot = slots[Int(index)]
    return Double(rest >> 11) * 0x1p-53 < slot.share ? Int(index) : Int(slot.alias)
  }
}
