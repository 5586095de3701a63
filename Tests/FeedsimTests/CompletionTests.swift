import Foundation
import Testing

/// What a shell makes of the program: scripts it can read, and what they offer.
@Suite(.serialized) struct CompletionTests {
  private func script(_ shell: String) throws -> String {
    let result = try Command.run(["--generate-completion-script", shell])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return result.output
  }

  /// What bash says of its standard input as a script, after loading feedsim's completions.
  private func bash(_ text: String, options: [String] = []) throws -> String {
    let bash = Process()
    bash.executableURL = URL(fileURLWithPath: "/bin/bash")
    bash.arguments = ["--norc"] + options
    bash.currentDirectoryURL = URL(fileURLWithPath: Repository.root)
    let folder = URL(fileURLWithPath: Command.program).deletingLastPathComponent().path
    bash.environment = ["PATH": "\(folder):/usr/bin:/bin"]
    let (input, output) = (Pipe(), Pipe())
    bash.standardInput = input
    bash.standardOutput = output
    bash.standardError = output
    try bash.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    bash.waitUntilExit()
    #expect(bash.terminationStatus == 0)
    return String(decoding: said, as: UTF8.self)
  }

  @Test func bashCanReadTheScript() throws {
    #expect(try bash(script("bash"), options: ["-n"]) == "")
  }

  @Test(arguments: ["zsh", "fish"])
  func otherShellsHaveOne(_ shell: String) throws {
    let text = try script(shell)
    for command in ["sweep", "graph", "schema"] { #expect(text.contains(command)) }
  }

  @Test(arguments: [
    (["sw"], "sweep"), (["qu"], "queue"), (["run", "qui"], "quickstart"),
    (["run", "Scenarios/q"], "Scenarios/quickstart.yaml"), (["validate", "s1"], "s1"),
    (["run", "--set", "fanOut.pushB"], "fanOut.pushBelow="),
    (["sweep", "--vary", "audience.graph.exp"], "audience.graph.exponent="),
    (["run", "--threshold", "feed.latency.p99_"], "feed.latency.p99_9"),
    (["schema", "sc"], "scenario"), (["list", "fan"], "fan-out"),
    (["sweep", "--engine", "kub"], "kubernetes"), (["trace", "replay", "--policy", "lr"], "lru"),
  ])
  func offers(_ words: [String], _ expected: String) throws {
    let line = (["feedsim"] + words).joined(separator: " ")
    let quoted = (["feedsim"] + words).map { "'\($0)'" }.joined(separator: " ")
    let said = try bash(
      try script("bash") + """

        COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
        COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}
        _feedsim feedsim '\(words.last ?? "")' '\(words.dropLast().last ?? "feedsim")'
        printf '%s\\n' "${COMPREPLY[@]}"
        """)
    #expect(said.split(separator: "\n").map(String.init).contains(expected), "\(said)")
  }
}
