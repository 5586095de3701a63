import Simulation
import Testing

@Suite("Queues with recorded arrivals")
struct RecordedQueueTests {
  private func instants(_ seconds: [Double]) -> [Instant] {
    seconds.map { Instant.start + Duration(seconds: $0) }
  }

  private func plan(_ design: QueueDesign, replications: Int = 1) -> QueuePlan {
    var plan = QueuePlan(for: design)
    plan.replications = replications
    return plan
  }

  private func run(_ design: QueueDesign, _ plan: QueuePlan) throws -> QueueResult {
    try design.validate()
    return try QueueModel.run(design, plan, seed: 4, threads: 1)
  }

  private func mean(_ result: QueueResult, _ metric: String) throws -> Double {
    try #require(result.metrics[metric]?.mean).value
  }

  /// Jobs at 0, 1, 1.5 and 6 s, services of 2 s by one server: waits of 0, 1, 2.5 and 0 s.
  @Test("Waits by hand, through a station and through a tier", arguments: [false, true])
  func byHand(_ isTier: Bool) throws {
    var design = QueueDesign(
      recorded: instants([0, 1, 1.5, 6]), service: .constant(2), servers: 1)
    if isTier { design.capacity = 10 }
    #expect(plan(design).jobs == 4 && plan(design).warmUp == 0)
    let result = try run(design, plan(design))
    #expect(result.balanced && QueueTheory.closedForms(of: design).isEmpty)
    #expect(QueueTheory.name(of: design).hasPrefix("recorded/D/1"))
    #expect(result.metrics["sojourn_time"]?.count == 4)
    #expect(abs(try mean(result, "waiting_time") - 3.5 / 4) < 1e-9)
    #expect(abs(try mean(result, "sojourn_time") - 11.5 / 4) < 1e-9)
    #expect(try mean(result, "delayed") == 0.5)
    // The window ends with the last departure, at 8 s; the server is busy all the time.
    #expect(abs(try mean(result, "utilisation") - 1) < 1e-9)
    #expect(abs(try mean(result, "throughput") - 0.5) < 1e-9)
    #expect(abs(try mean(result, "number_in_system") - 11.5 / 8) < 1e-9)
  }

  @Test("Shared by all present, two jobs take as long as both")
  func sharing() throws {
    var design = QueueDesign(recorded: instants([0, 0]), service: .constant(2), servers: 1)
    design.discipline = .ps
    let result = try run(design, plan(design))
    #expect(result.balanced)
    #expect(abs(try mean(result, "sojourn_time") - 4) < 1e-9)
    #expect(abs(try mean(result, "utilisation") - 1) < 1e-9)
    #expect(abs(try mean(result, "number_in_system") - 2) < 1e-9)
  }

  @Test("A room for one turns the second away")
  func blocks() throws {
    var design = QueueDesign(
      recorded: instants([0, 1, 1.5, 6]), service: .constant(2), servers: 1)
    design.capacity = 1
    let result = try run(design, plan(design))
    #expect(try mean(result, "blocked") == 0.5)
    #expect(abs(try mean(result, "utilisation") - 0.5) < 1e-9)
  }

  @Test("Fewer jobs are the first ones, and a warm-up comes before them")
  func partly() throws {
    let design = QueueDesign(
      recorded: instants([0, 1, 1.5, 6]), service: .constant(2), servers: 1)
    var plan = plan(design)
    plan.jobs = 2
    #expect(abs(try mean(run(design, plan), "waiting_time") - 0.5) < 1e-9)
    plan.warmUp = 1
    #expect(abs(try mean(run(design, plan), "waiting_time") - 3.5 / 2) < 1e-9)
    // From the second arrival at 1 s to the third departure at 6 s.
    #expect(abs(try mean(run(design, plan), "throughput") - 2.0 / 5) < 1e-9)
  }

  /// The same arrivals, recorded from the run that draws them, leave every job where it was.
  @Test("A recording of a Poisson process is that process", arguments: [0, 1, 2, 3])
  func differential(_ kind: Int) throws {
    let gap = Distribution.exponential(mean: 1)
    // The stream of the gaps in the first replication, as the queue keys it.
    var stream = RandomStream(seed: 4, purpose: 0x5101, entity: 0)
    var now = Instant.start
    let times = (0..<5000).map { _ in
      now = now + gap.sample(&stream)
      return now
    }
    let law = Distribution.lognormal(mean: kind == 0 ? 2.4 : 0.8, cv: 1.5)
    func ruled(_ design: QueueDesign) -> QueueDesign {
      var design = design
      if kind == 1 { design.discipline = .ps }
      if kind == 2 { design.capacity = 5 }
      if kind == 3 { design.patience = .exponential(mean: 2) }
      return design
    }
    let servers = kind == 0 ? 3 : 1
    let drawn = ruled(QueueDesign(gap: gap, service: law, servers: servers))
    let recorded = ruled(QueueDesign(recorded: times, service: law, servers: servers))
    let length = plan(recorded)
    #expect(length.jobs == 5000)
    let one = try run(drawn, length)
    let other = try run(recorded, length)
    #expect(one.fingerprint == other.fingerprint)
    #expect(try mean(one, "sojourn_time") == mean(other, "sojourn_time"))
    #expect(try mean(one, "waiting_time") == mean(other, "waiting_time"))
    #expect(other.balanced)
  }

  @Test("Replications differ by their services alone")
  func replications() throws {
    let times = instants((0..<200).map { Double($0) * 0.9 })
    let still = QueueDesign(recorded: times, service: .constant(1), servers: 1)
    let same = try run(still, plan(still, replications: 5))
    #expect(same.metrics["sojourn_time"]?.mean?.halfWidth == 0)
    let varied = QueueDesign(recorded: times, service: .exponential(mean: 1), servers: 1)
    let result = try run(varied, plan(varied, replications: 5))
    #expect(try #require(result.metrics["sojourn_time"]?.mean?.halfWidth) > 0)
    // Above a load of 1 the recording ends the growth.
    #expect(varied.load > 1 && varied.isStable)
  }

  @Test("The canonical text is the recording's, not the file's")
  func canonical() {
    func text(_ seconds: [Double]) -> String {
      QueueDesign(recorded: instants(seconds), service: .constant(1), servers: 1).canonicalText
    }
    #expect(text([0, 1]).hasPrefix("arrivals recorded(2 times, hash "))
    #expect(text([0]).hasPrefix("arrivals recorded(1 time, hash "))
    #expect(text([0, 1]) == text([0, 1]) && text([0, 1]) != text([0, 2]))
  }

  @Test("What is written as recorded(FILE)")
  func spelling() throws {
    var text = QueueText(arrivals: "recorded( a (1).txt )", service: "constant(1s)", servers: "1")
    var asked: [String] = []
    func design() throws -> QueueDesign {
      try text.design { file in
        asked.append(file)
        return instants([0, 1])
      }
    }
    #expect(try design().recorded.count == 2 && asked == ["a (1).txt"])
    for (arrivals, words) in [
      ("recorded()", "write recorded(FILE)"), ("recorded(a", "write recorded(FILE)"),
      ("recored(a)", "did you mean recorded(FILE)?"), ("recorded", "needs a unit"),
    ] {
      text.arrivals = arrivals
      #expect {
        try design()
      } throws: {
        "\($0)".hasPrefix("--arrivals: ") && "\($0)".contains(words)
      }
    }
    text.arrivals = "recorded(a)"
    text.batch = "2"
    #expect { try design() } throws: { "\($0)".contains("recorded with the same time") }
  }
}
