import ArgumentParser
import Foundation
import Settings
import Simulation

struct Queue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate one queue, beside its closed form where one exists.",
    discussion: """
      A quick answer for one tier: how long do visits wait at this rate with so many servers?

        feedsim queue --arrivals 800/s --service 'lognormal(mean 10ms, cv 1)' --servers 10
        feedsim queue --arrivals 20/s --service 'exponential(mean 1s)' --servers 16 --capacity 64
        feedsim queue --class '0.2/s constant(500ms)' --class '0.6/s exponential(mean 1s)'

      Distributions: constant(5ms), exponential(mean 1s), erlang(k 2, mean 10ms),
      gamma(mean 10ms, cv 0.5), lognormal(mean 10ms, cv 0.5), pareto(alpha 2.5, mean 10ms),
      hyperexponential(mean 10ms, cv 2), empirical(p50 2ms, p95 9ms, p99 20ms).

      Without --jobs the run's length follows from the load: the nearer to saturation, the
      longer a queue remembers its start, as 1 / (1 - load)^2.
      """)

  @Option(help: "A rate such as 800/s, or the distribution of the gaps.")
  var arrivals: String?
  @Option(help: "The distribution of the service time.")
  var service: String?
  @Option(help: "How many servers, or inf.")
  var servers = "1"
  @Option(help: "Room in the system, waiting and in service; who finds none is blocked.")
  var capacity: String?
  @Option(help: "How long a job waits before it gives up.")
  var patience: String?
  @Option(help: "Jobs that arrive together: 10, or geometric(50).")
  var batch: String?
  @Option(name: .customLong("return"), help: "The share of services after which a job queues again.")
  var returning: String?
  @Option(
    name: .customLong("class"),
    help: "'RATE SERVICE' of a priority class, highest first; give it once for each class.")
  var classes: [String] = []
  @Option(help: "fcfs, or ps: one server shared equally by all jobs present.")
  var discipline: String?
  @Option(help: "What a server does first when a job ends its idleness.")
  var setup: String?
  @Option(help: "What an idle server does, again and again.")
  var vacation: String?
  @Option(name: .customLong("then"), help: "The service of a next single server, for a tandem.")
  var stages: [String] = []

  @Option(help: "Jobs measured in each replication; without it, chosen from the load.")
  var jobs: String?
  @Option(help: "Jobs before measuring begins; without it, chosen from the load.")
  var warmUp: String?
  @Option(help: "Independent replications.")
  var replications: String?
  @Option(help: "The seed of every random stream.")
  var seed = "42"
  @Option(help: "Threads; the result is the same for any number.")
  var threads: String?
  @Flag(help: "One JSON document on stdout.")
  var json = false

  func run() throws {
    let design = try text.design()
    let plan = try plan(for: design)
    let seed = try read("seed", seed) { try Quantity.unsigned($0) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let threads = try threads.map { try number("threads", $0, 1...1024) } ?? cores
    let result = QueueModel.run(design, plan, seed: seed, threads: threads)
    guard result.balanced else { throw ConservationFailure(what: "flow balance of the queue") }
    let answer = QueueAnswer(result)
    try Output.write(json ? answer.json() : answer.table())
  }

  private var text: QueueText {
    var text = QueueText(arrivals: arrivals, service: service, servers: servers)
    text.capacity = capacity
    text.patience = patience
    text.batch = batch
    text.returning = returning
    text.classes = classes
    text.discipline = discipline
    text.setup = setup
    text.vacation = vacation
    text.stages = stages
    return text
  }

  private func plan(for design: QueueDesign) throws -> QueuePlan {
    var plan = QueuePlan(for: design)
    if let jobs { plan.jobs = try number("jobs", jobs, 1...10_000_000_000) }
    if let warmUp { plan.warmUp = try number("warm-up", warmUp, 0...10_000_000_000) }
    if let replications {
      plan.replications = try number("replications", replications, 1...100_000)
    }
    try design.checkSpan(jobs: Double(plan.jobs) + Double(plan.warmUp))
    return plan
  }

  private func number(_ option: String, _ text: String, _ range: ClosedRange<Int>) throws -> Int {
    try read(option, text) {
      let value = try Quantity.count($0)
      guard range.contains(value) else {
        throw InvalidInput(
          "\"\(text)\" must lie between \(range.lowerBound) and \(range.upperBound)")
      }
      return value
    }
  }

  private func read<Value>(
    _ option: String, _ text: String, _ body: (String) throws -> Value
  ) throws -> Value {
    do {
      return try body(text)
    } catch let problem as InvalidInput {
      throw problem.located(at: SourceLocation(argument: "--\(option)"), path: "")
    }
  }
}

/// Books that do not agree: a fault of the program, never of its input.
struct ConservationFailure: Error, CustomStringConvertible {
  let what: String

  var description: String { "\(what) is violated; no result is shown" }
}
