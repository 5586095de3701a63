import Simulation

/// Exponential variates of mean 1 by the ziggurat of 256 layers (Marsaglia, Tsang: "The
/// ziggurat method for generating random variables", 2000), about 2 ns each.
struct ExponentialDraw: ~Copyable {
  /// Right edge of each layer; entry 256 is 0.
  private let edges: UnsafeMutablePointer<Double>
  /// Density at each edge.
  private let heights: UnsafeMutablePointer<Double>
  /// Right edge of the base layer, and the area of every layer, for 256 layers.
  private static let tail = 7.69711747013104972
  private static let area = 0.0039496598225815571993

  init() {
    edges = .allocate(capacity: 257)
    heights = .allocate(capacity: 257)
    var edge = Self.tail
    edges[0] = Self.area * expo(edge)
    for layer in 1..<256 {
      edges[layer] = edge
      edge = -ln(expo(-edge) + Self.area / edge)
    }
    edges[256] = 0
    for layer in 0...256 { heights[layer] = expo(-edges[layer]) }
  }

  deinit {
    edges.deallocate()
    heights.deallocate()
  }

  @inline(__always)
  func next(_ stream: inout RandomStream) -> Double {
    let bits = stream.next()
    let layer = Int(bits & 255)
    let value = Double(bits >> 11) * 0x1p-53 * edges[layer]
    return value < edges[layer &+ 1] ? value : rare(value, layer, &stream)
  }

  /// The 1.1 % of draws that fall on a layer's edge or into the tail.
  @inline(never)
  private func rare(_ first: Double, _ layer: Int, _ stream: inout RandomStream) -> Double {
    var value = first
    var layer = layer
    var offset = 0.0
    while true {
      if layer == 0 {
        // The tail of an exponential is the same exponential, further to the right.
        offset += Self.tail
      } else {
        let low = heights[layer]
        let high = heights[layer + 1]
        if low + stream.uniform() * (high - low) < expo(-value) { return offset + value }
      }
      let bits = stream.next()
      layer = Int(bits & 255)
      value = Double(bits >> 11) * 0x1p-53 * edges[layer]
      if value < edges[layer + 1] { return offset + value }
    }
  }
}
