import FeedSystem
import Planning
import Settings

/// Thresholds and conservation checks as JUnit test cases, which every CI server shows.
public struct JUnitReport: Reporter {
  public static let name = "xml"
  public static let summary = "thresholds and checks as JUnit test cases, for a CI server"

  public init(_ parameters: inout Parameters) throws {}
  public init() {}

  public func text(_ result: Result) -> String {
    let suites = result.designs.map { design in
      let checks = design.checks.map { check in
        TestCase(
          name: check.name,
          outcome: check.passed ? .passed : .failed("does not hold", detail: check.detail))
      }
      return TestSuite(
        name: design.name.isEmpty ? result.scenario : "\(result.scenario).\(design.name)",
        cases: design.verdicts.map(TestCase.init) + checks)
    }
    return TestSuite.document(suites)
  }
}

struct TestCase {
  enum Outcome: Equatable {
    case passed
    case failed(String, detail: String)
    case skipped(String)
  }

  var name: String
  var outcome: Outcome
}

extension TestCase {
  /// A rule and what was observed.
  init(_ verdict: Verdict) {
    name = verdict.rule
    outcome = verdict.passed ? .passed : .failed("observed \(verdict.observedText)", detail: "")
  }
}

struct TestSuite {
  var name: String
  var cases: [TestCase]

  private var failures: Int {
    cases.count { if case .failed = $0.outcome { true } else { false } }
  }
  private var skipped: Int {
    cases.count { if case .skipped = $0.outcome { true } else { false } }
  }

  /// JUnit's document; without times, which would differ from run to run.
  static func document(_ suites: [TestSuite]) -> String {
    let total = TestSuite(name: "feedsim", cases: suites.flatMap(\.cases))
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(total.attributes)>",
    ]
    lines += suites.flatMap(\.lines).map { "  " + $0 }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private var attributes: String {
    "name=\"\(Self.escaped(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\" "
      + "errors=\"0\" skipped=\"\(skipped)\""
  }

  private var lines: [String] {
    var lines = ["<testsuite \(attributes)>"]
    for test in cases {
      let open =
        "<testcase classname=\"\(Self.escaped(name))\" name=\"\(Self.escaped(test.name))\""
      switch test.outcome {
      case .passed: lines.append("  \(open)/>")
      case .failed(let message, let detail):
        lines += [
          "  \(open)>",
          "    <failure message=\"\(Self.escaped(message))\">\(Self.escaped(detail))</failure>",
          "  </testcase>",
        ]
      case .skipped(let message):
        lines += [
          "  \(open)>", "    <skipped message=\"\(Self.escaped(message))\"/>", "  </testcase>",
        ]
      }
    }
    return lines + ["</testsuite>"]
  }

  /// A text inside an attribute or an element; what XML 1.0 cannot hold becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t", "\r": result += "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
