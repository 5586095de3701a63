import Planning
import Reporting
import Testing

@Suite struct CSVReportTests {
  /// RFC 4180, as a reader would have it.
  private func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = [[]]
    var field = ""
    var isQuoted = false
    var characters = Array(text)[...]
    while let character = characters.popFirst() {
      if isQuoted {
        if character != "\"" {
          field.append(character)
        } else if characters.first == "\"" {
          field.append(characters.removeFirst())
        } else {
          isQuoted = false
        }
      } else if character == "\"" {
        isQuoted = true
      } else if character == "," || character == "\n" {
        rows[rows.count - 1].append(field)
        field = ""
        if character == "\n" { rows.append([]) }
      } else {
        field.append(character)
      }
    }
    return rows.dropLast()
  }

  @Test func everyFigureHasARowThatReadsBack() throws {
    let rows = rows(CSVReport().text(Sample.three))
    let header = "design,metric,statistic,value,half_width,unit,count,resolved"
    #expect(rows[0].joined(separator: ",") == header)
    var expected: [[String]] = []
    for design in Sample.three.designs {
      for metric in design.metrics {
        let mean = try #require(metric.mean)
        for (name, estimate) in [("mean", mean)] + metric.quantiles.map({ ($0.name, $0.estimate) })
        {
          expected.append([
            design.name, metric.name, name, metric.unit.rawValue, String(metric.count),
            String(estimate.resolved),
          ])
          let row = rows[expected.count]
          #expect(Double(row[3]) == estimate.value)
          #expect(Double(row[4]) == estimate.halfWidth)
        }
      }
    }
    let plain = rows.dropFirst().map { [$0[0], $0[1], $0[2], $0[5], $0[6], $0[7]] }
    #expect(plain == expected)
  }

  @Test func whatIsMissingHasAnEmptyField() {
    let rows = rows(CSVReport().text(Sample.hurt))
    #expect(rows[1] == ["", "feed.latency", "mean", "", "", "ms", "1234567", "false"])
    #expect(rows[2] == ["", "feed.latency.gateway", "mean", "", "", "ms", "1234567", "false"])
    #expect(rows.allSatisfy { $0.count == 8 })
  }

  @Test func oddNamesAreQuoted() {
    let result = Sample.result([Sample.design("a,\"b\"\nc")])
    #expect(rows(CSVReport().text(result))[1][0] == "a,\"b\"\nc")
  }
}
