import CGSL
import Simulation

/// Rows of weights that are learnt, each with a learning rate of its own that falls as its
/// gradients add up: w ← w − α g ÷ (1 + √Σ g²).
///
/// Duchi, Hazan, Singer: "Adaptive subgradient methods for online learning and stochastic
/// optimization", JMLR 12, 2011 (AdaGrad), with the per-coordinate rate of McMahan et al.: "Ad
/// click prediction: a view from the trenches", KDD 2013, section 3.1, β = 1. What has been seen
/// often moves little; what is new, such as the topic of this morning, is learnt at once.
struct LearnedRows: Sendable {
  let columns: Int
  var weights: [Double]
  /// Σ g² of each weight, g being the gradient of the log loss.
  private(set) var squares: [Double]
  /// α
  let rate: Double

  /// - Parameter stream: draws the weights, each uniform on ± `spread`; the last column, which is
  ///   for a constant, begins at 0.
  init(rows: Int, columns: Int, rate: Double, spread: Double = 0, _ stream: inout RandomStream) {
    self.init(rows: rows, columns: columns, rate: rate)
    for row in 0..<rows {
      for column in 0..<(columns - 1) {
        weights[row * columns + column] = spread * (2 * stream.uniform() - 1)
      }
    }
  }

  /// All weights begin at 0.
  init(rows: Int, columns: Int, rate: Double) {
    self.columns = columns
    self.rate = rate
    weights = [Double](repeating: 0, count: rows * columns)
    squares = weights
  }

  subscript(row: Int, column: Int) -> Double { weights[row * columns + column] }

  /// Sets the weight of a row's constant, the last column.
  mutating func setConstant(of row: Int, to weight: Double) {
    weights[row * columns + columns - 1] = weight
  }

  /// The sum of a row's weights times the inputs, one for each column.
  func sum(row: Int, _ inputs: UnsafePointer<Double>) -> Double {
    weights.withUnsafeBufferPointer { weights in
      let row = UnsafeRawPointer(weights.baseAddress! + row * columns)
      let raw = UnsafeRawPointer(inputs)
      var sums = SIMD8<Double>()
      var column = 0
      while column + 8 <= columns {
        sums +=
          row.loadUnaligned(fromByteOffset: column * 8, as: SIMD8<Double>.self)
          * raw.loadUnaligned(fromByteOffset: column * 8, as: SIMD8<Double>.self)
        column += 8
      }
      let halves = sums.lowHalf + sums.highHalf
      var sum = (halves[0] + halves[2]) + (halves[1] + halves[3])
      while column < columns {
        sum +=
          row.load(fromByteOffset: column * 8, as: Double.self)
          * raw.load(fromByteOffset: column * 8, as: Double.self)
        column += 1
      }
      return sum
    }
  }

  /// Adds a row's weights, times a factor, to the sums: what an error is passed back by.
  func add(row: Int, times factor: Double, to sums: UnsafeMutablePointer<Double>, count: Int) {
    weights.withUnsafeBufferPointer { weights in
      let row = weights.baseAddress! + row * columns
      for column in 0..<count { sums[column] += factor * row[column] }
    }
  }

  /// One step against the gradient that the loss has in a row, which is its slope in the row's sum,
  /// `error`, times the inputs.
  mutating func descend(row: Int, error: Double, _ inputs: UnsafePointer<Double>) {
    weights.withUnsafeMutableBufferPointer { weights in
      squares.withUnsafeMutableBufferPointer { squares in
        feedsim_descend(
          weights.baseAddress! + row * columns, squares.baseAddress! + row * columns, inputs,
          columns, error, rate)
      }
    }
  }

  /// Likewise where the input is 1 in one column and 0 in all others.
  mutating func descend(row: Int, error: Double, column: Int) {
    let index = row * columns + column
    squares[index] += error * error
    weights[index] -= rate * error / (1 + squares[index].squareRoot())
  }
}
