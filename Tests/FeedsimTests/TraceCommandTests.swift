import Foundation
import Testing

/// `feedsim trace` and `feedsim cache` as they are called.
@Suite struct TraceCommandTests {
  private func document(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func results(_ arguments: [String], in folder: String = "/") throws -> [[String: Any]] {
    let answer = try Command.run(arguments + ["--json"], in: folder)
    #expect(answer.status == 0, "\(answer.errors)")
    return try #require(try document(answer.output)["results"] as? [[String: Any]])
  }

  /// 3,000 requests of 97 objects with sizes, some far more often than others.
  private func trace() throws -> Scratch {
    let scratch = try Scratch()
    var text = "time,key,size\n"
    var state: UInt64 = 7
    for number in 0..<3000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let first = state >> 33 & 1023
      let object = (first * first) >> 10
      text += "\(number),\(object % 97),\(object % 97 * 10 + 1)\n"
    }
    try scratch.write("trace.csv", text)
    return scratch
  }

  @Test func countsATrace() throws {
    let scratch = try trace()
    let answer = try Command.run(["trace", "stats", "trace.csv", "--json"], in: scratch.folder)
    let found = try document(answer.output)
    #expect(found["requests"] as? Int == 3000 && found["objects"] as? Int == 97)
    let zipf = try #require(found["zipf"] as? [String: Double])
    #expect(zipf["exponent"].map { $0 > 0 } == true && zipf["standard_error"] != nil)
    let reuse = try #require(found["reuse"] as? [String: Any])
    let share = try #require(reuse["share"] as? Double)
    #expect(abs(share - 2903.0 / 3000) < 1e-12)
    #expect((reuse["stack_distance"] as? [String: Int])?["p99"].map { $0 < 97 } == true)
    let sets = try #require(found["working_sets"] as? [[String: Double]])
    #expect(sets.map { $0["window"] } == [1000] && sets[0]["bytes"] != nil)
    let text = try Command.run(["trace", "stats", "trace.csv"], in: scratch.folder).output
    for word in ["one-hit wonders", "Zipf exponent", "other objects in between", "working set"] {
      #expect(text.contains(word), "\(word)")
    }
  }

  @Test func aCurveIsWhatReplaysSay() throws {
    let scratch = try trace()
    let sizes = "1,7,50%,97,1000B,20000B"
    let curve = try results(
      ["trace", "curve", "trace.csv", "--size", sizes, "--out", "c.csv", "--out", "c.json"],
      in: scratch.folder)
    let replays = try results(
      ["trace", "replay", "trace.csv", "--policy", "lru", "--size", sizes], in: scratch.folder)
    #expect(curve.map { $0["misses"] as? Int } == replays.map { $0["misses"] as? Int })
    #expect(curve.map { $0["size"] as? Int } == replays.map { $0["size"] as? Int })
    #expect(curve.allSatisfy { $0["exact"] as? Bool == true })
    let written = scratch.text("c.csv").split(separator: "\n")
    #expect(written.first == "size,misses,miss_ratio")
    let misses = written.dropFirst().compactMap { Int($0.split(separator: ",")[1]) }
    #expect(misses.count <= 97 && misses == misses.sorted(by: >) && misses.last == 97)
    #expect(try document(scratch.text("c.json"))["objects"] as? Int == 97)
  }

  @Test func aSampleSaysHowFarItIs() throws {
    let scratch = try trace()
    let answer = try Command.run(
      ["trace", "curve", "trace.csv", "--sample", "30", "--json"], in: scratch.folder)
    let sample = try #require(try document(answer.output)["sample"] as? [String: Any])
    #expect(sample["objects"] as? Int == 30)
    let error = try #require(sample["mean_absolute_error"] as? Double)
    #expect(error > 0 && error < 0.2)
    let text = try Command.run(
      ["trace", "curve", "trace.csv", "--sample", "50%"], in: scratch.folder)
    #expect(text.output.contains("mean absolute error"))
  }

  @Test func replaysBehindAdmission() throws {
    let scratch = try trace()
    let replay = ["trace", "replay", "trace.csv", "--policy", "lru,sieve", "--size", "30"]
    let plain = try results(replay, in: scratch.folder)
    let small = try results(replay + ["--admit", "size<=500B"], in: scratch.folder)
    let second = try results(
      replay + ["--admit", "second-request(falsePositives 0.1%, remembers 50)"],
      in: scratch.folder)
    let misses = [plain, small, second].map { $0.map { $0["misses"] as? Int ?? 0 } }
    #expect(misses[1] != misses[0] && misses[2] != misses[0])
    let near = try results(replay + ["--approximate"], in: scratch.folder)
    #expect(near[0]["approximation"] as? Double != nil)
    #expect(near[1]["approximation"] == nil && plain[0]["approximation"] == nil)
    let error = try #require(near[0]["approximation_error"] as? Double)
    #expect(abs(error) < 0.1)
  }

