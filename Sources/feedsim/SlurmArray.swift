import Foundation
import Settings

/// A sweep's points as a Slurm job array: every task runs this very call with `--shard auto`.
///
/// Partition, account and limits are sbatch's own business: it takes them from `SBATCH_…`
/// variables.
enum SlurmArray {
  /// Slurm's own limit to an array unless it is told another.
  static let taskLimit = 1000

  /// Submits the array and waits until its last task has ended, however that did.
  ///
  /// - Parameters:
  ///   - arguments: of this call, without the program's name.
  ///   - tasks: at least 1.
  ///   - log: where all tasks' messages go.
  /// - Throws: `InvalidInput` about `--engine` where sbatch cannot be run or refuses the array.
  static func run(_ arguments: [String], tasks: Int, threads: Int, log: String) throws {
    let command = [program] + SweepTask.arguments(from: arguments, shard: "auto")
    let sbatch = Process()
    sbatch.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    sbatch.arguments = [
      "sbatch", "--parsable", "--wait", "--job-name=feedsim-sweep", "--array=0-\(tasks - 1)",
      "--cpus-per-task=\(threads)", "--output=/dev/null", "--error=\(log)",
      "--open-mode=append", "--wrap=exec \(command.map(SweepTask.quoted).joined(separator: " "))",
    ]
    let output = Pipe()
    sbatch.standardInput = FileHandle.nullDevice
    sbatch.standardOutput = output
    do { try sbatch.run() } catch { throw refusal("env cannot be run") }
    let job = output.fileHandleForReading.readDataToEndOfFile()
    sbatch.waitUntilExit()
    // A task's own failure shows in its points; without a job there are none.
    if job.isEmpty { throw refusal("sbatch has submitted nothing") }
  }

  private static func refusal(_ reason: String) -> InvalidInput {
    InvalidInput("slurm: \(reason)", at: SourceLocation(argument: "--engine"))
  }

  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "feedsim"
  }
}
