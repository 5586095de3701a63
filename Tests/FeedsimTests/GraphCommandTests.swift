import Foundation
import Testing

/// `feedsim graph generate` and `feedsim graph stats`.
@Suite(.serialized) struct GraphCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func graph(_ arguments: String...) throws -> Command.Finished {
    try Command.run(["graph"] + arguments, in: scratch.folder)
  }

  private func stats(_ file: String, _ more: String...) throws -> [String: Any] {
    let result = try Command.run(["graph", "stats", file, "--json"] + more, in: scratch.folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    return try RunDocument(result.output).root
  }

  // MARK: - A list counted by hand

  /// Follower, followee; one line twice and one about user 3 alone.
  private static let small = "# who whom\n0 1\n1 2\n2 0\n0 2\n3 0\n0 1\n3 3\n"

  /// The same text as gzip, xz and zstd make it.
  private static let compressed: [String: [UInt8]] = [
    "gz": [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x53, 0x56, 0x28, 0xcf, 0xc8,
      0x07, 0xe1, 0x5c, 0x2e, 0x03, 0x05, 0x43, 0x2e, 0x43, 0x05, 0x23, 0x2e, 0x23, 0x05, 0x03,
      0x20, 0xdb, 0x88, 0xcb, 0x18, 0x4c, 0x1b, 0x02, 0x69, 0x63, 0x2e, 0x00, 0x05, 0xc0, 0x92,
      0xfd, 0x27, 0x00, 0x00, 0x00,
    ],
    "xz": [
      0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21,
      0x01, 0x1c, 0x00, 0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0xe0, 0x00, 0x26, 0x00, 0x20, 0x5d,
      0x00, 0x11, 0x88, 0x0b, 0x66, 0xca, 0x0f, 0x98, 0xb7, 0xbb, 0x4e, 0x0c, 0x0a, 0xff, 0xc3,
      0x86, 0x64, 0x1b, 0x62, 0xba, 0xe2, 0xcc, 0x91, 0x85, 0x76, 0xf1, 0xdb, 0x6b, 0x5a, 0xd8,
      0xbe, 0x40, 0x00, 0x00, 0x05, 0xc0, 0x92, 0xfd, 0x00, 0x01, 0x38, 0x27, 0xbb, 0xbc, 0x13,
      0x92, 0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
    ],
    "zst": [
      0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68, 0x25, 0x01, 0x00, 0xe2, 0x81, 0x06, 0x0c, 0xd0, 0xe7,
      0x4b, 0xea, 0x01, 0xba, 0x25, 0x0b, 0x60, 0x23, 0x0d, 0x05, 0x0f, 0xe7, 0x98, 0x85, 0xbd,
      0x94, 0x85, 0x71, 0xb0, 0x97, 0xd1, 0x11, 0x02, 0x02, 0x00, 0x5f, 0x09, 0x82, 0xfb, 0x06,
    ],
  ]

  @Test func countsByHand() throws {
    try scratch.write("small.txt", Self.small)
    let found = try stats("small.txt")
    let counts = ["users": 4, "edges": 5, "self_loops": 1, "duplicates": 1]
    for (key, count) in counts { #expect(found[key] as? Int == count, "\(key)") }
    // 0 and 2 follow each other: two of five follows are returned.
    #expect(found["reciprocity"] as? Double == 0.4)
    #expect(found["mean"] as? Double == 1.25)
    let followers = try #require(found["followers"] as? [String: Any])
    #expect(followers["maximum"] as? Int == 2 && followers["median"] as? Double == 1.5)
    #expect(followers["none"] as? Double == 0.25)
    let following = try #require(found["following"] as? [String: Any])
    #expect(following["maximum"] as? Int == 2 && following["median"] as? Double == 1)
    #expect(following["none"] as? Double == 0)
  }

  @Test func readsEachDirection() throws {
    try scratch.write("small.txt", Self.small)
    let turned = try stats("small.txt", "--direction", "followeeFollower")
    let followers = try #require(turned["followers"] as? [String: Any])
    #expect(turned["edges"] as? Int == 5 && followers["none"] as? Double == 0)
    let both = try stats("small.txt", "--direction", "both")
    #expect(both["reciprocity"] as? Double == 1)
    // The four pairs {0, 1}, {1, 2}, {0, 2} and {0, 3}, both ways.
    #expect(both["edges"] as? Int == 8)
  }

  @Test(arguments: compressed.keys.sorted())
  func readsCompressed(_ kind: String) throws {
    try scratch.write("small.txt", Self.small)
    // The content tells, not the name.
    for name in ["small.txt.\(kind)", "small.edges"] {
      try scratch.write(name, try #require(Self.compressed[kind]))
      #expect(try stats(name) as NSDictionary == stats("small.txt") as NSDictionary)
    }
  }

  @Test(arguments: ["0,1\n1,2\n", "0\t1\r\n1\t2\r\n", "% note\n\n  0   1\n1 2", "0 1 99\n1 2 98\n"])
  func readsOtherShapes(_ text: String) throws {
    try scratch.write("list.txt", text)
    #expect(try stats("list.txt")["edges"] as? Int == 2)
  }

  @Test func showsATable() throws {
    try scratch.write("small.txt", Self.small)
    let result = try graph("stats", "small.txt")
    #expect(result.status == 0 && result.errors.isEmpty)
    let rows = result.output.split(separator: "\n").map { line in
      line.split(separator: " ").joined(separator: " ")
    }
    for row in [
      "users 4", "edges 5", "self-loops, dropped 1", "reciprocity 0.400", "mean 1.25 1.25",
    ] {
      #expect(rows.contains(row), "\(row)")
    }
  }

  // MARK: - Generated and counted again

  @Test(arguments: [
    ["--exponent", "2.2", "--maximum", "300"],
    ["--kind", "barabasiAlbert"], ["--kind", "uniform"],
    ["--exponent", "2.2", "--maximum", "300", "--celebrity", "star=40%"],
  ])
  func returnsWhatItWrote(_ options: [String]) throws {
    let arguments = ["graph", "generate", "--users", "2k", "--mean-follows", "8"] + options
    let made = try Command.run(arguments + ["--out", "a.txt"], in: scratch.folder)
    #expect(made.status == 0 && made.output.isEmpty, "\(made.errors)")
    let words = made.errors.split { " \n".contains($0) }
    let at = try #require(words.firstIndex(of: "wrote"), "\(made.errors)")
    let edges = try #require(Int(words[at + 1]))
    let found = try stats("a.txt")
    #expect(found["edges"] as? Int == edges)
    #expect(found["self_loops"] as? Int == 0 && found["duplicates"] as? Int == 0)
    #expect(abs(Double(edges) / 2000 - 8) < 0.4, "\(edges)")
    if options.contains("--celebrity") {
      #expect((found["followers"] as? [String: Any])?["maximum"] as? Int == 800)
    }

    // The same bytes again, on stdout as in a file; others from another seed.
    let again = try Command.run(arguments + ["--out", "-"], in: scratch.folder)
    #expect(again.status == 0 && again.output == scratch.text("a.txt"))
    let other = try Command.run(arguments + ["--out", "-", "--seed", "1"], in: scratch.folder)
    #expect(other.status == 0 && other.output.count > 1000 && other.output != again.output)
    #expect(scratch.names == ["a.txt"])
  }

  @Test func warnsInTheOptionsWords() throws {
    let result = try graph(
      "generate", "--users", "1k", "--mean-follows", "50", "--exponent", "2.05", "--out", "a.txt")
    #expect(result.status == 0 && result.errors.contains("give --maximum to"), "\(result.errors)")
  }

  // MARK: - What is refused

  @Test(arguments: [
    ["generate"], ["generate", "--users", "10", "--mean-follows", "2", "--out", "a.txt"],
    ["generate", "--users", "10", "--mean-follows", "2", "--out", "a.txt.gz"],
    ["stats"], ["stats", "a.txt", "--direction", "up"], ["fitt"],
  ])
  func refusesUsage(_ arguments: [String]) throws {
    let result = try Command.run(["graph"] + arguments, in: scratch.folder)
    #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("Usage: feedsim graph"), "\(result.errors)")
    #expect(scratch.names == [])
  }

  @Test func missesAndCannotCreate() throws {
    let missing = try graph("stats", "none.txt")
    #expect(missing.status == 66)
    #expect(missing.errors == "feedsim: cannot read none.txt: No such file or directory\n")
    for (path, status) in [("no/a.txt", Int32(73)), ("/dev/full", 74)] {
      let result = try graph(
        "generate", "--kind", "uniform", "--users", "10", "--mean-follows", "2", "--out", path)
      #expect(result.status == status && result.output.isEmpty, "\(result.errors)")
    }
    #expect(scratch.names == [])
  }
}
