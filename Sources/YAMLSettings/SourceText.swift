import Settings

/// Bytes of a file, checked to be text: UTF-8, bounded, without control characters.
enum SourceText {
  /// Far beyond any scenario a person writes; what is larger is the wrong file. The parser takes
  /// about a second for a mebibyte.
  static let sizeLimit = 256 << 10

  /// - Throws: `MissingInput` when the file cannot be read, `InvalidInput` when it is too large.
  static func read(path: String) throws -> [UInt8] {
    try InputFile.bytes(path: path, limit: sizeLimit)
  }

  /// The text with plain line ends and without a byte-order mark.
  static func check(_ bytes: [UInt8], file: String) throws -> [UInt8] {
    guard bytes.count <= sizeLimit else {
      throw InputFile.tooLarge(file, sizeLimit)
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw InvalidInput(
        "is UTF-16; save it as UTF-8", at: SourceLocation(file: file, line: 1, column: 1))
    }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\r") {
        plain.append(UInt8(ascii: "\n"))
        index += index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n") ? 2 : 1
        continue
      }
      if byte >= 0x20 && byte < 0x7F || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t") {
        plain.append(byte)
        index += 1
        continue
      }
      let length = wellFormedLength(bytes, at: index)
      guard length > 0 else {
        throw refusal("is not UTF-8 here; save it as UTF-8", after: plain, file: file)
      }
      let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars
      if let value = scalar.first?.value, isRefused(value) {
        throw refusal(
          "a control character (U+\(String(value, radix: 16, uppercase: true))) is not accepted",
          after: plain, file: file)
      }
      plain += bytes[index..<index + length]
      index += length
    }
    return plain
  }

  /// The key path and place of a byte offset.
  static func refusal(_ message: String, after text: [UInt8], file: String) -> InvalidInput {
    let newline = UInt8(ascii: "\n")
    let start = (text.lastIndex(of: newline) ?? -1) + 1
    let place = SourceLocation(
      file: file, line: text.count { $0 == newline } + 1,
      column: text[start...].count { $0 & 0xC0 != 0x80 } + 1)
    var scan = StrictScan(text, file: file)
    // A refusal further up is the first problem, whatever this one is.
    do { try scan.run() } catch let earlier as InvalidInput where !earlier.isUnclosed {
      return earlier
    } catch {}
    return InvalidInput(message, at: place, path: scan.path)
  }

  /// Line and page separators that YAML counts as lines and editors do not, the byte-order mark
  /// inside the text, and controls.
  private static func isRefused(_ scalar: UInt32) -> Bool {
    scalar < 0x20 || (0x7F...0x9F).contains(scalar) || scalar == 0x2028 || scalar == 0x2029
      || scalar == 0xFEFF || scalar & 0xFFFE == 0xFFFE
  }

  /// The length of the UTF-8 sequence, or 0 where it is not one (Unicode 15, table 3-7).
  private static func wellFormedLength(_ bytes: [UInt8], at index: Int) -> Int {
    let first = bytes[index]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0:
      length = 3
      second = 0xA0...0xBF
    case 0xED:
      length = 3
      second = 0x80...0x9F
    case 0xE1...0xEF: length = 3
    case 0xF0:
      length = 4
      second = 0x90...0xBF
    case 0xF1...0xF3: length = 4
    case 0xF4:
      length = 4
      second = 0x80...0x8F
    default: return 0
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for next in bytes[(index + 2)..<max(index + length, index + 2)] where next & 0xC0 != 0x80 {
      return 0
    }
    return length
  }
}

extension InvalidInput {
  /// Whether the problem is a text cut short, which a prefix of a good text shows too.
  fileprivate var isUnclosed: Bool { message.hasSuffix("never closed") }
}
