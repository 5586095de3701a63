import FeedSystem
import Glibc
import Settings
import Testing
import YAMLSettings

/// Checks everything a graph promises, by the slow and obvious way.
func expectWellFormed(_ graph: FollowerGraph) {
  var follows = Set<UInt64>()
  var previous = Int.max
  for author in 0..<UInt32(graph.userCount) {
    let followers = graph.followers(of: author)
    #expect(followers.count == graph.followerCount(of: author))
    #expect(followers.count <= previous, "users stand by falling followers")
    previous = followers.count
    #expect(zip(followers, followers.dropFirst()).allSatisfy { $0 < $1 }, "sorted, distinct")
    for follower in followers {
      #expect(follower != author && Int(follower) < graph.userCount)
      follows.insert(UInt64(follower) << 32 | UInt64(author))
    }
  }
  #expect(follows.count == graph.edgeCount)
  var edges = 0
  for follower in 0..<UInt32(graph.userCount) {
    let followees = graph.followees(of: follower)
    #expect(followees.count == graph.followeeCount(of: follower))
    #expect(zip(followees, followees.dropFirst()).allSatisfy { $0 < $1 }, "sorted, distinct")
    #expect(followees.allSatisfy { follows.contains(UInt64(follower) << 32 | UInt64($0)) })
    edges += followees.count
  }
  #expect(edges == graph.edgeCount)
}

/// Every follow, as a number that any change of the graph changes.
func fingerprint(_ graph: FollowerGraph) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for user in 0..<UInt32(graph.userCount) {
    for word in [UInt32(graph.followeeCount(of: user))] + graph.followees(of: user) {
      hash = (hash ^ UInt64(word)) &* 0x100_0000_01b3
    }
  }
  return hash
}

func graphModel(_ yaml: String) throws -> GraphModel {
  var parameters = try Parameters(SettingsFile.parse(yaml, file: "graph.yaml"))
  let model = try GraphModel(&parameters)
  try parameters.finish()
  return model
}

/// A file that exists while `body` runs.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/feedsim-test-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  try #require(descriptor >= 0)
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { unlink(path) }
  #expect(write(descriptor, bytes, bytes.count) == bytes.count)
  close(descriptor)
  return try body(path)
}

/// The rows of a table with exact answers, or nil where the tables are not at hand.
func oracle(_ name: String) -> [[String]]? {
  guard let file = fopen("../shared/oracle/\(name)", "r") else { return nil }
  defer { fclose(file) }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
    text += buffer[..<count]
  }
  return text.split(separator: UInt8(ascii: "\n")).dropFirst().map { line in
    var fields = [""]
    var quoted = false
    for byte in line {
      if byte == UInt8(ascii: "\"") {
        quoted.toggle()
      } else if byte == UInt8(ascii: ","), !quoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(Character(UnicodeScalar(byte)))
      }
    }
    return fields
  }
}

let oracleIsHere: Comment = "../shared/oracle is not here: skipped"
