import Testing

/// Cascades, events, regions and what is estimated of them, as a user meets them.
@Suite(.serialized) struct CrowdCommandTests {
  private let scratch: Scratch

  private static let crowd = """
    regions:
      - {name: us, users: 60, roundTrip: 20ms}
      - {name: asia, users: 40, roundTrip: 80ms, timeZone: +9h}
    geography: {primary: us, failover: {}}
    traffic:
      daily: {peakToMean: 1.5, startsAt: 12h}
      weekly: {sat: 0.8, sun: 0.8, startsOn: sat}
      spikes:
        - {at: 5s, for: 20s, posts: 2, loads: 3, shape: burst, rise: 5s, halfLife: 5s}
        - {at: 10s, posts: 1, series: counts.csv}
      cascades:
        - {at: 5s, by: star, branching: 0.5, first: 20, delay: exponential(mean 3s),
           visits: {share: 5%, delay: constant(1s)}}
      events: [{topic: 3, at: 10s, for: 20s, posts: 3, loads: 2, interest: 3}]
    """

  init() throws {
    scratch = try Scratch()
    let plain = TinyScenario.text(users: 300, postsPerDay: "300", loadsPerDay: "1500")
    let star = "{name: star, followers: 50%}"
    let text = plain.replacing("celebrities: []", with: "celebrities: [\(star)]")
      .replacing("fanOut:", with: "  world: {topics: 8}\nfanOut:")
    try scratch.write("plain.yaml", plain)
    try scratch.write("crowd.yaml", text + "\n" + Self.crowd + "\n")
    try scratch.write("counts.csv", "time,count\n0,5\n2,10\n4,100\n6,20\n8,10\n")
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  @Test func everyMeasureIsThere() throws {
    let result = try run(["crowd.yaml", "--json", "--threshold", "region.asia.failed < 1%"])
    #expect(result.status == 0, "\(result.errors)")
    let found = try RunDocument(result.output)
    let units = [
      "cascade.size": "posts", "cascade.reach": "viewers", "cascade.half_time": "s",
      "cascade.visits": "visits", "region.asia.failed": "ratio", "region.us.cut_off": "s",
      "region.asia.stale_reads": "ratio", "region.us.failed_posts": "ratio",
      "delivery.unreplicated": "deliveries", "engagement.breaking": "1/feed",
    ]
    for (name, unit) in units { #expect(found.unit(name) == unit, "\(name)") }
    #expect(try found.value("cascade.size") > 10 && found.value("cascade.reach") > 140)
    #expect(try found.value("delivery.unreplicated") == 0)
    let names = found.checks.compactMap { $0["name"] as? String }
    for law in ["cascade 1", "posts lost with a primary", "regions served"] {
      #expect(names.contains(law), "\(law)")
    }
    let one = try run(["crowd.yaml", "--json", "--threads", "1"])
    let two = try run(["crowd.yaml", "--json", "--threads", "2"])
    #expect(one.output == two.output)
    let summary = try run(["crowd.yaml"])
    #expect(summary.output.contains("posts of a cascade"))
  }

  @Test func whoHasNoneHasNoFigures() throws {
    let found = try RunDocument(try run(["plain.yaml", "--json"]).output)
    for name in found.metrics.keys {
      let isOfIt = ["cascade.", "region.", "delivery.unrep"].contains { name.hasPrefix($0) }
      #expect(!isOfIt, "\(name)")
    }
  }

  @Test(arguments: [
    ("traffic.events=[{topic: 9, at: 1s, for: 2s}]", "topic"),
    ("traffic.events=[{topic: 2, at: 5h, for: 2s}]", "after the end of the run"),
    ("traffic.cascades=[{at: 1s, by: sta, branching: 0.5}]", "did you mean \"star\""),
    ("traffic.cascades=[{at: 1s, by: star}]", "branching"),
    ("traffic.cascades=[{at: 5h, by: star, branching: 0.5}]", "after the end of the run"),
    ("traffic.spikes=[{at: 1s, for: 2s, shape: ramp}]", "rise"),
    ("traffic.spikes=[{at: 1s, series: {values: [0, 0]}}]", "values"),
    ("traffic.weekly={sat: -1}", "sat"), ("geography.primary=asa", "did you mean \"asia\""),
    ("geography.links=[{from: us, to: mars, roundTrip: 1s}]", "mars"),
    ("regions=[{name: a, users: 1, roundTrip: 1ms}]", "two or more"),
  ])
  func mistakesAreToldInOneMessage(_ setting: String, _ words: String) throws {
    let result = try run(["crowd.yaml", "--set", setting])
    #expect(result.status == 65, "\(setting)")
    #expect(result.output == "" && result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count <= 3, "\(result.errors)")
  }

  @Test func aMissingSeriesIsMissing() throws {
    let result = try run(["crowd.yaml", "--set", "traffic.spikes=[{at: 1s, series: no.csv}]"])
    #expect(result.status == 66 && result.errors.contains("no.csv"), "\(result.errors)")
  }

  /// Two reposts on the kernel's plateau; figures by hand are in the tests of the fit itself.
  @Test func fitsACascade() throws {
    try scratch.write("tweet.csv", "seconds,followers\n0,1000\n60,50\n120,10\n")
    let arguments = ["cascade", "fit", "tweet.csv", "--until", "300s"]
    let result = try Command.run(arguments + ["--json"], in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    let root = try RunDocument(result.output).root
    #expect(RunDocument.unsortedKey(in: result.output) == nil)
    #expect(root["reposts"] as? Int == 2 && root["mean_followers"] as? Double == 30)
    let chance = try #require(root["infectiousness"] as? [String: Any])
    let density: Double = 1 / (300 * (1 + 1 / 0.242))
    let exposure: Double = 313_800 * density
    #expect(abs(try #require(chance["value"] as? Double) - 2 / exposure) < 1e-9)
    let text = try Command.run(arguments, in: scratch.folder)
    #expect(text.output.contains("infectiousness") && text.output.contains("posts in the end"))
  }

  @Test(arguments: [
    ("0,10\n", "original"), ("5,10\n6,1\n", "must be 0"), ("0,10\n9,1\n8,1\n", "row above"),
    ("0,10\n9,-1\n", "followers"), ("0,x\n9,1\n", "followers"), ("0,0\n9,0\n", "followers"),
  ])
  func refusesWhatIsNoCascade(_ rows: String, _ words: String) throws {
    try scratch.write("bad.csv", "seconds,followers\n" + rows)
    let result = try Command.run(["cascade", "fit", "bad.csv"], in: scratch.folder)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
