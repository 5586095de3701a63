import ArgumentParser

/// In which form a command's answer goes to stdout.
struct JSONOption: ParsableArguments {
  @Flag(help: "One JSON document on stdout.")
  var json = false

  /// Writes the form that is asked for; the other one is not made.
  func write(json document: @autoclosure () throws -> String, text: @autoclosure () -> String)
    throws
  {
    try Output.write(json ? document() : text())
  }
}
