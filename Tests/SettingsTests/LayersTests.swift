import Foundation
import Settings
import Testing
import YAMLSettings

/// A folder of files that is gone after the test.
private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "feedsim-layers-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  for (name, text) in files {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  try body(folder.path)
}

private func message(_ folder: String, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "accepted"
  } catch {
    return "\(error)".replacingOccurrences(of: folder, with: "F")
  }
}

@Suite struct LayersTests {
  /// A number of servers stands in place of what a layer below has them worked out from; within
  /// one layer both stand, and their reader refuses them.
  @Test func aNumberOfServersTakesTheTargetsPlace() throws {
    let files = [
      "x.yaml": "extends: a.yaml\ntiers: {ranking: {servers: 4}, gateway: {servers: auto}}\n",
      "a.yaml": "tiers: {ranking: {targetUtilisation: 30%}, gateway: {targetUtilisation: 40%}}\n",
    ]
    try withFiles(files) { folder in
      let layered = try SettingsFile.readExtending(path: folder + "/x.yaml")
      let kept = #""gateway":{"servers":"auto","targetUtilisation":"40%"}"#
      #expect(layered.canonicalText == #"{"tiers":{\#(kept),"ranking":{"servers":"4"}}}"#)
      let plain = try SettingsFile.readExtending(path: folder + "/a.yaml")
      let set = try SettingsFile.applying("tiers.ranking.servers=4", to: plain)
      #expect(set["tiers"]?["ranking"]?.canonicalText == #"{"servers":"4"}"#)
      let both = try ["targetUtilisation=50%", "servers=4"].reduce(plain) {
        try SettingsFile.applying("tiers.ranking.\($1)", to: $0)
      }
      #expect(both["tiers"]?["ranking"]?["targetUtilisation"] != nil, "both were given")
    }
  }

