import Settings
import Simulation

/// A scenario's `leafIndex`: recent posts in memory on leaves that share the authors, read in place
/// of the post store's shards (S1.5, S1.17; Facebook's Multifeed).
///
/// An aggregator asks the leaves of the followees that a viewer pulls and merges what they answer,
/// which is part of ranking's visit. A tailer a leaf streams new posts in; what it has not come to
/// yet no reader sees.
public struct LeafIndexSettings: Sendable {
  /// What a load does about a leaf that is being rebuilt.
  public enum WhenDown: String, CaseIterable, Sendable {
    /// It asks the post store.
    case postStore
    /// It goes without.
    case gaps
  }

  public var leaves = 16
  /// S1.20 pulls the posts of 7 days.
  public var retention = Duration.seconds(7 * 86_400)
  /// Bytes of an entry; nil for a post without its media, which a reader is then given whole.
  public var entryBytes: Int?
  /// The share of posts that everybody may see.
  public var publicShare = 1.0
  public var tailer = TailerSettings()
  public var failures: [LeafFailure] = []
  public var whenDown = WhenDown.postStore

  init(_ parameters: inout Parameters) throws {
    leaves = try parameters.read(
      "leaves", .count(in: 1...4096), default: leaves, "Servers' shares of the authors.")
    retention = try parameters.read(
      "retention", .duration(in: .seconds(1)...(.seconds(24 * 86_400))), default: retention,
      "How long a leaf keeps a post.")
    entryBytes = try parameters.read(
      "entryBytes", .bytes(in: 1...1_000_000),
      "What an entry takes in memory; a post without its media if not given.")
    publicShare = try parameters.read(
      "publicShare", .share(), default: publicShare, "Of the posts, that everybody may see.")
    tailer =
      try parameters.section(
        "tailer", "What streams new posts into the leaves.", TailerSettings.init) ?? tailer
    failures = try parameters.read(
      "failure", .oneOrMore(.keys(LeafFailure.init)), default: [],
      "Leaves that lose their memory and are rebuilt from the stream.")
    whenDown = try parameters.read(
      "whenDown", .choice(WhenDown.allCases.map { ($0.rawValue, $0) }), default: whenDown,
      "Whether loads ask the post store for what a leaf being rebuilt had, or go without.")
    for failure in failures where failure.leaf >= leaves {
      throw parameters.error(
        "names leaf \(failure.leaf); there are 0 to \(leaves - 1)", key: "failure")
    }
  }

  /// The latest that a leaf is to fail, from the window's start.
  public var latestFailure: Duration? { failures.map(\.at).max() }
}

/// The stream of new posts into the leaves.
public struct TailerSettings: Sendable {
  /// Nil for one a leaf.
  public var count: Int?
  /// From a stored post until its tailer can read it.
  public var delay = Duration.milliseconds(100)
  /// How long a tailer takes for a post.
  public var visit = Distribution.constant(0.001)
  /// Posts a second that it reads again for a rebuild.
  public var replay = 10_000.0

  init() {}

  init(_ parameters: inout Parameters) throws {
    count = try parameters.read(
      "count", .count(in: 1...4096), "That share the leaves evenly; one a leaf if not given.")
    delay = try parameters.read(
      "delay", .duration(in: .zero...(.seconds(86_400))), default: delay,
      "From a stored post until its tailer can read it.")
    visit = try parameters.read(
      "visit", .distribution, default: visit, "How long a tailer takes for a post.")
    replay = try parameters.read(
      "replay", .rate(in: 1e-3...1e12), default: replay,
      "How fast a tailer reads the posts of the retention again to rebuild a leaf.")
  }
}

/// A leaf that loses its memory.
public struct LeafFailure: Sendable {
  /// From the window's start.
  public var at: Duration
  /// From 0.
  public var leaf: Int

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require(
      "at", .duration(in: .zero...(.seconds(366 * 86_400))), "When, from the window's start.")
    leaf = try parameters.require("leaf", .count(in: 0...4095), "Which, from 0.")
  }
}
