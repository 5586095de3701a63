import Glibc

/// A small file that is read whole.
public enum InputFile {
  /// - Parameter limit: bytes; what is larger is the wrong file.
  /// - Throws: `MissingInput` when the file cannot be read, `InvalidInput` when it is too large.
  public static func bytes(path: String, limit: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw MissingInput(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw MissingInput(path: path, reason: String(cString: strerror(errno)))
      }
      bytes += chunk[..<count]
    }
    throw tooLarge(path, limit)
  }

  /// A path written in a file, relative to that file.
  public static func resolve(_ path: String, besides file: String) -> String {
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }

  public static func tooLarge(_ file: String, _ limit: Int) -> InvalidInput {
    InvalidInput(
      "is larger than \(limit >> 10) KiB; bulk data belongs in a file of its own",
      at: SourceLocation(file: file, line: 1, column: 1))
  }
}
