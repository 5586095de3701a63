/// The waiting visits of one priority class, first come, first served.
///
/// A ring indexed by a running number, so a visit that gives up is struck out in place.
@usableFromInline
struct WaitingLine<Visitor: BitwiseCopyable>: ~Copyable {
  @usableFromInline
  struct Visit: BitwiseCopyable {
    @usableFromInline var arrival: Int64
    /// Negative once the visitor has given up.
    @usableFromInline var service: Int64
    @usableFromInline var visitor: Visitor

    @inlinable init(arrival: Int64, service: Int64, visitor: Visitor) {
      self.arrival = arrival
      self.service = service
      self.visitor = visitor
    }
  }

  @usableFromInline var visits: UnsafeMutablePointer<Visit>
  @usableFromInline var mask: UInt64 = 15
  @usableFromInline var head: UInt64 = 0
  @usableFromInline var tail: UInt64 = 0

  @inlinable init() { visits = .allocate(capacity: 16) }

  @inlinable deinit { visits.deallocate() }

  @inlinable @inline(__always)
  mutating func append(_ visit: Visit) -> UInt64 {
    if tail &- head > mask { grow() }
    visits[Int(bitPattern: UInt(tail & mask))] = visit
    tail &+= 1
    return tail &- 1
  }

  /// Drops visits at the front that have given up.
  @inlinable @inline(__always)
  mutating func skipAbandoned() {
    while head < tail, visits[Int(head & mask)].service < 0 { head += 1 }
  }

  @usableFromInline @inline(never)
  mutating func grow() {
    let capacity = Int(mask + 1)
    let larger = UnsafeMutablePointer<Visit>.allocate(capacity: capacity * 2)
    let largerMask = mask * 2 + 1
    for number in head..<tail {
      larger[Int(number & largerMask)] = visits[Int(number & mask)]
    }
    visits.deallocate()
    visits = larger
    mask = largerMask
  }
}
