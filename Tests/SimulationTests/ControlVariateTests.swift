import Simulation
import Testing

/// Means corrected for what the replications happened to draw.
@Suite struct ControlVariateTests {
  private func draws(_ count: Int, _ purpose: UInt64) -> [Double] {
    var stream = RandomStream(seed: 11, purpose: purpose)
    return (0..<count).map { _ in stream.uniform() - 0.5 }
  }

  /// What the controls explain has no error left, whatever the controls' own mean was.
  @Test func whatIsExplainedIsExact() throws {
    let (a, b) = (draws(20, 1), draws(20, 2))
    let values = zip(a, b).map { 7 + 2 * $0 - 3 * $1 + 1e-4 * $0 * $1 }
    let (estimate, gain) = Estimate.mean(of: values, controls: [a, b.map { $0 * 1e-6 }])
    #expect(abs(estimate.value - 7) < 1e-4)
    #expect((gain ?? 0) > 1e3)
    #expect(abs(Estimate.mean(of: values).value - 7) > 1e-3)
  }

  /// The textbook's simple regression, worked out again without each replication in turn.
  @Test func agreesWithAJackknife() throws {
    let control = draws(25, 3)
    let values = zip(control, draws(25, 4)).map { 4 * $0 + (1 + $0) * $1 }
    func regression(without left: Int?) -> Double {
      let kept = values.indices.filter { $0 != left }
      let (x, y) = (Spread(of: kept.map { control[$0] }), Spread(of: kept.map { values[$0] }))
      let cross = kept.reduce(0) { $0 + (control[$1] - x.mean) * (values[$1] - y.mean) }
      return y.mean - cross / (x.variance * Double(kept.count - 1)) * x.mean
    }
    let pseudo = values.indices.map {
      25 * regression(without: nil) - 24 * regression(without: $0)
    }
    let (estimate, gain) = Estimate.mean(of: values, controls: [control])
    let expected = Estimate.mean(of: pseudo)
    for (one, other) in zip(estimate.each, pseudo) { #expect(abs(one - other) < 1e-11) }
    #expect(abs(estimate.value - expected.value) < 1e-12)
    #expect(estimate == Estimate.mean(of: estimate.each), "paired differences are made of these")
    let plain = try #require(Estimate.mean(of: values).halfWidth)
    #expect(abs((gain ?? 0) - plain / (expected.halfWidth ?? 0)) < 1e-9)
  }

  /// Controls of too few replications, that do not vary, repeat one another or say nothing.
  @Test func areLeftOutWhereTheyCannotBe() {
    let (values, control) = (draws(40, 5), draws(40, 6))
    func isPlain(_ values: [Double], _ controls: [[Double]]) -> Bool {
      let (estimate, gain) = Estimate.mean(of: values, controls: controls)
      return estimate == Estimate.mean(of: values) && gain == nil
    }
    #expect(isPlain(values, []) && !isPlain(values, [control]))
    #expect(isPlain(Array(values.prefix(19)), [Array(control.prefix(19))]))
    #expect(!isPlain(Array(values.prefix(20)), [Array(control.prefix(20))]))
    #expect(isPlain(values, [[Double](repeating: 0, count: 40)]))
    #expect(isPlain(values, [control, control.map { 3 * $0 }]))
    #expect(isPlain(values, [Array(control.dropLast())]))
    #expect(isPlain(values, [values]), "known already")
    #expect(isPlain(values, [[Double](repeating: .nan, count: 40)]))
    let still = [Double](repeating: 0, count: 40)
    let (one, both) = (
      Estimate.mean(of: values, controls: [control]).estimate,
      Estimate.mean(of: values, controls: [control, still]).estimate
    )
    #expect(one == both)
  }

  /// One that has nothing to do with the values costs little: what its slope is off by.
  @Test func aStrangerDoesLittleHarm() throws {
    let gains = try (0..<50).map { index in
      try #require(
        Estimate.mean(of: draws(20, 100 + index), controls: [draws(20, 200 + index)]).gain)
    }
    let mean = gains.reduce(0, +) / 50
    #expect(mean > 0.9 && mean < 1.05, "\(mean)")
  }

  private func metrics(
    _ service: String, arrivals: String = "0.8/s", _ more: (inout QueueText) -> Void = { _ in }
  ) throws -> [String: QueueMetric] {
    var text = QueueText(arrivals: arrivals, service: service, servers: "1")
    more(&text)
    let design = try text.design()
    var plan = QueuePlan(for: design)
    plan.jobs = 10_000
    return try QueueModel.run(design, plan, seed: 3, threads: 2).metrics
  }

  /// A queue's times depend on what arrives and how long it takes; rates and shares are left alone.
  @Test(arguments: ["exponential(mean 1s)", "constant(1s)", "hyperexponential(mean 700ms, cv 2)"])
  func makeAQueuesMeansNarrower(_ service: String) throws {
    let metrics = try metrics(service)
    for name in ["sojourn_time", "waiting_time", "number_in_system", "number_waiting"] {
      let gain = try #require(metrics[name]?.gain, "\(name)")
      #expect(gain > 1.1 && gain < 4, "\(name): \(gain)")
    }
    for name in ["utilisation", "throughput", "delayed"] { #expect(metrics[name]?.gain == nil) }
  }

  /// Means that are not known, or have no variance, correct nothing.
  @Test func areOfWhatIsKnown() throws {
    let service = "exponential(mean 1s)"
    let shared = try metrics(service) { $0.discipline = "ps" }
    #expect(shared["sojourn_time"]?.gain != nil)
    let others = [
      try metrics(service) { $0.capacity = "9" },
      try metrics("pareto(alpha 2.5, mean 1s)"),
      try metrics("constant(1s)", arrivals: "constant(2s)"),
    ]
    for metrics in others { #expect(metrics.values.allSatisfy { $0.gain == nil }) }
  }
}
