import Foundation
import Simulation
import Testing

/// One row of ../shared/oracle/queueing.csv.
struct OracleRow {
  var name: String
  var model: String
  var parameters: [String: Any]
  var metric: String
  var value: Double
  var kind: String
}

enum Oracle {
  /// The table beside the repository, or nil where it is not there.
  nonisolated(unsafe) static let rows: [OracleRow]? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "../shared/oracle/queueing.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = cells(String(line))
      guard cells.count >= 6, let value = Double(cells[4]),
        let json = try? JSONSerialization.jsonObject(with: Data(cells[2].utf8)) as? [String: Any]
      else { return nil }
      return OracleRow(
        name: cells[0], model: cells[1], parameters: json, metric: cells[3], value: value,
        kind: cells[5])
    }
  }()

  static func cells(_ line: String) -> [String] {
    var cells = [""]
    var quoted = false
    for character in line {
      if character == "\"" {
        // A doubled quote closes and opens again: it stands for itself.
        if !quoted, let last = cells.last, !last.isEmpty { cells[cells.count - 1] += "\"" }
        quoted.toggle()
      } else if character == ",", !quoted {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    return cells
  }

  /// Names of the cases whose rows are exact or numeric, one for each model.
  static var cases: [(name: String, model: String)] {
    var seen: [(name: String, model: String)] = []
    for row in rows ?? [] where row.kind == "exact" || row.kind == "numeric" {
      if !seen.contains(where: { $0.name == row.name && $0.model == row.model }) {
        seen.append((row.name, row.model))
      }
    }
    return seen
  }

  /// The case as it is written for `feedsim queue`; nil where the command has no words for it.
  static func text(_ row: OracleRow) -> QueueText? {
    func number(_ key: String) -> Double { (row.parameters[key] as? NSNumber)?.doubleValue ?? 0 }
    func seconds(_ mean: Double) -> String { "\(Int((mean * 1e9).rounded()))ns" }
    let rate = "\(number("lam"))/s"
    let service = "exponential(mean \(seconds(1 / max(number("mu"), 1e-9))))"
    let servers = "\(Int(max(number("c"), 1)))"
    var text = QueueText(arrivals: rate, service: service, servers: servers)
    switch row.model {
    case "M/M/1", "M/M/c": break
    case "M/M/c/K": text.capacity = "\(Int(number("K")))"
    case "M/G/c/c":
      text.arrivals = "\(number("a"))/s"
      text.service = "gamma(mean 1s, cv 0.5)"
      text.capacity = servers
    case "M/M/c+M": text.patience = "exponential(mean \(seconds(1 / number("theta"))))"
    case "M/D/1": text.service = "constant(\(seconds(number("D"))))"
    case "M/LN/1": text.service = "lognormal(mean 1s, cv \(number("scv").squareRoot()))"
    case "M/Pareto/1": text.service = "pareto(alpha \(number("alpha")), mean 1s)"
    case "M/H2/1": text.service = "hyperexponential(mean 1s, cv \(number("scv").squareRoot()))"
    case "D/M/1": text.arrivals = "constant(\(seconds(1 / number("lam"))))"
    case "E2/M/1": text.arrivals = "erlang(k 2, mean \(seconds(1 / number("lam"))))"
    case "D/D/1":
      text.arrivals = "constant(\(seconds(1 / number("lam"))))"
      text.service = "constant(1s)"
    case "M/M/1-PS": text.discipline = "ps"
    case "M/M/inf": text.servers = "inf"
    case "M/M/1-NP-prio":
      text.arrivals = nil
      text.service = nil
      text.classes = ["1", "2"].map {
        "\(number("lam" + $0))/s exponential(mean \(seconds(1 / number("mu" + $0))))"
      }
    case "tandem M/M/1":
      let rates = row.parameters["mus"] as? [Double] ?? []
      let laws = rates.map { "exponential(mean \(seconds(1 / $0)))" }
      text.service = laws.first
      text.stages = Array(laws.dropFirst())
    case "Jackson feedback": text.returning = "\(number("p_return") * 100)%"
    case "M/M/1 exp setup": text.setup = "exponential(mean \(seconds(1 / number("theta"))))"
    case "M/M/1 multiple exp vacations":
      text.vacation = "exponential(mean \(seconds(1 / number("theta"))))"
    case "M^[k]/M/1 fixed batch":
      text.arrivals = "\(number("batch_rate"))/s"
      text.batch = "\(Int(number("batch")))"
    case "M^[Geo]/M/1":
      text.arrivals = "\(number("batch_rate"))/s"
      text.batch = "geometric(\(Int(number("batch_mean"))))"
    default: return nil
    }
    return text
  }

  /// The command's metric and statistic of a row; nil where it has none.
  static func place(_ metric: String) -> (metric: String, statistic: String)? {
    let means = [
      "L": "number_in_system", "Lq": "number_waiting", "util": "utilisation",
      "throughput": "throughput", "P_block": "blocked", "P_wait": "delayed",
      "P_delayed": "delayed", "P_abandon": "abandoned",
    ]
    if let name = means[metric] { return (name, "mean") }
    if metric == "W_var_closed" { return ("sojourn_time", "var") }
    let names = [
      "W": "sojourn_time", "Wq": "waiting_time", "Wq1": "waiting_time.1",
      "Wq2": "waiting_time.2", "N": "number_in_system",
    ]
    let parts = metric.split(separator: "_", maxSplits: 1).map(String.init)
    guard parts.count == 2, let name = names[parts[0]] else { return nil }
    return (name, parts[1].split(separator: ".").joined(separator: "_"))
  }

  static func estimate(_ metric: String, in result: QueueResult) -> Estimate? {
    guard let place = place(metric), let found = result.metrics[place.metric] else { return nil }
    if place.statistic == "mean" { return found.mean }
    if place.statistic == "var" { return found.variance }
    let index = QueueModel.quantiles.firstIndex { $0.name == place.statistic }
    return index.flatMap { $0 < found.quantiles.count ? found.quantiles[$0] : nil }
  }
}

@Suite(
  "The queue sandbox against exact answers", .serialized,
  .enabled(if: Oracle.rows != nil, "../shared/oracle/queueing.csv is not beside the repository"))
struct OracleTests {
  /// Chosen once, the day this test was written.
  static let seed: UInt64 = 20_261_121

  /// Cases the command has no words for: preemption, networks other than tandems and feedback,
  /// closed systems, a maximum alone, a burst into an empty system, and transients.
  static let notExpressible = [
    "prio-0.2-0.6-2.0 M/M/1-PR-prio", "jackson-3 Jackson open",
    "closed-mva-5 closed product-form", "closed-mva-20 closed product-form",
    "closed-mva-100 closed product-form", "maxexp-2 max of n iid Exp",
    "maxexp-1000 max of n iid Exp", "burst-10000000-1000 burst D service",
    "burst-1234567-64 burst D service", "mm1-trans-0.8 M/M/1 from empty",
    "mm1-spike M/M/1 spike .5->2->.5 at 50..80",
  ]

  /// Rows of expressible cases that are no metric of the command.
  static let noMetric = ["sigma", "W_given_size_0.5", "W_given_size_1", "W_given_size_5"]

  /// Too rare for runs of the default length, and said to be so.
  static let notResolved = ["mm1-0.99 W_p99.9", "mm1-0.99 Wq_p99.9"]

  static func rows(_ name: String, _ model: String) -> [OracleRow] {
    (Oracle.rows ?? []).filter {
      $0.name == name && $0.model == model && ($0.kind == "exact" || $0.kind == "numeric")
    }
  }

  static var expressible: [[String]] {
    Oracle.cases.filter { pair in rows(pair.name, pair.model).contains { Oracle.text($0) != nil } }
      .map { [$0.name, $0.model] }
  }

  @Test("At least 45 cases can be written; the rest are known by name")
  func coverage() {
    let names = Set(Self.expressible.map { $0[0] })
    #expect(names.count >= 45)
    let others = Oracle.cases.filter { !Self.expressible.contains([$0.name, $0.model]) }
    #expect(others.map { "\($0.name) \($0.model)" } == Self.notExpressible)
  }

  @Test("Every exact and numeric row lies in the 99.9 % interval", arguments: expressible)
  func exactness(_ pair: [String]) throws {
    let rows = Self.rows(pair[0], pair[1])
    let design = try #require(try Oracle.text(rows[0])?.design())
    var plan = QueuePlan(for: design)
    // Long runs are for rare quantiles; means have their intervals sooner.
    if !rows.contains(where: { $0.metric.contains("_p9") }) {
      plan.jobs = min(plan.jobs, 1_500_000)
    }
    let result = try QueueModel.run(design, plan, seed: Self.seed, threads: 2)
    #expect(result.balanced)
    let wider =
      studentQuantile(0.999, freedom: Double(plan.replications - 1))
      / studentQuantile(0.95, freedom: Double(plan.replications - 1))
    for row in rows where !Self.noMetric.contains(row.metric) {
      let estimate = try #require(Oracle.estimate(row.metric, in: result), "\(row.metric)")
      // A mean whose observations have no variance has no t-interval (oracle README).
      let isTime = !row.metric.contains("_p") && row.metric != "util"
      if isTime && !design.service.hasThirdMoment { continue }
      let name = "\(row.name) \(row.metric)"
      #expect(estimate.resolved == !Self.notResolved.contains(name), "\(name)")
      guard estimate.resolved else { continue }
      // The table has ten digits.
      let slack = abs(row.value) * 1e-9
      let distance = abs(estimate.value - row.value)
      #expect(
        distance <= (estimate.halfWidth ?? 0) * wider + slack,
        "\(name): exact \(row.value), simulated \(estimate)")
    }
  }

  @Test("The closed forms beside the estimates are the table's", arguments: expressible)
  func closedForms(_ pair: [String]) throws {
    let rows = Self.rows(pair[0], pair[1])
    let design = try #require(try Oracle.text(rows[0])?.design())
    let forms = QueueTheory.closedForms(of: design)
    var compared = 0
    for row in rows {
      guard let place = Oracle.place(row.metric),
        let form = forms.first(where: {
          $0.metric == place.metric && $0.statistic == place.statistic
        })
      else { continue }
      compared += 1
      #expect(
        abs(form.value - row.value) <= 1e-8 * max(abs(row.value), 1),
        "\(row.name) \(row.metric): \(row.value), formula \(form.value)")
    }
    #expect(compared > 0)
  }
}
