/// A visit to a pool of servers.
struct PoolVisit: BitwiseCopyable {
  var visitor: UInt64
  var arrival: Int64
  /// Asked for; once begun, given.
  var service: Int64
  /// Of the service; `.max` while it waits.
  var end = Int64.max
  /// Negative where none is chosen, or where there are as many as it takes.
  var server: Int32 = -1
  /// Of those who wait in the same line.
  var next = PoolVisits.none
  var previous = PoolVisits.none
  var line: UInt8

  init(visitor: UInt64, arrival: Int64, service: Int64, line: UInt8) {
    self.visitor = visitor
    self.arrival = arrival
    self.service = service
    self.line = line
  }
}

/// The visits of a pool, reused as they end, and the lines in which some of them wait.
///
/// Lines are linked through the visits, so that one may leave from the middle at once.
struct PoolVisits: ~Copyable {
  static let none = UInt32.max

  /// First come, first served.
  struct Line {
    var head = PoolVisits.none
    var tail = PoolVisits.none
  }

  private var rows: UnsafeMutablePointer<PoolVisit>
  private var free: [UInt32] = []
  private var capacity = 64
  private var extent = 0

  init() { rows = .allocate(capacity: 64) }

  deinit { rows.deallocate() }

  var count: Int { extent - free.count }

  /// Those in use, rising.
  var inUse: [UInt32] {
    var isFree = [Bool](repeating: false, count: extent)
    for id in free { isFree[Int(id)] = true }
    return (0..<UInt32(extent)).filter { !isFree[Int($0)] }
  }

  mutating func take(_ row: PoolVisit) -> UInt32 {
    if let id = free.popLast() {
      rows[Int(id)] = row
      return id
    }
    if extent == capacity {
      let larger = UnsafeMutablePointer<PoolVisit>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: rows, count: extent)
      rows.deallocate()
      rows = larger
      capacity *= 2
    }
    rows[extent] = row
    extent += 1
    return UInt32(extent - 1)
  }

  mutating func release(_ id: UInt32) { free.append(id) }

  subscript(id: UInt32) -> PoolVisit {
    get { rows[Int(id)] }
    nonmutating _modify { yield &rows[Int(id)] }
  }

  func append(_ id: UInt32, to line: inout Line) {
    rows[Int(id)].previous = line.tail
    rows[Int(id)].next = Self.none
    if line.tail == Self.none { line.head = id } else { rows[Int(line.tail)].next = id }
    line.tail = id
  }

  func remove(_ id: UInt32, from line: inout Line) {
    let (before, after) = (rows[Int(id)].previous, rows[Int(id)].next)
    if before == Self.none { line.head = after } else { rows[Int(before)].next = after }
    if after == Self.none { line.tail = before } else { rows[Int(after)].previous = before }
  }
}
