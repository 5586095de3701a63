import CGSL
import Simulation

/// Erlang's formulas, for any number of servers, whole or not.
///
/// A fraction of a server makes a smooth function of them, of which roots can be found; bursty
/// arrivals need it as well (Hayward). Jagerman, "Some properties of the Erlang loss function",
/// Bell System Technical Journal 53, 1974; Cooper, "Introduction to Queueing Theory", 1981.
public enum Erlang {
  private static let errorHandlerIsOff: Bool = {
    gsl_set_error_handler_off()
    return true
  }()

  /// Erlang B: the share of arrivals that are turned away where nobody can wait.
  ///
  /// - Parameters:
  ///   - load: offered, in erlangs; above 0.
  ///   - servers: 0 or more.
  public static func blocked(load: Double, servers: Double) -> Double {
    guard load > 0 else { return servers > 0 ? 0 : 1 }
    guard servers > 0 else { return 1 }
    _ = errorHandlerIsOff
    // B = p(c) / P(N ≤ c) of a Poisson number N; the sum is the incomplete gamma function.
    let below = gsl_sf_gamma_inc_Q(servers + 1, load)
    if below.isFinite, below > 1e-250 {
      let last = expo(servers * ln(load) - load - gsl_sf_lngamma(servers + 1))
      return min(1, last / below)
    }
    // Far more load than servers: upwards from the part of a server that is no whole one, where
    // 1 / B = a U(1, x + 2, a) with Tricomi's function.
    let part = servers - servers.rounded(.down)
    var blocked = part == 0 ? 1 : 1 / (load * gsl_sf_hyperg_U(1, part + 2, load))
    var count = part
    while count < servers - 0.5 {
      count += 1
      blocked = load * blocked / (count + load * blocked)
    }
    return blocked
  }

  /// Erlang C: the share of arrivals that wait; 1 where the load is no less than the servers.
  public static func delayed(load: Double, servers: Double) -> Double {
    guard load < servers else { return 1 }
    let blocked = blocked(load: load, servers: servers)
    return blocked / (1 - load / servers * (1 - blocked))
  }
}
