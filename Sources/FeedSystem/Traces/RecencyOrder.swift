import CGSL

/// Objects in the order of their last requests, which tells how many others have been asked for
/// since: the stack distance (Mattson, Gecsei, Slutz, Traiger: "Evaluation techniques for storage
/// hierarchies", IBM Systems Journal 9(2), 1970).
///
/// Every request takes the next place of a line, and an object keeps only its last one: a bit for
/// each place says whether it is kept, and a tree of sums (Fenwick: "A new data structure for
/// cumulative frequency tables", 1994) counts the bits by words of 64, so that a distance takes
/// about 20 additions. The line is compacted when it is full, and is four times as long as there
/// were objects then: it stays as small as what it holds. The word that is being filled is counted
/// by itself, and enters the tree when it is full.
struct RecencyOrder: ~Copyable {
  private static let never = UInt32.max

  /// By object: its place, or `never`.
  private let placeOf: UnsafeMutablePointer<UInt32>
  private let objects: Int
  private var line: Line
  /// The next place, and how many are kept.
  private var next = 0
  private(set) var count = 0
  /// Bytes of the objects that are kept; 0 where they have no sizes.
  private var bytes = 0

  /// Places, and sums over words of them.
  private struct Line {
    let length: Int
    let isSized: Bool
    let bits: UnsafeMutablePointer<UInt64>
    let objectAt: UnsafeMutablePointer<UInt32>
    let counts: UnsafeMutablePointer<UInt32>
    /// Of at least one element, also where there are no sizes.
    let sizeAt: UnsafeMutablePointer<Int>
    let sizes: UnsafeMutablePointer<Int>

    init(words: Int, isSized: Bool) {
      length = words << 6
      self.isSized = isSized
      bits = .allocate(capacity: words)
      bits.initialize(repeating: 0, count: words)
      objectAt = .allocate(capacity: length)
      counts = .allocate(capacity: words + 1)
      counts.initialize(repeating: 0, count: words + 1)
      sizeAt = .allocate(capacity: isSized ? length : 1)
      sizes = .allocate(capacity: isSized ? words + 1 : 1)
      sizes.initialize(repeating: 0, count: isSized ? words + 1 : 1)
    }

    func deallocate() {
      bits.deallocate()
      objectAt.deallocate()
      counts.deallocate()
      sizeAt.deallocate()
      sizes.deallocate()
    }

    /// Bytes of the places of a word that a mask names.
    func bytes(word: Int, _ mask: UInt64) -> Int {
      var left = bits[word] & mask
      var sum = 0
      while left != 0 {
        sum &+= sizeAt[word << 6 | left.trailingZeroBitCount]
        left &= left &- 1
      }
      return sum
    }
  }

  /// - Parameters:
  ///   - objects: they are numbered below this.
  ///   - isSized: whether distances in bytes are asked for.
  init(objects: Int, isSized: Bool = false) {
    self.objects = objects
    placeOf = .allocate(capacity: max(1, objects))
    placeOf.initialize(repeating: Self.never, count: max(1, objects))
    line = Line(words: 64, isSized: isSized)
  }

  deinit {
    placeOf.deallocate()
    line.deallocate()
  }

  /// Asks for an object's word ahead of its use.
  @inline(__always)
  func prefetch(_ object: UInt32) { feedsim_prefetch(placeOf + Int(object)) }

  /// Makes an object the newest.
  ///
  /// - Returns: how many others have been asked for since its last request; nil if there was none.
  @inline(__always)
  mutating func request(_ object: UInt32) -> Int? {
    let place = Int(placeOf[Int(object)])
    var distance: Int?
    if place == Int(Self.never) {
      count &+= 1
    } else {
      distance = takeOut(place)
    }
    append(object, size: 0)
    return distance
  }

  /// The same with a size, which the object has until its next request.
  ///
  /// - Returns: the bytes of the others and its own former size; nil if there was no request.
  mutating func request(_ object: UInt32, size: Int) -> Int? {
    let place = Int(placeOf[Int(object)])
    var distance: Int?
    if place == Int(Self.never) {
      count &+= 1
    } else {
      distance = takeOutBytes(place)
      _ = takeOut(place)
    }
    append(object, size: size)
    return distance
  }

  /// Forgets an object that was asked for.
  mutating func remove(_ object: UInt32) {
    _ = takeOut(Int(placeOf[Int(object)]))
    placeOf[Int(object)] = Self.never
    count &-= 1
  }

  /// Leaves a place, and tells how many behind it are kept.
  @inline(__always)
  private mutating func takeOut(_ place: Int) -> Int {
    let word = place >> 6
    let behind = line.bits[word] & (~1 &<< UInt64(place & 63))
    line.bits[word] &= ~(1 &<< UInt64(place & 63))
    if word == next >> 6 { return behind.nonzeroBitCount }
    // The sum of the words up to this one is above it in the tree, what changes is below.
    var upTo: UInt32 = 0
    var node = word &+ 1
    while node > 0 {
      upTo &+= line.counts[node]
      node &= node &- 1
    }
    node = word &+ 1
    let last = next >> 6
    while node <= last {
      line.counts[node] &-= 1
      node &+= node & -node
    }
    return count &- Int(upTo) &+ behind.nonzeroBitCount
  }

  /// What `takeOut` does, for the bytes: those behind a place and its own.
  private mutating func takeOutBytes(_ place: Int) -> Int {
    let word = place >> 6
    let own = line.sizeAt[place]
    let behind = line.bytes(word: word, ~0 &<< UInt64(place & 63))
    bytes &-= own
    if word == next >> 6 { return behind }
    var upTo = 0
    var node = word &+ 1
    while node > 0 {
      upTo &+= line.sizes[node]
      node &= node &- 1
    }
    node = word &+ 1
    while node <= next >> 6 {
      line.sizes[node] &-= own
      node &+= node & -node
    }
    return bytes &+ own &- upTo &+ behind
  }

  @inline(__always)
  private mutating func append(_ object: UInt32, size: Int) {
    line.bits[next >> 6] |= 1 &<< UInt64(next & 63)
    line.objectAt[next] = object
    placeOf[Int(object)] = UInt32(truncatingIfNeeded: next)
    if line.isSized {
      line.sizeAt[next] = size
      bytes &+= size
    }
    next &+= 1
    if next & 63 == 0 { close(word: next >> 6 &- 1) }
  }

  /// A word is full: its sums enter the tree, whose nodes up to it are complete.
  @inline(never)
  private mutating func close(word: Int) {
    var sum = UInt32(line.bits[word].nonzeroBitCount)
    var total = line.isSized ? line.bytes(word: word, ~0) : 0
    let node = word + 1
    var step = 1
    while step < node & -node {
      sum &+= line.counts[node - step]
      if line.isSized { total &+= line.sizes[node - step] }
      step <<= 1
    }
    line.counts[node] = sum
    if line.isSized { line.sizes[node] = total }
    if next == line.length { compact() }
  }

  /// Moves what is kept to the beginning of a line that is four times as long.
  private mutating func compact() {
    let old = line
    // Places are 32 bits.
    let length = min(4 * count, Int(UInt32.max) - 64)
    line = Line(words: max(64, (length + 63) / 64), isSized: old.isSized)
    next = 0
    bytes = 0
    for word in 0..<old.length >> 6 {
      var left = old.bits[word]
      while left != 0 {
        let place = word << 6 | left.trailingZeroBitCount
        append(old.objectAt[place], size: old.isSized ? old.sizeAt[place] : 0)
        left &= left &- 1
      }
    }
    old.deallocate()
  }
}
