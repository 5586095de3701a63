import Settings
import Simulation

/// How a spike comes and goes: a level between 0 and 1 over time, which what it multiplies follows
/// from 1 to the factor at its height. A spike's `shape` or `series`.
public enum SpikeShape: Sendable, Equatable {
  /// At its height at once, and gone at once.
  case step
  /// Straight up and straight down.
  case ramp(rise: Duration, fall: Duration)
  /// Straight up, then half as much after each half-life.
  case decay(rise: Duration, halfLife: Duration)
  /// Grows exponentially, as what is passed on does, by six doublings; then as `decay`.
  case burst(rise: Duration, halfLife: Duration)
  /// As measured.
  case series(SpikeSeries)

  /// Reads `shape` and what goes with it; a step if there is none.
  init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(
      in: Duration(nanoseconds: 1)...(.seconds(366 * 86_400)))
    let halfLife = "In which what it adds falls to half."
    let read = try parameters.branch(
      "shape", default: "step", "How it comes and goes.",
      [
        ("step", { _ in SpikeShape.step }),
        (
          "ramp",
          {
            let rise = try $0.require("rise", time, "From its beginning to its height.")
            return .ramp(
              rise: rise,
              fall: try $0.read(
                "fall", time, default: rise, "From its height to its end; as the rise."))
          }
        ),
        (
          "decay",
          {
            .decay(
              rise: try $0.read(
                "rise", .duration(in: .zero...(.seconds(366 * 86_400))), default: .zero,
                "From its beginning to its height."),
              halfLife: try $0.require("halfLife", time, halfLife))
          }
        ),
        (
          "burst",
          {
            .burst(
              rise: try $0.require("rise", time, "In which it doubles six times."),
              halfLife: try $0.require("halfLife", time, halfLife))
          }
        ),
      ])
    self = read ?? .step
  }

  private static let doublings = 6.0

  /// The integral of the level from the beginning, in seconds.
  ///
  /// - Parameters:
  ///   - time: since the beginning, seconds.
  ///   - length: of the whole spike, seconds.
  func area(to time: Double, of length: Double) -> Double {
    let ln2 = 0.693_147_180_559_945_3
    switch self {
    case .step: return time
    case .ramp(let rise, let fall):
      // Both are shortened alike where they do not fit.
      let scale = min(1, length / (rise.seconds + fall.seconds))
      let (up, down) = (rise.seconds * scale, fall.seconds * scale)
      if time <= up { return time * time / (2 * up) }
      if time <= length - down { return time - up / 2 }
      let since = time - (length - down)
      return length - down - up / 2 + since - since * since / (2 * down)
    case .decay(let rise, let halfLife):
      let up = rise.seconds
      if time <= up { return up > 0 ? time * time / (2 * up) : 0 }
      let speed = ln2 / halfLife.seconds
      return up / 2 + (1 - expo(-speed * (time - up))) / speed
    case .burst(let rise, let halfLife):
      let up = rise.seconds
      let growth = Self.doublings * ln2 / up
      func grown(_ time: Double) -> Double { ((expo(growth * time) - 1) / growth - time) / 63 }
      if time <= up { return grown(time) }
      let speed = ln2 / halfLife.seconds
      return grown(up) + (1 - expo(-speed * (time - up))) / speed
    case .series(let series): return series.area(to: time)
    }
  }

  /// Of the stretches that a shape is cut into, the longest that follows it closely, in seconds.
  private func resolution(of length: Double) -> Double {
    var finest = length / 240
    switch self {
    case .step, .series: break
    case .ramp(let rise, let fall): finest = min(finest, rise.seconds / 16, fall.seconds / 16)
    case .decay(let rise, let halfLife), .burst(let rise, let halfLife):
      finest = min(finest, halfLife.seconds / 16)
      if rise > .zero { finest = min(finest, rise.seconds / 32) }
    }
    return max(finest, length / 4096)
  }

  /// The instants at which a spike's level changes, from its beginning on, and the mean level until
  /// the next; a level may be below 0 where a series lies below what is usual.
  func levels(of length: Duration) -> (offsets: [Duration], levels: [Double]) {
    switch self {
    case .step: return ([.zero], [1])
    case .series(let series): return series.levels(of: length)
    case .ramp, .decay, .burst: break
    }
    let whole = length.seconds
    let count = max(1, min(length.nanoseconds, Int64(whole / resolution(of: whole) + 0.5)))
    let step = length.nanoseconds / count
    let offsets = (0..<count).map { Duration(nanoseconds: $0 * step) }
    var before = 0.0
    let levels = offsets.indices.map { index in
      let end = index + 1 < offsets.count ? offsets[index + 1] : length
      let area = area(to: end.seconds, of: whole)
      defer { before = area }
      return min(1, max(0, (area - before) / (end - offsets[index]).seconds))
    }
    return (offsets, levels)
  }

  /// What a spike multiplies a rate by.
  ///
  /// - Parameter peak: at its height.
  func profile(from start: Instant, for length: Duration, peak: Double) -> RateProfile {
    if self == .step { return .spike(from: start, for: length, factor: peak) }
    guard length > .zero, peak != 1 else { return .constant }
    let (offsets, levels) = levels(of: length)
    return .steps(
      levels.map { max(0, 1 + (peak - 1) * $0) }, at: offsets.map { start + $0 },
      until: start + length)
  }
}

