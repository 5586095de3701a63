import CGSL
import Foundation

/// The most memory that the process has had in its pages since it was last asked to forget.
enum PeakMemory {
  /// Gives freed memory back and forgets the peak so far; where the system does not allow that,
  /// the peak stays that of the whole process.
  static func forget() {
    feedsim_trim_memory()
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  /// In GiB; nil where the system does not tell.
  static var gibibytes: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    let words = line.split(whereSeparator: \.isWhitespace)
    return words.count > 1 ? Double(words[1]).map { $0 / 1_048_576 } : nil
  }
}
