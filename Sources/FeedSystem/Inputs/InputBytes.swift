import CArchive
import Glibc
import Settings

/// The bytes of an input file, plain or compressed (gzip, bzip2, xz, zstd or lz4, told by
/// content), in chunks.
public final class InputBytes {
  public let path: String
  private let archive: OpaquePointer
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var isEmpty = false
  /// What was looked at and not yet taken.
  private var peeked: UnsafeRawBufferPointer?

  /// - Throws: `MissingInput` when the file cannot be read; `InvalidInput` when it is compressed
  ///   and broken.
  public init(_ path: String, chunk: Int = 1 << 18) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw MissingInput(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw MissingInput(path: path, reason: String(cString: strerror(EISDIR)))
    }
    guard let archive = archive_read_new() else {
      close(descriptor)
      throw MissingInput(path: path, reason: String(cString: strerror(ENOMEM)))
    }
    self.archive = archive
    buffer = .allocate(byteCount: chunk, alignment: 16)
    // Each by name: the list of all filters would start outside programs for exotic ones.
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_bzip2(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_filter_lz4(archive)
    archive_read_support_format_raw(archive)
    archive_read_support_format_empty(archive)
    try check(archive_read_open_fd(archive, descriptor, chunk))
    var entry: OpaquePointer?
    let header = archive_read_next_header(archive, &entry)
    if header == ARCHIVE_EOF { isEmpty = true } else { try check(header) }
  }

  deinit {
    archive_read_free(archive)
    close(descriptor)
    buffer.deallocate()
  }

  /// The next bytes, valid until the next call; empty at the end.
  public func next() throws -> UnsafeRawBufferPointer {
    if let bytes = peeked {
      peeked = nil
      return bytes
    }
    if isEmpty { return UnsafeRawBufferPointer(rebasing: buffer[..<0]) }
    let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
    if count < 0 { try check(Int32(truncatingIfNeeded: count)) }
    if count <= 0 { isEmpty = true }
    return UnsafeRawBufferPointer(rebasing: buffer[..<max(0, count)])
  }

  /// The bytes that `next` will return.
  public func peek() throws -> UnsafeRawBufferPointer {
    let bytes = try next()
    peeked = bytes
    return bytes
  }

  private func check(_ result: Int32) throws {
    guard result < ARCHIVE_WARN else { return }
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "broken"
    throw InvalidInput(
      "cannot be decompressed: \(reason)",
      at: SourceLocation(file: path, line: 1, column: 1))
  }
}
