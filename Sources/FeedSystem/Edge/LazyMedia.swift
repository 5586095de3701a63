import Settings
import Simulation

/// A scenario's `feed.lazyMedia`: a client fetches the media of the posts on the screen, and those
/// of the next ones as its viewer comes to them (S0.16, S2.20).
public struct LazyMedia: Sendable {
  /// Posts on the screen as a page appears; no seed says.
  public var visible = 3
  /// The chance that who has come to a post goes on to the next; no seed says.
  public var readOn = 0.9

  init(_ parameters: inout Parameters) throws {
    visible = try parameters.read(
      "visible", .count(in: 0...1000), default: visible,
      "Posts on the screen as a page appears.")
    readOn = try parameters.read(
      "readOn", .share(), default: readOn,
      "The chance that who has come to a post goes on to the next.")
  }

  /// Posts of a page whose media are fetched.
  func fetched(of shown: Int, _ stream: inout RandomStream) -> Int {
    var count = min(visible, shown)
    while count < shown, stream.uniform() < readOn { count += 1 }
    return count
  }
}

extension FeedSystem {
  /// How many of a page's posts have their media fetched, the first ones, and books them.
  func fetchMedia(_ row: LoadRow, shown: Int) -> Int {
    guard let lazy = design.feed.lazyMedia else { return shown }
    var stream = RandomStream(
      seed: seed, purpose: Purpose.lazyMedia.rawValue, entity: row.key)
    let fetched = lazy.fetched(of: shown, &stream)
    if window.contains(row.opened.nanoseconds) { measurements.mediaLeft += shown - fetched }
    return fetched
  }
}
