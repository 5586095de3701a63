import ArgumentParser

@main
struct Feedsim: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "feedsim",
    abstract: "What a social feed does under load, and what it costs.",
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Scenario", subcommands: [Run.self, Init.self, Validate.self, List.self]),
      CommandGroup(name: "Sandbox", subcommands: [Queue.self]),
      CommandGroup(name: "Data", subcommands: [GraphCommand.self, TraceCommand.self]),
      CommandGroup(name: "Performance", subcommands: [Bench.self]),
    ])

  static func main() {
    Ending.prepare()
    do {
      var command = try parseAsRoot()
      do {
        try command.run()
      } catch {
        Ending.end(with: error, in: type(of: command))
      }
    } catch {
      Ending.end(with: error)
    }
  }
}
