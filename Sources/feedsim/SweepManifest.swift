import Reporting

/// A sweep as a cloud's array job: printed to be filled in and submitted, never submitted from
/// here. No cloud has run them for this project, and each says so.
enum SweepManifest {
  /// The most tasks that an AWS Batch array may have, and as many as a Kubernetes job does well.
  static let taskLimit = 10_000

  private static let folder = "/sweep"
  private static let job = "feedsim-sweep"

  /// An Indexed Job: completion i runs shard i + 1.
  ///
  /// - Parameters:
  ///   - arguments: of this call, without the program's name.
  ///   - points: at least 1; there is a task for each, up to the limit.
  static func kubernetes(_ arguments: [String], points: Int) -> String {
    let tasks = min(points, taskLimit)
    // Kubernetes puts variables in for $(NAME); $$ is a dollar.
    let command = command(arguments, tasks).map { $0.replacing("$(", with: "$$(") }
    let words = command.map { "\n            - \(quoted($0))" }.joined()
    return """
      # A Kubernetes Indexed Job, a pod a shard. UNTESTED: no cluster has run it.
      #
      # Before: name an image with feedsim in its PATH, and a claim to a volume that all pods may
      # write. The command runs in the volume: the scenario and the files it names belong there.
      #
      #   kubectl apply -f job.yaml
      #
      # Afterwards, where the volume is at hand:
      #
      #   \(SweepTask.gathering(arguments))
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: \(job)
      spec:
        completionMode: Indexed
        completions: \(tasks)
        parallelism: \(min(tasks, 100))
        # A shard that fails is tried once more, and the others go on.
        backoffLimitPerIndex: 1
        template:
          spec:
            restartPolicy: Never
            containers:
              - name: feedsim
                image: feedsim
                workingDir: \(folder)
                command:\(words)
                resources:
                  requests: {cpu: "1", memory: 4Gi}
                volumeMounts:
                  - {name: sweep, mountPath: \(folder)}
            volumes:
              - name: sweep
                persistentVolumeClaim: {claimName: \(job)}

      """
  }

  /// A job definition and the call that submits its array: child i runs shard i + 1.
  static func awsBatch(_ arguments: [String], points: Int) -> String {
    // An array has at least two; a shard without points has nothing to do.
    let tasks = max(2, min(points, taskLimit))
    // The definition names no working directory; a shell goes there and becomes the program.
    let shell = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder]
    let words = (shell + command(arguments, tasks)).map { JSONValue.text($0) }
    let definition = JSONValue.map([
      "jobDefinitionName": .text(job), "type": .text("container"),
      "containerProperties": .map([
        "image": .text("feedsim"), "command": .list(words),
        "resourceRequirements": .list([
          .map(["type": .text("VCPU"), "value": .text("1")]),
          .map(["type": .text("MEMORY"), "value": .text("4096")]),
        ]),
        "volumes": .list([
          .map([
            "name": .text("sweep"),
            "efsVolumeConfiguration": .map(["fileSystemId": .text("fs-00000000")]),
          ])
        ]),
        "mountPoints": .list([
          .map(["sourceVolume": .text("sweep"), "containerPath": .text(folder)])
        ]),
      ]),
      "retryStrategy": .map(["attempts": .whole(2)]),
    ])
    return """
      #!/bin/sh
      # An AWS Batch array job, a child a shard. UNTESTED: AWS has not run it.
      #
      # Before: put in an image with feedsim in its PATH, a file system, and the queue, the
      # script's argument. The command runs in the file system: the scenario and the files it
      # names belong there. Afterwards, where the file system is at hand:
      #
      #   \(SweepTask.gathering(arguments))
      set -eu
      queue=${1:?the job queue is missing}
      aws batch register-job-definition --cli-input-json \(SweepTask.quoted(definition.document))
      aws batch submit-job --job-name \(job) --job-definition \(job) --job-queue "$queue" \\
        --array-properties size=\(tasks)

      """
  }

  private static func command(_ arguments: [String], _ tasks: Int) -> [String] {
    ["feedsim"] + SweepTask.arguments(from: arguments, shard: "auto/\(tasks)")
  }

  /// As JSON quotes it, which YAML reads alike.
  private static func quoted(_ text: String) -> String {
    String(JSONValue.text(text).document.dropLast())
  }
}
