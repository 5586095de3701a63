import FeedSystem
import Settings
import Simulation
import YAMLSettings

/// A scenario whose fleets are to be tried: its settings, and what is put over them.
struct PlanBase: Sendable {
  let tree: Setting
  let fileName: String
  let question: String
  /// Beside the scenario's thresholds.
  let rules: [String]

  init(reading path: String, overrides: [String], rules: [String]) throws {
    var tree = try SettingsFile.readExtending(path: path)
    for override in overrides { tree = try SettingsFile.applying(override, to: tree) }
    self.tree = tree
    fileName = path.split(separator: "/").last.map(String.init) ?? path
    question = SettingsFile.firstComment(path: path)
    self.rules = rules
  }

  private init(_ base: PlanBase, _ tree: Setting) {
    self.tree = tree
    fileName = base.fileName
    question = base.question
    rules = base.rules
  }

  /// The settings that decide who follows whom, but for the seed.
  var population: String {
    ["users", "graph", "celebrities", "cells"].map { tree["audience"]?[$0]?.canonicalText ?? "" }
      .joined(separator: " ")
  }

  /// The same with settings put in, as `--set` does.
  func with(_ settings: [String]) throws -> PlanBase {
    PlanBase(self, try settings.reduce(tree) { try SettingsFile.applying($1, to: $0) })
  }

  /// With a choice of `plan.vary` put in.
  ///
  /// - Throws: `InvalidInput` at the choice's key.
  func choosing(_ settings: [String], of design: String) throws -> PlanBase {
    do {
      let chosen = try with(settings.map { try place($0, design) })
      _ = try chosen.scenario()
      return chosen
    } catch let problem as InvalidInput {
      throw InvalidInput(problem.message, path: "plan.vary: \(problem.path)")
    }
  }

  /// Where a choice is put: into the design, where there are several.
  ///
  /// - Throws: `InvalidInput` for what all designs of several share: each is planned by itself, and
  ///   no run could have what two of them chose.
  func place(_ setting: String, _ design: String) throws -> String {
    let key = setting.prefix { $0 != "." && $0 != "=" }
    if design.isEmpty { return setting }
    if Scenario.designKeys.contains(String(key)) { return "designs.\(design).\(setting)" }
    guard case .map(let designs) = tree["designs"]?.content, designs.count > 1 else {
      return setting
    }
    throw InvalidInput(
      "is shared by all designs, of which each is planned by itself; vary what a design may "
        + "change, or plan one design at a time", path: String(setting.prefix { $0 != "=" }))
  }

  /// - Parameter seed: instead of the scenario's own.
  func scenario(seed: UInt64? = nil) throws -> Scenario {
    var tree = tree
    if let seed { tree = try SettingsFile.applying("seed=\(seed)", to: tree) }
    var scenario = try Scenario(tree, fileName: fileName, question: question)
    for rule in rules {
      scenario.thresholds.append(
        try Threshold(
          parsing: rule, at: SourceLocation(argument: "--threshold"),
          costs: scenario.prices != nil, currency: scenario.currency))
    }
    return scenario
  }

  /// The scenario of one run: exactly what `feedsim run --set tiers.X.servers=N --seed S` asks,
  /// of one design, and then what the condition changes.
  func scenario(
    of design: String, _ fleet: PlannedFleet, _ condition: PlanCondition, seed: UInt64
  ) throws -> Scenario {
    var fleet = fleet
    var base = self
    if case .serverLost(let tier) = condition {
      fleet[tier] -= try settings(of: tier, in: design).lostWithMachine
    }
    if case .regionLost(let region) = condition { base = try losing(region, design) }
    var scenario = try base.with(fleet.settings(of: design)).scenario(seed: seed)
    scenario.designs = scenario.designs.filter { $0.name == design }
    if case .load(let factor) = condition {
      scenario.audience.activity.postsPerDay *= factor
      scenario.audience.activity.loadsPerDay *= factor
    }
    return scenario
  }

  private func settings(of tier: TierName, in design: String) throws -> TierSettings {
    let scenario = try scenario()
    return scenario.designs.first { $0.name == design }?.design.settings(of: tier)
      ?? .standard(tier)
  }

  /// With a region that is lost from the window's start to its end, beside the faults there are.
  private func losing(_ region: String, _ design: String) throws -> PlanBase {
    let whole =
      design.isEmpty
      ? tree : tree["designs"]?[design].map { SettingsFile.overlay(tree, with: $0) } ?? tree
    var faults: [Setting] = []
    if case .list(let given) = whole["faults"]?.content { faults = given }
    faults.append(
      try SettingsFile.parse(
        "region-lost: {region: \(region), at: 0s}\n", file: "plan.survives"))
    let place = SourceLocation(argument: "plan.survives")
    func map(_ key: String, _ value: Setting) -> Setting {
      Setting(.map([Setting.Entry(key: key, location: place, value: value)]), location: place)
    }
    var change = map("faults", Setting(.list(faults), location: place, path: "faults"))
    if !design.isEmpty { change = map("designs", map(design, change)) }
    return PlanBase(self, SettingsFile.overlay(tree, with: change))
  }
}

extension Scenario {
  /// The seed of a plan's trial: of 64 well-mixed bits, apart from those that people choose.
  func seed(ofTrial index: Int) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: 0x706c_616e_7365_6564, entity: UInt64(index))
    return stream.next()
  }
}
