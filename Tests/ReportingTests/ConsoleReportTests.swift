import Foundation
import Planning
import Reporting
import Testing

@Suite struct ConsoleReportTests {
  @Test func show() {
    for r in [Sample.one, Sample.three, Sample.hurt] {
      print(ConsoleReport(colour: false).text(r))
      print(MarkdownReport().text(r))
    }
    print(JSONReport().text(Sample.one))
  }
}
