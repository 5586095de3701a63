import Simulation

/// The tailers of the leaves: each reads the posts of its leaves in order, one at a time, and so
/// falls behind when they come faster than it reads.
///
/// A leaf that has lost its memory is out of rotation until its tailer has read the posts of the
/// retention again, and then all that were stored by that time.
struct Tailers: ~Copyable {
  /// A post that its leaf does not have yet.
  struct Waiting {
    var post: UInt32
    var opened: Instant
    var stored: Instant
  }

  struct Leaf {
    var waiting = Fifo<Waiting>()
    /// Since when it has been out of rotation; nil while it is in.
    var downSince: Instant?
    /// When its tailer will have read the retention again; nil where that is done.
    var replayEnds: Instant?
    /// Posts below this id come, or have come, with the replay.
    var replayTo: UInt32 = 0
    /// It is in rotation again once it has the posts below this id.
    var wholeTo: UInt32 = 0
    /// Of the posts that wait, those below this id are found at the post store, or have been.
    var readableTo: UInt32 = 0

    var isDown: Bool { downSince != nil }
  }

  var leaves: [Leaf]
  private var stations: Bank<Station>
  /// Posts for a leaf since the run's start, and of these those that it has, or had.
  private(set) var stored = 0
  var tailed = 0
  /// The most posts that waited at once, over all leaves.
  private(set) var waitingPeak = 0

  init(leaves count: Int, tailers: Int) {
    leaves = Array(repeating: Leaf(), count: count)
    stations = Bank(count: tailers) { _ in Station(servers: 1) }
  }

  var waiting: Int { stored - tailed }

  /// A post for a leaf: when its tailer will have read it.
  mutating func read(
    _ post: Waiting, for leaf: Int, at time: Instant, service: Duration
  ) -> Instant {
    leaves[leaf].waiting.append(post)
    stored += 1
    waitingPeak = max(waitingPeak, waiting)
    return stations[leaf % stations.count].arrive(at: time, service: service).end
  }

  /// A leaf is gone, and nothing is read for it until it is told to replay.
  mutating func takeDown(_ leaf: Int, at now: Instant) {
    leaves[leaf].downSince = leaves[leaf].downSince ?? now
    leaves[leaf].replayEnds = .never
    leaves[leaf].replayTo = .max
  }

  /// A leaf has lost its memory: when its tailer will have read it all again.
  mutating func replay(_ leaf: Int, to post: UInt32, at now: Instant, service: Duration) -> Instant
  {
    let end = stations[leaf % stations.count].arrive(at: now, service: service).end
    leaves[leaf].downSince = leaves[leaf].downSince ?? now
    leaves[leaf].replayEnds = end
    leaves[leaf].replayTo = post
    return end
  }
}
