import Settings

extension SettingsFile {
  /// The comment a file begins with, in which a scenario asks its question: its first paragraph
  /// on one line; empty when there is none or the file cannot be read.
  public static func firstComment(path: String) -> String {
    guard let bytes = try? SourceText.read(path: path),
      let plain = try? SourceText.check(bytes, file: path)
    else { return "" }
    return firstComment(of: String(decoding: plain, as: UTF8.self))
  }

  static func firstComment(of text: String) -> String {
    var words: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let comment = line.drop { $0 == "#" }
      let isComment = comment.startIndex > line.startIndex
      let isBlank = comment.allSatisfy { $0 == " " || $0 == "\t" }
      if words.isEmpty, isBlank { continue }
      guard isComment, !isBlank else { break }
      words += comment.split { $0 == " " || $0 == "\t" }
    }
    return words.joined(separator: " ")
  }
}
