/// Draws from a falling density by 256 layers of equal area.
///
/// Marsaglia and Tsang: "The ziggurat method for generating random variables", Journal of
/// Statistical Software 5(8), 2000; with 53-bit positions, so that the layer's index and the
/// position come from different bits (Doornik: "An improved ziggurat method", 2005).
public struct Ziggurat: @unchecked Sendable {
  @usableFromInline
  struct Layer {
    /// Positions below this lie in the layer above too, hence under the density.
    @usableFromInline let limit: UInt64
    /// The layer's width over 2^53.
    @usableFromInline let step: Double
  }

  /// The tables are written once, before they are first read, and live as long as the process.
  @usableFromInline let layers: UnsafePointer<Layer>
  @usableFromInline let heights: UnsafePointer<Double>

  /// e^-x on x ≥ 0.
  public static let exponential = Ziggurat(
    edge: 0x1.ec9d9297ebb83p+2, area: (0x1.ec9d9297ebb83p+2 + 1) * expo(-0x1.ec9d9297ebb83p+2),
    density: { expo(-$0) }, inverse: { -ln($0) })

  /// The right half of e^(-x²/2).
  @usableFromInline static let normal = Ziggurat(
    edge: 0x1.d3bb48209ad33p+1, area: 0x1.43016a5a43732p-8,
    density: { expo(-0.5 * $0 * $0) }, inverse: { (-2 * ln($0)).squareRoot() })

  /// - Parameters:
  ///   - edge: where the tail begins.
  ///   - area: of each layer; the lowest one's includes the tail.
  init(edge: Double, area: Double, density: (Double) -> Double, inverse: (Double) -> Double) {
    let layers = UnsafeMutablePointer<Layer>.allocate(capacity: 256)
    let heights = UnsafeMutablePointer<Double>.allocate(capacity: 257)
    var width = area / density(edge)
    var next = edge
    for index in 0..<256 {
      let above = index == 255 ? 0 : next
      (layers + index).initialize(
        to: Layer(limit: UInt64(above / width * 0x1p53), step: width * 0x1p-53))
      (heights + index).initialize(to: index == 0 ? 0 : density(width))
      if index < 255 {
        let height = area / above + density(above)
        width = above
        next = height < 1 ? inverse(height) : 0
      }
    }
    (heights + 256).initialize(to: 1)
    self.layers = UnsafePointer(layers)
    self.heights = UnsafePointer(heights)
  }

  /// One draw with mean 1, for the exponential table.
  @inlinable @inline(__always)
  public func drawExponential(_ stream: inout RandomStream) -> Double {
    let bits = stream.next()
    let layer = layers[Int(bits & 255)]
    let position = bits >> 11
    if position < layer.limit { return Double(Int64(bitPattern: position)) * layer.step }
    return drawExponential(from: bits, &stream)
  }

  @usableFromInline @inline(never)
  func drawExponential(from first: UInt64, _ stream: inout RandomStream) -> Double {
    var bits = first
    while true {
      let index = Int(bits & 255)
      let position = bits >> 11
      let x = Double(Int64(bitPattern: position)) * layers[index].step
      if position < layers[index].limit { return x }
      if index == 0 { return 0x1.ec9d9297ebb83p+2 - ln(stream.openUniform()) }
      let height = heights[index] + stream.uniform() * (heights[index + 1] - heights[index])
      if height < expo(-x) { return x }
      bits = stream.next()
    }
  }

  /// One standard normal draw, for the normal table.
  @inlinable @inline(__always)
  func drawNormal(_ stream: inout RandomStream) -> Double {
    let bits = stream.next()
    let layer = layers[Int(bits & 255)]
    let position = bits >> 11
    if position < layer.limit {
      let x = Double(Int64(bitPattern: position)) * layer.step
      return Double(bitPattern: x.bitPattern | (bits & 256) << 55)
    }
    return drawNormal(from: bits, &stream)
  }

  @usableFromInline @inline(never)
  func drawNormal(from first: UInt64, _ stream: inout RandomStream) -> Double {
    let edge = 0x1.d3bb48209ad33p+1
    var bits = first
    while true {
      let index = Int(bits & 255)
      let position = bits >> 11
      let sign: Double = bits & 256 == 0 ? 1 : -1
      let x = Double(Int64(bitPattern: position)) * layers[index].step
      if position < layers[index].limit { return x * sign }
      if index == 0 {
        while true {
          let beyond = -ln(stream.openUniform()) / edge
          if -2 * ln(stream.openUniform()) > beyond * beyond { return (edge + beyond) * sign }
        }
      }
      let height = heights[index] + stream.uniform() * (heights[index + 1] - heights[index])
      if height < expo(-0.5 * x * x) { return x * sign }
      bits = stream.next()
    }
  }
}
