import Settings
import Synchronization
import YAMLSettings

/// A scenario and the settings that are varied in it: what all points have in common.
struct SweepBase: Sendable {
  let tree: Setting
  let fileName: String
  let question: String
  /// Thresholds beside the scenario's own, and the option that gives them.
  let rules: [String]
  let ruleOption: String
  let axes: [SweepAxis]
  let version: String
  private let files = Files()

  init(
    reading path: String, overrides: [String], rules: [String],
    ruleOption: String = "--threshold", axes: [SweepAxis], version: String
  ) throws {
    var tree = try SettingsFile.readExtending(path: path)
    for override in overrides { tree = try SettingsFile.applying(override, to: tree) }
    self.tree = tree
    fileName = path.split(separator: "/").last.map(String.init) ?? path
    question = SettingsFile.firstComment(path: path)
    self.rules = rules
    self.ruleOption = ruleOption
    self.axes = axes
    self.version = version
    try refuseUnknownDesigns()
  }

  /// A name that the scenario does not have would be a design more, and what was meant to be varied
  /// would stay as it is.
  private func refuseUnknownDesigns() throws {
    for axis in axes {
      let keys = axis.path.split(separator: ".").map(String.init)
      guard keys.count > 1, keys[0] == "designs", tree["designs"]?[keys[1]] == nil else { continue }
      throw InvalidInput(
        "there is no design \"\(keys[1])\""
          + Suggestion.text(for: keys[1], among: tree["designs"]?.keys ?? []),
        at: place(axis))
    }
  }

  /// A base that only a varied value makes valid has its seed all the same.
  var seed: UInt64 { (try? tree["seed"]?.unsigned()) ?? 1 }

  /// What the scenario itself says of a setting; empty where it leaves it to its default.
  func today(_ axis: SweepAxis) -> String {
    var setting: Setting? = tree
    for key in axis.path.split(separator: ".") { setting = setting?[String(key)] }
    return (try? setting?.text()) ?? ""
  }

  /// The point of these values; a setting that refuses a fraction gets the nearest whole number.
  ///
  /// - Parameters:
  ///   - values: nil leaves a setting as the scenario has it.
  ///   - replications: instead of the scenario's own.
  func point(_ values: [SweepAxis.Value?], replications: Int? = nil) -> SweepPlan.Point {
    var texts = values.map { $0?.text }
    while true {
      do {
        return try point(of: texts, replications)
      } catch let problem as InvalidInput {
        let refused = axes.indices.first {
          problem.location == place(axes[$0]) && values[$0]?.whole ?? texts[$0] != texts[$0]
        }
        guard let refused, let whole = values[refused]?.whole else {
          return failed(texts, problem)
        }
        texts[refused] = whole
      } catch {
        return failed(texts, error)
      }
    }
  }

  private func place(_ axis: SweepAxis) -> SourceLocation {
    SourceLocation(argument: "--vary \(axis.path)")
  }

  private func written(_ texts: [String?]) -> [String] {
    zip(axes, texts).map { axis, text in text ?? today(axis) }
  }

  private func failed(_ texts: [String?], _ problem: any Error) -> SweepPlan.Point {
    SweepPlan.Point(
      index: 0, values: written(texts), scenario: .failure(problem), hash: "", settingsHash: "",
      population: "")
  }

  private func point(of texts: [String?], _ replications: Int?) throws -> SweepPlan.Point {
    var tree = tree
    for (axis, text) in zip(axes, texts) {
      guard let text else { continue }
      tree = try SettingsFile.applying("\(axis.path)=\(text)", to: tree, option: "--vary")
    }
    if let replications {
      tree = try SettingsFile.applying("replications=\(replications)", to: tree)
    }
    var scenario = try Scenario(tree, fileName: fileName, question: question)
    for rule in rules {
      scenario.thresholds.append(
        try Threshold(
          parsing: rule, at: SourceLocation(argument: ruleOption),
          costs: scenario.prices != nil, currency: scenario.currency))
    }
    let decides = [version, scenario.hash, "\(scenario.replications)", "\(scenario.seed)"]
    let contents = scenario.inputs.map { files.hash(of: $0) }
    return SweepPlan.Point(
      index: 0, values: written(texts), scenario: .success(scenario),
      hash: Fingerprint.sha256((decides + rules + contents).joined(separator: "\n")),
      settingsHash: Fingerprint.sha256((decides + rules).joined(separator: "\n")),
      population: "\(scenario.seed) \(tree["audience"]?.canonicalText ?? "")")
  }
}

/// Files by their content, each read once.
private final class Files: Sendable {
  private let known = Mutex<[String: String]>([:])

  /// Empty for a file that cannot be read: the point's run says why.
  func hash(of path: String) -> String {
    known.withLock { known in
      if let hash = known[path] { return hash }
      let hash = Fingerprint.sha256(file: path) ?? ""
      known[path] = hash
      return hash
    }
  }
}
