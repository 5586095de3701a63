import Settings

extension Form where Value == Duration {
  /// A length of time, such as `200ms`.
  public static func duration(
    in range: ClosedRange<Duration> = .zero...Duration(nanoseconds: .max)
  ) -> Form {
    let bounds = range.lowerBound.nanoseconds...range.upperBound.nanoseconds
    return Form<Int64>.nanoseconds(in: bounds)
      .map(spell: { Setting.spellTime($0.nanoseconds) }, Duration.init(nanoseconds:))
  }
}

extension Form where Value == Distribution {
  /// The law of a random duration, such as `exponential(mean 1s)`.
  public static var distribution: Form {
    let forms = Distribution.forms
    let scalar = Shape.Scalar(
      "a distribution, such as " + forms.map(\.form).joined(separator: ", "),
      pattern: "^(" + forms.map(\.name).joined(separator: "|") + ") *\\(.*\\)$")
    return Form(
      .scalar(scalar), example: .constant(1), spell: \.description,
      read: { try $0.distribution() })
  }
}

extension Setting {
  fileprivate func distribution() throws -> Distribution {
    let text = try text()
    do {
      return try Distribution(text)
    } catch {
      throw error.located(at: location, path: path)
    }
  }
}

extension Parameters {
  /// A length of time, such as `200ms`; nil when the key is absent.
  public mutating func duration(
    _ key: String, in range: ClosedRange<Duration> = .zero...Duration(nanoseconds: .max)
  ) throws -> Duration? {
    try read(key, .duration(in: range))
  }
}
