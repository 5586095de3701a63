import Foundation
import Planning
import Settings

/// A sweep's document read back: what `--json` wrote, and what stands in its folder, as the report
/// it was. Keys that a later version may add are passed over.
public struct SweepDocument: Decodable {
  /// Its name in a sweep's folder.
  public static let fileName = "sweep.json"
  /// A hundred thousand points of several designs, bytes.
  static let sizeLimit = 1 << 30

  /// - Throws: `MissingInput` for a file that cannot be read; `InvalidInput` with the key's path
  ///   for one that is no sweep's document, or of a format this version does not read.
  public static func read(_ path: String) throws -> SweepReport {
    let bytes = try InputFile.bytes(path: path, limit: sizeLimit)
    return try ResultDocument.decoding(Data(bytes), file: path, as: "sweep's") { data in
      try JSONDecoder().decode(SweepDocument.self, from: data).report
    }
  }

  private struct About: Decodable {
    var name: String
    var question: String
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct DesignFields: Decodable {
    var name: String
    var metrics: [String: ResultDocument.Measured]
    var thresholds: [ResultDocument.Rule]

    func result() throws -> DesignResult {
      DesignResult(
        name: name,
        metrics: MetricNames.ordered(try metrics.map { try $0.value.metric($0.key, [:]) }),
        verdicts: thresholds.map(\.verdict))
    }
  }

  private struct PointFields: Decodable {
    var index: Int
    var sha256: String
    var overrides: [String: String]
    var error: String?
    var designs: [DesignFields]
  }

  // The keys of the document, which are words of the contract.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  private let feedsim_version: String
  private let scenario: About
  private let vary: [String]
  private let points: [PointFields]

  private var report: SweepReport {
    get throws {
      var report = SweepReport(
        name: scenario.name, question: scenario.question, paths: vary, version: feedsim_version)
      for point in points {
        let values = try vary.map { path in
          guard let value = point.overrides[path] else {
            throw InvalidInput("has no \(path)", path: "points.[\(point.index)].overrides")
          }
          return value
        }
        report.add(
          SweepReport.Point(
            index: point.index, values: values, hash: point.sha256, error: point.error ?? "",
            designs: try point.designs.map { try $0.result() }))
      }
      return report
    }
  }
}
