import CGSL

/// The features of a feed's candidates as a struct of arrays, in memory that grows and is used
/// again.
///
/// A column holds one feature of all candidates, contiguous; columns are `stride` apart, an odd
/// multiple of 16 floats, so that equal places of several columns do not share a set of a cache.
/// From `count` to the next multiple of 16 columns hold zeros, so that vectors may reach over the
/// end.
public struct FeatureBatch: ~Copyable {
  /// How many features a candidate has.
  public let width: Int
  public private(set) var count = 0
  /// From one column to the next, in floats.
  public private(set) var stride = 0
  private var base: UnsafeMutableRawPointer

  public init(width: Int) {
    self.width = width
    base = FeatureBatch.allocate(floats: 0)
  }

  deinit { base.deallocate() }

  /// Makes the batch one of `count` candidates, whose features are to be written into the columns:
  /// what these held is lost.
  public mutating func reserve(_ count: Int) {
    self.count = count
    let lines = (count + 15) / 16
    if lines * 16 > stride {
      // Half as much again, so that a batch that grows bit by bit seldom moves.
      stride = ((lines * 3 / 2) | 1) * 16
      base.deallocate()
      base = FeatureBatch.allocate(floats: width * stride)
    }
    for feature in 0..<width {
      (column(feature) + count).update(repeating: 0, count: lines * 16 - count)
    }
  }

  @inlinable public static var unit: Double { 256 }

  /// Feature `feature` of all candidates.
  public func column(_ feature: Int) -> UnsafeMutablePointer<Float> {
    precondition(feature >= 0 && feature < width)
    return base.assumingMemoryBound(to: Float.self) + feature * stride
  }

  /// All columns, for as long as the batch is not reserved again.
  var columns: Columns {
    Columns(
      base: UnsafePointer(base.assumingMemoryBound(to: Float.self)), stride: stride, width: width,
      count: count)
  }

  /// The integer in -256 ... 256 that stands for a real value in [-1, 1]; what is beyond is taken
  /// for the end of that range, and what is not a number for 0.
  @inlinable @inline(__always)
  public static func quantised(_ value: Float) -> Float {
    // Twelve million and more is so large that a Float has no room for a fraction.
    let shifter: Float = 0x1.8p23
    let whole = (value * 256 + shifter) - shifter
    if !(whole > -256) { return whole.isNaN ? 0 : -256 }
    return whole < 256 ? whole : 256
  }

  private static func allocate(floats: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, floats * MemoryLayout<Float>.stride), alignment: 64)
    memory.initializeMemory(as: Float.self, repeating: 0, count: max(16, floats))
    return memory
  }
}

/// Columns of floats that somebody else owns, or a range of their rows.
struct Columns: BitwiseCopyable {
  /// Of the first column, at the beginning of a cache line.
  let base: UnsafePointer<Float>
  /// From one column to the next, a multiple of 16.
  let stride: Int
  let width: Int
  /// How many rows there are.
  let count: Int

  /// - Parameter rows: beginning at a multiple of 16.
  func rows(_ rows: Range<Int>) -> Columns {
    Columns(base: base + rows.lowerBound, stride: stride, width: width, count: rows.count)
  }

  /// For each row the start and, column by column, weight times value: in this order, and each
  /// product rounded before it is added.
  /// - Parameter sums: room for as many as there are rows.
  func weightedSums(
    _ weights: UnsafePointer<Float>, from start: Float, into sums: UnsafeMutablePointer<Float>
  ) {
    feedsim_weighted_sums(base, stride, width, count, weights, start, sums)
  }
}
