import Simulation

/// What can come between a fan-out job and its worker: the emergency brake, a failure, the wait
/// before another attempt, the dead letters and their replay.
extension FeedSystem {
  /// Whether jobs stand in two lines.
  var hasPriority: Bool { design.pipeline?.priority != nil }

  /// The line in which a job waits for a worker; 0 goes first.
  func line(of job: DeliverRow) -> Int {
    guard let priority = design.pipeline?.priority else { return 0 }
    let followers = follows.followerCount(of: posts[job.post].author)
    return followers < priority.authorsBelow ? 0 : 1
  }

  func startPipeline(opens: Instant) {
    guard let pipeline = design.pipeline else { return }
    if hasBus { measurements.pipeline.noteLag(of: bus) }
    rateLimit = pipeline.rateLimit.map { RateLimit($0, opens: opens) }
    for time in pipeline.failures?.replayAt ?? [] {
      calendar.schedule(.replayDue, at: opens + time)
    }
  }

  /// Sends a job to the workers, as soon as the emergency brake lets it go.
  func dispatch(_ id: UInt32) {
    let job = deliveries[id]
    let followers = follows.followerCount(of: posts[job.post].author)
    let present = now
    let time = rateLimit?.release(Int(job.count), followers: followers, at: present)
    guard let time, time > present else { return deliver(id, .queued) }
    if posts[job.post].measured != 0 { measurements.pipeline.held.record(time - present) }
    calendar.schedule(.deliver(id, .queued), at: time)
  }

  /// Whether an attempt has failed, by chance or because the job is poison.
  func hasFailed(_ job: DeliverRow) -> Bool {
    guard let failures = design.pipeline?.failures else { return false }
    let mended = failures.poisonUntil.map { Instant(nanoseconds: window.lowerBound) + $0 }
    if failures.poison > 0, mended.map({ now < $0 }) ?? true {
      var poison = RandomStream(seed: seed, purpose: Purpose.poison.rawValue, entity: job.key)
      if poison.uniform() < failures.poison { return true }
    }
    var chance = failureChance(job)
    return chance.uniform() < failures.share
  }

  /// Whether an attempt fails, then what the jitter is.
  private func failureChance(_ job: DeliverRow) -> RandomStream {
    RandomStream(seed: seed, purpose: Purpose.jobFailure.rawValue, entity: job.attemptKey)
  }

  /// Queues a failed job again after a while, or lays it among the dead letters.
  func retry(_ id: UInt32) {
    guard let failures = design.pipeline?.failures else { return }
    var chance = failureChance(deliveries[id])
    _ = chance.uniform()
    deliveries[id].failures += 1
    deliveries[id].failuresEver += 1
    let job = deliveries[id]
    let isMeasured = posts[job.post].measured != 0
    if Int(job.failures) < failures.attempts {
      if isMeasured { measurements.pipeline.retries += 1 }
      let wait = failures.backOff.wait(after: Int(job.failures), chance: chance.uniform())
      return calendar.schedule(.deliver(id, .queued), at: now + wait)
    }
    bury(id)
  }

  /// Lays a job among the dead letters.
  func bury(_ id: UInt32) {
    deliveries[id].isDead = true
    deadLetters.append(id)
    let job = deliveries[id]
    let due = countDue(job)
    measurements.buried(due, at: now)
    if posts[job.post].measured != 0 { measurements.pipeline.entriesDeadLettered += due }
  }

  /// Every dead letter is a job again, with all its attempts before it.
  func replayDeadLetters() {
    let letters = deadLetters
    deadLetters = []
    for id in letters {
      deliveries[id].isDead = false
      deliveries[id].failures = 0
      let job = deliveries[id]
      let due = countDue(job)
      measurements.revived(due, at: now)
      if posts[job.post].measured != 0 { measurements.pipeline.entriesReplayed += due }
      dispatch(id)
    }
  }
}
