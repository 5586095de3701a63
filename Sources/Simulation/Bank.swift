/// A fixed row of non-copyable elements, which Array cannot hold.
public struct Bank<Element: ~Copyable>: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<Element>
  public let count: Int

  @inlinable
  public init(count: Int, _ make: (Int) -> Element) {
    base = .allocate(capacity: max(1, count))
    self.count = count
    for index in 0..<count { (base + index).initialize(to: make(index)) }
  }

  @inlinable deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  @inlinable
  public subscript(_ index: Int) -> Element {
    @inline(__always) unsafeAddress {
      precondition(index >= 0 && index < count)
      return UnsafePointer(base + index)
    }
    @inline(__always) unsafeMutableAddress {
      precondition(index >= 0 && index < count)
      return base + index
    }
  }
}
