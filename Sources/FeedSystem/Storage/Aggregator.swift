/// Working memory of the queries over the leaves, grown as needed and never given back.
struct Aggregator: ~Copyable {
  /// Authors asked for, by leaf.
  private(set) var perLeaf: UnsafeMutablePointer<UInt32>
  private let leaves: Int
  /// Authors whom the leaves cannot tell of.
  private var others: UnsafeMutablePointer<UInt32>
  private var capacity = 256
  private var otherCount = 0

  init(leaves: Int) {
    self.leaves = leaves
    perLeaf = .allocate(capacity: max(1, leaves))
    others = .allocate(capacity: capacity)
  }

  deinit {
    perLeaf.deallocate()
    others.deallocate()
  }

  /// Begins a query about so many authors at most.
  mutating func begin(authors: Int) {
    perLeaf.update(repeating: 0, count: leaves)
    otherCount = 0
    if authors > capacity {
      others.deallocate()
      capacity = authors.nextPowerOfTwo
      others = .allocate(capacity: capacity)
    }
  }

  @inline(__always)
  mutating func ask(_ leaf: Int) { perLeaf[leaf] += 1 }

  @inline(__always)
  mutating func leave(_ author: UInt32) {
    others[otherCount] = author
    otherCount += 1
  }

  /// Whom to ask the post store for; valid until the next query.
  var left: UnsafeBufferPointer<UInt32> { UnsafeBufferPointer(start: others, count: otherCount) }
}
