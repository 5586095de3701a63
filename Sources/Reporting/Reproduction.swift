import Planning

/// What a reader needs to get the same answer again.
extension Result {
  /// A command line. A result that was read from its document knows its scenario's name and hash,
  /// not its file: SCENARIO stands for that.
  var command: String {
    let words = knowsItsFile ? arguments.map(Self.shellWord) : ["SCENARIO"]
    return "feedsim run \(words.joined(separator: " ")) --seed \(seed) "
      + "--replications \(replications)"
  }

  /// What SCENARIO stands for; nil where the command names the file.
  var commandRemark: String? {
    knowsItsFile
      ? nil : "SCENARIO is the file, with the changes made to it, that has this hash."
  }

  private var knowsItsFile: Bool { !arguments.isEmpty }

  /// An argument as a shell takes it: in quotes where a character would mean something to it.
  static func shellWord(_ argument: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
    if !argument.isEmpty, argument.allSatisfy(plain.contains) { return argument }
    return "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
