import ArgumentParser

@main
struct Feedsim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feedsim",
    abstract: "What a social feed does under load, and what it costs.",
    version: "0.1.0")
}
