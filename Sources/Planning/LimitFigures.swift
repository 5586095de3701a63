import FeedSystem

/// What a replication says of limits, where the scenario has them.
extension Replication {
  mutating func addLimits(_ limits: ClientLimits) {
    guard let settings = limits.settings else { return }
    for endpoint in Endpoint.allCases {
      let counts = limits.measured[endpoint.rawValue]
      let name = "limits.\(endpoint.key)"
      if settings.limits[endpoint.rawValue] != nil {
        let asked = Double(max(counts.requests, 1))
        add("\(name).requests", .visits, Double(counts.requests))
        add("\(name).rejections", .visits, Double(counts.rejected))
        add("\(name).rejected", .ratio, Double(counts.rejected) / asked)
        add("\(name).given_up", .ratio, Double(counts.givenUp) / asked)
      }
      // Media go to the media store, which the system under study does not have.
      if endpoint != .media {
        add("\(name).unavailable", .visits, Double(counts.unavailable))
      }
    }
  }
}

extension MetricNames {
  /// 429 is `rejected`, 503 is `unavailable` (S1.13).
  static let limitScalars: [(name: String, unit: Unit, direction: Direction)] =
    Endpoint.allCases.flatMap { endpoint in
      [
        ("limits.\(endpoint.key).requests", .visits, .none),
        ("limits.\(endpoint.key).rejections", .visits, .lower),
        ("limits.\(endpoint.key).rejected", .ratio, .lower),
        ("limits.\(endpoint.key).given_up", .ratio, .lower),
        ("limits.\(endpoint.key).unavailable", .visits, .lower),
      ] as [(String, Unit, Direction)]
    }
}
