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

  public var description: String { isArgument ? file : "\(file):\(line):\(column)" }
}

/// An input that was read and is wrong (exit code 65).
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
  public var description: String {
    var parts: [String] = []
    if let location, !location.file.isEmpty { parts.append(location.description) }
    // `--set a.b` names its key already.
    if !path.isEmpty, location?.file.hasSuffix(" \(path)") != true { parts.append(path) }
    parts.append(message)
    return parts.joined(separator: ": ")
  }

  /// The same problem, with the place and the key path filled in where they are not known yet.
  public func located(at place: SourceLocation, path: String) -> InvalidInput {
    InvalidInput(message, at: location ?? place, path: self.path.isEmpty ? path : self.path)
  }
}

/// An input that is not there or cannot be read (exit code 66).
public struct MissingInput: Error, Sendable, Hashable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// Where the input is asked for, when a file asks for it.
  public var location: SourceLocation?

  public init(
    path: String, reason: String = "no such file", askedAt location: SourceLocation? = nil
  ) {
    self.path = path
    self.reason = reason
    self.location = location
  }

  public var description: String {
    let problem = "cannot read \(path): \(reason)"
    return location.map { "\($0): \(problem)" } ?? problem
  }
}

extension InvalidInput {
  /// Whether the problem is a text cut short, which a prefix of a good text shows too.
  var isUnclosed: Bool { message.hasSuffix("never closed") }
}
