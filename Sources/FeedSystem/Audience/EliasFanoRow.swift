/// A row of rising ids by the code of Elias and Fano: each id's low bits as they are, its high bits
/// as the distance from the one before, in unary.
///
/// A row of n ids below N takes at most n · (2 + log2(N ÷ n)) bits, half a bit an id above what
/// any code needs for n of N at random. How long it is follows from n and N alone, so nobody has to
/// keep where each row begins; and any place in it is found without decoding what is before (Elias:
/// "Efficient storage and retrieval by content and address of static files", J. ACM 1974; Vigna:
/// "Quasi-succinct indices", WSDM 2013).
///
/// In memory, from a whole byte on: a sample for every 512th id, the high part, and from its last
/// bit on the low parts.
struct EliasFanoRow {
  /// What a row's length decides.
  struct Shape {
    /// Ids in the row.
    let count: Int
    /// Bits of each low part.
    let low: Int
    /// Bits of the high part: a one for each id, a zero for each step of the high bits.
    let highBits: Int

    /// - Parameter universe: all ids are below it; at least `count`, at most 2^31.
    @inline(__always)
    init(count: Int, universe: Int) {
      self.count = count
      guard count > 0 else {
        (low, highBits) = (0, 0)
        return
      }
      var low = count.leadingZeroBitCount &- universe.leadingZeroBitCount
      // Where the ratio is no power of two the difference of the lengths may be one too many.
      if count &<< low > universe { low &-= 1 }
      low = max(low, 0)
      self.low = low
      highBits = count &+ (universe &- 1) &>> low
    }

    @inline(__always)
    var samples: Int { max(count &- 1, 0) / EliasFanoRow.sampling }
    /// Of the whole row.
    @inline(__always)
    var bytes: Int { samples &* 4 &+ (highBits &+ count &* low &+ 7) &>> 3 }
  }

  /// Ids from one sample to the next.
  static let sampling = 512
  /// What must be readable behind the last row: words are read whole.
  static let slack = 16

  let shape: Shape
  private let samples: UnsafeRawPointer
  private let high: UnsafeRawPointer

  @inline(__always)
  init(_ shape: Shape, at base: UnsafeRawPointer) {
    self.shape = shape
    samples = base
    high = base + shape.samples &* 4
  }

  // MARK: Writing

  /// Writes ids, rising and below the universe, to memory that has room for `shape.bytes` and what
  /// is read or written beyond them, `slack`.
  @inline(__always)
  static func write(
    _ ids: UnsafePointer<UInt32>, _ shape: Shape, to base: UnsafeMutableRawPointer
  ) {
    let high = base + shape.samples &* 4
    high.initializeMemory(as: UInt8.self, repeating: 0, count: (shape.highBits &+ 7) &>> 3)
    let width = UInt64(truncatingIfNeeded: shape.low)
    for index in 0..<shape.count {
      let place = Int(truncatingIfNeeded: UInt64(ids[index]) &>> width) &+ index
      let byte = high + place &>> 3
      byte.storeBytes(
        of: byte.load(as: UInt8.self) | 1 &<< UInt8(truncatingIfNeeded: place & 7), as: UInt8.self)
      if index & (sampling &- 1) == 0, index > 0 {
        (base + (index / sampling &- 1) &* 4).storeBytes(
          of: UInt32(truncatingIfNeeded: place), as: UInt32.self)
      }
    }
    writeLowParts(of: ids, shape, to: high)
  }

  @inline(__always)
  private static func writeLowParts(
    of ids: UnsafePointer<UInt32>, _ shape: Shape, to high: UnsafeMutableRawPointer
  ) {
    let width = UInt64(truncatingIfNeeded: shape.low)
    let mask: UInt64 = 1 &<< width &- 1
    var lows = high + shape.highBits &>> 3
    var filled = UInt64(truncatingIfNeeded: shape.highBits & 7)
    // The last bits of the high part lie in the first byte.
    var word = filled > 0 ? UInt64(lows.load(as: UInt8.self)) : 0
    for index in 0..<shape.count {
      let part = UInt64(ids[index]) & mask
      word |= part &<< filled
      filled &+= width
      guard filled >= 64 else { continue }
      lows.storeBytes(of: word, as: UInt64.self)
      lows += 8
      filled &-= 64
      word = filled == 0 ? 0 : part &>> (width &- filled)
    }
    // No byte more than is the row's own: the next one begins there.
    while filled > 0 {
      lows.storeBytes(of: UInt8(truncatingIfNeeded: word), as: UInt8.self)
      lows += 1
      word &>>= 8
      filled = filled > 8 ? filled &- 8 : 0
    }
  }

  // MARK: Reading

  /// A place in the high part.
  private struct Cursor {
    /// The ones from here on that are left of the word that is being read.
    var ones: UInt64
    /// Where that word begins.
    var first: Int
    /// The id that the next one belongs to.
    var index: Int
  }

