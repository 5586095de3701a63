import FeedSystem
import Settings
import Simulation

/// How points are drawn where a grid would be too many.
public struct SweepSample: Sendable, Equatable {
  public enum Method: String, CaseIterable, Sendable {
    /// A Latin hypercube.
    case lhs
    /// Sobol's sequence.
    case sobol
  }

  public var method: Method
  public var count: Int

  public init(_ method: Method, count: Int) {
    self.method = method
    self.count = count
  }

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
    if method == .sobol, dimensions > UnitCube.sobolDimensions {
      throw InvalidInput(
        "sobol varies at most \(UnitCube.sobolDimensions) settings, not \(dimensions)", at: place)
    }
    self.init(method, count: count)
  }

  /// For each point its place in the unit cube, a share 0 ..< 1 for each setting.
  ///
  /// - Parameter seed: of the Latin hypercube; Sobol's sequence has none.
  public func points(dimensions: Int, seed: UInt64) throws -> [[Double]] {
    guard dimensions > 0 else { return [] }
    switch method {
    case .lhs: return UnitCube.latinHypercube(count, dimensions: dimensions, seed: seed)
    case .sobol:
      guard let points = UnitCube.sobol(count, dimensions: dimensions) else {
        throw BrokenInvariant("a Sobol sequence of \(dimensions) dimensions")
      }
      return points
    }
  }
}
