import Settings
import Simulation

/// A measured volume: CSV with a header and two columns, a time (`2015-02-26 21:42:53`, or
/// seconds) and a count for the step that begins there.
enum VolumeSeries {
  /// Offsets from the first time minus `startsAt`, and the counts.
  static func read(
    _ path: String, startsAt: Duration
  ) throws -> (offsets: [Duration], values: [Double]) {
    var rows = try CSVReader(path: path)
    guard rows.header.count == 2 else {
      throw InvalidInput(
        "has \(rows.header.count) columns; a volume series has two, a time and a count",
        at: rows.place(line: 1))
    }
    var offsets: [Duration] = []
    var values: [Double] = []
    var first: Int64?
    while try rows.nextRow() {
      guard let time = seconds(rows.text(0)) else {
        throw rows.error("is not a time such as 2015-02-26 21:42:53, or seconds", field: 0)
      }
      guard let value = try? Quantity.number(rows.text(1)), value >= 0 else {
        throw rows.error("is not a count of 0 or more", field: 1)
      }
      let origin = first ?? time
      first = origin
      let offset = Duration.seconds(time - origin) - startsAt
      if let last = offsets.last, offset <= last {
        throw rows.error("does not come after the time of the row before", field: 0)
      }
      offsets.append(offset)
      values.append(value)
    }
    guard offsets.count >= 2, values.contains(where: { $0 > 0 }) else {
      throw InvalidInput(
        "a volume series needs at least two rows and a count above 0", at: rows.place())
    }
    return (offsets, values)
  }

  /// Seconds since 1970 of `yyyy-mm-dd hh:mm:ss` (the civil calendar, no time zone), or of a
  /// plain whole number of seconds.
  private static func seconds(_ text: String) -> Int64? {
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
