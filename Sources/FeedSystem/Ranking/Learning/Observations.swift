import Simulation

/// What the service has seen viewers do with topics and types of posts: counts that features are
/// made from. A value, so that a copy is what was known at a time.
///
/// Two halves of a word for each viewer and each topic and type: times examined and times reacted
/// to with favour, 4 bytes × users × (topics + types): 144 MB for a million users and 32 topics.
/// What was seen before the run is a reading of the viewer's interest with an error, drawn from
/// keys, as years of use would have told; it takes no memory.
struct Observations: Sendable {
  /// The reading's error, of the standard deviation of interests.
  static let readingError: Float = 0.5
  /// Times examined that weigh as much as the reading does.
  static let readingWeight: Float = 50
  /// A topic's trend is told from so many slices of time.
  private static let slices = 6
  private static let sliceMilliseconds: Int64 = 600_000
  /// Favours that a topic's trend needs before it says much.
  private static let trendWeight: Float = 5

  let topics: Int
  private let columns: Int
  private let readings: UInt64
  private let world: World?
  /// By viewer, a word for each topic and then for each type: examined below, favoured above.
  private var counts: [UInt32]
  private var examined: UInt64 = 0
  private var favoured: UInt64 = 0
  /// By slice and topic; the last column is all topics.
  private var examinedLately: [UInt32]
  private var favouredLately: [UInt32]
  private var slice: Int64 = 0

  /// Of a viewer.
  static func bytes(topics: Int) -> Int {
    (topics + PostType.allCases.count) * MemoryLayout<UInt32>.stride
  }

  init(users: Int, world: World?, seed: UInt64) {
    self.world = world
    topics = world?.settings.topics ?? 1
    columns = topics + PostType.allCases.count
    readings = mix64(mix64(seed) ^ mix64(Purpose.interestReading.rawValue))
    counts = [UInt32](repeating: 0, count: users * columns)
    examinedLately = [UInt32](repeating: 0, count: Observations.slices * (topics + 1))
    favouredLately = examinedLately
  }

  /// Notes that a viewer has examined a post, and whether with favour.
  mutating func note(
    _ viewer: UInt32, topic: UInt8, type: PostType, isFavoured: Bool, at milliseconds: Int64
  ) {
    advance(to: milliseconds)
    let row = Int(viewer) * columns
    count(row + Int(topic), isFavoured)
    count(row + topics + Int(type.rawValue), isFavoured)
    let first = lately(slice)
    for column in [first + Int(topic), first + topics] {
      examinedLately[column] &+= 1
      if isFavoured { favouredLately[column] &+= 1 }
    }
    examined += 1
    if isFavoured { favoured += 1 }
  }

  private mutating func count(_ index: Int, _ isFavoured: Bool) {
    // Near the end of its room a count is halved: what is long ago weighs less.
    if counts[index] & 0xffff == 0xffff { counts[index] = counts[index] >> 1 & 0x7fff_7fff }
    counts[index] += isFavoured ? 0x1_0001 : 1
  }

  private func lately(_ slice: Int64) -> Int {
    Int((slice % Int64(Observations.slices) + Int64(Observations.slices)))
      % Observations.slices * (topics + 1)
  }

  /// Forgets the slices that lie further back than an hour.
  private mutating func advance(to milliseconds: Int64) {
    let now = milliseconds / Observations.sliceMilliseconds
    guard now > slice else { return }
    for passed in max(slice + 1, now - Int64(Observations.slices) + 1)...now {
      let first = lately(passed)
      for column in first...(first + topics) {
        examinedLately[column] = 0
        favouredLately[column] = 0
      }
    }
    slice = now
  }

  /// How a viewer's interest in each topic and taste for each type look, in standard deviations of
  /// the interests: the reading from before the run and, the more has been seen, the logarithm of
  /// how much more often than others' the viewer's favour was won.
  func write(
    of viewer: UInt32, topics interests: UnsafeMutablePointer<Float>,
    types tastes: UnsafeMutablePointer<Float>
  ) {
    let share = Float(favoured + 1) / Float(examined + 20)
    counts.withUnsafeBufferPointer { counts in
      let row = counts.baseAddress! + Int(viewer) * columns
      for topic in 0..<topics {
        let interest = world?.interest(of: viewer, in: UInt8(topic)) ?? 0
        interests[topic] = estimate(interest, viewer, topic, row[topic], share)
      }
      for type in PostType.allCases {
        let column = topics + Int(type.rawValue)
        let taste = world?.taste(of: viewer, for: type) ?? 0
        tastes[Int(type.rawValue)] = estimate(taste, viewer, column, row[column], share)
      }
    }
  }

  @inline(__always)
  private func estimate(
    _ latent: Float, _ viewer: UInt32, _ column: Int, _ word: UInt32, _ share: Float
  ) -> Float {
    var reading: Float = 0
    if world != nil {
      let error = World.normal(
        mix64(readings ^ (UInt64(viewer) << 9 | UInt64(column)) &* 0xd6e8_feb8_6659_fd93))
      let spread = Observations.readingError
      // The mean of what it reads, given the reading.
      reading = (latent + spread * error) / (1 + spread * spread)
    }
    let (seen, won) = (Float(word & 0xffff), Float(word >> 16))
    if seen == 0 { return reading }
    let lift = chordLogarithm((won + 1) / (seen * share + 1)) * 0.693_147_2
    let weight = Observations.readingWeight
    return (weight * reading + seen * lift) / (weight + seen)
  }

  /// How much more favour each topic finds than all do, over the last hour: the logarithm to base
  /// 2, of sixteen in [-1, 1].
  func writeTrends(_ trends: UnsafeMutablePointer<Float>) {
    let all = sums(topics)
    let share = (all.favoured + 1) / (all.examined + 20)
    for topic in 0..<topics {
      let (examined, favoured) = sums(topic)
      let weight = Observations.trendWeight
      trends[topic] = chordLogarithm((favoured + weight) / (examined * share + weight)) / 4
    }
  }

  private func sums(_ column: Int) -> (examined: Float, favoured: Float) {
    var (seen, won): (UInt32, UInt32) = (0, 0)
    for slice in 0..<Observations.slices {
      seen &+= examinedLately[slice * (topics + 1) + column]
      won &+= favouredLately[slice * (topics + 1) + column]
    }
    return (Float(seen), Float(won))
  }
}

/// The logarithm to base 2 along the chords between powers of two: exact at these, up to .09 less
/// between them, and in plain arithmetic, so that its bits are the same everywhere.
///
/// - Parameter x: above 0, and no subnormal number.
@inline(__always)
func chordLogarithm(_ x: Float) -> Float {
  Float(Int32(bitPattern: x.bitPattern) - 0x3f80_0000) * 0x1p-23
}
