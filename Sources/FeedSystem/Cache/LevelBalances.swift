extension CacheLevels {
  /// What every level's policy, books and entries must keep.
  var invariants: Check {
    do {
      try hierarchy.checkInvariants()
      let held = figures.parts.reduce(0) { $0 + $1.objects }
      let admitted = figures.parts.reduce(0) { $0 + $1.books.admitted }
      return Check(
        name: "cache levels", passed: true,
        detail: "\(admitted) admitted = \(held) held + evicted + invalidated + expired + moved")
    } catch {
      return Check(name: "cache levels", passed: false, detail: "\(error)")
    }
  }
}
