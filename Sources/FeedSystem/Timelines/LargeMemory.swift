import Glibc
import Settings

/// Memory in large pages where the system has them: random writes over gigabytes are bound by
/// address translation otherwise (a delivery took 100 ns on 4 KB pages). Untouched, zeroed and
/// free of charge until written.
struct LargeMemory: ~Copyable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// - Throws: `InvalidInput` naming the amount, where the system has no room for it.
  init(byteCount: Int) throws {
    let large = 1 << 21
    self.byteCount = (max(1, byteCount) + large - 1) / large * large
    let mapped = mmap(
      nil, self.byteCount, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw InvalidInput(
        "needs \(byteCount >> 20) MiB of memory for timelines, more than there is",
        path: "audience.users")
    }
    madvise(mapped, self.byteCount, MADV_HUGEPAGE)
    base = mapped
  }

  deinit { munmap(base, byteCount) }
}
