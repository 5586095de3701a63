/// Rows of journeys under way, reused as they end; an id stays valid until it is released.
struct Pool<Row: BitwiseCopyable>: ~Copyable {
  private var rows: UnsafeMutablePointer<Row>
  private var free: UnsafeMutablePointer<UInt32>
  private var freeCount = 0
  private var capacity: Int
  /// Rows ever used; ids are below this.
  private(set) var extent = 0

  init() {
    capacity = 64
    rows = .allocate(capacity: capacity)
    free = .allocate(capacity: capacity)
  }

  deinit {
    rows.deallocate()
    free.deallocate()
  }

  /// Rows in use.
  var count: Int { extent - freeCount }

  mutating func take(_ row: Row) -> UInt32 {
    if freeCount > 0 {
      freeCount -= 1
      let id = free[freeCount]
      rows[Int(id)] = row
      return id
    }
    if extent == capacity { grow() }
    rows[extent] = row
    extent += 1
    return UInt32(extent - 1)
  }

  mutating func release(_ id: UInt32) {
    free[freeCount] = id
    freeCount += 1
  }

  subscript(id: UInt32) -> Row {
    @inline(__always) get { rows[Int(id)] }
    @inline(__always) nonmutating _modify { yield &rows[Int(id)] }
  }

  /// The ids in use, rising.
  func live() -> [UInt32] {
    var isFree = [Bool](repeating: false, count: extent)
    for index in 0..<freeCount { isFree[Int(free[index])] = true }
    return (0..<UInt32(extent)).filter { !isFree[Int($0)] }
  }

  private mutating func grow() {
    let moreRows = UnsafeMutablePointer<Row>.allocate(capacity: capacity * 2)
    moreRows.moveInitialize(from: rows, count: extent)
    rows.deallocate()
    rows = moreRows
    let moreFree = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity * 2)
    moreFree.moveInitialize(from: free, count: freeCount)
    free.deallocate()
    free = moreFree
    capacity *= 2
  }
}

/// Equal buffers of post ids for loads under way, reused as they end; with them the scores and the
/// sources of a load's candidates, which stages leave to one another.
struct ListPool: ~Copyable {
  private var base: UnsafeMutablePointer<UInt32>
  private var scoreBase: UnsafeMutablePointer<Float>
  private var sourceBase: UnsafeMutablePointer<CandidateSource>
  private var free: [UInt32] = []
  private var extent = 0
  private var capacity = 16
  let width: Int

  init(width: Int) {
    self.width = max(1, width)
    base = .allocate(capacity: capacity * self.width)
    scoreBase = .allocate(capacity: capacity * self.width)
    sourceBase = .allocate(capacity: capacity * self.width)
  }

  deinit {
    base.deallocate()
    scoreBase.deallocate()
    sourceBase.deallocate()
  }

  /// Lists in use.
  var count: Int { extent - free.count }

  mutating func take() -> UInt32 {
    if let id = free.popLast() { return id }
    if extent == capacity {
      base = enlarged(base)
      scoreBase = enlarged(scoreBase)
      sourceBase = enlarged(sourceBase)
      capacity *= 2
    }
    extent += 1
    return UInt32(extent - 1)
  }

  private func enlarged<Element>(
    _ base: UnsafeMutablePointer<Element>
  ) -> UnsafeMutablePointer<Element> {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2 * width)
    larger.moveInitialize(from: base, count: extent * width)
    base.deallocate()
    return larger
  }

  mutating func release(_ id: UInt32) { free.append(id) }

  /// Valid until the next `take`.
  subscript(id: UInt32) -> UnsafeMutablePointer<UInt32> { base + Int(id) * width }

  /// The first `count` of a list as candidates, with the scores and sources that were left there;
  /// valid until the next `take`.
  func candidates(
    _ id: UInt32, count: Int, keys: UnsafeMutablePointer<UInt64>
  ) -> Candidates {
    let start = Int(id) * width
    return Candidates(
      ids: base + start, scores: scoreBase + start, sources: sourceBase + start, count: count,
      capacity: width, keys: keys)
  }
}
