import ArgumentParser
import Glibc
import Planning
import Settings

/// The exit codes, which scripts rely on.
extension ExitCode {
  static let internalError = ExitCode(1)
  static let usage = ExitCode(64)
  static let invalidInput = ExitCode(65)
  static let inputNotFound = ExitCode(66)
  static let cannotCreateOutput = ExitCode(73)
  static let outputNotWritten = ExitCode(74)
  static let thresholdFailed = ExitCode(99)
  static let interrupted = ExitCode(130)
}

/// How the program ends: every error becomes one message on stderr and one exit code, here.
enum Ending {
  /// Signals and streams, before anything else.
  static func prepare() {
    // A missing stdout must not be the next file that is opened; a read-only stand-in fails on
    // writing, as it should.
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDONLY)
    }
    // Some launchers hand down a mask that blocks the signals that end a run.
    var ends = sigset_t()
    sigemptyset(&ends)
    sigaddset(&ends, SIGINT)
    sigaddset(&ends, SIGTERM)
    sigprocmask(SIG_UNBLOCK, &ends, nil)
    // A write that fails says why; a signal would leave the unfinished file behind.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGINT) { _ in
      Output.removeTemporary()
      _exit(130)
    }
    signal(SIGTERM) { number in
      Output.removeTemporary()
      signal(number, SIG_DFL)
      raise(number)
    }
  }

  /// - Parameter command: the command whose usage a usage error shows.
  static func end(
    with error: any Error, in command: any ParsableCommand.Type = Feedsim.self
  ) -> Never {
    let (code, message) = describe(error, in: command)
    if code == .success {
      do { try Output.write(message + "\n") } catch { end(with: error) }
    } else if !message.isEmpty {
      Output.note(message)
    }
    exit(code.rawValue)
  }

  /// The exit code and the message of an error; an empty message is not shown.
  static func describe(
    _ error: any Error, in command: any ParsableCommand.Type = Feedsim.self
  ) -> (ExitCode, String) {
    switch error {
    case let code as ExitCode: return (code, "")
    case let problem as InvalidInput:
      let isCall = problem.location?.isOption ?? false
      return (isCall ? .usage : .invalidInput, "feedsim: \(problem)")
    case let problem as MissingInput: return (.inputNotFound, "feedsim: \(problem)")
    case let broken as ViolatedLaw:
      return (.internalError, "feedsim: internal error: \(broken); no report is given")
    case let problem as OutputFailure:
      // The reader of a pipe that went away (`| head`) knows; it is not told.
      return (problem.code, problem.isBrokenPipe ? "" : "feedsim: \(problem)")
    default:
      let code = Feedsim.exitCode(for: error)
      if code == .success { return (code, Feedsim.fullMessage(for: error)) }
      if error is ValidationError, command != Feedsim.self {
        let usage = Feedsim.usageString(for: command)
        return (.usage, "Error: \(Feedsim.message(for: error))\nUsage: \(usage)")
      }
      if code == .validationFailure { return (.usage, Feedsim.fullMessage(for: error)) }
      return (.internalError, "feedsim: internal error: \(error)")
    }
  }
}
