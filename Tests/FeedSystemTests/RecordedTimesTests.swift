import FeedSystem
import Foundation
import Settings
import Testing

@Suite struct RecordedTimesTests {
  private func times(_ text: String) throws -> [Int64] {
    try withFile(Array(text.utf8)) { try RecordedTimes.read($0).map(\.nanoseconds) }
  }

  @Test(arguments: [
    "0\n1\n1.5\n1.5\n", "0s\r\n1000ms\r\n1.5s\r\n1500000us",
    "# when\n\n  0\n% more\n\t1 \n1.5\n1.5s\n",
    "1700000000\n1700000001\n1700000001.5\n1700000001.5\n", "\u{FEFF}0\n1\n1.5\n1.5\n",
    "0\n1.0000000001\n1.49999999999999991\n1.5\n",
  ])
  func spellingsOfOneRecording(_ text: String) throws {
    let found = try times(text)
    #expect(found == [0, 1_000_000_000, 1_500_000_000, 1_500_000_000])
  }

  /// `0\n1\n1.5s\n`, by gzip.
  @Test func compressed() throws {
    let bytes = Array(try #require(Data(base64Encoded: "H4sIAAAAAAACAzPgMuQy1DMt5gIAX+i87AkAAAA=")))
    #expect(try withFile(bytes) { try RecordedTimes.read($0).count } == 3)
    #expect(throws: InvalidInput.self) {
      try withFile(Array(bytes.dropLast(9))) { try RecordedTimes.read($0) }
    }
  }

  @Test(arguments: [
    ("", "1:1: holds no times"), ("# nothing\n\n", "1:1: holds no times"),
    ("0\nx\n", "2:1: \"x\" is not a number"), ("0\n\n -1\n", "3:2: \"-1\" is negative"),
    ("5\n# five\n  3\n", "3:3: \"3\" comes before \"5\" in line 1; times must not fall"),
    ("nan\n", "1:1: \"nan\" is not a number"), ("inf\n", "1:1: \"inf\" is not a number"),
    ("1e400\n", "1:1: \"1e400\" is too large"), ("1e18\n", "1:1: \"1e18\" is too large"),
    ("1 2\n", "1:1: \"1 2\": unknown unit \"2\""), ("1sec\n", "did you mean \"s\"?"),
    ("1\u{0}2\n", "1:1: byte 0 is not text"), ("1,5\n", "1:1: \"1,5\": write it without"),
    (String(repeating: "1", count: 200), "1:1: is longer than 100 characters"),
  ])
  func refuses(_ text: String, _ words: String) {
    #expect {
      try times(text)
    } throws: { error in
      error is InvalidInput && "\(error)".contains(words)
    }
  }

  @Test func missesAFile() {
    #expect(throws: MissingInput.self) { try RecordedTimes.read("no/such/times.txt") }
  }
}
