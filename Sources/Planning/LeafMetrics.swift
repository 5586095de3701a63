import FeedSystem

extension Replication {
  /// What the leaves hold, how far they are behind, and what loads did without.
  mutating func addLeaves(
    _ m: borrowing Measurements, _ figures: LeafFigures, _ design: Design
  ) {
    guard let settings = design.leafIndex else { return }
    let entryBytes = settings.entryBytes ?? design.posts.bytes
    usage.leafBytes = Double(figures.entries * entryBytes)
    add("leaf.lag", m.leaves.lag)
    add("leaf.waiting_peak", .posts, Double(figures.waitingPeak))
    add("leaf.entries", .entries, Double(figures.entries))
    add("leaf.memory", .bytes, usage.leafBytes)
    let gathers = Double(max(m.leaves.gathers, 1))
    add("leaf.requests", .visits, Double(m.leaves.requests) / gathers)
    let due = m.leaves.found + m.leaves.missing
    add("leaf.missing", .ratio, Double(m.leaves.missing) / Double(max(due, 1)))
    guard !settings.failures.isEmpty else { return }
    add("leaf.gaps", .ratio, Double(m.leaves.gathersWithGap) / gathers)
    add("leaf.read_elsewhere", .ratio, Double(m.leaves.gathersInstead) / gathers)
    if !m.leaves.rebuilds.isEmpty {
      let longest = m.leaves.rebuilds.map(\.seconds).max() ?? 0
      add("leaf.rebuild_time", .seconds, longest)
    }
  }

  /// What the object store holds, and how many reactions renewed what it held.
  mutating func addObjects(
    _ m: borrowing Measurements, _ figures: ObjectFigures, _ design: Design
  ) {
    guard let settings = design.objects else { return }
    usage.objectBytes = Double(figures.associations * settings.associationBytes)
    add("objects.associations", .entries, Double(figures.associations))
    add("objects.memory", .bytes, usage.objectBytes)
    let reactions = Double(max(m.engagementsMeasured, 1))
    add("objects.repeated", .ratio, Double(m.reactionsRepeated) / reactions)
  }
}
