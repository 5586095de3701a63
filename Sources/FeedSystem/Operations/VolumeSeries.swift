import Settings
import Simulation

/// Reads a measured volume series: CSV with the header `timestamp,value` or `datetime,count`,
/// timestamps as `2015-02-26 21:42:53` or as seconds, counts per step.
enum VolumeSeries {
  /// Offsets from the first timestamp minus `startsAt`, and the counts.
  static func read(
    _ path: String, startsAt: Duration, in parameters: Parameters
  ) throws -> (offsets: [Duration], values: [Double]) {
    let text = try InputText.read(path, limit: 64 << 20)
    var offsets: [Duration] = []
    var values: [Double] = []
    var first: Int64?
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let fields = line.drop { $0 == "\u{feff}" }.filter { $0 != "\r" }
        .split(separator: ",", omittingEmptySubsequences: false)
      if fields.count == 1, fields[0].isEmpty { continue }
      let place = SourceLocation(file: path, line: number, column: 1)
      guard fields.count == 2 else {
        throw InvalidInput(
          "has \(fields.count) columns; a volume series has two: timestamp and value", at: place)
      }
      guard let time = seconds(fields[0]) else {
        if number == 1 { continue }
        throw InvalidInput(
          "\"\(fields[0])\" is not a time such as 2015-02-26 21:42:53, or seconds", at: place)
      }
      guard let value = Double(String(fields[1])), value >= 0, value.isFinite else {
        throw InvalidInput("\"\(fields[1])\" is not a count of 0 or more", at: place)
      }
      let origin = first ?? time
      first = origin
      let offset = Duration.seconds(time - origin) - startsAt
      if let last = offsets.last, offset <= last {
        throw InvalidInput("the timestamps do not rise", at: place)
      }
      offsets.append(offset)
      values.append(value)
    }
    guard offsets.count >= 2, values.contains(where: { $0 > 0 }) else {
      throw InvalidInput(
        "a volume series needs at least two rows and a count above 0",
        at: SourceLocation(file: path, line: max(1, number), column: 1))
    }
    return (offsets, values)
  }

  /// Seconds since 1970 of `yyyy-mm-dd hh:mm:ss` (the civil calendar, no time zone), or of a
  /// plain whole number of seconds.
  private static func seconds(_ text: Substring) -> Int64? {
    if let plain = Int64(text), abs(plain) < 1 << 40 { return plain }
    let parts = text.split { "-: T".contains($0) }.map { Int64($0) }
    guard parts.count == 6, text.count == 19,
      let year = parts[0], let month = parts[1], let day = parts[2],
      let hour = parts[3], let minute = parts[4], let second = parts[5],
      (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    return daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  }

  /// Days of the proleptic Gregorian calendar, counting years from March so that the leap day
  /// comes last.
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
