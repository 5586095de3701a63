import Settings

/// A scenario's `objects`: a store of objects and associations on the shards of their sources
/// (TAO: Bronson et al., USENIX ATC 2013). It is asked whom a viewer follows before a load asks the
/// authors, and keeps who liked, commented on and shared what.
public struct ObjectSettings: Sendable {
  /// Associations that a query gives at most; TAO's limit.
  public var pageLimit = 6000
  /// S1.3: 100 B a follow.
  public var associationBytes = 100
  /// Nil where readers and writers ask the store itself.
  public var cache: ObjectCacheSettings?

  init() {}

  init(_ parameters: inout Parameters) throws {
    pageLimit = try parameters.read(
      "pageLimit", .count(in: 1...1_000_000), default: pageLimit,
      "Follows that one query gives at most; who follows more is asked for page by page.")
    associationBytes = try parameters.read(
      "associationBytes", .bytes(in: 1...1_000_000), default: associationBytes,
      "What an association takes in memory, in each direction.")
    cache = try parameters.section(
      "cache", "Two tiers of caches before the store, which is then their database.",
      ObjectCacheSettings.init)
  }
}

/// What the object store holds.
public struct ObjectFigures: Sendable, Equatable {
  /// Follows and reactions, each in both directions, those of the history among them.
  public var associations = 0
}