  /// The word of the high part that begins at a bit, without what lies behind the high part.
  @inline(__always)
  private func word(at first: Int) -> UInt64 {
    let word = (high + first &>> 3).loadUnaligned(as: UInt64.self)
    let left = shape.highBits &- first
    return left >= 64 ? word : word & (1 &<< UInt64(truncatingIfNeeded: left) &- 1)
  }

  @inline(__always)
  private func lowPart(_ index: Int, _ mask: UInt64) -> UInt64 {
    let place = shape.highBits &+ index &* shape.low
    let word = (high + place &>> 3).loadUnaligned(as: UInt64.self)
    return word &>> UInt64(truncatingIfNeeded: place & 7) & mask
  }

  @inline(__always)
  private var mask: UInt64 { 1 &<< UInt64(truncatingIfNeeded: shape.low) &- 1 }

  /// Calls `body` with the ids from a cursor on until it answers false.
  @inline(__always)
  private func walk(_ cursor: Cursor, _ body: (_ index: Int, _ id: UInt32) -> Bool) {
    let mask = mask
    let width = UInt64(truncatingIfNeeded: shape.low)
    let count = shape.count
    var (ones, first, index) = (cursor.ones, cursor.first, cursor.index)
    while index < count {
      while ones != 0 {
        let step = first &+ ones.trailingZeroBitCount &- index
        let id = UInt64(truncatingIfNeeded: step) &<< width | lowPart(index, mask)
        guard body(index, UInt32(truncatingIfNeeded: id)) else { return }
        ones &= ones &- 1
        index &+= 1
      }
      first &+= 64
      if index < count { ones = word(at: first) }
    }
  }

  /// Writes all ids to `ids`.
  @inline(__always)
  func decode(into ids: UnsafeMutablePointer<UInt32>) {
    guard shape.count > 0 else { return }
    walk(Cursor(ones: word(at: 0), first: 0, index: 0)) { index, id in
      ids[index] = id
      return true
    }
  }

  /// Writes the ids at some places to `ids`.
  @inline(__always)
  func decode(_ places: Range<Int>, into ids: UnsafeMutablePointer<UInt32>) {
    guard !places.isEmpty else { return }
    let end = places.upperBound
    walk(cursor(at: places.lowerBound)) { index, id in
      ids[index &- places.lowerBound] = id
      return index &+ 1 < end
    }
  }

  /// Calls `body` with the ids from `lowest` up to below `end`.
  @inline(__always)
  func forEach(from lowest: UInt32, below end: UInt32, _ body: (UInt32) -> Void) {
    guard shape.count > 0 else { return }
    walk(cursor(toIdsFrom: lowest)) { _, id in
      if id >= end { return false }
      if id >= lowest { body(id) }
      return true
    }
  }

  /// The id at a place.
  func id(at place: Int) -> UInt32 {
    var found: UInt32 = 0
    decode(place..<place + 1, into: &found)
    return found
  }

  func contains(_ id: UInt32) -> Bool {
    var isThere = false
    guard shape.count > 0 else { return false }
    walk(cursor(toIdsFrom: id)) { _, other in
      isThere = other == id
      return other < id
    }
    return isThere
  }

  // MARK: Finding

  /// Where the id at a multiple of `sampling` has its one.
  @inline(__always)
  private func sample(_ number: Int) -> Int {
    number == 0
      ? 0
      : Int((samples + (number &- 1) &* 4).loadUnaligned(as: UInt32.self))
  }

  /// Before the one of the id at a place.
  private func cursor(at place: Int) -> Cursor {
    let number = place / Self.sampling
    let start = sample(number)
    var index = number &* Self.sampling
    var first = start & ~63
    var ones = word(at: first) & (UInt64.max &<< UInt64(truncatingIfNeeded: start & 63))
    while index &+ ones.nonzeroBitCount <= place {
      index &+= ones.nonzeroBitCount
      first &+= 64
      ones = word(at: first)
    }
    while index < place {
      ones &= ones &- 1
      index &+= 1
    }
    return Cursor(ones: ones, first: first, index: index)
  }

  /// Before the one of the first id with the high bits of `id`, or more.
  @inline(__always)
  private func cursor(toIdsFrom id: UInt32) -> Cursor {
    // As many zeros stand before it.
    let steps = Int(id) &>> shape.low
    var (low, end) = (0, shape.samples)
    while low < end {
      let middle = (low &+ end &+ 1) / 2
      if sample(middle) &- middle &* Self.sampling < steps {
        low = middle
      } else {
        end = middle &- 1
      }
    }
    var index = low &* Self.sampling
    let start = sample(low)
    var first = start & ~63
    var ones = word(at: first) & (UInt64.max &<< UInt64(truncatingIfNeeded: start & 63))
    // The last id with fewer steps lies in this word, or the next ids do.
    while index < shape.count {
      let found = ones.nonzeroBitCount
      if first &+ 64 &- (index &+ found) >= steps { break }
      index &+= found
      first &+= 64
      if index < shape.count { ones = word(at: first) }
    }
    while index < shape.count, ones != 0, first &+ ones.trailingZeroBitCount &- index < steps {
      ones &= ones &- 1
      index &+= 1
    }
    return Cursor(ones: ones, first: first, index: index)
  }
}