  @Test func simulatesACache() throws {
    let call = [
      "cache", "--objects", "500", "--zipf", "0.8", "--size", "5,10%", "--policy",
      "lru,random,lfu,sieve", "--requests", "20k", "--replications", "6",
    ]
    let found = try results(call)
    #expect(found.count == 8)
    for line in found {
      let simulated = try #require(line["miss_ratio"] as? [String: Double])
      let (value, width) = (try #require(simulated["value"]), try #require(simulated["half_width"]))
      #expect(value > 0.4 && value < 1 && width > 0 && width < 0.02)
      if let exact = line["exact"] as? Double { #expect(abs(exact - value) < 4 * width) }
      #expect((line["policy"] as? String == "sieve") == (line["exact"] == nil))
    }
    let one = try Command.run(call + ["--json", "--threads", "1"]).output
    #expect(try Command.run(call + ["--json", "--threads", "3"]).output == one)
    let text = try Command.run(call).output
    #expect(text.contains("Che") && text.contains("frequencies known"))
  }

  @Test func simulatesLifetimes() throws {
    let found = try results([
      "cache", "--objects", "2k", "--zipf", "0.9", "--rate", "100/s", "--ttl", "10s:50%,1min:50%",
      "--writes", "10%", "--on-write", "invalidate", "--one-hit-wonders", "2%", "--requests", "50k",
    ])
    let line = try #require(found.first)
    #expect(line["policy"] as? String == "ttl" && line["size"] == nil)
    let simulated = try #require((line["miss_ratio"] as? [String: Double])?["value"])
    let exact = try #require(line["exact"] as? Double)
    #expect(abs(simulated - exact) < 0.03)
    #expect(line["held"] as? Double != nil)
  }

  @Test(arguments: [
    ("trace curve x.csv --sample 0", "--sample: a sample has at least 1 object"),
    ("trace curve x.csv --size 5MX", "--size: \"5MX\": "),
    ("trace replay x.csv --policy lru --size 5 --admit sise<=5B", "--admit: "),
    ("trace replay x.csv --policy lru --size 5 --admit size<=5", "--admit: "),
    ("trace replay x.csv --policy lru --size 5 --admit sekond", "--admit: unknown \"sekond\""),
    ("cache --objects 0 --zipf 1", "--objects: \"0\" must lie between"),
    ("cache --objects 9 --zipf=-1", "--zipf: "),
    ("cache --objects 9 --zipf 1 --ttl 5s", "--ttl: "),
    ("cache --objects 9 --zipf 1 --ttl 5:50%", "--ttl: the shares do not sum to 100%"),
    ("cache --objects 9 --zipf 1 --ttl 5s --rate 5", "--rate: \"5\" needs a unit"),
  ])
  func refusesAnOptionsValue(_ line: String, _ start: String) throws {
    let answer = try Command.run(line.split(separator: " ").map(String.init))
    #expect(answer.status == 64 && answer.output.isEmpty, "\(answer.errors)")
    #expect(answer.errors.hasPrefix("feedsim: \(start)"), "\(answer.errors)")
    #expect(answer.errors.split(separator: "\n").count == 1)
  }

  @Test func refusesWhatDoesNotGoTogether() throws {
    let scratch = try Scratch()
    try scratch.write("t.csv", "key\na\nb\na\n")
    let cases: [(String, Int32)] = [
      ("trace curve t.csv --size 5MB", 65),
      ("trace replay t.csv --policy lru --size 5 --admit size<=5KB", 65),
      ("trace curve t.csv --out none/c.csv", 73),
      ("trace curve t.csv --out c.xyz", 64),
      ("cache --objects 9 --zipf 1 --policy ttl", 64),
      ("cache --objects 9 --zipf 1 --policy belady", 64),
      ("cache --objects 9 --zipf 1 --writes 5%", 64),
      ("cache --objects 9 --zipf 1 --size 5MB", 64),
    ]
    for (line, code) in cases {
      let answer = try Command.run(line.split(separator: " ").map(String.init), in: scratch.folder)
      #expect(answer.status == code && answer.output.isEmpty, "\(line): \(answer.errors)")
      #expect(scratch.names == ["t.csv"], "\(line)")
    }
  }
}
