import CGSL

/// Lends a Swift function to GSL, which calls it with a pointer to it.
///
/// - Parameter use: what may call it; not afterwards.
public func withGSLFunction<Outcome>(
  _ function: (Double) -> Double, _ use: (UnsafeMutablePointer<gsl_function>) -> Outcome
) -> Outcome {
  withoutActuallyEscaping(function) { function in
    var lent = LentFunction(body: function)
    return withUnsafeMutablePointer(to: &lent) { pointer in
      var target = gsl_function(
        function: { x, context in
          guard let context else { return .nan }
          return context.assumingMemoryBound(to: LentFunction.self).pointee.body(x)
        }, params: pointer)
      return withUnsafeMutablePointer(to: &target, use)
    }
  }
}

private struct LentFunction {
  let body: (Double) -> Double
}
