import ArgumentParser
import Planning
import Reporting
import ResponseSurfaces
import Settings

struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the best value of one to four settings, as an interval, under rules.",
    discussion: """
      Every point sees the same users and the same chance. The answer is a setting with its 95 % \
      interval, what today's setting loses against it, how flat the curve is about it, which rule \
      holds it back, and the Pareto front of latency, write amplification and cost. The scenario's \
      own thresholds are rules too. The exit code is 99 when no setting keeps every rule.

        feedsim tune celebrity-post --vary fanOut.pushBelow=100..20k \\
          --minimise feed.latency.p99
        feedsim tune quickstart --vary fanOut.pushBelow=30..1k \\
          --minimise fan_out.write_amplification \\
          --subject-to 'feed.latency.p99 < 90ms'
        feedsim tune quickstart --vary fanOut.pushBelow=30..1k \\
          --vary cache.feed.ttl=10s..10min \\
          --maximise cache.feed.hit_ratio --out tune.html
      """)

  @OptionGroup var choice: ScenarioChoice
  @Option(
    help: ArgumentHelp(
      "A setting and its range, such as fanOut.pushBelow=1k..100k; at most four.",
      valueName: "path=low..high"), completion: .setting)
  var vary: [String]
  @Option(
    help: ArgumentHelp("What is to be least, such as feed.latency.p99.", valueName: "metric"),
    completion: .metric)
  var minimise: String?
  @Option(
    help: ArgumentHelp("What is to be greatest, such as feed.throughput.", valueName: "metric"),
    completion: .metric)
  var maximise: String?
  @Option(
    name: .customLong("subject-to"),
    help: ArgumentHelp("A rule to keep, beside the scenario's own.", valueName: "rule"),
    completion: .metric)
  var subjectTo: [String] = []
  @Option(
    help: ArgumentHelp(
      "Points that may be simulated, one with twice the replications counting as two; 60 for one "
        + "setting if not given, and more for several.", valueName: "n"))
  var runs: String?
  @OptionGroup var options: RunOptions
  @Option(
    help: ArgumentHelp("Also write the answer: .html, .json, .md or .csv.", valueName: "file"),
    completion: .file(extensions: ["html", "json", "md", "csv"]))
  var out: [String] = []
  @OptionGroup var library: ChartOption

  func validate() throws {
    guard (minimise == nil) != (maximise == nil) else {
      throw ValidationError("give what is to be tuned: --minimise METRIC or --maximise METRIC")
    }
  }

  func run() throws {
    let files = try out.map { try OutputFile($0, formats: [.html, .json, .md, .csv]) }
    let charts = try files.contains { $0.format == .html } ? library.text : nil
    let threads = try Asking.threadCount(options.threads)
    let plan = try self.plan()
    let answer = try tuned(plan, threads: threads, budget: budget(plan.settings.count))
    try options.give(TuneReport(answer), to: files, charts: charts)
    if !answer.isFeasible { throw ExitCode.thresholdFailed }
  }

  private func plan() throws -> TunePlan {
    if options.replications == "1" {
      throw ValidationError("--replications 1: one gives no interval; ask for at least two")
    }
    let given = try RunOptions.overrides(
      seed: options.seed, replications: options.replications)
    return try TunePlan(
      reading: ScenarioFolder.find(choice.scenario), overrides: choice.set + given,
      rules: subjectTo,
      ranges: vary, objective: minimise ?? maximise ?? "",
      isMaximised: maximise != nil, version: Feedsim.version)
  }

  private func budget(_ settings: Int) throws -> Int? {
    guard let runs else { return nil }
    let count = try readingOption("--runs") { try Quantity.count(runs) }
    let least = Tuner.leastBudget(settings)
    guard (least...SweepPlan.pointLimit).contains(count) else {
      throw ValidationError(
        "--runs \(runs): a search over \(settings) \(settings == 1 ? "setting" : "settings") "
          + "takes from \(least) to \(SweepPlan.pointLimit) points")
    }
    return count
  }

  /// The progress line is gone afterwards, whatever came of the search.
  private func tuned(_ plan: TunePlan, threads: Int, budget: Int?) throws -> TuneAnswer {
    defer { if !options.quiet { Output.progress("") } }
    return try plan.run(threads: threads, budget: budget) { line in
      if !options.quiet { Output.progress(line) }
    }
  }
}
