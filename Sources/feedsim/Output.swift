import ArgumentParser
import Glibc

/// Output that could not be made (exit 73) or written (exit 74).
struct OutputFailure: Error, CustomStringConvertible {
  let code: ExitCode
  let path: String
  let number: Int32
  /// What to do instead, where that is known.
  var hint = ""

  static func cannotCreate(_ path: String, _ number: Int32) -> OutputFailure {
    OutputFailure(code: .cannotCreateOutput, path: path, number: number)
  }
  static func notWritten(_ path: String, _ number: Int32) -> OutputFailure {
    OutputFailure(code: .outputNotWritten, path: path, number: number)
  }

  var isBrokenPipe: Bool { number == EPIPE }

  var description: String {
    let verb = code == .cannotCreateOutput ? "create" : "write"
    let reason = "cannot \(verb) \(path): \(String(cString: strerror(number)))"
    return hint.isEmpty ? reason : "\(reason); \(hint)"
  }
}

/// Everything the program writes. `print` loses data on a full disk without a word, so nothing
/// uses it: stdout is for data, stderr for progress and errors.
enum Output {
  /// Data on stdout.
  static func write(_ text: String) throws {
    try writeAll(text, to: STDOUT_FILENO, path: "standard output")
  }

  /// A line on stderr; when even that fails there is nobody left to tell.
  static func note(_ line: String) {
    try? writeAll(line + "\n", to: STDERR_FILENO, path: "standard error")
  }

  static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

  /// Replaces the progress line, where a person watches.
  static func progress(_ line: String) {
    guard showsProgress else { return }
    try? writeAll("\r\u{1B}[K\(line)", to: STDERR_FILENO, path: "standard error")
  }

  /// NO_COLOR with any text takes colour away, and so does a stdout that is not a terminal.
  static var usesColour: Bool {
    let refusal = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return !refusal && isatty(STDOUT_FILENO) == 1
  }

  /// Writes a file whole or not at all: beside its place, then renamed. What is no regular file
  /// (a device, a pipe) is written as it is.
  static func writeFile(_ text: String, to path: String) throws {
    try writeFile(to: path) { try $0(text) }
  }

  /// The same for what is too long for one text: `body` writes it piece by piece.
  static func writeFile(
    to path: String, _ body: (_ write: (String) throws -> Void) throws -> Void
  ) throws {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw OutputFailure.cannotCreate(path, errno) }
      defer { close(descriptor) }
      return try body { try writeAll($0, to: descriptor, path: path) }
    }
    // A link's target is replaced, not the link.
    let target = exists ? resolved(path) : path
    let temporary = "\(target).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputFailure.cannotCreate(path, errno) }
    pendingTemporary = strdup(temporary)
    defer { removeTemporary() }
    do {
      defer { close(descriptor) }
      if exists { fchmod(descriptor, status.st_mode & 0o7777) }
      try body { try writeAll($0, to: descriptor, path: path) }
      if fsync(descriptor) != 0, errno != EINVAL { throw OutputFailure.notWritten(path, errno) }
    }
    guard rename(temporary, target) == 0 else { throw OutputFailure.cannotCreate(path, errno) }
  }

  /// The unfinished file, for the signal handler, which may not allocate.
  private nonisolated(unsafe) static var pendingTemporary: UnsafeMutablePointer<CChar>?

  static func removeTemporary() {
    guard let name = pendingTemporary else { return }
    pendingTemporary = nil
    unlink(name)
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func writeAll(_ text: String, to descriptor: Int32, path: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      var start = 0
      while start < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + start, bytes.count - start)
        if count < 0 {
          if errno == EINTR { continue }
          throw OutputFailure.notWritten(path, errno)
        }
        start += count
      }
    }
  }
}

/// A file that `--out` names, checked before any work is done.
struct OutputFile {
  enum Format: String, CaseIterable {
    case json, md, html, csv, xml, yaml
  }

  let path: String
  let format: Format

  /// - Parameter formats: those the command can write.
  /// - Throws: a usage error for another extension, `OutputFailure` when the file cannot be made.
  init(_ path: String, formats: [Format] = Format.allCases) throws {
    self.path = path
    var status = stat()
    let exists = stat(path, &status) == 0
    let isSpecial = exists && status.st_mode & S_IFMT != S_IFREG
    let name = path.split(separator: "/").last ?? ""
    let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
    if let known = formats.first(where: { $0.rawValue == ending }) {
      format = known
    } else if isSpecial, ending == nil, let first = formats.first {
      // A device or a pipe has no extension to choose by.
      format = first
    } else {
      let endings = formats.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw ValidationError("--out \(path): the extension chooses the format: \(endings)")
    }
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      throw OutputFailure.cannotCreate(path, EISDIR)
    }
    if isSpecial { return }
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard access(directory, W_OK | X_OK) == 0 else {
      throw OutputFailure.cannotCreate(path, errno)
    }
  }

  func write(_ text: String) throws { try Output.writeFile(text, to: path) }
}
