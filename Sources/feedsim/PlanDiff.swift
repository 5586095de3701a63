import ArgumentParser
import Planning
import Settings

struct PlanDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "What a scenario's bill, or each price, is in two price books.")

  @Argument(help: "A price book: its name, or its path.")
  var before: String
  @Argument(help: "Another.")
  var after: String

  func run() throws {
    throw InvalidInput("no price book is called \(before)")
  }
}
