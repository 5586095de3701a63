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
    throw MissingInput(
      path: argument, reason: "no such file" + Suggestion.text(for: argument, among: known))
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
    return names.sorted().map { ($0, firstComment(of: "\(section.folder)/\($0).yaml")) }
  }

  private static func firstComment(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    guard fgets(&line, Int32(line.count), file) != nil else { return "" }
    let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasPrefix("#") ? String(text.drop { $0 == "#" || $0 == " " }) : ""
  }
}
