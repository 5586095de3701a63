import Glibc

/// SHA-256 (FIPS 180-4), which names a scenario, and the files it reads, by their content.
public enum Fingerprint {
  /// The digest as 64 hexadecimal digits.
  public static func sha256(_ text: String) -> String { sha256(Array(text.utf8)) }

  public static func sha256(_ bytes: [UInt8]) -> String {
    var digest = Digest()
    bytes.withUnsafeBytes { digest.add($0) }
    return digest.finish()
  }

  /// The digest of a file's bytes; nil where it is no plain file that can be read.
  public static func sha256(file path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var digest = Digest()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return digest.finish() }
      chunk.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// A digest in the making.
  private struct Digest {
    private var state = initialState
    private var words = [UInt32](repeating: 0, count: 64)
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
      length += UInt64(bytes.count)
      var rest = bytes[...]
      if !pending.isEmpty {
        let missing = min(64 - pending.count, rest.count)
        pending += rest.prefix(missing)
        rest = rest.dropFirst(missing)
        guard pending.count == 64 else { return }
        let block = pending
        pending = []
        block.withUnsafeBytes { absorb($0[...]) }
      }
      while rest.count >= 64 {
        absorb(rest.prefix(64))
        rest = rest.dropFirst(64)
      }
      pending += rest
    }

    mutating func finish() -> String {
      let bits = length * 8
      var padding: [UInt8] = [0x80]
      while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
      for shift in stride(from: 56, through: 0, by: -8) {
        padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
      }
      padding.withUnsafeBytes { add($0) }
      return state.map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
      }.joined()
    }

    private mutating func absorb(_ block: Slice<UnsafeRawBufferPointer>) {
      for index in 0..<16 {
        let at = block.startIndex + 4 * index
        words[index] =
          UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16 | UInt32(block[at + 2]) << 8
          | UInt32(block[at + 3])
      }
      for t in 16..<64 {
        let a = words[t - 15]
        let b = words[t - 2]
        let small0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
        let small1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
        words[t] = words[t - 16] &+ small0 &+ words[t - 7] &+ small1
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      for t in 0..<64 {
        let big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let t1 = h &+ big1 &+ ((e & f) ^ (~e & g)) &+ constants[t] &+ words[t]
        let big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        let t2 = big0 &+ ((a & b) ^ (a & c) ^ (b & c))
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
      }
      for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    (word >> count) | (word << (32 - count))
  }

  private static let initialState: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1,
    0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
    0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786,
    0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
    0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
    0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a,
    0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
    0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
