import Simulation

/// What is due and not yet written in all cells together, from what one of them has.
///
/// A post of an author that every cell has is due in all of them at the same moment. Any other is
/// one of as many posts as its author stands for authors, who post at moments of their own: its
/// entries are parted among copies, each somewhat earlier or later, in the time of the traffic's
/// profile, and due for as much longer or shorter as posts are that are made then. Where there
/// would be too many copies, fewer are made, and what is due differs from its mean by as much less
/// as the sum of more of them would: by the root of their ratio. Jobs of one post that wait for
/// each other are written one after another: what a cell's job stands for is parted over the time
/// that they all take.
struct CellFanOut {
  /// What became due, or was written.
  private struct Change {
    /// In nanoseconds.
    var time: Int64
    /// When the post was made.
    var begun: Int64
    var entries: Double
    var copies: Double
    /// How much earlier and later others that it stands for are, at most.
    var before: Int64
    var after: Int64
  }

  /// The same of one copy.
  private struct Step {
    var time: Int64
    var entries: Double
    /// Whether there would be more copies.
    var isFew: Bool
  }

  /// Steps of all copies, about.
  private static let most = 1_000_000
  /// Posts among which copies lie: of the most, the cell's are as many as they should be to some
  /// per cent; a part of the run longer than `share` has no more of them than the least.
  private static let posts = (least: 400.0, most: 4000.0)
  private static let share = 0.25
  /// Parts of the window in each of which a mean is taken.
  private static let parts: Int64 = 100
  /// Parts of a job that stands for others of its post, in all copies together, at least.
  private static let pieces = 16

  private var changes: [Change] = []

  /// - Parameters:
  ///   - entries: that became due in the cell; below 0, that were written.
  ///   - others: authors for whom theirs stands.
  ///   - begun: when their post was made.
  ///   - place: of their job among those of all cells.
  mutating func note(
    _ entries: Int, others: Double, begun: Instant, place: BatchPlace = BatchPlace(),
    at now: Instant
  ) {
    changes.append(
      Change(
        time: now.nanoseconds, begun: begun.nanoseconds, entries: Double(entries),
        copies: max(1, others.rounded()), before: place.before.nanoseconds,
        after: place.after.nanoseconds))
  }

  /// What was due in a run, in entries of a cell: of all of them, divided by their number.
  struct Course: Equatable {
    var peak = 0.0
    var peakAt = Instant.start
    /// When a twentieth of the peak was left.
    var drainedAt: Instant?
    /// The most in each interval.
    var peaks: [Double]
  }

  /// - Parameters:
  ///   - profile: of posts.
  ///   - window: in nanoseconds.
  ///   - intervals: in which the most is looked for, in nanoseconds, one after another.
  ///   - most: steps, about.
  func course(
    seed: UInt64, profile: RateProfile, window: Range<Int64>, intervals: [Range<Int64>],
    most: Int = most
  ) -> Course {
    let part = max(1, Int64(window.count) / Self.parts)
    let all = changes.map(\.copies).max() ?? 1
    let copies = min(all, Double(max(8, most / max(1, changes.count))))
    let clock = ProfileClock(profile, until: window.upperBound)
    let steps = self.steps(Int(copies), seed: seed, clock)
    let means = Self.means(steps, over: part)
    let less = (copies / all).squareRoot()

    var course = Course(peaks: intervals.map { _ in 0 })
    var (due, few, total, interval) = (0.0, 0.0, 0.0, 0)
    for step in steps {
      while interval < intervals.count, intervals[interval].upperBound <= step.time {
        interval += 1
        // What is left over is there as the next begins.
        if interval < intervals.count { course.peaks[interval] = total }
      }
      if step.isFew { few += step.entries } else { due += step.entries }
      let mean = few == 0 ? 0 : means.level[Int((step.time - means.from) / part)]
      // To a millionth: parts of entries do not add up to zero to the last bit.
      total = max(0, ((due + mean + less * (few - mean)) * 1e6).rounded() / 1e6)
      if interval < intervals.count, intervals[interval].contains(step.time) {
        course.peaks[interval] = max(course.peaks[interval], total)
      }
      if total > course.peak {
        (course.peak, course.peakAt) = (total, Instant(nanoseconds: step.time))
        course.drainedAt = nil
      } else if course.drainedAt == nil, total <= course.peak / 20 {
        course.drainedAt = Instant(nanoseconds: step.time)
      }
    }
    return course
  }

  private func steps(_ copies: Int, seed: UInt64, _ clock: ProfileClock) -> [Step] {
    let posts = max(1, Double(changes.count { $0.entries > 0 && $0.copies > 1 }))
    let enough = max(Self.share, Self.posts.least / posts)
    let width = min(1, enough, Self.posts.most / posts)
    var stream = RandomStream(seed: seed, purpose: Purpose.cellCopies.rawValue, entity: 0)
    let shifts = (1..<max(2, copies)).map { _ in (stream.uniform() - 0.5) * width }
    let delays = CellDelays(
      changes.filter { $0.copies > 1 }.map { ($0.begun, $0.time, isDue: $0.entries > 0) })
    var steps: [Step] = []
    for change in changes {
      let isDue = change.entries > 0
      let parts = min(change.copies, Double(copies))
      let own = parts > 1 ? delays.place(of: change.begun) : 0
      let range = Double(change.before + change.after)
      let pieces = range > 0 ? max(1, Self.pieces / Int(parts)) : 1
      for copy in 0..<Int(parts) {
        var time = change.time
        if copy > 0 {
          let moved = clock.moved(change.begun, by: shifts[copy - 1])
          time = delays.time(of: change.time, from: own, isDue: isDue, begun: moved)
        }
        for piece in 0..<pieces {
          // Evenly over all of them (Weyl's sequence of the golden ratio).
          let turn = (Double(copy * pieces + piece) + 0.5) * 0.618_033_988_749_894_9
          let early = change.before - Int64((turn - turn.rounded(.down)) * range)
          steps.append(
            Step(
              time: time - early, entries: change.entries / (parts * Double(pieces)),
              isFew: change.copies > parts))
        }
      }
    }
    // What is due before what is written, where both are at once; equal ones are alike.
    steps.sort { $0.time != $1.time ? $0.time < $1.time : $0.entries > $1.entries }
    return steps
  }

