/// Turning rows by one end of the follows into rows by the other, by counting.
///
/// `starts` has one word more than there are rows and `starts[0]` is 0. Counting adds to
/// `starts[row + 1]`, `runningStarts` turns counts into starts shifted by one, and filling
/// advances them, after which `starts[row]` is where the row begins: one array is count,
/// cursor and offset in turn.
enum Transposition {
  /// Counts at `row + 1` become the start of `row` at `row + 1`.
  static func runningStarts(_ starts: UnsafeMutablePointer<UInt32>, rows: Int) {
    var sum: UInt32 = 0
    for row in 1..<(rows + 1) {
      let count = starts[row]
      starts[row] = sum
      sum &+= count
    }
    starts[0] = 0
  }

  /// Writes the transposed rows of the given ones; taken in ascending order, so that every
  /// row comes out ascending.
  ///
  /// - Parameter starts: as `runningStarts` leaves it; afterwards the offsets of `output`.
  static func fill(
    _ output: UnsafeMutablePointer<UInt32>, starts: UnsafeMutablePointer<UInt32>,
    from offsets: UnsafePointer<UInt32>, _ rows: UnsafePointer<UInt32>, rowCount: Int
  ) {
    let cursors = starts + 1
    for row in 0..<rowCount {
      let name = UInt32(truncatingIfNeeded: row)
      var position = Int(offsets[row])
      let end = Int(offsets[row &+ 1])
      while position < end {
        let target = Int(rows[position])
        let place = cursors[target]
        cursors[target] = place &+ 1
        output[Int(place)] = name
        position &+= 1
      }
    }
  }
}
