import CGSL
import Simulation

/// By how much a sheet's totals answer to each input: elasticities, d ln total ÷ d ln input.
///
/// They are of the closed form before servers, shards, nodes and write units are rounded up to
/// whole ones: with the steps the derivative is 0 nearly everywhere, and without bound at the rest.
public struct SheetSensitivity: Sendable, Equatable {
  public var targets: [Target]
  /// By falling size of the first target's elasticity, then of the next one's.
  public var rows: [Row]

  /// A total.
  public struct Target: Sendable, Equatable {
    /// The line's.
    public var name: String
    public var title: String
    public var unit: String
    /// As the sheet has it, and before anything is rounded up.
    public var value: Double
    public var smooth: Double
  }

  /// What one input does.
  public struct Row: Sendable, Equatable {
    public var input: String
    /// Of each target: nil where the input or the total is 0, of which no share can be taken.
    public var elasticities: [Double?]
    /// Of an input that is 0, by which share each target grows with it, per unit of it: d ln
    /// total ÷ d input. Empty for other inputs.
    public var slopes: [Double?] = []
    /// Whether each target answers to it, also one that is 0.
    public var moves: [Bool]

    /// Whether any total answers to it.
    public var matters: Bool { moves.contains(true) }
  }
}

extension SheetSensitivity {
  init<Model: SheetModel>(of model: Model) {
    var smooth = model
    smooth.reading.isSmooth = true
    let (stepped, unrounded) = (model.lines, smooth.lines)
    let places = Model.targets.compactMap { name in
      unrounded.firstIndex { $0.name == name }
    }
    targets = places.map { place in
      let line = unrounded[place]
      return Target(
        name: line.name, title: line.title, unit: line.unit, value: stepped[place].value,
        smooth: line.value)
    }
    rows = Model.inputs.map { input in
      let x = smooth[keyPath: input.place]
      func total(_ place: Int) -> (Double) -> Double {
        { value in
          var varied = smooth
          varied[keyPath: input.place] = value
          return varied.lines[place].value
        }
      }
      let elasticities = places.map { Self.elasticity(at: x, total($0)) }
      let slopes = x == 0 ? places.map { Self.slope(at: x, step: 1e-3, total($0)) } : []
      let moves = zip(slopes.isEmpty ? elasticities : slopes, places).map { figure, place in
        // Of a total of 0 there is no share, but it may be nothing because the input is.
        figure.map { $0 != 0 } ?? (total(place)(x == 0 ? 1e-3 : x * 1.001) != total(place)(x))
      }
      return Row(input: input.name, elasticities: elasticities, slopes: slopes, moves: moves)
    }
    let sizes = rows.map { row in row.elasticities.map { $0.map(abs) ?? -1 } }
    let order = rows.indices.sorted { a, b in
      sizes[a] == sizes[b] ? a < b : sizes[b].lexicographicallyPrecedes(sizes[a])
    }
    rows = order.map { rows[$0] }
  }

  /// x f'(x) ÷ f(x): nil where either is 0.
  static func elasticity(at x: Double, _ body: (Double) -> Double) -> Double? {
    guard x != 0 else { return nil }
    return slope(at: x, step: abs(x) * 1e-3, factor: x, body)
  }

  /// f'(x) ÷ f(x), times a factor; rounded to 10^-9, which is more than what differences lose.
  private static func slope(
    at x: Double, step: Double, factor: Double = 1, _ body: (Double) -> Double
  ) -> Double? {
    let value = body(x)
    guard value != 0, let slope = derivative(at: x, step: step, body) else { return nil }
    let share = (factor * slope / value * 1e9).rounded() / 1e9
    return share == 0 ? 0 : share
  }

  private static func derivative(
    at x: Double, step: Double, _ body: (Double) -> Double
  ) -> Double? {
    withGSLFunction(body) { function in
      var slope = 0.0
      var error = 0.0
      let status = gsl_deriv_central(function, x, step, &slope, &error)
      return status == 0 && slope.isFinite ? slope : nil
    }
  }
}
