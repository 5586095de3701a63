import Settings
import Simulation
extension Parameters {
  mutating func duration(_ k: String) throws -> Duration? { try nanoseconds(k).map { Duration(nanoseconds: $0) } }
  mutating func distribution(_ k: String) throws -> Distribution? { nil }
}
public struct Activity: Sendable {
  public var postRateTotal: Double; public var loadRateTotal: Double; public var activeShare: Double
  func author(_ s: inout RandomStream) -> UInt32 { 0 }
  func reader(_ s: inout RandomStream) -> UInt32 { 0 }
  func loadRate(of: UInt32) -> Double { 0 }
}
enum InputText { static func read(_ p: String, limit: Int) throws -> String { "" } }
