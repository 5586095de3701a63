import Planning
import Settings

/// One format that a result can be written in; a pure function of the result.
///
/// A reporter's name is the file extension that chooses it.
public protocol Reporter: Part, Sendable {
  func text(_ result: Result) -> String
}

extension Catalog where Contract == any Reporter {
  /// The formats of `--out`.
  public static var reporters: Catalog<any Reporter> {
    Catalog(
      "report format",
      [
        JSONReport.self,
        MarkdownReport.self,
        CSVReport.self,
        JUnitReport.self,
        HTMLReport.self,
      ])
  }

  /// The reporter of that extension; nil where there is none.
  public func reporter(_ name: String) -> (any Reporter)? {
    var none = Parameters.empty
    return try? make(name, &none)
  }

  /// The reporter that a file's extension chooses.
  ///
  /// - Throws: `UnknownFormat` for any other extension, with those there are.
  public func reporter(forFile path: String) throws(UnknownFormat) -> any Reporter {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
    guard let ending, let reporter = reporter(ending) else {
      throw UnknownFormat(path: path, known: names)
    }
    return reporter
  }
}

/// A file whose extension names no format: a mistake in the command line (exit code 64).
public struct UnknownFormat: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var known: [String]

  public var description: String {
    let endings = known.map { ".\($0)" }.joined(separator: ", ")
    return "\(path): the extension chooses the format, and there are \(endings)"
  }
}
