import FeedSystem
import Settings

/// A cascade as it was observed: when each post of it was made, and for how many followers.
public struct ObservedCascade: Sendable, Equatable {
  /// Seconds since the original, the first at 0 and none before the one above it.
  public var seconds: [Double]
  /// Of whoever made it.
  public var followers: [Double]

  public init(seconds: [Double], followers: [Double]) {
    (self.seconds, self.followers) = (seconds, followers)
  }

  /// Reads a CSV with a header and two columns, seconds since the original and followers, a line a
  /// post, the original first.
  ///
  /// - Throws: `MissingInput`, or `InvalidInput` with the line that is wrong.
  public init(path: String) throws {
    var rows = try CSVReader(path: path)
    guard rows.header.count == 2 else {
      throw InvalidInput(
        "has \(rows.header.count) columns; a cascade has two, seconds since the original and "
          + "followers", at: rows.place(line: 1))
    }
    (seconds, followers) = ([], [])
    while try rows.nextRow() {
      guard let time = try? Quantity.number(rows.text(0)), time >= 0, time < 1e10 else {
        throw rows.error("is not a number of seconds, 0 or more", field: 0)
      }
      guard let count = try? Quantity.number(rows.text(1)), count >= 0, count < 1e10 else {
        throw rows.error("is not a number of followers, 0 or more", field: 1)
      }
      if let last = seconds.last, time < last {
        throw rows.error("comes before the time of the row above", field: 0)
      }
      if seconds.isEmpty, time != 0 {
        throw rows.error("must be 0: the first row is the original", field: 0)
      }
      seconds.append(time)
      followers.append(count)
    }
    guard seconds.count >= 2 else {
      throw InvalidInput("needs an original and a repost of it at least", at: rows.place())
    }
  }
}
