import Foundation
import TestSupport
import Testing

/// `plan SCENARIO`, as a user runs it.
@Suite(.serialized) struct PlanCommandTests {
  /// 100 loads/s over ranking servers of exponential service, mean 5 ms, and nothing else that
  /// anybody waits for: M/M/c with half an erlang. By Erlang C the p95 of waiting is 23.0 ms with
  /// one server, 2.3 ms with two, and with three 95 % do not wait at all.
  private static func text(_ rules: String, _ more: String = "") -> String {
    """
    # How many ranking servers keep loads from waiting?
    feedsim: 1
    name: mmc
    seed: 5
    duration: 8s
    warmUp: 1s
    replications: 1
    audience:
      users: 1k
      graph: {kind: uniform, meanFollows: 2}
      activity: {postsPerDay: 1, loadsPerDay: 8640}
    sessions: {loads: 1, pages: 1}
    fanOut: {policy: pull}
    cache: {feed: {size: 1}}
    timelines: {lifetime: 1h}
    network: {client: 0ms}
    tiers:
      gateway: {visit: constant(10us)}
      feedCache: {visit: constant(10us)}
      postStore: {shards: 1, visit: constant(10us), perUnit: 0s}
      ranking: {visit: exponential(mean 5ms), perUnit: 0s}
    prices: aws-us-east-1-2026-08
    thresholds: [\(rules)]
    \(more)

    """
  }

  private static let limit = "tier.ranking.waiting_time.p95 < 7500us"

  private struct Planned {
    let scratch: Scratch
    let command: Command.Finished

    init(_ text: String, _ arguments: [String] = ["--json"]) throws {
      scratch = try Scratch()
      try scratch.write("mmc.yaml", text)
      let folder = scratch.folder
      command = try Command.run(
        ["plan", scratch.path("mmc.yaml")] + arguments.map { $0.replacing("@", with: folder) },
        in: Repository.root)
    }

    var root: [String: Any] { get throws { try RunDocument(command.output).root } }