  @Test func extendsFilesAndKeepsPlaces() throws {
    let files = [
      "x.yaml": "extends: [presets/a.yaml, presets/b.yaml]\nname: x\ngraph: {mean: 5}\n",
      "presets/a.yaml": "name: a\ngraph: {mean: 1, kind: ring, edges: g.txt}\nlist: [1, 2]\n",
      "presets/b.yaml": "extends: deep/c.yaml\nlist: [3]\n",
      "presets/deep/c.yaml": "depth: 3\n",
    ]
    try withFiles(files) { folder in
      let root = try SettingsFile.readExtending(path: folder + "/x.yaml")
      #expect(
        root.canonicalText == """
          {"depth":"3","graph":{"edges":"g.txt","kind":"ring","mean":"5"},"list":["3"],"name":"x"}
          """)
      #expect(root["graph"]?["kind"]?.location.file == folder + "/presets/a.yaml")
      #expect(root["graph"]?["mean"]?.location.file == folder + "/x.yaml")
      let edges = try #require(root["graph"]?["edges"])
      #expect(try edges.resolvedPath() == folder + "/presets/g.txt")
    }
  }

  @Test(arguments: [
    (
      ["x.yaml": "a: 1\nextends: x.yaml\n"],
      "F/x.yaml:2:10: extends: extends itself: x.yaml → x.yaml"
    ),
    (
      ["x.yaml": "extends: ./y.yaml\n", "y.yaml": "extends: [x.yaml]\n"],
      "F/./y.yaml:1:11: extends: extends itself: x.yaml → y.yaml → x.yaml"
    ),
    (
      ["x.yaml": "extends: no.yaml\n"],
      "F/x.yaml:1:10: extends: cannot read F/no.yaml: No such file or directory"
    ),
    (["x.yaml": "extends: {a: 1}\n"], "F/x.yaml:1:10: extends: must be text, not a map of keys"),
    (
      ["x.yaml": "extends: ~\n"], "F/x.yaml:1:10: extends: is null; give it a value or leave it out"
    ),
  ])
  func refuses(_ files: [String: String], _ expected: String) throws {
    try withFiles(files) { folder in
      #expect(
        message(folder) { _ = try SettingsFile.readExtending(path: folder + "/x.yaml") } == expected
      )
    }
  }

  /// Eight levels that each name the next one eight times would be 8^8 files.
  @Test func boundsWhatIsExtended() throws {
    var files: [String: String] = ["l8.yaml": "a: 1\n"]
    for level in 0..<8 {
      let names = Array(repeating: "l\(level + 1).yaml", count: 8).joined(separator: ", ")
      files["l\(level).yaml"] = "extends: [\(names)]\n"
    }
    try withFiles(files) { folder in
      let text = message(folder) { _ = try SettingsFile.readExtending(path: folder + "/l0.yaml") }
      #expect(text.contains("more than 32 files"))
    }
  }

  @Test func tellsAMissingFileFromABadOne() throws {
    #expect(throws: MissingInput.self) { try SettingsFile.read(path: "no/such/file.yaml") }
    #expect(throws: MissingInput.self) { try SettingsFile.read(path: "/") }
    try withFiles(["x.yaml": String(repeating: "# long\n", count: 300_000)]) { folder in
      #expect(
        message(folder) { _ = try SettingsFile.read(path: folder + "/x.yaml") }
          == "F/x.yaml:1:1: is larger than 256 KiB; bulk data belongs in a file of its own")
    }
  }

  private let base = "users: 1k\ntraffic: {spikes: [{at: 1m, loads: 5}]}\ncache: lru\nnone: ~\n"

  @Test(arguments: [
    ("users=5", "users", "\"5\""),
    ("traffic.spikes.0.loads=50", "traffic", #"{"spikes":[{"at":"1m","loads":"50"}]}"#),
    ("new.deep.key=1", "new", #"{"deep":{"key":"1"}}"#),
    (#"thresholds=["a < 1", 'b: 2']"#, "thresholds", #"["a < 1","b: 2"]"#),
    ("graph={kind: ring, n: 1}", "graph", #"{"kind":"ring","n":"1"}"#),
    ("name=a: b # c & d", "name", #""a: b # c & d""#), ("name=x=y", "name", #""x=y""#),
    ("none.a=1", "none", #"{"a":"1"}"#), (#"name="5""#, "name", "\"5\""),
    ("cache={policy: arc}", "cache", #"{"policy":"arc"}"#),
  ])
  func puts(_ argument: String, _ key: String, _ expected: String) throws {
    let root = try SettingsFile.applying(argument, to: SettingsFile.parse(base, file: "x.yaml"))
    #expect(root[key]?.canonicalText == expected)
  }

  @Test(arguments: [
    ("users", "--set: \"users\" is not path=value"), ("=5", "--set: \"=5\" is not path=value"),
    ("a..b=5", "--set: \"a..b\" is not a path of keys"),
    ("users=", "--set users: is empty; a value is needed"),
    (
      "cache.size=5",
      "--set cache.size: there is no \"size\" in cache, which is \"lru\" (x.yaml:3:8)"
    ),
    (
      "traffic.spikes.1.at=5m",
      "--set traffic.spikes.1.at: \"1\" is not an element of the list at traffic.spikes, which "
        + "has 1, numbered from 0"
    ),
    ("a=[&x 1, *x]", "--set a: an anchor (&) is not accepted; quote the text"),
    ("a=[1", "--set a: not valid YAML"), ("a=[1] 2", "--set a: "),
    ("a={b: 1, b: 2}", "--set a: occurs twice"),
  ])
  func refusesToPut(_ argument: String, _ start: String) throws {
    let root = try SettingsFile.parse(base, file: "x.yaml")
    let text = message("") { _ = try SettingsFile.applying(argument, to: root) }
    #expect(text.hasPrefix(start), "\(text)")
  }

  @Test func placesArguments() throws {
    let root = try SettingsFile.parse(base, file: "dir/x.yaml")
    var p = try Parameters(
      SettingsFile.applying(
        "graph={edges: g.txt, n: x}", to: SettingsFile.applying("users=y", to: root)))
    #expect(message("") { _ = try p.count("users") } == "--set users: \"y\" is not a number")
    var graph = try #require(try p.nested("graph"))
    #expect(try graph.path("edges") == "g.txt")
    #expect(
      message("") { _ = try graph.count("n") } == "--set graph: graph.n: \"x\" is not a number")
    #expect(
      message("") { _ = try Parameters(#require(root["cache"])) }.contains(
        "must be a map of keys, not text"))
  }

  @Test func canonicalTextForgetsTheLayout() throws {
    let a = try SettingsFile.parse("b: [1, 'x\"y']\na: {d: \"t\\tu\", c: ~}\n", file: "a")
    let b = try SettingsFile.parse("a:\n  c:\n  d: \"t\\x09u\"\nb:\n- '1'\n- x\"y\n", file: "b")
    #expect(a.canonicalText == #"{"a":{"c":null,"d":"t\tu"},"b":["1","x\"y"]}"#)
    #expect(a.canonicalText == b.canonicalText)
    #expect(a != b, "the order of keys is part of a setting")
    #expect(Fingerprint.sha256(a.canonicalText) == Fingerprint.sha256(b.canonicalText))
  }
}

/// The vectors of FIPS 180-4's examples and of NIST's CAVP byte-oriented short messages.
@Suite struct FingerprintTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
        + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func matches(_ text: String, _ digest: String) {
    #expect(Fingerprint.sha256(text) == digest)
  }

  @Test func matchesAMillionLetters() {
    #expect(
      Fingerprint.sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