/// A measured volume as the course of a spike: of the counts, the median is what is usual, if
/// nothing else is said to be.
public struct SpikeSeries: Sendable, Equatable {
  /// From the spike's beginning to those of the counts, rising from 0.
  public let offsets: [Duration]
  /// The counts over what is usual.
  public let factors: [Double]
  public let length: Duration
  /// Where they were read from.
  public let file: String?

  /// The highest count over what is usual.
  public var peak: Double { factors.max() ?? 1 }

  /// - Parameters:
  ///   - offsets: rising, of at least two.
  ///   - startsAt: what is passed over.
  ///   - given: the count that is usual; the median, or the mean where that is 0, if it is not
  ///     given.
  /// - Returns: nil where nothing is left.
  init?(
    _ offsets: [Duration], _ counts: [Double], from startsAt: Duration = .zero,
    usual given: Double? = nil, file: String? = nil
  ) {
    guard offsets.count >= 2, offsets.count == counts.count else { return nil }
    let sorted = counts.sorted()
    let middle = sorted.count / 2
    var usual =
      sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    if let given { usual = given }
    if usual == 0 { usual = counts.reduce(0, +) / Double(counts.count) }
    guard usual > 0, let last = offsets.last else { return nil }
    let end = last + (last - offsets[offsets.count - 2])
    guard startsAt < end else { return nil }
    let first = offsets.lastIndex { $0 <= startsAt } ?? 0
    self.offsets = [.zero] + offsets[(first + 1)...].map { $0 - startsAt }
    factors = counts[first...].map { $0 / usual }
    length = end - startsAt
    self.file = file
  }

  /// The most that a count may be over what is usual.
  static let highest = 100_000.0

  private static let example = SpikeSeries([.zero, .seconds(1)], [1, 1])

  static var form: Form<SpikeSeries?> {
    let file = Form<SpikeSeries?>(
      .scalar(Shape.Scalar("a path, relative to this file")), example: example
    ) { setting in try read(setting, startsAt: .zero, usual: nil) }
    return file.orKeys { parameters in
      let written = Form<Setting>.written(
        Shape.Scalar("a path, relative to this file"), example: "volume.csv")
      let startsAt = try parameters.read(
        "startsAt", .duration(in: .zero...(.seconds(366 * 86_400))), default: .zero,
        "Where in it the spike begins.")
      let usual = try parameters.read(
        "usual", .number(in: 1e-9...1e15), "The count that is usual; the median if not given.")
      let name = try parameters.read(
        "file", written, "CSV with a header and two columns, a time and a count.")
      let every = try parameters.read(
        "every", .duration(in: .milliseconds(1)...(.seconds(86_400))), default: .seconds(300),
        "From one of the values to the next.")
      let values = try parameters.read(
        "values", .list(of: .number(in: 0...1e15)), neededWithout: "file",
        "Counts, in place of a file's.")
      if parameters.isDescribing { return example }
      if let name {
        let series = try read(name, startsAt: startsAt, usual: usual)
        if values != nil {
          throw parameters.error("stands beside a file; leave one out", key: "values")
        }
        return series
      }
      guard let values else { throw parameters.missing("values") }
      let offsets = values.indices.map { every * $0 }
      // One count alone is what is usual.
      let counts = values.count == 1 ? values + values : values
      guard
        let series = SpikeSeries(
          values.count == 1 ? [.zero, every] : offsets, counts, from: startsAt, usual: usual)
      else {
        throw parameters.error(
          "need a count above 0, and one after startsAt", key: "values")
      }
      try series.check { parameters.error($0, key: "values") }
      return series
    }
  }

  private static func read(
    _ name: Setting, startsAt: Duration, usual: Double?
  ) throws -> SpikeSeries {
    let path = try name.resolvedPath()
    let read = try name.reading { try VolumeSeries.read(path, startsAt: .zero) }
    guard
      let series = SpikeSeries(
        read.offsets, read.values, from: startsAt, usual: usual, file: path)
    else { throw name.error("ends before startsAt") }
    try series.check { name.error($0) }
    return series
  }

  private func check(_ problem: (String) -> InvalidInput) throws {
    guard peak <= Self.highest else {
      throw problem("has a count more than 100k times what is usual")
    }
  }

  /// How far a factor lies above what is usual, of the way to the highest.
  private func level(_ factor: Double) -> Double { peak > 1 ? (factor - 1) / (peak - 1) : 0 }

  /// The integral of the level from the beginning, in seconds.
  func area(to time: Double) -> Double {
    var sum = 0.0
    for (index, offset) in offsets.enumerated() where offset.seconds < time {
      let end = index + 1 < offsets.count ? offsets[index + 1].seconds : length.seconds
      sum += level(factors[index]) * (min(end, time) - offset.seconds)
    }
    return sum
  }

  func levels(of length: Duration) -> (offsets: [Duration], levels: [Double]) {
    let kept = offsets.count { $0 < length }
    return (Array(offsets[..<kept]), factors[..<kept].map(level))
  }
}
