import Foundation
import Settings
import TestSupport
import Testing
import YAMLSettings

/// What a sweep prints for clouds that nobody here can submit to: read as they would read it.
@Suite(.serialized) struct SweepManifestTests {
  private let scratch: Scratch
  /// Values that a shell, YAML or Kubernetes would take apart.
  private static let sweep = [
    "sweep", "it's tiny.yaml", "--vary", "tiers.gateway.visit=exponential(mean 1ms),constant(2ms)",
    "--vary", "seed=1,2", "--set", "name=a \"b\" $(HOME) $HOME `x` # y: z", "--out", "my sweep",
  ]

  init() throws {
    scratch = try Scratch()
    try scratch.write("it's tiny.yaml", TinyScenario.text())
  }

  private func manifest(_ engine: String, _ arguments: [String] = sweep) throws -> String {
    let result = try Command.run(arguments + ["--engine", engine], in: scratch.folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("UNTESTED"))
    #expect(scratch.names == ["it's tiny.yaml"], "nothing is run or written")
    return result.output
  }

  private static func task(_ shards: Int) -> [String] {
    ["feedsim"] + sweep + ["--threads", "1", "--resume", "--shard", "auto/\(shards)"]
  }

  @Test func kubernetesHasAnIndexedJob() throws {
    let text = try manifest("kubernetes")
    let root = try #require(try EditorTree.read(text) as? [String: Any])
    #expect(root["apiVersion"] as? String == "batch/v1" && root["kind"] as? String == "Job")
    let spec = try #require(root["spec"] as? [String: Any])
    #expect(spec["completionMode"] as? String == "Indexed")
    #expect(spec["completions"] as? Int == 4 && spec["parallelism"] as? Int == 4)
    let template = try #require(spec["template"] as? [String: Any])
    let pod = try #require(template["spec"] as? [String: Any])
    #expect(pod["restartPolicy"] as? String == "Never")
    let containers = try #require(pod["containers"] as? [[String: Any]])
    // An editor's tree has lost the quotes that make "1" a text.
    let job = try SettingsFile.parse(text, file: "job.yaml")["spec"]?["template"]?["spec"]
    let container = try #require(try job?["containers"]?.list().first)
    let words = try #require(try container["command"]?.list().map { try $0.text() })
    #expect(words.map { $0.replacing("$$(", with: "$(") } == Self.task(4))
    #expect(words.contains { $0.contains("$$(HOME) $HOME") })
    let mounts = try #require(containers[0]["volumeMounts"] as? [[String: Any]])
    #expect(mounts[0]["mountPath"] as? String == containers[0]["workingDir"] as? String)
  }

  /// A pod's index decides its shard, and all shards make the whole.
  @Test func kubernetesRunsEveryPoint() throws {
    for index in 0..<4 {
      let pod = try Command.run(
        Array(Self.task(4).dropFirst()), in: scratch.folder,
        environment: ["PATH=/usr/bin:/bin", "JOB_COMPLETION_INDEX=\(index)"])
      #expect(pod.status == 0, "\(pod.errors)")
    }
    let gathered = try Command.run(Self.sweep + ["--gather"], in: scratch.folder)
    #expect(gathered.status == 0 && gathered.errors.isEmpty, "\(gathered.errors)")
  }

  /// The script is run with a stand-in for AWS's own program, which keeps what it is told.
  @Test func awsBatchHasAnArray() throws {
    let script = try manifest("aws-batch")
    let away = try Scratch()
    try away.write("submit.sh", script)
    let log = away.path("calls")
    let standIn = try away.write("aws", "#!/bin/sh\nprintf '%s\\0' \"$@\" end >> '\(log)'\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: standIn)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [away.path("submit.sh"), "my-queue"]
    shell.environment = ["PATH": "\(away.folder):/usr/bin:/bin"]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    let calls = away.text("calls").split(separator: "\0").split(separator: "end")
      .map { $0.map(String.init) }
    #expect(calls.count == 2)
    #expect(calls[0].prefix(3) == ["batch", "register-job-definition", "--cli-input-json"])
    let root = try RunDocument(calls[0][3]).root
    #expect(root["type"] as? String == "container")
    let container = try #require(root["containerProperties"] as? [String: Any])
    let command = try #require(container["command"] as? [String])
    #expect(command.prefix(2) == ["sh", "-c"])
    #expect(Array(command.dropFirst(4)) == Self.task(4))
    let mounts = try #require(container["mountPoints"] as? [[String: Any]])
    #expect(mounts[0]["containerPath"] as? String == command[3])
    #expect(calls[1].contains("my-queue") && calls[1].contains("size=4"))
    // The definition that is submitted is the one that is registered.
    let name = try #require(root["jobDefinitionName"] as? String)
    #expect(calls[1].contains(name))
  }

  /// The container's shell goes to the folder and hands the words on as they are.
  @Test func awsBatchHandsTheWordsOn() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    let words = ["/", "printf", "%s|"] + Self.task(4)
    shell.arguments = ["-c", "cd \"$0\" && exec \"$@\""] + words
    #expect(try manifest("aws-batch").contains("cd \\\"$0\\\" && exec \\\"$@\\\""))
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(String(decoding: said, as: UTF8.self) == Self.task(4).map { $0 + "|" }.joined())
  }

  @Test func anArrayHasAtLeastTwo() throws {
    let one = ["sweep", "it's tiny.yaml", "--vary", "seed=1", "--out", "a"]
    #expect(try manifest("aws-batch", one).contains("size=2\n"))
    #expect(try manifest("kubernetes", one).contains("completions: 1\n"))
  }

  @Test(arguments: ["kubernetes", "aws-batch"])
  func refusesWhatDoesNotGoWithIt(_ engine: String) throws {
    for more in [["--json"], ["--shard", "1/2"], ["--gather"], ["--plan"]] {
      let result = try Command.run(
        Self.sweep + ["--engine", engine] + more, in: scratch.folder)
      #expect(result.status == 64 && result.output.isEmpty, "\(more)")
    }
  }
}
