import Simulation

extension FeedSystem {
  /// What control has ordered and removed, on independent books.
  func controlBalances() -> [Check] {
    controls.scaled.indices.map { controls.scaled[$0].balance(at: stoppedAt) }
  }
}
