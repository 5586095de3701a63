import FeedSystem

/// By what combinations of choices may be compared where not everything has a price: a machine
/// that nobody has priced is not free.
struct PricedChoices: Equatable {
  /// Of each combination, the machines that have no price in it and one in another: it is set
  /// aside. Empty for one that is searched.
  var unpriced: [[String]]
  /// Lines that not all of those which are searched have a price for: none is judged by them.
  var leftOut: [String] = []

  /// - Parameter bills: of each combination; a line that is not there costs nothing.
  init(_ bills: [[CostLine]]) {
    func isPriced(_ name: String) -> Bool {
      bills.contains { $0.contains { $0.name == name && $0.unitPrice != nil } }
    }
    func gaps(_ bill: [CostLine]) -> [String] {
      bill.filter { $0.unitPrice == nil && isPriced($0.name) }.map(\.name)
    }
    unpriced = bills.map { gaps($0).filter { $0.hasPrefix("compute.") } }
    // Where each lacks a machine of another, none is the one to go.
    if unpriced.allSatisfy({ !$0.isEmpty }) { unpriced = bills.map { _ in [] } }
    for (bill, machines) in zip(bills, unpriced) where machines.isEmpty {
      for name in gaps(bill) where !leftOut.contains(name) { leftOut.append(name) }
    }
  }
}
