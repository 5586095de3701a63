import Simulation

/// What is waited before servers that share one line: M/G/c and G/G/c, estimated.
///
/// Those who wait do so for an exponential time, whose mean is that of M/M/c times how irregular
/// gaps and services are (Lee and Longton, "Queueing processes associated with airline passenger
/// check-in", 1959; Allen, "Probability, Statistics and Queueing Theory", 2nd ed., 1990, which has
/// the formula of Allen and Cunneen). Exact for M/M/c. The tail is that of heavy traffic (Kingman,
/// "The heavy traffic approximation in the theory of queues", 1965). Bursts are served as by fewer,
/// larger servers of a smaller load (Fredericks, "Congestion in blocking systems: a simple
/// approximation technique", Bell System Technical Journal 59, 1980, who names Hayward).
public struct WaitingLaw: Sendable, Equatable {
  /// Arrivals in service on average, erlangs.
  public var load: Double
  /// Whole or not.
  public var servers: Double
  /// Seconds, on average.
  public var serviceTime: Double
  /// Squared coefficients of variation of the gaps and of the service times.
  public var arrivalVariation = 1.0
  public var serviceVariation = 1.0
  /// On the share that waits.
  private var delayedFactor = 1.0

  public init(
    load: Double, servers: Double, serviceTime: Double, arrivalVariation: Double = 1,
    serviceVariation: Double = 1
  ) {
    self.load = load
    self.servers = servers
    self.serviceTime = serviceTime
    self.arrivalVariation = arrivalVariation
    self.serviceVariation = serviceVariation
  }

  public var isStable: Bool { load < servers }

  /// 1 where nothing but chance decides: the factor on what M/M/c waits.
  public var variation: Double { (arrivalVariation + serviceVariation) / 2 }

  /// The share of arrivals that wait.
  public var delayed: Double {
    let peakedness = max(1, 1 + (arrivalVariation - 1) / 2)
    return delayedFactor
      * Erlang.delayed(load: load / peakedness, servers: servers / peakedness)
  }

  /// Seconds that those who wait do so for; infinite where there is no steady state.
  public var delay: Double {
    isStable ? variation * serviceTime / (servers - load) : .infinity
  }

  /// Mean waiting time over all arrivals, seconds.
  public var mean: Double { isStable ? delayed * delay : .infinity }

  /// Waiting time at a quantile, seconds; below 0 where that share of arrivals does not wait, the
  /// further the fewer wait.
  public func signedQuantile(_ q: Double) -> Double {
    isStable ? ln(max(delayed, 1e-300) / (1 - q)) * delay : .infinity
  }

  public func quantile(_ q: Double) -> Double { max(0, signedQuantile(q)) }

  /// Kingman's bound on the mean wait, seconds: at or above the true one whatever the laws of
  /// gaps and services (Kingman, "Inequalities in the theory of queues", Journal of the Royal
  /// Statistical Society B 32, 1970). Close to it near saturation only.
  public var kingman: Double {
    guard isStable, load > 0 else { return isStable ? 0 : .infinity }
    let gap = serviceTime / load
    let spread =
      arrivalVariation * gap * gap
      + (serviceVariation / servers + (servers - 1) / (servers * servers)) * serviceTime
      * serviceTime
    return spread / (2 * gap * (1 - load / servers))
  }

  /// The same with services at least as irregular as exponential ones and all else a quarter more
  /// so, or yet more where services vary much: waits that are seldom exceeded.
  ///
  /// Services that vary less wait less (Stoyan, "Comparison Methods for Queues", 1983, convex
  /// order), so the first is a bound. The rest is for tails heavier than exponential: with the
  /// margin it holds p50 to p99.9 of M/G/c for lognormal services up to cv 2.5 (simulated for 1
  /// to 100 servers at 50 to 95 %); Pareto's p99.9 on one server it does not hold.
  var pessimistic: WaitingLaw {
    var law = self
    let margin = 1.25 + 0.2 * min(max(serviceVariation - 1, 0), 9)
    law.serviceVariation = max(1, serviceVariation) * margin
    law.arrivalVariation = max(1, arrivalVariation) * margin
    return law
  }

  /// The same with Poisson arrivals and services that vary no more than exponential ones, half as
  /// irregular, and a fifth fewer who wait: waits that are hardly ever undercut.
  var optimistic: WaitingLaw {
    var law = self
    law.arrivalVariation = min(1, arrivalVariation) / 2
    law.serviceVariation = min(1, serviceVariation) / 2
    law.delayedFactor = 0.8
    return law
  }
}
