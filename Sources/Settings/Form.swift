/// How one value is written: read from a setting, and told to a schema by the same lines.
public struct Form<Value> {
  /// - Throws: `InvalidInput` with the place and the key's path.
  public let read: (Setting) throws -> Value
  /// What the value may be, and one that it may be.
  let describe: () throws -> (shape: Shape, example: Value)
  /// How a value is written, where that is one word.
  let spell: (Value) -> String?

  public init(
    _ shape: Shape, example: Value, spell: @escaping (Value) -> String? = { _ in nil },
    read: @escaping (Setting) throws -> Value
  ) {
    self.init(describe: { (shape, example) }, spell: spell, read: read)
  }

  init(
    describe: @escaping () throws -> (shape: Shape, example: Value),
    spell: @escaping (Value) -> String? = { _ in nil },
    read: @escaping (Setting) throws -> Value
  ) {
    self.read = read
    self.describe = describe
    self.spell = spell
  }

  /// The same as another type.
  public func map<Other>(
    spell: @escaping (Other) -> String? = { _ in nil },
    _ transform: @escaping (Value) throws -> Other
  ) -> Form<Other> {
    Form<Other>(
      describe: {
        let (shape, example) = try describe()
        return (shape, try transform(example))
      }, spell: spell, read: { try transform(read($0)) })
  }

  /// This, or a word, which reads as nil.
  public func or(_ word: String) -> Form<Value?> {
    Form<Value?>(
      describe: { (.either([.words([word]), try describe().shape]), nil) },
      spell: { $0.map(spell) ?? word },
      read: {
        if case .scalar(word) = $0.content { return nil }
        return try read($0)
      })
  }

  /// This, or another form of the same, for texts that say so.
  public func or(_ other: Form, where isOther: @escaping (String) -> Bool) -> Form {
    Form(
      describe: {
        let own = try describe()
        return (.either([own.shape, try other.describe().shape]), own.example)
      }, spell: spell,
      read: { try isOther($0.text()) ? other.read($0) : read($0) })
  }

  /// This, or a map of keys.
  public func orKeys(_ keys: @escaping (inout Parameters) throws -> Value) -> Form {
    let map = Form.keys(keys)
    return Form(
      describe: {
        let own = try describe()
        return (.either([own.shape, try map.describe().shape]), own.example)
      }, spell: spell,
      read: {
        if case .map = $0.content { return try map.read($0) }
        return try read($0)
      })
  }

  /// A map of keys, none of which may be left unread.
  public static func keys(_ read: @escaping (inout Parameters) throws -> Value) -> Form {
    Form(
      describe: {
        let (keys, example) = try Parameters.describe(read)
        return (.keys(keys), example)
      },
      read: {
        var parameters = try Parameters($0)
        let value = try read(&parameters)
        try parameters.finish()
        return value
      })
  }

  /// One of a few names.
  public static func choice(_ choices: [(String, Value)]) -> Form where Value: Equatable {
    Form(
      describe: { (.words(choices.map(\.0)), choices[0].1) },
      spell: { value in choices.first { $0.1 == value }?.0 },
      read: { try $0.choice(from: choices) })
  }

  public static func list<Element>(of element: Form<Element>) -> Form where Value == [Element] {
    Form(
      describe: {
        let (shape, example) = try element.describe()
        return (.list(shape), [example])
      }, read: { try $0.list().map(element.read) })
  }

  /// A list, or its only element.
  public static func oneOrMore<Element>(_ element: Form<Element>) -> Form
  where Value == [Element] {
    let list = Form.list(of: element)
    return Form(
      describe: {
        let (shape, example) = try element.describe()
        return (.either([shape, .list(shape)]), [example])
      },
      read: {
        if case .list = $0.content { return try list.read($0) }
        return [try element.read($0)]
      })
  }
}

