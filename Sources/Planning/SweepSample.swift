import CGSL
import FeedSystem
import Settings
import Simulation

/// How points are drawn where a grid would be too many.
public struct SweepSample: Sendable, Equatable {
  public enum Method: String, CaseIterable, Sendable {
    /// A Latin hypercube: cut into as many bins as there are points, every setting has one point
    /// in each bin.
    case lhs
    /// Sobol's quasi-random sequence as GSL generates it (Bratley and Fox, ACM TOMS 14, 1988).
    case sobol
  }

  public var method: Method
  public var count: Int

  public init(_ method: Method, count: Int) {
    self.method = method
    self.count = count
  }

  /// GSL's sequence has no more dimensions.
  static let sobolDimensions = 40

  /// Reads `lhs:50` or `sobol:64`.
  ///
  /// - Throws: `InvalidInput` about the option `--sample`.
  public init(parsing text: String, dimensions: Int) throws {
    let place = SourceLocation(argument: "--sample")
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let method = Method(rawValue: name) else {
      throw InvalidInput(
        "unknown \"\(name)\"" + Suggestion.text(for: name, among: Method.allCases.map(\.rawValue)),
        at: place)
    }
    guard parts.count == 2, let count = try? Quantity.count(String(parts[1])),
      (1...SweepPlan.pointLimit).contains(count)
    else {
      throw InvalidInput(
        "\"\(text)\" needs a number of points from 1 to \(SweepPlan.pointLimit), "
          + "for example \(name):64", at: place)
    }
    if method == .sobol, dimensions > Self.sobolDimensions {
      throw InvalidInput(
        "sobol varies at most \(Self.sobolDimensions) settings, not \(dimensions)", at: place)
    }
    self.init(method, count: count)
  }

  /// For each point its place in the unit cube, a share 0 ..< 1 for each setting.
  ///
  /// - Parameter seed: of the Latin hypercube; Sobol's sequence has none.
  public func points(dimensions: Int, seed: UInt64) throws -> [[Double]] {
    guard dimensions > 0 else { return [] }
    switch method {
    case .lhs: return Self.latinHypercube(count, dimensions, seed)
    case .sobol: return try Self.sobol(count, dimensions)
    }
  }

  private static func latinHypercube(
    _ count: Int, _ dimensions: Int, _ seed: UInt64
  ) -> [[Double]] {
    var points = [[Double]](repeating: [], count: count)
    for dimension in 0..<dimensions {
      var stream = RandomStream(seed: seed, purpose: 0x6c68_7321, entity: UInt64(dimension))
      var bins = Array(0..<count)
      for index in stride(from: count - 1, to: 0, by: -1) {
        bins.swapAt(index, Int(stream.below(UInt64(index + 1))))
      }
      for (index, bin) in bins.enumerated() {
        points[index].append((Double(bin) + stream.uniform()) / Double(count))
      }
    }
    return points
  }

  static func sobol(_ count: Int, _ dimensions: Int) throws -> [[Double]] {
    guard let sequence = gsl_qrng_alloc(feedsim_sobol(), UInt32(dimensions)) else {
      throw BrokenInvariant("sobol: GSL gives no sequence of \(dimensions) dimensions")
    }
    defer { gsl_qrng_free(sequence) }
    return (0..<count).map { _ in
      var point = [Double](repeating: 0, count: dimensions)
      _ = gsl_qrng_get(sequence, &point)
      return point
    }
  }
}
