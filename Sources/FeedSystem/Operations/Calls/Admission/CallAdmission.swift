import Settings
import Simulation

/// How a tier decides, by its own queue, whom it lets in; settings only, each queue has a gate.
public protocol CallAdmission: Part, Sendable {
  /// Whether each server's line has a gate of its own, where servers have lines of their own.
  static var isByLine: Bool { get }
  func makeGate() -> any AdmissionGate
}

/// What admission control knows of a queue; time is an argument.
public protocol AdmissionGate: Sendable {
  /// Whether one more may come in.
  ///
  /// - Parameter inside: those waiting or in service, over all servers.
  mutating func admits(inside: Int, servers: Int, at now: Instant) -> Bool

  /// Whether the visit that has come to the head of its line is dropped in place of being served.
  ///
  /// - Parameter isLast: whether nobody waits behind it.
  mutating func drops(waited: Duration, isLast: Bool, at now: Instant) -> Bool

  /// A visit has been served.
  mutating func note(_ time: Duration, hasFailed: Bool, inside: Int, servers: Int, at now: Instant)
}

extension AdmissionGate {
  public mutating func admits(inside: Int, servers: Int, at now: Instant) -> Bool { true }
  public mutating func drops(waited: Duration, isLast: Bool, at now: Instant) -> Bool { false }
  public mutating func note(
    _ time: Duration, hasFailed: Bool, inside: Int, servers: Int, at now: Instant
  ) {}
}

extension Catalog where Contract == any CallAdmission {
  /// Every admission control: a new one is one file and one line here.
  public static var callAdmission: Catalog<any CallAdmission> {
    Catalog("admission control", [CoDel.self, ConcurrencyLimit.self])
  }
}
