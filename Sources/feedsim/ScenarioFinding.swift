import Glibc
import Settings

/// Where scenarios, presets and price sheets are found: by path, or by bare name in the
/// `Scenarios` folder of the working directory.
enum ScenarioFolder {
  static let path = "Scenarios"

  enum Section: String, CaseIterable {
    case scenarios, presets, prices

    var folder: String { self == .scenarios ? path : "\(path)/\(rawValue)" }
  }

  /// The file a command-line argument names.
  ///
  /// - Throws: `MissingInput`, naming the scenarios there are.
  static func find(_ argument: String) throws -> String {
    var status = stat()
    if stat(argument, &status) == 0 { return argument }
    if !argument.contains("/") {
      for name in ["\(path)/\(argument).yaml", "\(path)/\(argument)"]
      where stat(name, &status) == 0 {
        return name
      }
    }
    let known = files(in: .scenarios).map(\.name)
    let isName = !argument.contains("/") && !argument.hasSuffix(".yaml")
    let lacksFolder = isName && known.isEmpty
    throw MissingInput(
      path: argument,
      reason: "no such file" + (lacksFolder ? ", and no scenarios in \(path)/ here" : "")
        + Suggestion.text(for: argument, among: known))
  }

  /// The YAML files of a section by name, each with the question its first comment asks.
  static func files(in section: Section) -> [(name: String, summary: String)] {
    guard let folder = opendir(section.folder) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(String(name.dropLast(5))) }
    }
    return names.sorted().map { name in
      let comment = SettingsFile.firstComment(path: "\(section.folder)/\(name).yaml")
      // The question, without the explanation that may follow it.
      let end = comment.firstIndex(of: "?").map { comment.index(after: $0) } ?? comment.endIndex
      return (name, String(comment[..<end]))
    }
  }
}
