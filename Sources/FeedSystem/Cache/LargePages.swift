import Glibc

extension UnsafeMutablePointer {
  private static var large: Int { 1 << 21 }

  /// Memory for a table that is read all over, in large pages where the system has them: with small
  /// ones a look-up waits for its address, and costs up to twice as much. To be freed with
  /// `deallocate`.
  static func large(capacity: Int) -> UnsafeMutablePointer {
    let bytes = capacity * MemoryLayout<Pointee>.stride
    guard bytes >= large / 4 else { return .allocate(capacity: capacity) }
    let rounded = (bytes + large - 1) / large * large
    let memory = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: large)
    madvise(memory, rounded, MADV_HUGEPAGE)
    return memory.bindMemory(to: Pointee.self, capacity: capacity)
  }
}
