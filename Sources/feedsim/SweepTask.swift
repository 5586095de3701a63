/// A sweep's call as another process runs it: one task of a job array.
enum SweepTask {
  /// The same call for a task: the folder is made, and was found empty or is to be resumed.
  ///
  /// - Parameters:
  ///   - arguments: of this call, without the program's name.
  ///   - shard: as `--shard` takes it.
  static func arguments(from arguments: [String], shard: String) -> [String] {
    var rest = without(arguments)
    // A task has one processor, however many its machine has.
    if !rest.contains(where: { $0.hasPrefix("--threads") }) { rest += ["--threads", "1"] }
    return rest + ["--resume", "--shard", shard]
  }

  /// The call that reads what the tasks have left.
  static func gathering(_ arguments: [String]) -> String {
    (["feedsim"] + without(arguments) + ["--gather"]).map(word).joined(separator: " ")
  }

  /// Without what says where the call itself runs and what it prints.
  private static func without(_ arguments: [String]) -> [String] {
    var rest: [String] = []
    var isValue = false
    for argument in arguments {
      if isValue {
        isValue = false
      } else if argument == "--engine" {
        isValue = true
      } else if !argument.hasPrefix("--engine="), argument != "--json", argument != "--resume" {
        rest.append(argument)
      }
    }
    return rest
  }

  /// For a shell, whatever the text holds.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// Quoted only where it must be, for people, and on one line: it stands in a comment.
  private static func word(_ text: String) -> String {
    if text.contains(where: \.isNewline) {
      let escapes: [Unicode.Scalar: String] = [
        "\\": "\\\\", "'": "\\'", "\r": "\\r", "\n": "\\n",
      ]
      return "$'" + text.unicodeScalars.map { escapes[$0] ?? String($0) }.joined() + "'"
    }
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./=:,%+".utf8.contains(byte)
      }
    }
    return isPlain && !text.isEmpty ? text : quoted(text)
  }
}