  /// What steps of too few copies leave due in the mean of each part of the time.
  private static func means(
    _ steps: [Step], over length: Int64
  ) -> (from: Int64, level: [Double]) {
    guard let first = steps.first, let last = steps.last else { return (0, []) }
    var level = [Double](repeating: 0, count: Int((last.time - first.time) / length) + 1)
    var (due, since) = (0.0, first.time)
    for step in steps where step.isFew {
      while since < step.time {
        let part = Int((since - first.time) / length)
        let until = min(step.time, first.time + Int64(part + 1) * length)
        level[part] += due * Double(until - since) / Double(length)
        since = until
      }
      due += step.entries
    }
    return (first.time, level)
  }
}

/// The time of a profile: as much of it passes in a second as the profile's factor is.
private struct ProfileClock {
  private static let count = 4096
  private let length: Int64
  /// At the ends of as many equal parts of the time, from 0 to 1.
  private var passed: [Double] = [0]

  init(_ profile: RateProfile, until end: Int64) {
    length = max(1, end / Int64(Self.count))
    for index in 0..<Self.count {
      let begins = Instant(nanoseconds: Int64(index) * length)
      let ends = Instant(nanoseconds: Int64(index + 1) * length)
      // Something passes always, so that there is one time for each.
      passed.append(passed[index] + profile.integral(from: begins, to: ends) + 1e-12)
    }
    let all = passed[Self.count]
    passed = passed.map { $0 / all }
  }

  /// An instant that many of the whole later, which follows its end with its beginning.
  func moved(_ time: Int64, by shift: Double) -> Int64 {
    let part = min(Self.count - 1, max(0, Int(time / length)))
    let within = Double(time - Int64(part) * length) / Double(length)
    let wanted = passed[part] + within * (passed[part + 1] - passed[part]) + shift
    let looked = wanted - wanted.rounded(.down)
    var (low, high) = (0, Self.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if passed[middle] <= looked { low = middle } else { high = middle }
    }
    let rest = (looked - passed[low]) / (passed[low + 1] - passed[low])
    return Int64((Double(low) + rest) * Double(length))
  }
}

/// When posts become due and are written, for the time at which they are made.
private struct CellDelays {
  /// A delay of posts made about a time, in nanoseconds: their median and what the middle half of
  /// them differ by.
  struct Usual {
    var median: Int64 = 0
    var spread: Int64 = 0

    init() {}

    init(_ delays: [Int64]) {
      let sorted = delays.sorted()
      median = sorted[sorted.count / 2]
      spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    }

    /// How much longer it is there than here, if by more than by chance.
    static func longer(_ there: Usual, than here: Usual) -> Int64 {
      let difference = there.median - here.median
      return abs(difference) > max(there.spread, here.spread) ? difference : 0
    }
  }

  /// Posts before and after one that are made about then.
  private static let neighbours = 10

  /// By post, in the order in which they are made, nanoseconds: made, due first.
  private var begun: [Int64] = []
  private var due: [Int64] = []
  /// From the making to being due and from then to being written.
  private var usual: [(due: Usual, written: Usual)] = []

  init(_ changes: [(begun: Int64, time: Int64, isDue: Bool)]) {
    var first: [Int64: (due: Int64, written: Int64)] = [:]
    for change in changes {
      var post = first[change.begun] ?? (.max, .max)
      if change.isDue { post.due = min(post.due, change.time) }
      if !change.isDue { post.written = min(post.written, change.time) }
      first[change.begun] = post
    }
    let posts = first.filter { $0.value.due != .max }.sorted { $0.key < $1.key }
    begun = posts.map(\.key)
    due = posts.map(\.value.due)
    var last = Usual()
    for place in posts.indices {
      let near = max(0, place - Self.neighbours)...min(posts.count - 1, place + Self.neighbours)
      // Posts of which nothing was written by the run's end do not tell.
      let jobs = near.filter { posts[$0].value.written != .max }
        .map { max(0, posts[$0].value.written - due[$0]) }
      if !jobs.isEmpty { last = Usual(jobs) }
      usual.append((Usual(near.map { due[$0] - begun[$0] }), last))
    }
  }

  /// Of the latest post made by then, or the first.
  func place(of time: Int64) -> Int {
    var (low, high) = (0, begun.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if begun[middle] <= time { low = middle } else { high = middle }
    }
    return low
  }

  /// When what a post has at `time` would be, had it been made at another.
  func time(of time: Int64, from place: Int, isDue: Bool, begun moved: Int64) -> Int64 {
    guard !begun.isEmpty else { return time }
    let (there, here) = (usual[self.place(of: moved)], usual[place])
    let (later, longer) = (
      Usual.longer(there.due, than: here.due), Usual.longer(there.written, than: here.written)
    )
    if isDue { return moved + max(0, time - begun[place] + later) }
    return moved + max(0, due[place] - begun[place] + later) + max(0, time - due[place] + longer)
  }
}

/// How long before and after a job the first and the last of those begin that came with it, in all
/// cells; none where it waited for no other.
struct BatchPlace: BitwiseCopyable {
  var before = Duration.zero
  var after = Duration.zero
}
