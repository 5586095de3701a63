/// A place in an input: a file's line and column (both from 1), or, with line 0, an argument.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var column: Int

  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The place of a command-line argument such as `--set audience.users`.
  public init(argument: String) { self.init(file: argument, line: 0, column: 0) }

  public var isArgument: Bool { line == 0 }

  /// Whether the place is an option itself, such as `--seed`: part of the call. A key given with
  /// `--set` and a rule given with `--threshold` or `--subject-to` are parts of the scenario.
  public var isOption: Bool {
    let rules = ["--threshold", "--subject-to"]
    return isArgument && file.hasPrefix("--") && !file.contains(" ") && !rules.contains(file)
  }

  public var description: String { isArgument ? file : "\(file):\(line):\(column)" }
}

/// An input that was read and is wrong (exit code 65), or an option's value (64).
public struct InvalidInput: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String
  public var location: SourceLocation?
  /// The path of the key at fault, such as `audience.graph.exponent`; empty when there is none.
  public var path: String

  public init(_ message: String, at location: SourceLocation? = nil, path: String = "") {
    self.message = message
    self.location = location
    self.path = path
  }

  /// `file:line:column: key.path: what is wrong`, without the parts that are missing.
  public var description: String { placed(message, at: location, key: path) }

  /// The same problem, with the place and the key path filled in where they are not known yet.
  public func located(at place: SourceLocation, path: String) -> InvalidInput {
    InvalidInput(message, at: location ?? place, path: self.path.isEmpty ? path : self.path)
  }
}

/// `file:line:column: key.path: what is wrong`, without the parts that are missing.
private func placed(_ message: String, at location: SourceLocation?, key: String) -> String {
  var parts: [String] = []
  if let location, !location.file.isEmpty { parts.append(location.description) }
  // `--set a.b` names its key already.
  if !key.isEmpty, location?.file.hasSuffix(" \(key)") != true { parts.append(key) }
  parts.append(message)
  return parts.joined(separator: ": ")
}

/// An input that is not there or cannot be read (exit code 66).
public struct MissingInput: Error, Sendable, Hashable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// Where the input is asked for, and the path of the key that asks, when a setting does.
  public var location: SourceLocation?
  public var key = ""

  public init(path: String, reason: String = "no such file") {
    self.path = path
    self.reason = reason
  }

  /// `file:line:column: key.path: cannot read …`, without the parts that are missing.
  public var description: String {
    placed("cannot read \(path): \(reason)", at: location, key: key)
  }

  /// The same problem, with the place and the key that ask for the input filled in where they
  /// are not known yet.
  public func located(at place: SourceLocation?, key: String) -> MissingInput {
    var problem = self
    if location == nil { (problem.location, problem.key) = (place, key) }
    return problem
  }
}

/// Runs what reads the value of an option, such as `--seed`, which its problems then name.
public func readingOption<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let problem as InvalidInput {
    throw problem.located(at: SourceLocation(argument: name), path: "")
  }
}
