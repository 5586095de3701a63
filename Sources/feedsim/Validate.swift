import ArgumentParser
import Planning

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is wrong with scenarios, without running them.")

  @Argument(
    help: "Scenario files, or names of scenarios and presets in Scenarios/.",
    completion: .scenario)
  var scenarios: [String]

  @Option(
    help: ArgumentHelp("A value to put in, such as audience.users=10k.", valueName: "path=value"),
    completion: .setting)
  var set: [String] = []

  func run() throws {
    var worst = ExitCode.success
    for scenario in scenarios {
      do {
        let path = try ScenarioFolder.find(scenario)
        let read = try Scenario(reading: path, overrides: set)
        try Output.write("\(path): fine\n")
        for note in read.oldPrices { Output.note("\(path): \(note)") }
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
}
