import Planning
import Settings
import Simulation

/// A row for each figure, for spreadsheets and data frames (RFC 4180, lines ending in LF).
///
/// A metric without an estimate has one row, with an empty value and resolved false.
public struct CSVReport: Reporter {
  public static let name = "csv"
  public static let summary = "a row for each figure, for spreadsheets"
  static let header = "design,metric,statistic,value,half_width,unit,count,resolved"

  public init(_ parameters: inout Parameters) throws {}
  public init() {}

  public func text(_ result: Result) -> String {
    var lines = [Self.header]
    for design in result.designs {
      for metric in design.metrics {
        lines.append(Self.line(design, metric, "mean", metric.mean))
        for quantile in metric.quantiles {
          lines.append(Self.line(design, metric, quantile.name, quantile.estimate))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(
    _ design: DesignResult, _ metric: Metric, _ statistic: String, _ estimate: Estimate?
  ) -> String {
    let value = estimate.flatMap { $0.value.isFinite ? $0.value : nil }
    let halfWidth = value == nil ? nil : estimate?.halfWidth.flatMap { $0.isFinite ? $0 : nil }
    let fields = [
      design.name, metric.name, statistic, value.map(JSONValue.shortest) ?? "",
      halfWidth.map(JSONValue.shortest) ?? "", metric.unit.rawValue, String(metric.count),
      value != nil && estimate?.resolved == true ? "true" : "false",
    ]
    return fields.map(quoted).joined(separator: ",")
  }

  static func quoted(_ field: String) -> String {
    let needsQuotes = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}
