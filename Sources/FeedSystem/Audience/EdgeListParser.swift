import Settings
import Simulation

/// Reads follows from bytes that arrive in blocks, a byte at a time, without keeping lines.
struct EdgeListParser {
  private enum State { case lineStart, first, gap, second, rest, comment, text }

  private let file: String
  private let direction: EdgeList.Direction
  private var state = State.lineStart
  private var line = 1
  /// Bytes before the line, and all bytes so far.
  private var lineOffset = 0
  private var offset = 0
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var sawComma = false
  private var sawReturn = false
  /// A first line that may be a header: its error, until a numeric line follows.
  private var header: InvalidInput?
  private var sawLine = false
  private var names = NameTable()
  private var list = FollowList()

  init(file: String, direction: EdgeList.Direction) {
    self.file = file
    self.direction = direction
  }

  /// Takes the next bytes of the file.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) throws {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): try digit(UInt64(byte & 15))
      case UInt8(ascii: "\n"):
        if sawReturn { lineOffset += 1 } else { try endLine() }
      case UInt8(ascii: "\r"): try endLine()
      case UInt8(ascii: " "), UInt8(ascii: "\t"): separate()
      case UInt8(ascii: ","): try comma()
      default: try other(byte)
      }
      sawReturn = byte == UInt8(ascii: "\r")
      offset &+= 1
    }
  }

  /// Ends the last line and checks that there was one.
  mutating func finish() throws {
    try endLine()
    if let header { throw header }
    guard sawLine else {
      throw InvalidInput(
        "holds no follows: two ids a line are expected",
        at: SourceLocation(file: file, line: 1, column: 1))
    }
  }

  /// The follows, with users numbered in the order of their names, and those names.
  consuming func sortedByName() -> (FollowList, [UInt64]) {
    let order = names.names.indices.sorted { names.names[$0] < names.names[$1] }
    var newNumbers = [UInt32](repeating: 0, count: order.count)
    for (rank, user) in order.enumerated() { newNumbers[user] = UInt32(rank) }
    list.rename(newNumbers)
    return (list, order.map { names.names[$0] })
  }

  @inline(__always)
  private mutating func digit(_ value: UInt64) throws {
    switch state {
    case .lineStart:
      first = value
      state = .first
    case .first: first = try appended(value, to: first)
    case .gap:
      second = value
      state = .second
    case .second: second = try appended(value, to: second)
    case .rest, .comment, .text: break
    }
  }

  @inline(__always)
  private func appended(_ digit: UInt64, to value: UInt64) throws -> UInt64 {
    guard value < UInt64.max / 10 || value == UInt64.max / 10 && digit <= UInt64.max % 10 else {
      throw error("the id is above \(UInt64.max)")
    }
    return value &* 10 &+ digit
  }

  @inline(__always)
  private mutating func separate() {
    if state == .first {
      state = .gap
    } else if state == .second {
      state = .rest
    }
  }

  private mutating func comma() throws {
    switch state {
    case .lineStart: throw error("the first id is missing")
    case .gap where sawComma: throw error("the second id is missing")
    case .first, .gap:
      state = .gap
      sawComma = true
    case .second: state = .rest
    case .rest, .comment, .text: break
    }
  }

  /// A byte that belongs to no number.
  private mutating func other(_ byte: UInt8) throws {
    if byte < 0x20 || byte == 0x7f { throw error("byte \(byte) is not text") }
    switch state {
    case .rest, .comment, .text: return
    case .lineStart where byte == UInt8(ascii: "#") || byte == UInt8(ascii: "%"):
      state = .comment
      return
    case .lineStart where offset < 3 && [0xef, 0xbb, 0xbf][offset] == byte:
      // A byte-order mark takes no column.
      lineOffset += 1
      return
    default: break
    }
    if state == .lineStart, !sawLine, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      throw error("JSON is not read; give two ids a line: follower followee")
    }
    let shown = byte < 0x80 ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte \(byte)"
    let problem = error("\(shown) is not part of an id: whole numbers are expected")
    if sawLine || header != nil { throw header ?? problem }
    header = problem
    state = .text
  }

  private mutating func endLine() throws {
    switch state {
    case .first, .gap: throw error("one column; two ids are expected: follower followee")
    case .second, .rest:
      sawLine = true
      header = nil
      try add()
    case .lineStart, .comment, .text: break
    }
    line += 1
    lineOffset = offset + 1
    sawComma = false
    state = .lineStart
  }

  private mutating func add() throws {
    let one = try number(first)
    let two = try number(second)
    switch direction {
    case .followerFollowee: list.append(follower: one, followee: two)
    case .followeeFollower: list.append(follower: two, followee: one)
    case .both:
      list.append(follower: one, followee: two)
      if one != two { list.append(follower: two, followee: one) }
    }
    if list.count > FollowerGraph.maximumEdgeCount {
      throw error("more than \(FollowerGraph.maximumEdgeCount) follows")
    }
  }

  private mutating func number(_ name: UInt64) throws -> UInt32 {
    if let known = names.number(of: name) { return known }
    guard list.userCount < FollowerGraph.maximumUserCount else {
      throw error("more than \(FollowerGraph.maximumUserCount) users")
    }
    let number = list.addUser()
    names.add(name)
    return number
  }

  private func error(_ message: String) -> InvalidInput {
    InvalidInput(
      message, at: SourceLocation(file: file, line: line, column: offset - lineOffset + 1))
  }
}

/// Numbers names in the order of their first appearance: open addressing, linear probing.
struct NameTable {
  private(set) var names: [UInt64] = []
  /// Number + 1 of the name in each slot; 0 where free.
  private var slots = [UInt32](repeating: 0, count: 1024)

  @inline(__always)
  func number(of name: UInt64) -> UInt32? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: mix64(name)) & mask
    while slots[slot] != 0 {
      let number = slots[slot] &- 1
      if names[Int(number)] == name { return number }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Adds a name that is not there yet.
  mutating func add(_ name: UInt64) {
    names.append(name)
    if 2 * names.count > slots.count {
      slots = [UInt32](repeating: 0, count: 2 * slots.count)
      for index in names.indices { place(index) }
    } else {
      place(names.count - 1)
    }
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: mix64(names[index])) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt32(truncatingIfNeeded: index + 1)
  }
}
