import ArgumentParser
import Foundation
import Planning
import Reporting
import Settings
import Synchronization

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a scenario over ranges of its settings.",
    discussion: """
      Every point sees the same users and the same chance. Results are kept in DIR/points as they \
      come; DIR/sweep.csv has a row a point and design, in the units of the result document; \
      DIR/sweep.html shows the best points, a chart or a heat map of what was varied, and the \
      Pareto front of latency, write amplification and cost, and feedsim report DIR --out \
      FILE.html makes it anew.

        feedsim sweep celebrity-post --vary fanOut.pushBelow=1k..20k:log5 --out sweep
        feedsim sweep quickstart --vary fanOut.policy=push,pull \\
          --vary audience.users=1k..4k:lin4 --out sweep --resume
        feedsim sweep quickstart --vary audience.users=1k..9k --sample sobol:8 \\
          --out sweep
        feedsim sweep … --out sweep --shard 1/4    # on each of four machines, 2/4 …
        feedsim sweep … --out sweep --gather       # when all are done
        feedsim sweep … --out sweep --engine kubernetes > job.yaml
      """)

  @OptionGroup var choice: ScenarioChoice
  @Option(
    help: ArgumentHelp(
      "A setting and its values: 1k..1M:log7, 10%..50%:lin5 or push,pull.",
      valueName: "path=values"), completion: .setting)
  var vary: [String]
  @Option(
    help: ArgumentHelp(
      "Draw points instead of all combinations: lhs:50 or sobol:64.", valueName: "method:n"))
  var sample: String?
  @Option(
    help: ArgumentHelp("A rule to hold, beside the scenario's own.", valueName: "rule"),
    completion: .metric)
  var threshold: [String] = []
  @Option(help: ArgumentHelp("The seed of every random stream.", valueName: "n"))
  var seed: String?
  @Option(help: ArgumentHelp("Independent runs of each point.", valueName: "n"))
  var replications: String?
  @Option(
    help: ArgumentHelp(
      "Points run side by side, as many as there are cores if not given; the result is the same "
        + "for any.", valueName: "n"))
  var threads: Int?
  @Option(
    help: ArgumentHelp("The folder of the results.", valueName: "dir"), completion: .directory)
  var out: String?
  @OptionGroup var library: ChartOption
  @Flag(help: "Run only what is missing in the folder.")
  var resume = false
  @Option(
    help: ArgumentHelp(
      "Run only every n-th point from the i-th; auto takes i and n from the environment of a "
        + "Slurm, AWS Batch or (auto/n) Kubernetes job.", valueName: "i/n"))
  var shard: String?
  @Option(
    help: ArgumentHelp(
      "Where points run: local; slurm, to submit them as a job array and wait for it; or "
        + "kubernetes or aws-batch, to print the manifest of one and run nothing.",
      valueName: "engine"))
  var engine = Engine.local
  @Flag(help: "Say what would be run, and run nothing.")
  var plan = false
  @Flag(help: "Run nothing; read what is in the folder.")
  var gather = false
  @Flag(help: "One JSON document on stdout instead of the table.")
  var json = false

  enum Engine: String, ExpressibleByArgument, CaseIterable {
    case local, slurm, kubernetes
    case awsBatch = "aws-batch"
  }

  func validate() throws {
    if plan, gather { throw ValidationError("--plan runs nothing, and neither does --gather") }
    if gather, shard != nil { throw ValidationError("--gather reads all shards, not --shard") }
    if engine != .local, plan || gather || shard != nil {
      throw ValidationError(
        "--engine \(engine.rawValue) runs all points: no --plan, --gather or --shard")
    }
    if engine != .local, engine != .slurm, json {
      throw ValidationError("--engine \(engine.rawValue) prints a manifest, which --json is not")
    }
    if !plan, out == nil { throw ValidationError("--out DIR is needed for the results") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): must be from 1 to 1024")
    }
  }

  func run() throws {
    let share = try shard.map {
      try SweepShard(parsing: $0, environment: ProcessInfo.processInfo.environment)
    }
    let asked = try planned()
    let points = share?.points(of: asked) ?? asked.points
    if plan {
      return try Output.write(
        json
          ? SweepReport.json(asked, points, version: Feedsim.version)
          : SweepReport.table(asked, points))
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch engine {
    case .local, .slurm: break
    case .kubernetes:
      return try Output.write(SweepManifest.kubernetes(arguments, points: points.count))
    case .awsBatch:
      return try Output.write(SweepManifest.awsBatch(arguments, points: points.count))
    }
    let folder = SweepFolder(path: out ?? "")
    let charts = share == nil ? try library.text : nil
    if gather {
      try folder.requireExisting()
    } else {
      try folder.create()
      if !resume { try folder.refuseExisting(points, isShard: share != nil) }
      folder.removeUnfinished(points)
      try answer(points, in: folder)
    }
    var report = SweepReport(asked, version: Feedsim.version)
    for point in points { report.add(point, folder.outcome(of: point)) }
    if share == nil { try folder.write(report, charts: charts) }
    try tell(report, of: points.count)
  }

  private func planned() throws -> SweepPlan {
    let axes = try vary.map { try SweepAxis(parsing: $0, sampled: sample != nil) }
    let drawn = try sample.map { try SweepSample(parsing: $0, dimensions: axes.count) }
    let overrides = try choice.set + RunOptions.overrides(seed: seed, replications: replications)
    return try SweepPlan(
      reading: ScenarioFolder.find(choice.scenario), overrides: overrides, rules: threshold,
      axes: axes, sample: drawn, version: Feedsim.version)
  }

  /// Runs the points that have no result yet and keeps what comes of each at once.
  private func answer(_ points: [SweepPlan.Point], in folder: SweepFolder) throws {
    let missing = points.filter { point in
      guard point.problem == nil else { return false }
      if case .result = folder.outcome(of: point) { return false }
      return true
    }
    if engine == .slurm { return try submit(missing.count, folder) }
    let start = ContinuousClock.now
    let done = Mutex(0)
    defer { Output.progress("") }
    Output.progress("0 of \(missing.count) points")
    let threads = self.threads ?? ProcessInfo.processInfo.activeProcessorCount
    try SweepRun(missing, threads: threads, version: Feedsim.version).run { point, outcome in
      // One at a time: the file that an interruption would leave behind is known to be one.
      try done.withLock { done in
        try folder.keep(outcome, of: point)
        done += 1
        let left = start.duration(to: .now) / done * (missing.count - done)
        Output.progress("\(done) of \(missing.count) points, \(Self.text(left)) left")
      }
    }
  }

  /// A task a point, as long as the array may be so long; a task has the threads it asks for.
  private func submit(_ points: Int, _ folder: SweepFolder) throws {
    guard points > 0 else { return }
    Output.progress("\(points) points in a Slurm job array")
    defer { Output.progress("") }
    try SlurmArray.run(
      Array(CommandLine.arguments.dropFirst()), tasks: min(points, SlurmArray.taskLimit),
      threads: threads ?? 1, log: "\(folder.path)/slurm-%A.log")
  }

  private static func text(_ length: Swift.Duration) -> String {
    let seconds = Int(length.components.seconds)
    if seconds < 100 { return "\(seconds) s" }
    return seconds < 6000 ? "\((seconds + 30) / 60) min" : "\((seconds + 1800) / 3600) h"
  }

  /// Tells what the files say, so that one process, shards and a resumed run tell the same.
  private func tell(_ report: SweepReport, of count: Int) throws {
    try Output.write(json ? report.json : report.table)
    if !report.missing.isEmpty {
      let list = report.missing.map(String.init).joined(separator: ", ")
      Output.note(
        "feedsim: \(report.missing.count) of \(count) points are missing: \(list)")
    }
    if !report.failed.isEmpty {
      Output.note(
        "feedsim: \(report.failed.count) of \(count) points failed; the first: "
          + (report.firstError ?? ""))
    }
    if !report.missing.isEmpty || report.succeeded == 0 && count > 0 {
      throw ExitCode.invalidInput
    }
  }
}
