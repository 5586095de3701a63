import Simulation

/// What visits of a cell wait in the whole population's queue: the cell's pool of servers would
/// make them wait by a chance of its own.
///
/// Work that comes while all servers are taken is `CellBacklog`'s to tell of, and of fan-out
/// workers the pool's. Two clocks tell the rest. Where the whole has few servers, what comes to one
/// cell at a time waits by chance: the whole's queue is thinned to a cell's visits and slowed down
/// by as much, each service as many times longer as there are cells (Kiefer and Wolfowitz's
/// recursion, see `Station`), and waits there are as many times shorter in the whole. A post of an
/// author whom other cells share comes to them at the same moment: its jobs are one batch of the
/// whole's, which all servers work off at their own pace.
public struct CellQueue: ~Copyable {
  /// More of them hardly let a visit wait by chance before the pool does.
  public static let serversAtMost = 200

  /// Whether visits to a tier wait for as long as is told here, whatever the pool has: not for
  /// workers, whose batches are told of alone.
  public static func tellsAll(_ tier: TierName) -> Bool { tier != .fanOutWorkers }

  private let servers: Double
  private let cells: Double
  /// The whole's servers, slowed down.
  private var slowed: Station
  /// Nil where the pool tells what all servers are taken for.
  private var backlog: CellBacklog?
  /// When the batches that have come will have been worked off, in nanoseconds.
  private var clear = Int64.min / 2
  /// The latest moment at which batches came, in nanoseconds, the jobs of the whole that have come
  /// at it, and whether no batch was left then.
  private var (moment, ahead, isFree) = (Int64.min, 0.0, true)
  /// Whether nobody waited in the cell's pool when the batches began that are being worked off.
  private var tellsAll = false
  /// Whether the latest visit waits for as long as was told, and no longer: what is before it has
  /// come with the batches or since. The pool, with its long services, then makes it wait for too
  /// much that had begun before.
  private(set) var knowsAll = false
  /// Where the latest visit is in its batch, if it waits among them.
  private(set) var place = BatchPlace()
  /// Whether something would be waited for longer than is counted: then nothing of it is right.
  private(set) var isBeyondCount = false

  /// How many times faster visits leave than they come.
  var flow: Double { backlog?.flow ?? 1 }

  /// - Parameters:
  ///   - servers: of the whole, at one queue.
  ///   - cells: of which the visits of one come here.
  ///   - smoothing: for how long a visit's work may come, at most, where the pool is not to tell
  ///     what all servers are taken for; nil where it is.
  init(servers: Int, cells: Double, smoothing: Duration? = nil) {
    self.servers = Double(max(1, servers))
    self.cells = cells
    slowed = Station(servers: min(servers, Self.serversAtMost))
    backlog = smoothing.map { CellBacklog(work: cells / Double(max(1, servers)), longest: $0) }
  }

  /// What a visit that arrives now waits in the whole.
  ///
  /// - Parameters:
  ///   - batch: visits of the whole that come at this moment, of which this is one.
  ///   - place: this one's among them, from 0 to 1.
  ///   - whereFull: whether visits wait in the cell's pool.
  ///   - pace: see `CellBacklog`.
  mutating func wait(
    at now: Instant, service: Duration, batch: Double = 1, place: Double = 0,
    whereFull: Bool = false, pace: Double = 1
  ) -> Duration {
    self.place = BatchPlace()
    let time = now.nanoseconds
    let each = Double(service.nanoseconds)
    var wait = 0.0
    if servers <= Double(Self.serversAtMost) {
      let long = counted((each * cells).rounded())
      let isLate = slowed.nextFree.nanoseconds > Self.latest
      if isLate { isBeyondCount = true }
      let begin = isLate ? now : slowed.arrive(at: now, service: long).begin
      wait = Double((begin - now).nanoseconds) / cells
    }
    if let told = backlog?.wait(at: now, service: service, pace: pace) {
      knowsAll = true
      return max(counted(told), counted(wait))
    }
    knowsAll = false
    guard batch > 1 || clear > time else { return counted(wait) }
    // Of jobs that come at once to c servers the k-th waits for ⌊k / c⌋ services, in the mean k / c
    // less a half. What comes one by one meanwhile stands for as much in every cell.
    if moment != time {
      (moment, ahead, isFree) = (time, 0, clear <= time)
      if isFree { tellsAll = !whereFull }
    }
    knowsAll = tellsAll
    let own = batch > 1 ? place * batch : 0
    let begins = max(Double(clear), Double(time) - each / 2)
    let beginsAtOnce = isFree && ahead + own < servers
    let behind = beginsAtOnce ? 0 : begins - Double(time) + own * each / servers
    let isNone = isFree && ahead + batch <= servers
    if knowsAll, batch > 1, !isNone {
      let span = batch * each / servers
      self.place = BatchPlace(before: counted(span * place), after: counted(span * (1 - place)))
    }
    // So do smaller batches: the whole makes the rest of them at other times, while others wait.
    let jobs = batch > 1 && isFree ? batch : cells
    ahead += jobs
    clear = counted(begins + jobs * each / servers).nanoseconds
    return counted(max(wait, behind))
  }

  private static let latest = FeedSystem.longestService.nanoseconds / 4

  /// At most what sums of a few can hold.
  private mutating func counted(_ nanoseconds: Double) -> Duration {
    if nanoseconds > Double(Self.latest) { isBeyondCount = true }
    return Duration(nanoseconds: Int64(min(nanoseconds, Double(Self.latest))))
  }
}
