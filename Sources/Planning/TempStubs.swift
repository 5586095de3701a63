import FeedSystem
import Settings
import Simulation
struct Threshold: Sendable { init(_ s: Setting, costs: Bool) throws {}
  func verdict(in: DesignResult) -> Verdict { Verdict(rule: "", metric: "", statistic: "", observed: nil, unit: .ratio, passed: true) } }
public struct PriceSheet: Sendable { static func named(by: String, _ p: inout Parameters) throws -> PriceSheet? { _ = try p.text(by); return nil } }
struct Usage { init(_ s: Scenario, _ d: Design, _ r: [Replication], _ a: Audience) {}
 func bill(_ p: PriceSheet) -> [CostLine] { [] } }