extension Form where Value: Comparable {
  fileprivate init(
    _ kind: QuantityKind<Value>, in range: ClosedRange<Value>,
    _ number: @escaping (Value) -> Double?
  ) {
    self.init(
      describe: { (.scalar(kind.scalar(in: range, number)), kind.example(in: range)) },
      spell: kind.spell, read: { try $0.value(kind, in: range) })
  }
}

extension Form where Value == Int {
  /// A whole number, such as `10k`.
  public static func count(in range: ClosedRange<Int> = 0...Int.max) -> Form {
    Form(.count, in: range) { Double($0) }
  }
  /// A number of bytes, such as `5MB`.
  public static func bytes(in range: ClosedRange<Int> = 0...Int.max) -> Form {
    Form(.bytes, in: range) { _ in nil }
  }
}

extension Form where Value == Int64 {
  /// A length of time in nanoseconds, such as `200ms`.
  public static func nanoseconds(in range: ClosedRange<Int64> = 0...Int64.max) -> Form {
    Form(.time, in: range) { _ in nil }
  }
}

extension Form where Value == UInt64 {
  /// A whole number of 64 bits, such as a seed.
  public static var unsigned: Form {
    let count = QuantityKind<Int>.count.scalar(in: 0...Int.max) { Double($0) }
    return Form(.scalar(count), example: 1, spell: { "\($0)" }, read: { try $0.unsigned() })
  }
}

extension Form where Value == Double {
  /// A number without a unit.
  public static func number(in range: ClosedRange<Double> = Setting.anyNumber) -> Form {
    Form(.number, in: range) { abs($0) < .greatestFiniteMagnitude ? $0 : nil }
  }
  /// A share, `30%` or `0.3`, as 0...1.
  public static func share(in range: ClosedRange<Double> = 0...1) -> Form {
    Form(.share, in: range) { $0 }
  }
  /// A rate per second, such as `10k/min`.
  public static func rate(
    in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
  ) -> Form {
    Form(.rate, in: range) { _ in nil }
  }
}

extension Form where Value == Bool {
  /// `true` or `false`.
  public static var flag: Form {
    Form(.flag, example: true, spell: { "\($0)" }, read: { try $0.flag() })
  }
}

extension Form where Value == String {
  public static var text: Form {
    Form(
      .scalar(Shape.Scalar("", bare: .any)), example: "a", spell: { $0 }, read: { try $0.text() })
  }
  /// The file a path names; see `Setting.resolvedPath`.
  public static var path: Form {
    Form(
      .scalar(Shape.Scalar("a path, relative to this file")), example: "a",
      read: { try $0.resolvedPath() })
  }
}

extension Form where Value == Setting {
  /// A text that its reader takes apart later.
  public static func written(_ scalar: Shape.Scalar, example: String) -> Form {
    Form(
      .scalar(scalar),
      example: Setting(.scalar(example), location: SourceLocation(argument: "")),
      read: {
        _ = try $0.text()
        return $0
      })
  }
}

/// A share of a whole, or a number of its parts.
public enum Portion: Sendable, Equatable {
  /// 0 ... 1.
  case share(Double)
  case count(Int)

  /// The number, of a whole of so many parts.
  public func count(of whole: Int) -> Int {
    switch self {
    case .share(let share): Int((share * Double(whole)).rounded())
    case .count(let count): count
    }
  }
}

extension Form where Value == Portion {
  /// `50%` or `300k`.
  public static func portion(count range: ClosedRange<Int> = 0...Int.max) -> Form {
    var scalar = QuantityKind<Int>.count.scalar(in: range) { Double($0) }
    scalar.words = "a share or a count, such as 50% or 300k"
    scalar.pattern = Quantity.portionPattern
    func spell(_ value: Portion) -> String {
      switch value {
      case .share(let share): QuantityKind<Double>.share.spell(share)
      case .count(let count): "\(count)"
      }
    }
    return Form(.scalar(scalar), example: .share(0.5), spell: spell) { setting in
      try setting.text().hasSuffix("%")
        ? .share(setting.share()) : .count(setting.count(in: range))
    }
  }
}
