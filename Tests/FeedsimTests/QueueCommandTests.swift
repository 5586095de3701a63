import Foundation
import Testing

/// `feedsim queue` against formulas written here, not the program's own.
@Suite(.serialized) struct QueueCommandTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    /// Exact means by metric.
    var means: [String: Double]
    var quantiles: [String: Double] = [:]

    var testDescription: String { name }
  }

  /// Erlang's loss formula by its recursion: B(0) = 1, B(c) = a B(c-1) / (c + a B(c-1)).
  private static func erlangB(_ servers: Int, _ load: Double) -> Double {
    (1...servers).reduce(1.0) { blocked, count in
      load * blocked / (Double(count) + load * blocked)
    }
  }

  /// The probability to wait (Erlang C) in terms of the one to be lost.
  private static func erlangC(_ servers: Int, _ load: Double) -> Double {
    let blocked = erlangB(servers, load)
    return blocked / (1 - load / Double(servers) * (1 - blocked))
  }

  private static let exponential = ["--service", "exponential(mean 1s)"]

  static let cases: [Case] = {
    let delayed = erlangC(4, 3)
    let lost = erlangB(5, 4)
    // M/M/1/4 at a load of 0.8.
    let states = (0...4).map { pow(0.8, Double($0)) }
    let full = states[4] / states.reduce(0, +)
    return [
      Case(
        name: "M/M/1", arguments: ["--arrivals", "0.7/s"] + exponential,
        means: [
          "sojourn_time": 1 / 0.3, "waiting_time": 0.7 / 0.3, "utilisation": 0.7,
          "number_in_system": 0.7 / 0.3, "throughput": 0.7, "blocked": 0, "delayed": 0.7,
        ], quantiles: ["p50": log(2.0) / 0.3, "p95": log(20.0) / 0.3, "p99": log(100.0) / 0.3]),
      Case(
        name: "M/M/4", arguments: ["--arrivals", "3/s", "--servers", "4"] + exponential,
        means: [
          "waiting_time": delayed, "sojourn_time": 1 + delayed, "utilisation": 0.75,
          "delayed": delayed, "number_waiting": 3 * delayed,
        ]),
      Case(
        name: "M/M/5/5",
        arguments: ["--arrivals", "4/s", "--servers", "5", "--capacity", "5"] + exponential,
        means: [
          "blocked": lost, "throughput": 4 * (1 - lost), "utilisation": 4 * (1 - lost) / 5,
          "number_in_system": 4 * (1 - lost), "waiting_time": 0,
        ]),
      Case(
        name: "M/M/1/4", arguments: ["--arrivals", "0.8/s", "--capacity", "4"] + exponential,
        means: ["blocked": full, "utilisation": 0.8 * (1 - full), "throughput": 0.8 * (1 - full)]),
      Case(
        name: "M/D/1", arguments: ["--arrivals", "80/s", "--service", "constant(10ms)"],
        means: [
          "waiting_time": 0.01 * 0.8 / (2 * 0.2), "sojourn_time": 0.01 * (1 + 0.8 / (2 * 0.2)),
          "utilisation": 0.8,
        ]),
      Case(
        name: "M/G/1",
        arguments: ["--arrivals", "60/s", "--service", "lognormal(mean 10ms, cv 2)"],
        // Pollaczek–Khinchine: λ E[S²] / (2 (1 - ρ)), with E[S²] = (1 + cv²) E[S]².
        means: ["waiting_time": 60 * 5 * 1e-4 / (2 * 0.4), "utilisation": 0.6]),
      Case(
        name: "M/M/inf", arguments: ["--arrivals", "5/s", "--servers", "inf"] + exponential,
        means: ["number_in_system": 5, "sojourn_time": 1, "waiting_time": 0]),
    ]
  }()

  @Test(arguments: cases)
  func agreesWithTheClosedForm(_ test: Case) throws {
    let result = try Command.run(
      ["queue", "--json", "--jobs", "60000", "--replications", "20"] + test.arguments)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    let document = try RunDocument(result.output)
    let sojourns = test.quantiles.map { ("sojourn_time", $0.key, $0.value) }
    for (metric, statistic, exact) in test.means.map({ ($0.key, "mean", $0.value) }) + sojourns {
      let estimate = try document.estimate(metric, statistic)
      let simulated = try document.value(metric, statistic)
      let halfWidth = try #require(estimate["half_width"] as? Double, "\(metric)")
      // Twice the half-width is the 99.94 % interval of 20 replications.
      #expect(
        abs(simulated - exact) <= 2 * halfWidth + 1e-9,
        "\(metric) \(statistic): \(simulated) ± \(halfWidth), exact \(exact)")
      if let formula = estimate["exact"] as? Double {
        #expect(abs(formula - exact) <= 1e-8 * max(1, exact), "\(metric): \(formula), \(exact)")
        #expect(formula.sign == .plus)
      }
      #expect((document.metrics[metric]?["count"] as? Int ?? 0) >= 20, "\(metric)")
    }
  }

  @Test func hasTheContractsMetrics() throws {
    let result = try Command.run(
      ["queue", "--json", "--arrivals", "0.5/s", "--jobs", "2000"] + Self.exponential)
    let document = try RunDocument(result.output)
    let units = [
      "sojourn_time": "s", "waiting_time": "s", "utilisation": "ratio", "blocked": "ratio",
    ]
    for (metric, unit) in units { #expect(document.unit(metric) == unit, "\(metric)") }
    #expect(try document.estimate("sojourn_time", "p99_9")["resolved"] as? Bool == false)
    #expect(try document.estimate("sojourn_time", "p50")["resolved"] as? Bool == true)
    #expect(document.checks.allSatisfy { $0["passed"] as? Bool == true })
  }

  @Test func repeatsItself() throws {
    let arguments = ["queue", "--json", "--arrivals", "0.5/s", "--jobs", "5000"]
    func text(_ more: [String]) throws -> String {
      try Command.run(arguments + Self.exponential + more).output
    }
    let first = try text(["--threads", "1"])
    #expect(first.count > 500)
    #expect(try text(["--threads", "2"]) == first)
    #expect(try text(["--seed", "43"]) != first)
  }

  @Test func showsATable() throws {
    let result = try Command.run(
      ["queue", "--arrivals", "0.5/s", "--jobs", "20000"] + Self.exponential)
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.hasPrefix("M/M/1: "))
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ") }
    let waiting = rows.first { $0.starts(with: ["waiting", "time"]) }
    // Its mean is 1 s, which no rounding may turn into 1000 ms.
    #expect(waiting?.suffix(3) == ["1", "s", "M/M/1"], "\(waiting ?? [])")
    #expect(!result.output.contains(" -0"))
  }

  /// A share of servers without number is none; what is true is how many are busy.
  @Test func saysHowMuchIsOffered() throws {
    let arguments = ["queue", "--arrivals", "5/s", "--jobs", "2000"] + Self.exponential
    let endless = try Command.run(arguments + ["--servers", "inf"])
    #expect(endless.output.contains("\noffered load 5 erlangs, 20 replications"))
    #expect(!endless.output.contains("load 0"), "\(endless.output)")
    let ten = try Command.run(arguments + ["--servers", "10"])
    #expect(ten.output.contains("\nload 0.5, 20 replications"), "\(ten.output)")
  }

  @Test func replaysRecordedArrivals() throws {
    let scratch = try Scratch()
    try scratch.write("times.txt", "# measured\n10\n11s\n\n11500ms\n16\n")
    func run(_ more: String...) throws -> Command.Finished {
      let queue = ["queue", "--arrivals", "recorded(times.txt)", "--service", "constant(2s)"]
      return try Command.run(queue + more, in: scratch.folder)
    }
    let table = try run()
    #expect(table.status == 0 && table.errors.isEmpty, "\(table.errors)")
    #expect(table.output.hasPrefix("recorded/D/1: arrivals recorded(4 times, hash "))
    #expect(table.output.contains("20 replications of 4 jobs after 0 of warm-up"))
    #expect(table.output.contains("note: every replication has the same recorded arrivals"))
    #expect(!table.output.contains("--jobs"), "there are no more jobs to give")
    let document = try RunDocument(try run("--json").output)
    #expect(abs(try document.value("waiting_time") - 3.5 / 4) < 1e-9)
    #expect(try document.estimate("waiting_time")["half_width"] as? Double == 0)
    #expect(document.notes.contains { $0.hasPrefix("every replication has the same recorded") })
    let many = try run("--jobs", "5")
    #expect(many.status == 64)
    #expect(
      many.errors
        == "feedsim: --jobs: \"5\" must lie between 1 and 4: 4 arrivals are recorded\n")
    #expect(try run("--warm-up", "4").status == 64)
    try scratch.write("times.txt", "1\n0.5\n")
    let falling = try run()
    #expect(falling.status == 65 && falling.output.isEmpty)
    #expect(falling.errors.hasPrefix("feedsim: times.txt:2:1: \"0.5\" comes before \"1\""))
    let missing = try Command.run(
      ["queue", "--arrivals", "recorded(none.txt)"] + Self.exponential, in: scratch.folder)
    #expect(missing.status == 66)
    #expect(
      missing.errors
        == "feedsim: --arrivals: cannot read none.txt: No such file or directory\n")
  }

  @Test func saysUnstable() throws {
    let arguments = ["queue", "--arrivals", "5/s"] + Self.exponential
    let table = try Command.run(arguments)
    #expect(table.status == 0 && table.output.contains("UNSTABLE: load 5"), "\(table.errors)")
    #expect(table.processorSeconds < 1)
    #expect(!table.output.contains("sojourn time  "), "a mean that does not exist is given")
    let document = try RunDocument(try Command.run(arguments + ["--json"]).output)
    #expect(document.notes.contains { $0.hasPrefix("UNSTABLE: load 5") })
    for metric in ["sojourn_time", "waiting_time", "number_in_system"] {
      #expect(document.metrics[metric]?["mean"] == nil, "\(metric)")
      #expect(document.metrics[metric]?["unstable"] as? Bool == true, "\(metric)")
    }
    // Room or patience bounds the backlog.
    let bounded = try Command.run(arguments + ["--capacity", "10", "--jobs", "2000"])
    #expect(bounded.status == 0 && !bounded.output.contains("UNSTABLE"))
  }

  @Test(arguments: [
    [], ["--arrivals", "5/s"], ["--service", "constant(1s)"], ["--bogus"],
    ["--arrivals", "5/s", "--service"],
    ["--arrivals", "5/s", "--service", "constant(1s)", "--capacity", "2", "--servers", "3"],
    ["--arrivals", "5/s", "--service", "constant(1s)", "--batch", "2", "--discipline", "ps"],
  ])
  func refusesUsage(_ arguments: [String]) throws {
    let result = try Command.run(["queue"] + arguments)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("Usage: feedsim queue"), "\(result.errors)")
  }

  @Test(arguments: [
    (["--arrivals", "5"], "needs a unit"), (["--arrivals=-5/s"], "is negative"),
    (["--service", "expnential(mean 1s)"], "did you mean 'exponential'?"),
    (["--service", "exponential(mean 1)"], "unit"),
    (["--service", "pareto(alpha 0.5, mean 1s)"], "alpha"), (["--servers", "0"], "at least 1"),
    (["--servers", "2.5"], "--servers"), (["--capacity", "0"], "at least 1"),
    (["--jobs", "0"], "--jobs"), (["--replications", "0"], "--replications"),
    (["--seed", "x"], "--seed"), (["--threads", "0"], "--threads"),
    (["--discipline", "pss"], "did you mean \"ps\"?"),
  ])
  func refusesAValue(_ more: [String], _ hint: String) throws {
    let valid = ["queue", "--arrivals", "0.5/s"] + Self.exponential
    let result = try Command.run(valid + more)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.output)")
    #expect(result.errors.hasPrefix("feedsim: --") && result.errors.contains(hint))
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }
}
