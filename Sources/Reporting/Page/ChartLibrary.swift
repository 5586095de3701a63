import Foundation
import Settings

/// Chart.js, which draws a page's charts: a file of this machine, put into the page as it is
/// written, so that the page asks the network for nothing.
public enum ChartLibrary {
  /// Debian's package.
  public static let package = "libjs-chart.js"
  /// The environment variable that names another file.
  public static let variable = "FEEDSIM_CHART_JS"

  /// Where the package puts it; the smallest first.
  static let places = ["chart.min.js", "chart.umd.js", "chart.js"].map {
    "/usr/share/javascript/chart.js/\($0)"
  }
  /// Bytes; a page with the library in it stays below 1 MB.
  static let sizeLimit = 700 << 10

  /// The file that `--chart-js` names, or the environment, or the first place that has one;
  /// nil without any.
  public static func path(_ chosen: String? = nil) -> String? {
    if let chosen { return chosen }
    if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty { return named }
    return places.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The library's text; nil where there is none, and a page then has its tables alone.
  ///
  /// - Throws: `MissingInput` for a chosen file that cannot be read, `InvalidInput` for one that
  ///   is not Chart.js as a plain script, or too large for a page.
  public static func text(_ chosen: String? = nil) throws -> String? {
    guard let path = path(chosen) else { return nil }
    let bytes = try InputFile.bytes(path: path, limit: 64 << 20)
    func refusal(_ reason: String) -> InvalidInput {
      InvalidInput(reason, at: SourceLocation(file: path, line: 1, column: 1))
    }
    guard let text = String(validating: bytes, as: UTF8.self), version(of: text) != nil,
      !text.contains("\nexport {")
    else { throw refusal("is not Chart.js as a plain script, such as chart.min.js") }
    guard bytes.count <= sizeLimit else {
      throw refusal(
        "is larger than \(sizeLimit >> 10) KiB, and a page stays below 1 MB; try chart.min.js"
      )
    }
    return text
  }

  /// `3.9.1`, as its first comment says; nil for another file.
  public static func version(of text: String) -> String? {
    text.prefix(1000).firstMatch(of: /Chart\.js v(\d+(?:\.\d+)*)/).map { String($0.output.1) }
  }

  /// The library as the content of a script element: nothing in it ends the element, and no tool
  /// goes looking for its source map.
  static func element(_ text: String) -> HTML {
    HTML(
      trusted: text.replacingOccurrences(
        of: "</script", with: "<\\/script", options: .caseInsensitive
      ).replacing("<!--", with: "<\\!--").replacing("//# sourceMappingURL=", with: "// map: "))
  }
}
