import Glibc
import Settings
import YAMLSettings

/// Where scenarios, presets and price sheets are found: by path, or by name in the `Scenarios`
/// folder of the working directory.
enum ScenarioFolder {
  static let path = "Scenarios"

  enum Section: String, CaseIterable {
    case scenarios, presets, prices

    var folder: String { self == .scenarios ? path : "\(path)/\(rawValue)" }
  }

  /// The file a command-line argument names: a path, a scenario's name, or a preset's with or
  /// without `presets/` before it.
  ///
  /// - Throws: `MissingInput`, naming the scenarios and presets there are.
  static func find(_ argument: String) throws -> String {
    if let isFolder = isFolder(argument), !isFolder { return argument }
    let prefix = "\(Section.presets.rawValue)/"
    let isPreset = argument.hasPrefix(prefix)
    let name = isPreset ? String(argument.dropFirst(prefix.count)) : argument
    if !name.contains("/") {
      let folders = (isPreset ? [Section.presets] : [.scenarios, .presets]).map(\.folder)
      for file in folders.flatMap({ ["\($0)/\(name).yaml", "\($0)/\(name)"] })
      where isFolder(file) == false {
        return file
      }
    }
    // Reading it says that it is a folder.
    if isFolder(argument) != nil { return argument }
    let known = (files(in: .scenarios) + files(in: .presets)).map(\.name)
    let isName = !name.contains("/") && !name.hasSuffix(".yaml")
    let lacksFolder = isName && known.isEmpty
    throw MissingInput(
      path: argument,
      reason: "no such file" + (lacksFolder ? ", and no scenarios in \(path)/ here" : "")
        + Suggestion.text(for: name, among: known))
  }

  /// Whether a path is a folder; nil where there is nothing.
  private static func isFolder(_ path: String) -> Bool? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFDIR : nil
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
