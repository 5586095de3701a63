import ArgumentParser
import FeedSystem
import Settings

@main
struct Feedsim: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "feedsim",
    abstract: "What a social feed does under load, and what it costs.",
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Scenario",
        subcommands: [
          Run.self, Init.self, Validate.self, LintCommand.self, List.self, Schema.self, Sweep.self,
        ]),
      CommandGroup(
        name: "Answers",
        subcommands: [
          PlanCommand.self, Tune.self, Compare.self, Check.self, Explain.self, Report.self,
        ]),
      CommandGroup(name: "Sandbox", subcommands: [Queue.self, CacheCommand.self]),
      CommandGroup(
        name: "Data", subcommands: [GraphCommand.self, TraceCommand.self, CascadeCommand.self]),
      CommandGroup(name: "Machine", subcommands: [Bench.self, Doctor.self]),
    ])

  static func main() {
    Ending.prepare()
    Blas.goByProcessor()
    do {
      // Scripts ask for the version often; the parser takes longer than the answer.
      if CommandLine.arguments.dropFirst() == ["--version"] {
        return try Output.write(version + "\n")
      }
      try refuseUnknownCommand()
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
  /// The parser would speak of an unexpected argument, and suggest nothing.
  private static func refuseUnknownCommand() throws {
    guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-") else { return }
    let commands = configuration.groupedSubcommands.flatMap(\.subcommands)
    let known = commands.map { $0.configuration.commandName ?? "\($0)".lowercased() } + ["help"]
    guard !known.contains(name) else { return }
    throw ValidationError(
      "unknown command \"\(name)\"" + Suggestion.text(for: name, among: known))
  }
}
