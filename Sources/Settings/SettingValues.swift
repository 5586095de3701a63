/// Readers of one setting, for lists and other values without a key of their own.
extension Setting {
  public static let anyNumber =
    -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  public func text() throws -> String {
    switch content {
    case .scalar(let text): return text
    case .null: throw error("is null; give it a value or leave it out")
    case .list, .map: throw error("must be text, not \(kind)")
    }
  }

  public func list() throws -> [Setting] {
    guard case .list(let elements) = content else {
      throw error("must be a list, not \(kind); for example [a, b]")
    }
    return elements
  }

  public func count(in range: ClosedRange<Int> = 0...Int.max) throws -> Int {
    try value(.count, in: range)
  }

  public func unsigned() throws -> UInt64 { try value(Quantity.unsigned) }

  public func number(in range: ClosedRange<Double> = Setting.anyNumber) throws -> Double {
    try value(.number, in: range)
  }

  public func share(in range: ClosedRange<Double> = 0...1) throws -> Double {
    try value(.share, in: range)
  }

  public func nanoseconds(in range: ClosedRange<Int64> = 0...Int64.max) throws -> Int64 {
    try value(.time, in: range)
  }

  public func bytes(in range: ClosedRange<Int> = 0...Int.max) throws -> Int {
    try value(.bytes, in: range)
  }

  public func rate(
    in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
  ) throws -> Double {
    try value(.rate, in: range)
  }

  public func money() throws -> Double { try value(Quantity.money) }

  public func flag() throws -> Bool { try value(Quantity.flag) }

  public func choice<Value>(from choices: [(String, Value)]) throws -> Value {
    let name = try text()
    if let choice = choices.first(where: { $0.0 == name }) { return choice.1 }
    throw error("unknown \"\(name)\"" + Suggestion.text(for: name, among: choices.map(\.0)))
  }

  /// The file this setting names: relative to the file it is written in, or, given on the
  /// command line, to the working directory.
  public func resolvedPath() throws -> String {
    let written = try text()
    guard !written.isEmpty else { throw error("is empty; a path is needed") }
    if location.isArgument { return written }
    return InputFile.resolve(written, besides: location.file)
  }

  /// Runs what reads the file that this setting names: one that is not there is missed here.
  public func reading<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let problem as MissingInput {
      throw problem.located(at: location, key: path)
    }
  }

  private func value<Value>(_ parse: (String) throws -> Value) throws -> Value {
    let text = try text()
    do {
      return try parse(text)
    } catch let problem as InvalidInput {
      throw problem.located(at: location, path: path)
    }
  }

  func value<Value>(_ kind: QuantityKind<Value>, in range: ClosedRange<Value>) throws -> Value {
    let value = try value(kind.parse)
    if range.contains(value) { return value }
    throw error("must be \(kind.bounds(range)), not \(try text())")
  }

  /// A length of time in the largest unit that shows it whole.
  public static func spellTime(_ nanoseconds: Int64) -> String {
    let units = ["d", "h", "min", "s", "ms", "us"]
    for name in units {
      let unit = Quantity.timeUnits.first { $0.name == name }.map { Int64($0.nanoseconds) } ?? 1
      if nanoseconds != 0, nanoseconds.isMultiple(of: unit) {
        return "\(nanoseconds / unit)\(name)"
      }
    }
    return nanoseconds == 0 ? "0s" : "\(nanoseconds)ns"
  }
}
