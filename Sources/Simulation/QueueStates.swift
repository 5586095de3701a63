import CGSL

/// The steady state of a birth–death queue: Poisson arrivals, exponential services, c servers,
/// and where given limited room and exponential patience.
struct BirthDeath {
  let mu: Double
  let servers: Int
  let room: Int?
  /// p_n, normalised; an unlimited queue is cut where nothing is left.
  let states: [Double]
  private let ratio: Double

  /// - Parameters:
  ///   - lambda: arrivals per second.
  ///   - mu: services per second of one server.
  ///   - leaving: the rate at which one who waits gives up.
  init(lambda: Double, mu: Double, servers: Int, room: Int? = nil, leaving: Double = 0) {
    self.mu = mu
    self.servers = servers
    self.room = room
    ratio = lambda / (mu * Double(servers))
    // Without a limit the states above c follow a geometric law and need no list.
    let listed = room == nil && leaving == 0 ? servers : min(room ?? .max, servers + 1_000_000)
    var weights = [1.0]
    var total = 1.0
    var number = 0
    while number < listed {
      number += 1
      let busy = Double(min(number, servers)) * mu
      let death = busy + Double(max(number - servers, 0)) * leaving
      weights.append(weights[number - 1] * lambda / death)
      total += weights[number]
      if weights[number] > 1e250 {
        for index in weights.indices { weights[index] *= 1e-250 }
        total *= 1e-250
      }
      if room == nil && number > servers && weights[number] < total * 1e-18 { break }
    }
    states = weights.map { $0 / total }
  }

  /// P(wait) with unlimited room.
  var erlangC: Double {
    let full = states[servers]
    return full / (full + (1 - full) * (1 - ratio))
  }

  /// The share of arrivals that find no room.
  var blocked: Double { room.map { $0 < states.count ? states[$0] : 0 } ?? 0 }

  /// The share of arrivals that enter and find all servers busy.
  var delayed: Double { states[servers...].reduce(0, +) - blocked }

  var number: Double { states.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } }

  var waiting: Double {
    states.enumerated().reduce(0) { $0 + Double(max($1.offset - servers, 0)) * $1.element }
  }

  /// The quantile of the sojourn time of those who enter: one who finds n ≥ c waits for
  /// n - c + 1 services of all servers, then has its own.
  func sojournQuantile(_ q: Double) -> Double? {
    guard states.count - servers < 500 else { return nil }
    _ = errorHandlerIsOff
    let all = mu * Double(servers)
    let entering = 1 - blocked
    let last = room.map { min($0, states.count) } ?? states.count
    func tail(_ t: Double) -> Double {
      var sum = states[..<min(servers, last)].reduce(0, +) * expo(-mu * t)
      for number in stride(from: servers, to: last, by: 1) {
        let phases = Double(number - servers + 1)
        if servers == 1 {
          sum += states[number] * gsl_cdf_gamma_Q(t, phases + 1, 1 / mu)
        } else {
          let own = expo(phases * ln(all / (all - mu)) - mu * t)
          sum += states[number] * gsl_cdf_gamma_Q(t, phases, 1 / all)
          sum += states[number] * own * gsl_cdf_gamma_P(t, phases, 1 / (all - mu))
        }
      }
      return sum / entering
    }
    let highest = (Double(states.count - servers) + 40) * 3 / mu
    return root(from: 0, to: highest) { tail($0) - (1 - q) }
  }
}

/// Brent's root of a function between two points, from GSL; nil unless its sign changes there.
public func root(from low: Double, to high: Double, of function: (Double) -> Double) -> Double? {
  _ = errorHandlerIsOff
  let (first, last) = (function(low), function(high))
  guard first.isFinite, last.isFinite, first * last <= 0 else { return nil }
  return withGSLFunction(function) { target -> Double? in
    guard let solver = gsl_root_fsolver_alloc(gsl_brent()) else { return nil }
    defer { gsl_root_fsolver_free(solver) }
    guard gsl_root_fsolver_set(solver, target, low, high) == 0 else { return nil }
    for _ in 0..<200 {
      guard gsl_root_fsolver_iterate(solver) == 0 else { return nil }
      let lower = gsl_root_fsolver_x_lower(solver)
      let upper = gsl_root_fsolver_x_upper(solver)
      if upper - lower <= 1e-13 * max(abs(upper), 1e-300) { break }
    }
    return gsl_root_fsolver_root(solver)
  }
}

extension Distribution {
  /// E[e^(-sX)], s per second, where it has a plain form.
  func transform(_ s: Double) -> Double? {
    switch law {
    case .constant: return expo(-s * mean)
    case .exponential: return 1 / (1 + s * mean)
    case .erlang: return power(1 + s * mean / Double(count), -Double(count))
    case .gamma, .gammaBoosted:
      let shape = 1 / (cv * cv)
      return power(1 + s * mean / shape, -shape)
    case .hyperexponential: return c / (1 + s * a * 1e-9) + (1 - c) / (1 + s * b * 1e-9)
    case .lognormal, .pareto, .empirical: return nil
    }
  }
}
