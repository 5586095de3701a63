import Glibc
import Synchronization

/// The memory that graphs are built in.
///
/// A page touched for the first time costs about as much as filling it, so whoever builds
/// several graphs one after another (replications, sweeps) passes one reusing memory to all:
/// the blocks of a released graph then serve the next one. Safe to share between threads.
public final class GraphMemory: Sendable {
  struct Block: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    var words: UnsafeMutablePointer<UInt32> { base.assumingMemoryBound(to: UInt32.self) }
    var reals: UnsafeMutablePointer<Double> { base.assumingMemoryBound(to: Double.self) }
    var longs: UnsafeMutablePointer<UInt64> { base.assumingMemoryBound(to: UInt64.self) }
  }

  private let reusing: Bool
  private let free = Mutex<[Block]>([])

  /// - Parameter reusing: keep what is given back for the next taker, until this is released.
  public init(reusing: Bool = false) { self.reusing = reusing }

  deinit { free.withLock { for block in $0 { block.base.deallocate() } } }

  /// A block of at least `byteCount` bytes; its content is undefined.
  func take(byteCount: Int) -> Block {
    let kept = free.withLock { blocks -> Block? in
      var best: Int?
      for index in blocks.indices where blocks[index].byteCount >= byteCount {
        if best.map({ blocks[$0].byteCount > blocks[index].byteCount }) ?? true { best = index }
      }
      return best.map { blocks.remove(at: $0) }
    }
    return kept ?? Self.allocate(byteCount: byteCount)
  }

  func give(_ block: Block) {
    if reusing {
      free.withLock { $0.append(block) }
    } else {
      block.base.deallocate()
    }
  }

  /// Huge pages where they help: the scattered writes of a transposition otherwise spend
  /// their time on translating addresses, and the first touch on faults.
  private static func allocate(byteCount: Int) -> Block {
    let hugePage = 1 << 21
    guard byteCount >= 2 * hugePage else {
      let size = max(byteCount, 64)
      return Block(base: .allocate(byteCount: size, alignment: 64), byteCount: size)
    }
    let rounded = (byteCount + hugePage - 1) & ~(hugePage - 1)
    let base = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: hugePage)
    _ = madvise(base, rounded, MADV_HUGEPAGE)
    return Block(base: base, byteCount: rounded)
  }
}
