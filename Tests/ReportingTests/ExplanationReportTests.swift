import FeedSystem
import Foundation
import Settings
import Simulation
import TestSupport
import Testing

@testable import Planning
@testable import Reporting

/// What an explanation looks like, and that documents with causes come back as they were.
@Suite struct ExplanationReportTests {
  private static func group(_ waiting: Double, _ fanIn: Double) -> Causes.Group {
    func part(_ kind: Causes.Kind, _ tier: TierName?, _ time: Double) -> Causes.Part {
      Causes.Part(kind: kind, tier: tier, time: Estimate(value: time, halfWidth: time / 10))
    }
    return Causes.Group(
      latency: Estimate(value: waiting + fanIn + 60, halfWidth: 1),
      parts: [
        part(.waiting, .postStore, waiting), part(.service, .gateway, 8),
        part(.fanIn, .postStore, fanIn), part(.network, nil, 52),
      ],
      totals: [
        part(.waiting, nil, waiting), part(.service, nil, 8), part(.fanIn, nil, fanIn),
        part(.network, nil, 52),
      ],
      missed: Estimate(value: waiting / 200, halfWidth: 0.01),
      afterMiss: Estimate(value: waiting + fanIn))
  }

  private static let result: Result = {
    var design = Sample.design("")
    design.causes = Causes(mean: group(4, 1), p99: group(120, 20))
    design.metrics.append(Sample.scalar("tier.gateway.headroom", .ratio, 0.35, 0.02))
    design.metrics = MetricNames.ordered(design.metrics)
    return Sample.result([design])
  }()

  private static let explanation: Explanation = {
    var base = result
    base.designs[0].metrics[0].quantiles[2].estimate.each = [160, 163, 167]
    var changed = base.designs[0]
    changed.metrics[0].quantiles[2].estimate.each = [110, 114, 116]
    changed.metrics[0].quantiles[2].estimate.value = 113.3
    let changes: [(change: SingleChange, design: DesignResult)] = [
      (SingleChange(.servers(.postStore), from: 4, to: 8), changed),
      (SingleChange(.feedCache, from: 2000, to: 2500), base.designs[0]),
      (SingleChange(.servers(.gateway), from: 24, to: 30), Sample.hurt.designs[0]),
    ]
    return Explanation(Experiment.Perturbed(base: base, changes: changes), step: 0.25)
  }()

  /// A report's first screen names what the latency is that a rule does not allow, of the loads
  /// that the rule is about.
  @Test(arguments: [
    (
      "feed.latency.p99 < 1ms",
      "60 % of the latency of the slowest 1 % of loads is waiting at the post store, 120 ms a "
        + "load; its 2 servers are 93 % busy over the window."
    ),
    ("feed.latency < 1ms", "80 % of the mean latency is network, 52 ms a load."),
    ("delivery.lag.p99 < 1s", "Little of it is waiting: "),
  ])
  func aFailingRuleHasItsCause(_ rule: String, _ remark: String) throws {
    var design = Self.result.designs[0]
    design.metrics.append(Sample.scalar("tier.post_store.servers", .servers, 2))
    design.metrics.append(Sample.scalar("tier.post_store.utilisation", .ratio, 0.93))
    design.verdicts = [try Threshold(parsing: rule).verdict(in: design)]
    let remarks = Sample.result([design]).remarks
    #expect(remarks.first?.hasPrefix(remark) ?? false, "\(remarks)")
  }

  private func report(_ explanation: Explanation) -> ExplanationReport {
    ExplanationReport(explanation, feedsimVersion: "0.1.0")
  }

