import Settings

/// Shares of a tier's concurrency, so that one kind of caller cannot take all of it (Nygard,
/// "Release It!", 2007, section 5.3).
public struct Bulkhead: Sendable {
  /// Calls under way at once, a server.
  public var perServer = 10
  /// By `CallerKind`: the share of them that a kind may have; nil for as many as there are.
  public var shares: [Double?]

  public init() { shares = CallerKind.allCases.map { _ in nil } }

  init(_ parameters: inout Parameters) throws {
    perServer = try parameters.read(
      "perServer", .count(in: 1...1_000_000), default: perServer,
      "Calls under way at once that a server stands for.")
    shares = try CallerKind.allCases.map { kind in
      try parameters.read(
        kind.key, .share(in: 0.001...1),
        "Of all calls under way, that \(kind.key) may have; if not given, all.")
    }
    if shares.allSatisfy({ $0 == nil }), !parameters.isDescribing {
      let kinds = CallerKind.allCases.map(\.key).joined(separator: ", ")
      throw parameters.error("shares nothing out: give one of \(kinds)")
    }
  }

  /// Whether a kind of caller may make one call more.
  ///
  /// - Parameters:
  ///   - underWay: calls of its kind that have not ended.
  ///   - servers: of the tier; a kind has room for one call at least.
  public func admits(_ kind: CallerKind, underWay: Int, servers: Int) -> Bool {
    guard let share = shares[Int(kind.rawValue)] else { return true }
    return Double(underWay) < max(1, share * Double(perServer) * Double(servers))
  }
}
