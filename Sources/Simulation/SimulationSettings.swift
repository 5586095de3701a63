import Settings

extension Parameters {
  /// A length of time, such as `200ms`; nil when the key is absent.
  public mutating func duration(
    _ key: String, in range: ClosedRange<Duration> = .zero...Duration(nanoseconds: .max)
  ) throws -> Duration? {
    let bounds = range.lowerBound.nanoseconds...range.upperBound.nanoseconds
    return try nanoseconds(key, in: bounds).map(Duration.init(nanoseconds:))
  }

  /// The law of a random duration, such as `exponential(mean 1s)`; nil when the key is absent.
  public mutating func distribution(_ key: String) throws -> Distribution? {
    guard let setting = try setting(key) else { return nil }
    let text = try setting.text()
    do {
      return try Distribution(text)
    } catch {
      throw error.located(at: setting.location, path: setting.path)
    }
  }
}