    var design: [String: Any] {
      get throws { try #require((root["designs"] as? [[String: Any]])?.first) }
    }

    /// Servers by tier.
    var fleet: [String: Double] {
      get throws {
        let rows = try #require(design["fleet"] as? [[String: Any]])
        return Dictionary(
          uniqueKeysWithValues: rows.compactMap { row in
            (row["tier"] as? String).flatMap { tier in
              (row["servers"] as? Double).map { (tier, $0) }
            }
          })
      }
    }

    var cost: Double { get throws { try #require(design["cost_month"] as? Double) } }
  }

  @Test func theFleetOfAKnownQueueIsFoundAndRuns() throws {
    let planned = try Planned(Self.text(Self.limit), ["--json", "--out", "@/fleet.yaml"])
    #expect(planned.command.status == 0, "\(planned.command.errors)")
    let schema = try Command.run(["schema", "plan"]).output
    #expect(try SchemaValidator(schema: schema).problems(in: planned.command.output) == [])
    #expect(RunDocument.unsortedKey(in: planned.command.output) == nil)
    let fleet = try planned.fleet
    #expect(fleet["ranking"] == 2 && fleet["gateway"] == 1 && fleet["postStore"] == 1, "\(fleet)")
    let binding = try #require(try planned.design["binding"] as? [String: Any])
    #expect(binding["tier"] as? String == "ranking" && binding["servers"] as? Double == 1)
    #expect(binding["rule"] as? String == Self.limit)
    #expect(binding["kept"] as? Double == 0 && binding["seeds"] as? Double ?? 0 >= 2)
    let rows = try #require(try planned.design["fleet"] as? [[String: Any]])
    let ranking = try #require(rows.first { $0["tier"] as? String == "ranking" })
    let load = try #require(ranking["offered_load"] as? Double)
    #expect((0.5...1.5).contains(load), "the busiest twentieth of 0.5: \(load)")
    // Two and one less, under a seed of one's own.
    let settings = try #require(try planned.root["set"] as? [String])
    #expect(settings.contains("tiers.ranking.servers=2"))
    for (servers, status) in [(2, Int32(0)), (1, 99)] {
      let run = try Command.run(
        [
          "run", planned.scratch.path("fleet.yaml"), "--quiet", "--seed", "1001", "--set",
          "tiers.ranking.servers=\(servers)",
        ], in: Repository.root)
      #expect(run.status == status, "\(servers): \(run.errors)")
    }
  }

  @Test func theAnswerIsTheSameForAnyNumberOfThreads() throws {
    let arguments = ["--out", "@/a.md", "--out", "@/a.csv", "--sensitivity", "--threads"]
    let one = try Planned(Self.text(Self.limit), arguments + ["1"])
    let two = try Planned(Self.text(Self.limit), arguments + ["2"])
    #expect(one.command.status == 0, "\(one.command.errors)")
    for name in ["a.md", "a.csv"] {
      #expect(
        one.scratch.text(name).replacing(one.scratch.folder, with: "")
          == two.scratch.text(name).replacing(two.scratch.folder, with: ""), "\(name)")
    }
    let text = one.command.output
    #expect(text.contains("1 % more of") && text.contains("audience.activity.loadsPerDay"))
    #expect(text.contains("--set tiers.ranking.servers=2"))
    #expect(text.contains("AWS Price List") && !text.contains("nan"))
  }

  /// A post's media are billed as what is stored of them, and as nothing else that has a price.
  @Test func theCostAnswersToBytesByTheirLines() throws {
    let planned = try Planned(Self.text(Self.limit), ["--sensitivity", "--json"])
    let list = try #require(try planned.design["elasticities"] as? [[String: Any]])
    func elasticity(_ input: String) throws -> Double {
      try #require(list.first { $0["input"] as? String == input }?["value"] as? Double, "\(input)")
    }
    let costs = try #require(try planned.design["costs"] as? [[String: Any]])
    func month(_ line: String) throws -> Double {
      try #require(costs.first { $0["line"] as? String == line }?["monthly"] as? Double, "\(line)")
    }
    let all = try planned.cost
    #expect(abs(try elasticity("post.mediaBytes") - month("media_storage") / all) < 1e-9)
    let pages = try month("post_storage") + month("egress")
    let between = try month("zone_transfer")
    let bytes = try elasticity("post.bytes") * all
    #expect(bytes > pages && bytes <= (pages + between) * (1 + 1e-9), "\(bytes) \(pages)")
    // All of them load feeds: there cannot be a tenth more.
    #expect(!list.contains { $0["input"] as? String == "audience.activity.activeShare" })
  }

  /// A stricter limit, more headroom or a server that may go never cost less.
  @Test func moreToHoldIsNeverCheaper() throws {
    let plain = try Planned(Self.text(Self.limit))
    let more = try Planned(
      Self.text(
        "\(Self.limit), feed.latency.p99 < 1s", "plan: {headroom: 60%, survives: [server]}"))
    // A machine of 16, and one of 8, may go.
    let fleet = try more.fleet
    #expect(fleet["ranking"] == 18 && fleet["gateway"] == 9, "\(fleet)")
    #expect(try more.cost >= plain.cost - 1)
    let steps = try #require(try more.design["steps"] as? [[String: Any]])
    let servers = steps.compactMap { $0["servers"] as? Double }
    #expect(servers.count == 3 && servers == servers.sorted() && servers[0] < servers[1])
    #expect(try more.cost > 1.5 * plain.cost)
  }

  /// Machines of one server each: one more than it takes.
  @Test func aMachineMayBeOneServer() throws {
    let tiers = ["ranking", "gateway"].flatMap { ["--set", "tiers.\($0).serversPerInstance=1"] }
    let planned = try Planned(
      Self.text(Self.limit, "plan: {survives: [server]}"), tiers + ["--json"])
    let fleet = try planned.fleet
    #expect(fleet["ranking"] == 3 && fleet["gateway"] == 2, "\(fleet)")
  }

  /// A longer service for less money, or a shorter one: whichever costs less is chosen.
  @Test func choicesAreSearchedForTheCheapest() throws {
    let more = """
      plan:
        vary: {tiers.ranking.serversPerInstance: [1, 4]}
      """
    let planned = try Planned(Self.text(Self.limit, more))
    #expect(planned.command.status == 0, "\(planned.command.errors)")
    #expect(try planned.design["choice"] as? [String] == ["tiers.ranking.serversPerInstance=4"])
    let considered = try #require(try planned.design["considered"] as? [[String: Any]])
    #expect(considered.count == 2)
    #expect(considered.first?["outcome"] as? String == "found")
  }

  @Test func whatNoServersKeepIsSaid() throws {
    let rule = "feed.latency.p50 < 1ms"
    let planned = try Planned(Self.text("\(rule)"))
    #expect(planned.command.status == 99, "\(planned.command.errors)")
    #expect(try planned.root["feasible"] as? Bool == false)
    let answer = try #require((try planned.design["answer"] as? [String])?.first)
    #expect(answer.hasPrefix("No number of servers keeps \(rule): "), "\(answer)")
    let dear = try Planned(Self.text("\(Self.limit), cost.month < 10 USD"))
    #expect(dear.command.status == 99 && dear.command.output.contains("none was found that cheap"))
  }

  @Test func badInputIsOneClearError() throws {
    func errors(_ text: String, _ arguments: [String] = []) throws -> (Int32, String) {
      let planned = try Planned(text, arguments)
      #expect(planned.command.output.isEmpty)
      return (planned.command.status, planned.command.errors)
    }
    let none = try errors(Self.text("cost.month < 10k USD"))
    #expect(none.0 == 65 && none.1.contains("thresholds: gives no objective"), "\(none.1)")
    let region = try errors(Self.text(Self.limit, "plan: {survives: [region]}"))
    #expect(region.0 == 65 && region.1.contains("plan.survives"), "\(region.1)")
    let path = try errors(Self.text(Self.limit, "plan: {vary: {cache.feed.sise: [1, 2]}}"))
    #expect(path.0 == 65 && path.1.contains("plan.vary") && path.1.contains("size"), "\(path.1)")
    for choice in ["thresholds: [a]", "designs: [a]", "plan.headroom: [1%]", "duration: [1s]"] {
      let other = try errors(Self.text(Self.limit, "plan: {vary: {\(choice)}}"))
      #expect(other.0 == 65 && other.1.contains("is not for a plan to choose"), "\(other.1)")
    }
    let many = (1...65).map { "\($0)" }.joined(separator: ", ")
    let wide = try errors(Self.text(Self.limit, "plan: {vary: {cache.feed.size: [\(many)]}}"))
    #expect(wide.0 == 65 && wide.1.contains("64 are the most"), "\(wide.1)")
    let twice = try errors(Self.text(Self.limit, "plan: {vary: {cache.feed.size: [1, 1]}}"))
    #expect(twice.0 == 65 && twice.1.contains("twice"), "\(twice.1)")
    let servers = try errors(
      Self.text(Self.limit, "plan: {vary: {tiers.gateway.servers: [1, 2]}}"))
    #expect(servers.0 == 65 && servers.1.contains("leave it out"), "\(servers.1)")
    #expect(try errors(Self.text(Self.limit), ["--users", "1"]).0 == 64)
    #expect(try errors(Self.text(Self.limit), ["--threads", "0"]).0 == 64)
    #expect(try errors(Self.text(Self.limit), ["--out", "@/fleet.html"]).0 == 64)
    #expect(try errors(Self.text(Self.limit), ["--threshold", "feed.latncy < 1s"]).0 == 65)
    #expect(try Command.run(["plan", "no-such-scenario"], in: Repository.root).status == 66)
  }
}