  @Test func theAnswerComesFirst() throws {
    let text = report(Self.explanation).console(colour: false)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let answer =
      "p99 of 163.3 ± 1.3 ms: 60 % waiting at the post store, 26 % network, 10 % fan-in of the"
    #expect(lines[2].hasPrefix(answer), "\(lines[2])")
    for line in lines { #expect(line.count <= 100, "\(line)") }
    let words = lines.joined(separator: " ")
    #expect(words.contains("60 % of them missed the feed cache, as 2.0 % of all loads did"))
    #expect(words.contains("The gateway saturates first when traffic grows, at 1.54 times what"))
    #expect(
      words.contains("tiers.postStore.servers=8 instead of 4 helps most: p99 falls by 50.0 ±"))
    #expect(text.contains("UNSTABLE"))
    #expect(!words.lowercased().contains("retries"), "there are none")
    let painted = report(Self.explanation).console(colour: true)
    #expect(painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == text)
  }

  @Test func tablesSumToTheLatency() throws {
    let table = try #require(report(Self.explanation).tables.first)
    #expect(
      table.rows.map { $0[0] } == [
        "waiting", "  post store", "service", "  gateway", "fan-in of the slowest shard", "network",
        "latency",
      ])
    #expect(
      table.rows.map { $0[3] } == [
        "60 %", "60 %", "4.0 %", "4.0 %", "10 %", "26 %", "100 %",
      ])
    let markdown = report(Self.explanation).markdown
    #expect(markdown.contains("| &nbsp;&nbsp;post store"))
    #expect(markdown.contains("| tiers.postStore.servers=8 "))
  }

  @Test func whatIsNotThereIsNotTold() {
    var bare = Explanation(Sample.hurt, Sample.hurt.designs[0])
    bare.notes = ["Nothing was changed and run again: a reason."]
    let text = report(bare).console(colour: false)
    #expect(text.contains("There is no p99 to explain"))
    #expect(text.contains("· Nothing was changed and run again: a reason."))
    #expect(!text.contains("one change at a time") && !text.contains("time by cause"))
    let older = report(Explanation(Sample.one, Sample.one.designs[0])).console(colour: false)
    #expect(older.contains("no record of what it is made of"))
  }

  @Test func documentsFitTheirSchemas() throws {
    let results = try SchemaValidator(schema: ResultSchema.text)
    #expect(try results.problems(in: JSONReport().text(Self.result)) == [])
    let validator = try SchemaValidator(schema: ExplanationSchema.text)
    let texts = [
      Self.explanation, Explanation(Sample.hurt, Sample.hurt.designs[0]),
      Explanation(Sample.three, Sample.three.designs[1]),
    ].map { report($0).json }
    for text in texts { #expect(try validator.problems(in: text) == []) }
    let slip = texts[0].replacing("\"part\": \"waiting\"", with: "\"part\": \"wating\"")
    #expect(slip != texts[0])
    #expect(try !validator.problems(in: slip).isEmpty)
  }

  @Test func causesComeBackFromADocument() throws {
    let text = JSONReport().text(Self.result)
    let back = try ResultDocument.result(from: Data(text.utf8), file: "a.json")
    #expect(back.designs[0].causes == Self.result.designs[0].causes)
    #expect(JSONReport().text(back) == text)
    for (slip, message) in [
      ("\"part\": \"fan_in\"", "causes.mean.parts: unknown part"),
      ("\"tier\": \"post_store\"", "causes.mean.parts: unknown tier"),
    ] {
      let wrong = text.replacing(slip, with: String(slip.dropLast(2)) + "x\"")
      let error = #expect(throws: InvalidInput.self) {
        try ResultDocument.result(from: Data(wrong.utf8), file: "a.json")
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(message))
    }
  }

  @Test func reportsShowTheCauses() {
    let markdown = MarkdownReport().text(Self.result)
    #expect(markdown.contains("Feed latency by cause, mean of the slowest 1 % of loads"))
    #expect(markdown.contains("| waiting at the post store"))
    #expect(markdown.contains("Headroom at the peak"))
    #expect(HTMLReport(charts: nil).text(Self.result).contains("waiting at the post store"))
    #expect(!MarkdownReport().text(Sample.one).contains("by cause"))
  }
}
