import ArgumentParser

/// How a scenario is run, and how loud: alike in every command that runs one.
struct RunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The seed of every random stream.", valueName: "n"))
  var seed: String?
  @Option(
    help: ArgumentHelp(
      "Independent runs over one population, for the intervals.", valueName: "n"))
  var replications: String?
  @Option(
    help: ArgumentHelp(
      "Threads, as many as there are cores if not given; the result is the same for any.",
      valueName: "n"))
  var threads: Int?
  @Flag(help: "One JSON document on stdout instead of the summary.")
  var json = false
  @Flag(help: "No summary and no progress; the exit code and --out tell.")
  var quiet = false
}
