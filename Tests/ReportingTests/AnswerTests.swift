import FeedSystem
import Planning
import Reporting
import Simulation
import Testing

/// The first screen: what is said of the rules, of the cause and of the money.
@Suite struct AnswerTests {
  /// A design whose first `failures` rules do not hold.
  private func design(_ name: String, failing failures: Int, of rules: Int) -> DesignResult {
    var design = Sample.design(name)
    let verdict = design.verdicts[1]
    design.verdicts = (0..<rules).map { index in
      var copy = verdict
      copy.rule = "rule \(index)"
      copy.passed = index >= failures
      return copy
    }
    return design
  }

  private func text(_ designs: [DesignResult]) -> String {
    ConsoleReport(colour: false).text(Sample.result(designs))
  }

  @Test(arguments: [
    ([0], 1, "PASS  the threshold holds"), ([0], 2, "PASS  both thresholds hold"),
    ([0], 3, "PASS  all 3 thresholds hold"), ([1], 1, "FAIL  the threshold does not hold"),
    ([1], 3, "FAIL  1 of 3 thresholds does not hold"),
    ([2], 2, "FAIL  2 of 2 thresholds do not hold"),
    ([0, 0], 3, "PASS  a and b hold all 3 thresholds"),
    ([0, 1, 0], 3, "FAIL  a and c hold all 3 thresholds; b fails 1"),
    ([2, 0, 1, 1], 2, "FAIL  b holds both thresholds; c and d fail 1; a fails 2"),
    ([2, 1], 3, "FAIL  b fails 1 of 3 thresholds; a fails 2"),
    ([1, 0], 1, "FAIL  b holds the threshold; a fails"),
    ([1, 1], 1, "FAIL  a and b fail the threshold"),
  ])
  func saysWhichDesignsHold(_ failures: [Int], _ rules: Int, _ headline: String) {
    let names = failures.count == 1 ? [""] : ["a", "b", "c", "d"]
    let designs = zip(names, failures).map { design($0, failing: $1, of: rules) }
    #expect(text(designs).split(separator: "\n").contains { $0 == headline }, "\(text(designs))")
  }

  @Test func aRuleGivenTwiceCountsOnce() {
    var design = design("", failing: 1, of: 2)
    design.verdicts.append(design.verdicts[0])
    #expect(text([design]).contains("FAIL  1 of 2 thresholds does not hold"))
  }

  @Test func namesTheTierThatIsWaitedFor() {
    var slow = Sample.design("slow", factor: 2.3)
    let calm =
      "slow: Little of it is waiting: most is for the gateway, 0.820 ms on average, 2 ms at"
    #expect(text([Sample.design("fast"), slow]).replacing("\n  ", with: " ").contains(calm))
    slow.metrics.append(
      Sample.distribution(
        "tier.ranking.waiting_time", 10, mean: 83, [1, 200, 300, 4000], halfWidth: 1))
    slow.metrics.append(Sample.scalar("tier.ranking.servers", .servers, 1))
    slow.metrics.append(Sample.scalar("tier.ranking.utilisation", .ratio, 0.97))
    // 1000 visits of 0.82 ms against 10 of 83.
    let cause = "slow: Most waiting is for the ranking: 83 ms on average, 300 ms at p99; its 1 "
    let text = text([Sample.design("fast"), slow]).replacing("\n  ", with: " ")
    #expect(text.contains(cause + "server is 97 % busy over the window."), "\(text)")
    #expect(!text.contains("fast: "))
    #expect(!self.text([Sample.design("")]).contains("Most waiting"), "nothing fails")
  }

  @Test func namesTheDearestLine() throws {
    var design = Sample.design("")
    let rule = try Threshold(parsing: "cost.month < 100 USD")
    design.verdicts = [rule.verdict(in: design)]
    #expect(text([design]).contains("The largest line of the bill is the gateway: $745 of $745"))
  }

  @Test func saysWhatTheCostLeavesOut() {
    let remark = "The cost is without media egress, which the price sheet lacks."
    #expect(text([Sample.design("")]).contains(remark))
    var design = Sample.design("")
    design.costs.removeLast()
    #expect(!text([design]).contains("The cost is without"))
  }

  @Test func theBillIsOnTheFirstScreen() {
    var design = Sample.design("")
    #expect(!text([design]).contains("\n  cost.month  "), "a rule asks for it")
    design.verdicts.removeLast()
    #expect(text([design]).contains("\n  cost.month                             $745\n"))
    #expect(MarkdownReport().text(Sample.result([design])).contains("| `cost.month` "))
    design.costs = []
    #expect(!text([design]).contains("cost.month"))
  }
}
