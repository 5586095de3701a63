import CGSL

/// ∫ f from 0 to infinity, from GSL's adaptive Gauss–Kronrod rule (QUADPACK's QAGI); nil where it
/// does not converge.
///
/// - Parameter tolerance: relative to the integral.
public func integralToInfinity(
  tolerance: Double = 1e-9, of function: (Double) -> Double
) -> Double? {
  _ = errorHandlerIsOff
  let pieces = 1000
  return withGSLFunction(function) { target -> Double? in
    guard let space = gsl_integration_workspace_alloc(pieces) else { return nil }
    defer { gsl_integration_workspace_free(space) }
    var value = 0.0
    var error = 0.0
    let status = gsl_integration_qagiu(target, 0, 0, tolerance, pieces, space, &value, &error)
    return status == 0 && value.isFinite ? value : nil
  }
}
