import ArgumentParser

/// The scenario that a command is about, and what is put into it.
struct ScenarioChoice: ParsableArguments {
  @Argument(
    help: "A scenario file, or the name of a scenario or preset in Scenarios/.",
    completion: .scenario)
  var scenario: String
  @Option(
    help: ArgumentHelp(
      "A value to put in, such as fanOut.pushBelow=3k.", valueName: "path=value"),
    completion: .setting)
  var set: [String] = []
}
