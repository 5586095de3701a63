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

  /// What the command says about a row's metric; nil where it says nothing.
  static func estimate(_ metric: String, in result: QueueResult) -> Estimate? {
    let names = [
      "W": "sojourn_time", "Wq": "waiting_time", "Wq1": "waiting_time.1",
      "Wq2": "waiting_time.2", "N": "number_in_system",
    ]
    switch metric {
    case "L": return result.metrics["number_in_system"]?.mean
    case "Lq": return result.metrics["number_waiting"]?.mean
    case "util": return result.metrics["utilisation"]?.mean
    case "throughput": return result.metrics["throughput"]?.mean
    case "P_block": return result.metrics["blocked"]?.mean
    case "P_wait", "P_delayed": return result.metrics["delayed"]?.mean
    case "P_abandon": return result.metrics["abandoned"]?.mean
    case "W_var_closed": return result.metrics["sojourn_time"]?.variance
    default: break
    }
    let parts = metric.split(separator: "_", maxSplits: 1).map(String.init)
    guard parts.count == 2, let name = names[parts[0]], let found = result.metrics[name] else {
      return nil
    }
    switch parts[1] {
    case "mean": return found.mean
    case "var": return found.variance
    default:
      let quantile = parts[1].replacing(".", with: "_")
      let index = QueueModel.quantiles.firstIndex { $0.name == quantile }
      return index.flatMap { $0 < found.quantiles.count ? found.quantiles[$0] : nil }
    }
  }
}

@Suite("The queue sandbox against exact answers", .serialized)
struct OracleTests {
  static let seed: UInt64 = 20_261_121

  @Test("explore", arguments: Oracle.cases.map { [$0.name, $0.model] })
  func explore(_ pair: [String]) throws {
    let rows = (Oracle.rows ?? []).filter { $0.name == pair[0] && $0.model == pair[1] }
    guard let text = Oracle.text(rows[0]) else { print("NONE", pair); return }
    let design = try text.design()
    var plan = QueuePlan(for: design)
    let clock = ContinuousClock()
    let begin = clock.now
    let result = QueueModel.run(design, plan, seed: Self.seed, threads: 2)
    plan.jobs += 0
    print("CASE", pair[0], plan, clock.now - begin, result.balanced)
    for row in rows where row.kind == "exact" || row.kind == "numeric" {
      guard let estimate = Oracle.estimate(row.metric, in: result) else {
        print("  ABSENT", row.metric); continue }
      let ratio = studentQuantile(0.999, freedom: plan.replications - 1)
        / studentQuantile(0.95, freedom: plan.replications - 1)
      let off = (estimate.value - row.value) / ((estimate.halfWidth ?? 0) * ratio)
      print("  \(row.metric) \(row.value) \(estimate.value) ±\(estimate.halfWidth ?? -1) \(off) \(estimate.resolved ? "" : "UNRES") \(abs(off) > 1 ? "FAIL" : "")")
    }
  }
}
