import CGSL
import Simulation
import Testing

@Suite("Distributions")
struct DistributionTests {
  static let laws = [
    "constant(5ms)", "exponential(mean 1s)", "erlang(k 2, mean 10ms)", "erlang(k 20, mean 10ms)",
    "gamma(mean 10ms, cv 0.5)", "gamma(mean 10ms, cv 2)", "lognormal(mean 10ms, cv 0.5)",
    "pareto(alpha 5, mean 10ms)", "hyperexponential(mean 10ms, cv 2)",
    "empirical(p50 2ms, p95 9ms, p99 20ms)", "empirical(p0 1ms, p50 2ms, p95 9ms, p100 20ms)",
  ]

  @Test("Mean and cv of 10^6 draws lie within 4.5 standard errors", arguments: laws)
  func moments(_ text: String) throws {
    let law = try Distribution(text)
    var stream = RandomStream(seed: 7, purpose: 11)
    let draws = 1_000_000
    var sum = 0.0
    var second = 0.0
    var fourth = 0.0
    for _ in 0..<draws {
      let x = law.sample(&stream).seconds - law.mean
      sum += x
      second += x * x
      fourth += x * x * x * x
    }
    let n = Double(draws)
    let deviation = law.mean * law.cv
    #expect(abs(sum / n) <= 4.5 * deviation / n.squareRoot() + 1e-9)
    let spread = max(fourth / n - (second / n) * (second / n), 0).squareRoot()
    #expect(abs(second / n - deviation * deviation) <= 4.5 * spread / n.squareRoot() + 1e-15)
  }

  /// P(X ≤ x) of the laws without a plain form, from GSL.
  private func cdf(_ law: Distribution, _ x: Double) -> Double {
    if let value = law.cdf(x) { return value }
    let scv = law.cv * law.cv
    if law.description.hasPrefix("lognormal") {
      let variance = ln(1 + scv)
      return gsl_cdf_lognormal_P(x, ln(law.mean) - variance / 2, variance.squareRoot())
    }
    return gsl_cdf_gamma_P(x, 1 / scv, law.mean * scv)
  }

  @Test("Kolmogorov-Smirnov distance of 200,000 draws is below the 10^-5 point", arguments: laws)
  func kolmogorovSmirnov(_ text: String) throws {
    let law = try Distribution(text)
    guard law.cv > 0 else { return }
    var stream = RandomStream(seed: 3, purpose: 12)
    let draws = (0..<200_000).map { _ in law.sample(&stream).seconds }.sorted()
    let n = Double(draws.count)
    var distance = 0.0
    for (index, x) in draws.enumerated() where index + 1 == draws.count || x < draws[index + 1] {
      // Rounding to a nanosecond moves the steps by half a nanosecond.
      distance = max(distance, abs(cdf(law, x + 0.5e-9) - Double(index + 1) / n))
    }
    #expect(distance * n.squareRoot() < 2.47)
  }

  @Test("The canonical text reads back as the same law", arguments: laws)
  func canonical(_ text: String) throws {
    let law = try Distribution(text)
    #expect(law.description == text)
    #expect(try Distribution(law.description) == law)
  }

  @Test("Quantiles of an empirical law are the ones given")
  func empirical() throws {
    let law = try Distribution("empirical(p50 2ms, p95 9ms, p99.9 20ms)")
    #expect(abs((law.cdf(0.002) ?? 0) - 0.5) < 1e-12)
    #expect(abs((law.cdf(0.009) ?? 0) - 0.95) < 1e-12)
    #expect(abs((law.cdf(0.020) ?? 0) - 0.999) < 1e-12)
  }

  @Test("Balanced hyperexponential has the oracle's parameters")
  func balanced() throws {
    let law = Distribution.hyperexponential(mean: 1, cv: 4)
    let p = 0.9696682183138621
    let tail = p * expo(-3 / 0.515640288664344) + (1 - p) * expo(-3 / 16.48435971133563)
    #expect(abs((law.cdf(3) ?? 0) - (1 - tail)) < 1e-12)
  }

  @Test(
    "A malformed law is one clear error",
    arguments: [
      ("exponental(mean 1s)", "did you mean 'exponential'"), ("exponential(mean 1)", "mean"),
      ("exponential(1s)", "mean"), ("exponential(mean 1s, cv 2)", "'cv'"),
      ("gamma(mean 1s, cv 0)", "between"), ("gamma(mean 1s)", "'cv'"), ("5ms", "constant(5ms)"),
      ("constant()", "constant(5ms)"), ("constant(-5ms)", "-5ms"),
      ("pareto(alpha 1, mean 1s)", "alpha"),
      ("erlang(k 2.5, mean 1s)", "whole"), ("empirical(p50 9ms, p95 2ms)", "rise"),
      ("empirical(p50 0ms)", "quantile"), ("lognormal(mean nan, cv 1)", "mean"),
      ("hyperexponential(mean 1s, cv 0.5)", "between"), ("gamma(maen 1s, cv 1)", "'maen'"),
      ("constant(99999999999d)", "constant"), ("exponential(mean 1s, mean 2s)", "twice"),
      ("", "known"),
    ])
  func malformed(_ text: String, _ part: String) {
    do {
      let law = try Distribution(text)
      Issue.record("\(text) was read as \(law)")
    } catch {
      #expect(error.message.contains(part), "\(error.message)")
    }
  }

  @Test("A law is a plain value, copied without reference counting")
  func plain() {
    func isPlain<T>(_ type: T.Type) -> Bool { _isPOD(type) }
    #expect(isPlain(Distribution.self))
  }
}
