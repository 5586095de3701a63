import ArgumentParser
import Glibc
import Reporting
import Settings

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a commented scenario to start from.",
    discussion: """
      Beside it goes its JSON Schema, \(ScenarioSchema.fileName), by which an editor with a YAML \
      language server checks and completes the scenario.

        feedsim init my-feed.yaml
      """)

  @Argument(help: "The file to write; files that exist are left alone.")
  var file = "scenario.yaml"

  func run() throws {
    var status = stat()
    if lstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFCHR {
      throw OutputFailure.cannotCreate(file, EEXIST)
    }
    let schema = InputFile.resolve(ScenarioSchema.fileName, besides: file)
    let text = try ScenarioSchema.text()
    let isDevice = status.st_mode & S_IFMT == S_IFCHR
    let isThere = lstat(schema, &status) == 0
    if isThere, (try? InputFile.bytes(path: schema, limit: 1 << 24)) != Array(text.utf8) {
      var failure = OutputFailure.cannotCreate(schema, EEXIST)
      failure.hint = "feedsim schema scenario > \(schema) brings it up to date"
      throw failure
    }
    try Output.writeFile(Self.starter, to: file)
    if !isThere, !isDevice { try Output.writeFile(text, to: schema) }
    Output.note("wrote \(file); run it with: feedsim run \(file)")
    if !isThere, !isDevice { Output.note("wrote \(schema), by which editors check it") }
  }

  static let starter = """
    # Does hybrid fan-out keep p99 under 200 ms when a star with half the audience posts?
    #
    # Every key can be changed on the command line by its path: --set audience.users=10k
    # Quantities carry their unit: 200ms, 24h, 10k, 1M, 5MB, 30%, 800/s.
    # yaml-language-server: $schema=\(ScenarioSchema.fileName)
    feedsim: 1
    name: my-scenario
    seed: 42

    # The measurement window, and what runs before it to fill caches and queues; warmUp: auto finds
    # how long that takes.
    duration: 1h
    warmUp: 10m
    # Independent runs; more of them make the intervals narrower. Or until they are narrow enough:
    # {min: 20, max: 100, until: ±2% at 95%, of: feed.latency.p99}
    replications: 5

    audience:
      users: 100k
      # Who follows whom: a power law, or a real edge list with {edges: FILE}.
      graph: {kind: powerLaw, meanFollows: 100, exponent: 2.05, maximum: 20k}
      # Accounts with a given share or number of followers.
      celebrities: [{name: star, followers: 50%}]
      activity: {postsPerDay: 0.5, loadsPerDay: 20, activeShare: 50%}

    traffic:
      # The star posts, and for five minutes the audience reacts.
      posts: [{at: 30m, by: star}]
      spikes: [{at: 30m, for: 5m, posts: 3, loads: 3, engagement: 2}]

    # Below pushBelow followers a post is written to every follower's timeline; from pullFrom on
    # to none, and readers fetch it; in between to followers active within activeWindow.
    fanOut: {policy: hybrid, pushBelow: 1k, pullFrom: 20k, activeWindow: 24h}

    # The run exits with 99 when one of these fails.
    thresholds:
      - feed.latency.p99 < 200ms
      - delivery.lost == 0

    """
}
