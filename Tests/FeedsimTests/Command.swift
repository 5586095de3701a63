import Foundation
import Glibc

/// The built program, run as a user runs it.
enum Command {
  struct Finished {
    /// The exit code, or the signal as a negative number.
    var status: Int32
    var output: String
    var errors: String
    var seconds: Double
    /// What the process itself took, however busy the machine: what a limit is held against.
    var processorSeconds: Double
    /// The most memory the process has held.
    var peakBytes: Int
  }

  struct CannotRun: Error { let reason: String }

  /// It stands beside the tests that were built with it.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent()
      .appendingPathComponent("feedsim").path
  }()

  /// - Parameters:
  ///   - folder: the working directory.
  ///   - limit: seconds after which the process is killed, and the status says so: it hangs, for a
  ///     busy machine takes many times what it should.
  static func run(
    _ arguments: [String], in folder: String = "/", limit: Double = 60,
    output: String? = nil, environment: [String] = ["PATH=/usr/bin:/bin"]
  ) throws -> Finished {
    let scratch = try Scratch()
    let outputPath = output ?? scratch.path("stdout")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let create = O_WRONLY | O_CREAT
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, create, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, scratch.path("stderr"), create, 0o644)
    // The shell goes to the folder and becomes the program.
    let shell = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder, program]
    var argv = (shell + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in argv + variables { free(text) } }
    var process = pid_t()
    let start = ContinuousClock.now
    let failure = posix_spawn(&process, "/bin/sh", &actions, nil, &argv, &variables)
    guard failure == 0 else {
      throw CannotRun(reason: "\(program): \(String(cString: strerror(failure)))")
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, WNOHANG, &usage) == 0 {
      if start.duration(to: .now) > .seconds(limit) { kill(process, SIGKILL) }
      usleep(1000)
    }
    let length = start.duration(to: .now).components
    let signal = status & 0x7F
    return Finished(
      status: signal == 0 ? (status >> 8) & 0xFF : -signal,
      output: output == nil ? scratch.text("stdout") : "", errors: scratch.text("stderr"),
      seconds: Double(length.seconds) + Double(length.attoseconds) / 1e18,
      processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      peakBytes: usage.ru_maxrss * 1024)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  /// The memory this process holds: a child's peak is never reported as less.
  static var ownBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return kibibytes * 1024
  }
}

/// A folder that is gone with the value.
final class Scratch {
  let folder: String

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { folder + "/" + name }

  func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
