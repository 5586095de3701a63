import ArgumentParser
import Settings

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is wrong with scenarios, without running them.")

  @Argument(help: "Scenario files, or names of scenarios in Scenarios/.")
  var scenarios: [String]

  @Option(
    help: ArgumentHelp("A value to put in, such as audience.users=10k.", valueName: "path=value"))
  var set: [String] = []

  func run() throws {
    var worst = ExitCode.success
    for scenario in scenarios {
      do {
        let path = try ScenarioFolder.find(scenario)
        try Output.write("\(path): \(try checked(path))\n")
      } catch let failure as OutputFailure {
        throw failure
      } catch {
        let (code, message) = Ending.describe(error)
        Output.note(message)
        if worst == .success || code == .internalError { worst = code }
      }
    }
    if worst != .success { throw worst }
  }

  /// What a good scenario is called.
  private func checked(_ path: String) throws -> String {
    var scenario = try SettingsFile.readExtending(path: path)
    for argument in set { scenario = try SettingsFile.applying(argument, to: scenario) }
    return "fine"
  }
}
