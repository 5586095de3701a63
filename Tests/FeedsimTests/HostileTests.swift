import Testing

/// Every input ends in an answer or in one message: never a crash, a hang, or half a file.
@Suite(.serialized) struct HostileTests {
  private func check(
    _ input: HostileInput, file ending: String, _ arguments: (String) -> [String]
  ) throws {
    let scratch = try Scratch()
    let name = "\(input.name).\(ending)"
    try scratch.write(name, input.bytes)
    let before = scratch.names
    let result = try Command.run(arguments(name), in: scratch.folder)

    // A hang ends as a signal, after the command's limit.
    #expect(result.processorSeconds < 2, "\(input.name) took \(result.processorSeconds) s")
    #expect(result.peakBytes <= max(200 << 20, Command.ownBytes), "\(input.name)")
    switch input.expected {
    case .accepted: #expect(result.status == 0, "\(input.name): \(result.errors)")
    case .refused: #expect(result.status == 65, "\(input.name): \(result.errors)")
    case .either: #expect([0, 65].contains(result.status), "\(input.name): \(result.errors)")
    }
    if result.status == 0 {
      let words = (result.output + scratch.text("out.json")).lowercased()
        .split { !$0.isLetter }
      #expect(!words.contains("nan") && !words.contains("inf") && !words.contains("infinity"))
    } else {
      #expect(result.output.isEmpty)
      #expect(scratch.names == before, "a partial file is left")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    if case .refused(let line, let naming) = input.expected {
      let place = line == 0 ? "\(name):" : "\(name):\(line):"
      #expect(result.errors.contains(place), "\(result.errors)")
      #expect(result.errors.contains(naming), "\(result.errors)")
    }
  }

  @Test(arguments: HostileCorpus.texts)
  func validatesTexts(_ input: HostileInput) throws {
    try check(input, file: "yaml") { ["validate", $0] }
  }

  @Test(arguments: HostileCorpus.values)
  func validatesValues(_ input: HostileInput) throws {
    try check(input, file: "yaml") { ["validate", $0] }
  }

  @Test(arguments: HostileCorpus.texts + HostileCorpus.values)
  func runsScenarios(_ input: HostileInput) throws {
    try check(input, file: "yaml") { ["run", $0, "--quiet", "--out", "out.json"] }
  }

  @Test(arguments: HostileCorpus.traces)
  func countsTraces(_ input: HostileInput) throws {
    try check(input, file: "csv") { ["trace", "stats", $0, "--json"] }
  }

  @Test(arguments: HostileCorpus.traces)
  func replaysTraces(_ input: HostileInput) throws {
    try check(input, file: "csv") {
      ["trace", "replay", $0, "--policy", "lru", "--size", "5", "--json"]
    }
  }

  @Test(arguments: HostileCorpus.traces)
  func drawsCurvesOfTraces(_ input: HostileInput) throws {
    try check(input, file: "csv") { ["trace", "curve", $0, "--sample", "100", "--json"] }
  }

  @Test(arguments: HostileCorpus.graphs)
  func countsGraphs(_ input: HostileInput) throws {
    try check(input, file: "edges") { ["graph", "stats", $0, "--json"] }
  }
}
