import Foundation
import Glibc
import Testing

/// A sweep as a job array of a real Slurm: one node, in a folder of its own, on loopback only.
@Suite(.serialized) struct SlurmTests {
  private static let isInstalled = ["sbin/slurmctld", "sbin/slurmd", "sbin/munged", "bin/sbatch"]
    .allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/\($0)") }

  @Test(
    .enabled(if: isInstalled && geteuid() == 0, "needs slurm-wlm and munge, and to be root"),
    .timeLimit(.minutes(2)))
  func anArrayMakesTheWhole() throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text())
    let sweep = [
      "sweep", "tiny.yaml", "--vary", "fanOut.policy=push,pull", "--vary", "seed=1,2,3",
      "--replications", "2", "--threshold", "feed.latency.p99 < 90ms",
    ]
    let whole = try Command.run(sweep + ["--out", "whole"], in: scratch.folder)
    #expect(whole.status == 0, "\(whole.errors)")
    let node = try SlurmNode()
    defer { node.stop() }
    let array = try Command.run(
      sweep + ["--out", "array", "--engine=slurm"], in: scratch.folder, limit: 90,
      environment: ["PATH=/usr/bin:/bin", "SLURM_CONF=\(node.configuration)"])
    #expect(array.status == 0 && array.errors.isEmpty, "\(array.errors)")
    #expect(array.output == whole.output)
    let difference = Process()
    difference.executableURL = URL(fileURLWithPath: "/usr/bin/diff")
    difference.arguments = [
      "-r", "-q", "-x", "slurm-*.log", scratch.path("whole"), scratch.path("array"),
    ]
    try difference.run()
    difference.waitUntilExit()
    #expect(difference.terminationStatus == 0)
    let logs = try FileManager.default.contentsOfDirectory(atPath: scratch.path("array"))
      .filter { $0.hasPrefix("slurm-") }
    #expect(logs.count == 1 && scratch.text("array/\(logs.first ?? "")").isEmpty)
  }

  @Test func saysThatThereIsNoSlurm() throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text())
    let result = try Command.run(
      ["sweep", "tiny.yaml", "--vary", "seed=1", "--out", "a", "--engine", "slurm"],
      in: scratch.folder, environment: ["PATH=/nonexistent"])
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains("feedsim: --engine: slurm: "), "\(result.errors)")
  }
}

/// The daemons of a cluster of this one machine.
private struct SlurmNode {
  let scratch: Scratch
  var configuration: String { scratch.path("slurm.conf") }

  struct NoSlurm: Error { let log: String }

  init() throws {
    scratch = try Scratch()
    for folder in ["state", "spool"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: true)
    }
    var key = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ Int(getpid())) }
    key.reverse()
    chmod(try scratch.write("munge.key", key), 0o400)
    chmod(scratch.folder, 0o755)
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let full = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let host = String(full.prefix { $0 != "." })
    try scratch.write("slurm.conf", configurationText(host))
    let munge =
      ["key-file=munge.key", "socket=munge.sock", "pid-file=munged.pid"]
      + ["log-file=munged.log", "seed-file=munge.seed"]
    try start(
      "munged",
      ["--force"]
        + munge.map { option in
          let parts = option.split(separator: "=")
          return "--\(parts[0])=\(scratch.path(String(parts[1])))"
        })
    try start("slurmctld", ["-f", configuration])
    try start("slurmd", ["-f", configuration])
    // Without a controller every question to it takes its time.
    let begun = ContinuousClock.now
    while begun.duration(to: .now) < .seconds(20) {
      if try tool("sinfo", ["-h", "-o", "%T"]) == "idle\n" { return }
      usleep(100_000)
    }
    stop()
    throw NoSlurm(log: scratch.text("slurmctld.log") + scratch.text("slurmd.log"))
  }

  private func configurationText(_ host: String) -> String {
    let port = 20_000 + Int(getpid()) % 10_000 * 2
    let processors = ProcessInfo.processInfo.activeProcessorCount
    return """
      ClusterName=feedsim
      SlurmctldHost=\(host)(127.0.0.1)
      SlurmUser=root
      SlurmdUser=root
      AuthType=auth/munge
      AuthInfo=socket=\(scratch.path("munge.sock"))
      SlurmctldPort=\(port)
      SlurmdPort=\(port + 1)
      SlurmctldPidFile=\(scratch.path("slurmctld.pid"))
      SlurmdPidFile=\(scratch.path("slurmd.pid"))
      StateSaveLocation=\(scratch.path("state"))
      SlurmdSpoolDir=\(scratch.path("spool"))
      SlurmctldLogFile=\(scratch.path("slurmctld.log"))
      SlurmdLogFile=\(scratch.path("slurmd.log"))
      ProctrackType=proctrack/linuxproc
      TaskPlugin=task/none
      MpiDefault=none
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU
      JobAcctGatherType=jobacct_gather/none
      AccountingStorageType=accounting_storage/none
      SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
      ReturnToService=2
      NodeName=\(host) NodeAddr=127.0.0.1 CPUs=\(processors) State=UNKNOWN
      PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

      """
  }

  /// A daemon goes its own way; its parent's end says whether it has begun. Foundation's Process
  /// would wait for the daemon too, which inherits what it listens to.
  private func start(_ daemon: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    let path = "/usr/sbin/\(daemon)"
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = ["PATH=/usr/sbin:/usr/bin:/bin"]
    var environment = variables.map { strdup($0) } + [nil]
    defer { for text in argv + environment { free(text) } }
    var process = pid_t()
    var status: Int32 = -1
    if posix_spawn(&process, path, &actions, nil, &argv, &environment) == 0 {
      waitpid(process, &status, 0)
    }
    guard status == 0 else {
      stop()
      throw NoSlurm(log: "\(daemon) does not start: " + scratch.text("\(daemon).log"))
    }
  }

  private func tool(_ name: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/\(name)")
    process.arguments = arguments
    process.environment = ["SLURM_CONF": configuration]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// At once: a mask that blocks gentler signals may have been handed down to the daemons.
  func stop() {
    for daemon in ["slurmd", "slurmctld", "munged"] {
      let text = scratch.text("\(daemon).pid").filter(\.isNumber)
      if let process = pid_t(text) { kill(process, SIGKILL) }
    }
  }
}
