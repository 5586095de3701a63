import Foundation
import Testing

/// Fan-out policies as a user calls them.
@Suite(.serialized) struct FanOutCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ fanOut: String, _ more: [String] = []) throws -> Command.Finished {
    let path = try scratch.write("tiny.yaml", TinyScenario.text(fanOut: fanOut))
    return try Command.run(["run", path, "--json"] + more)
  }

  private func document(_ fanOut: String, _ more: [String] = []) throws -> RunDocument {
    let result = try run(fanOut, more)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  /// Regret is told where it is asked for, and everybody may be asked.
  @Test func regretIsToldWhereAsked() throws {
    #expect(try document("{policy: push}").metrics["fan_out.regret"] == nil)
    let push = try document("{policy: push, costs: {push: 1}}")
    #expect(try push.value("fan_out.regret") == 0, "every user loads more than any posts")
    let pull = try document("{policy: pull, costs: {push: 1, pull: 1}}")
    // 400 loads a day against 100 posts.
    #expect(abs(try pull.value("fan_out.regret") - 3) < 1e-12)
    let best = try document("{policy: per-edge-optimal}")
    #expect(try best.value("fan_out.regret") == 0)
    #expect(best.unit("fan_out.regret") == "ratio")
    let rule = try run(
      "{policy: pull, costs: {push: 1}}", ["--threshold", "fan_out.regret < 10%"])
    #expect(rule.status == 99)
  }

  @Test func namesWhatPlansLoseAndDouble() throws {
    let tier = "{policy: hybrid, pushBelow: 5, pullFrom: 50, middleTier: "
    let lost = try document(tier + "nobody}")
    #expect(try lost.value("delivery.lost") > 0 && lost.value("delivery.duplicate") == 0)
    #expect(
      lost.notes.contains {
        $0.contains("Lost: all are posts of authors with 5 to 49 followers, which nobody is")
      }, "\(lost.notes)")
    let twice = try document(tier + "activeAndPulled}")
    #expect(try twice.value("delivery.duplicate") > 0 && twice.value("delivery.lost") == 0)
    #expect(twice.notes.contains { $0.contains("Duplicate: all are posts of authors with 5 to") })
    let right = try document(tier + "topFollowers, topFollowers: 5}")
    #expect(try right.value("delivery.duplicate") == 0 && right.value("delivery.lost") == 0)
    #expect(right.metrics["delivery.dropped"] == nil)
  }

  /// A threshold that moves says how it stood, and posts that were flipped are counted.
  @Test func tellsOfPlansThatChange() throws {
    let moving = try document("{policy: adaptive, lowest: 2, start: 20, every: 10s}")
    let least = try moving.value("fan_out.threshold_least")
    let most = try moving.value("fan_out.threshold_greatest")
    let average = try moving.value("fan_out.threshold")
    #expect(least >= 2 && least <= average && average <= most)
    #expect(moving.unit("fan_out.threshold") == "followers")
    #expect(try moving.value("fan_out.threshold_moves") >= 0 && moving.value("fan_out.cost") > 0)
    #expect(try moving.value("delivery.lost") == 0 && moving.value("delivery.duplicate") == 0)
    #expect(moving.metrics["fan_out.flipped"] == nil && moving.metrics["fan_out.regret"] != nil)
    let flash = try document("{policy: push, flash: {backlog: 1, authorsFrom: 0}}")
    #expect(try flash.value("fan_out.flipped") >= 0 && flash.value("fan_out.flash_share") <= 1)
    #expect(flash.metrics["fan_out.threshold"] == nil && flash.metrics["fan_out.cost"] != nil)
    #expect(try flash.value("delivery.lost") == 0 && flash.value("delivery.duplicate") == 0)
  }

  @Test func dropsByDesign() throws {
    let lossy = try document("{policy: lossy, limit: 8}")
    #expect(try lossy.value("delivery.dropped") > 0 && lossy.value("delivery.lost") == 0)
    #expect(lossy.notes.contains { $0.hasPrefix("Dropped by design, not lost: ") })
    let summary = try Command.run(["run", scratch.path("tiny.yaml")])
    #expect(summary.status == 0 && summary.output.contains("dropped by design"))
  }

  @Test(arguments: [
    ("{policy: per-edge-optimal, rates: 0s}", "fanOut.rates: "),
    ("{policy: per-edge-optimal, rates: learnt}", "fanOut.rates: "),
    ("{policy: per-edge-optimum, rates: 7d}", "did you mean \"per-edge-optimal\"?"),
    ("{policy: lossy, limit: 0}", "fanOut.limit: "),
    ("{middleTier: both}", "fanOut.middleTier: "),
    ("{policy: push, middleTier: nobody}", "the fan-out policy push does not read"),
    ("{costs: {push: -1}}", "fanOut.costs.push: "),
    ("{costs: {psuh: 1}}", "did you mean \"push\"?"),
    ("{policy: adaptive, lowest: 10, highest: 5}", "fanOut.highest: is 5, below lowest (10)"),
    ("{policy: adaptive, lowest: 10, start: 5}", "fanOut.start: is 5, not between lowest"),
    ("{policy: adaptive, objective: 0s}", "fanOut.objective: "),
    ("{policy: push, objective: 5s}", "the fan-out policy push does not read \"objective\""),
    ("{policy: push, flash: {authorsFrom: 1k}}", "fanOut.flash.backlog: is required, or lag"),
    ("{policy: push, flash: {backlog: 5, untl: 10%}}", "did you mean \"until\"?"),
  ])
  func refuses(_ fanOut: String, _ hint: String) throws {
    let result = try run(fanOut)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(hint), "\(result.errors)")
  }
}
