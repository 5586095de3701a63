import Foundation
import Glibc
import Planning
import Reporting
import Settings

/// Where a sweep's results are kept: a file a point, named by what decides it, so that a file that
/// is there is a point that need not be run.
struct SweepFolder {
  let path: String

  private var pointsPath: String { "\(path)/points" }

  private func file(_ point: SweepPlan.Point) -> String { "\(pointsPath)/\(point.hash).json" }
  /// A point that failed while it ran, with its error: whoever gathers must know it was run. What
  /// went wrong may be a file that is mended by the next run, which then takes this one away.
  private func errorFile(_ point: SweepPlan.Point) -> String {
    "\(pointsPath)/\(point.settingsHash).error.json"
  }

  /// - Throws: `OutputFailure` where the folders cannot be made or not be written in.
  func create() throws {
    for folder in [path, pointsPath] {
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
        throw OutputFailure.cannotCreate(folder, errno)
      }
    }
    for folder in [path, pointsPath] where access(folder, W_OK | X_OK) != 0 {
      throw OutputFailure.cannotCreate(folder, errno)
    }
  }

  /// - Throws: `MissingInput` where nothing was ever kept.
  func requireExisting() throws {
    guard access(pointsPath, R_OK | X_OK) == 0 else {
      throw MissingInput(path: pointsPath, reason: String(cString: strerror(errno)))
    }
  }

  /// The document of a sweep that an argument names by its folder or by itself; nil for anything
  /// else.
  static func document(named path: String) -> String? {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    if isFolder { return "\(path)/\(SweepDocument.fileName)" }
    return path.split(separator: "/").last ?? "" == SweepDocument.fileName ? path : nil
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// Refuses to mix a new sweep with what is there.
  ///
  /// - Parameter shard: other shards' points do not matter.
  func refuseExisting(_ points: [SweepPlan.Point], isShard: Bool) throws {
    let own = Set(points.flatMap { [$0.hash, $0.settingsHash] })
    let exists = names(in: pointsPath).contains { name in
      name.hasSuffix(".json")
        && (!isShard || own.contains(String(name.prefix { $0 != "." })))
    }
    guard exists else { return }
    var failure = OutputFailure.cannotCreate(pointsPath, EEXIST)
    failure.hint = "--resume runs only what is missing there"
    throw failure
  }

  /// Takes away what a killed run of these points has left unfinished.
  func removeUnfinished(_ points: [SweepPlan.Point]) {
    let own = Set(points.flatMap { [$0.hash, $0.settingsHash] }).subtracting([""])
    for name in names(in: pointsPath) where name.hasSuffix(".tmp") {
      if own.contains(String(name.prefix { $0 != "." })) { unlink("\(pointsPath)/\(name)") }
    }
  }

  /// The table, the document and the page of all points, in place of some that a killed run may not
  /// have finished.
  ///
  /// - Parameter charts: Chart.js for the page.
  func write(_ report: SweepReport, charts: String?) throws {
    let files = [
      ("sweep.csv", report.csv), (SweepDocument.fileName, report.json),
      ("sweep.html", report.page(charts: charts)),
    ]
    for (file, text) in files {
      for name in names(in: path) where name.hasPrefix("\(file).") && name.hasSuffix(".tmp") {
        unlink("\(path)/\(name)")
      }
      try Output.writeFile(text, to: "\(path)/\(file)")
    }
  }

  /// What came of a point as far as its file tells; one that is damaged, or of another scenario
  /// or version, counts as missing.
  func outcome(of point: SweepPlan.Point) -> SweepReport.Outcome {
    if let problem = point.problem { return .failed(problem) }
    guard let scenario = try? point.scenario.get() else { return .missing }
    if let result = try? ResultDocument.read(file(point)),
      result.feedsimVersion == Feedsim.version, result.scenarioHash == scenario.hash,
      result.seed == scenario.seed, scenario.replications.allows(result.replications)
    {
      return .result(result)
    }
    if let bytes = try? InputFile.bytes(path: errorFile(point), limit: 1 << 20),
      let failure = try? JSONDecoder().decode(Failure.self, from: Data(bytes)),
      failure.sha256 == point.hash
    {
      return .failed(failure.error)
    }
    return .missing
  }

  private struct Failure: Decodable {
    var error: String
    var sha256: String
  }

  /// Not to be called from two threads at once.
  func keep(
    _ outcome: Swift.Result<Planning.Result, any Error>, of point: SweepPlan.Point
  ) throws {
    switch outcome {
    case .success(let result):
      try Output.writeFile(JSONReport().text(result), to: file(point))
      unlink(errorFile(point))
    case .failure(let error):
      let document = JSONValue.map(["error": .text("\(error)"), "sha256": .text(point.hash)])
      try Output.writeFile(document.document, to: errorFile(point))
      unlink(file(point))
    }
  }
}
