import Simulation

/// What is due and not yet written in all cells together, from what one of them has.
///
/// A post of an author that every cell has is due in all of them at the same moment. Any other is
/// one of as many posts as its author stands for authors, who post at moments of their own: its
/// entries are parted among copies, each somewhat earlier or later, in the time of the traffic's
/// profile. Where there would be too many copies, fewer are made, and what is due differs from its
/// mean by as much less as the sum of more of them would: by the root of their ratio. Jobs of one
/// post that wait for each other are written one after another: what a cell's job stands for is
/// parted over the time that they all take.
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
    var steps: [Step] = []
    for copy in 0..<copies {
      let shift = copy == 0 ? 0 : (stream.uniform() - 0.5) * width
      for change in changes where Double(copy) < change.copies {
        let parts = min(change.copies, Double(copies))
        let moved = copy == 0 ? change.begun : clock.moved(change.begun, by: shift)
        let range = Double(change.before + change.after)
        let pieces = range > 0 ? max(1, Self.pieces / Int(parts)) : 1
        for piece in 0..<pieces {
          // Evenly over all of them (Weyl's sequence of the golden ratio).
          let turn = (Double(copy * pieces + piece) + 0.5) * 0.618_033_988_749_894_9
          let early = change.before - Int64((turn - turn.rounded(.down)) * range)
          steps.append(
            Step(
              time: change.time - change.begun + moved - (range > 0 ? early : 0),
              entries: change.entries / (parts * Double(pieces)), isFew: change.copies > parts))
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

/// How long before and after a job the first and the last of those begin that came with it, in all
/// cells; none where it waited for no other.
struct BatchPlace: BitwiseCopyable {
  var before = Duration.zero
  var after = Duration.zero
}
