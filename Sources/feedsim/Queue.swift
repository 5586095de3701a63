import ArgumentParser
import FeedSystem
import Foundation
import Settings
import Simulation

struct Queue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate one queue, beside its closed form where one exists.",
    discussion: """
      A quick answer for one tier: how long do visits wait at this rate with so \
      many servers?

        feedsim queue --arrivals 800/s --servers 10 \\
          --service 'lognormal(mean 10ms, cv 1)'
        feedsim queue --arrivals 20/s --servers 16 --capacity 64 \\
          --service 'exponential(mean 1s)'
        feedsim queue --class '0.2/s constant(500ms)' \\
          --class '0.6/s exponential(mean 1s)'

        feedsim queue --arrivals 'recorded(times.txt.zst)' \\
          --service 'exponential(mean 1s)'

      Arrivals: a rate (Poisson), a distribution of the gaps, or recorded(FILE), the \
      times in a file: one a line, in seconds or with their unit, not falling, plain \
      or compressed; lines that begin with # or % are comments. Each is a job, and \
      every replication has the same arrivals and services of its own.

      Distributions: constant(5ms), exponential(mean 1s), erlang(k 2, mean 10ms), \
      gamma(mean 10ms, cv 0.5), lognormal(mean 10ms, cv 0.5), \
      pareto(alpha 2.5, mean 10ms), hyperexponential(mean 10ms, cv 2), \
      empirical(p50 2ms, p95 9ms, p99 20ms).

      Without --jobs the run's length follows from the load: the nearer to \
      saturation, the longer a queue remembers its start, as 1 / (1 - load)^2.
      """)

  @Option(
    help: ArgumentHelp(
      "A rate such as 800/s, the distribution of the gaps, or recorded(FILE).",
      valueName: "rate"))
  var arrivals: String?
  @Option(help: ArgumentHelp("The distribution of the service time.", valueName: "distribution"))
  var service: String?
  @Option(help: ArgumentHelp("How many servers, or inf.", valueName: "n"))
  var servers = "1"
  @Option(
    help: ArgumentHelp(
      "Room in the system, waiting and in service; who finds none is blocked.", valueName: "n"))
  var capacity: String?
  @Option(
    help: ArgumentHelp("How long a job waits before it gives up.", valueName: "distribution"))
  var patience: String?
  @Option(
    help: ArgumentHelp("Jobs that arrive together: 10, or geometric(50).", valueName: "n"))
  var batch: String?
  @Option(
    name: .customLong("return"),
    help: ArgumentHelp(
      "The share of services after which a job queues again.", valueName: "share"))
  var returning: String?
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A priority class, highest first; give it once for each class.",
      valueName: "rate distribution"))
  var classes: [String] = []
  @Option(
    help: ArgumentHelp(
      "fcfs, or ps: one server shared equally by all jobs present.", valueName: "order"))
  var discipline: String?
  @Option(
    help: ArgumentHelp(
      "What a server does first when a job ends its idleness.", valueName: "distribution"))
  var setup: String?
  @Option(
    help: ArgumentHelp("What an idle server does, again and again.", valueName: "distribution"))
  var vacation: String?
  @Option(
    name: .customLong("then"),
    help: ArgumentHelp(
      "The service of a next single server, for a tandem.", valueName: "distribution"))
  var stages: [String] = []

  @Option(
    help: ArgumentHelp(
      "Jobs measured in each replication; without it, chosen from the load.", valueName: "n"))
  var jobs: String?
  @Option(
    help: ArgumentHelp(
      "Jobs before measuring begins; without it, chosen from the load.", valueName: "n"))
  var warmUp: String?
  @Option(help: ArgumentHelp("Independent replications.", valueName: "n"))
  var replications: String?
  @Option(help: ArgumentHelp("The seed of every random stream.", valueName: "n"))
  var seed = "42"
  @Option(
    help: ArgumentHelp("Threads; the result is the same for any number.", valueName: "n"))
  var threads: String?
  @OptionGroup var form: JSONOption

  func run() throws {
    if classes.isEmpty {
      if arrivals == nil { throw ValidationError("--arrivals is missing, such as 800/s") }
      if service == nil {
        throw ValidationError("--service is missing, such as 'exponential(mean 10ms)'")
      }
    }
    let (design, plan) = try question()
    let seed = try readingOption("--seed") { try Quantity.unsigned(self.seed) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let threads = try threads.map { try number("threads", $0, 1...1024) } ?? cores
    let result = try QueueModel.run(design, plan, seed: seed, threads: threads)
    guard result.balanced else { throw ConservationFailure(what: "flow balance of the queue") }
    let answer = QueueAnswer(result)
    try form.write(json: answer.json, text: answer.table())
  }

  /// Options that contradict one another are a wrong call, as one that cannot be read is.
  private func question() throws -> (QueueDesign, QueuePlan) {
    do {
      let design = try text.design { file in
        do {
          return try RecordedTimes.read(file)
        } catch let problem as MissingInput {
          throw problem.located(at: SourceLocation(argument: "--arrivals"), key: "")
        }
      }
      return (design, try plan(for: design))
    } catch let problem as InvalidInput where problem.location == nil {
      throw ValidationError(problem.message)
    }
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
    if design.recorded.isEmpty {
      if let jobs { plan.jobs = try number("jobs", jobs, 1...10_000_000_000) }
      if let warmUp { plan.warmUp = try number("warm-up", warmUp, 0...10_000_000_000) }
    } else {
      // There are no more jobs than times; without --jobs, all that the warm-up leaves.
      let count = design.recorded.count
      let reason = ": \(count) arrivals are recorded"
      if let warmUp { plan.warmUp = try number("warm-up", warmUp, 0...(count - 1), reason) }
      plan.jobs = count - plan.warmUp
      if let jobs { plan.jobs = try number("jobs", jobs, 1...plan.jobs, reason) }
    }
    if let replications {
      plan.replications = try number("replications", replications, 1...100_000)
    }
    try design.checkSpan(jobs: Double(plan.jobs) + Double(plan.warmUp))
    return plan
  }

  private func number(
    _ option: String, _ text: String, _ range: ClosedRange<Int>, _ reason: String = ""
  ) throws -> Int {
    try readingOption("--\(option)") {
      let value = try Quantity.count(text)
      guard range.contains(value) else {
        throw InvalidInput(
          "\"\(text)\" must lie between \(range.lowerBound) and \(range.upperBound)\(reason)")
      }
      return value
    }
  }
}

/// Books that do not agree: a fault of the program, never of its input.
struct ConservationFailure: Error, CustomStringConvertible {
  let what: String

  var description: String { "\(what) is violated; no result is shown" }
}
