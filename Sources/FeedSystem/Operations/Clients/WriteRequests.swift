import Simulation

/// Posts and reactions that are sent until they are answered, and carried out once.
///
/// What is sent again carries the key of the first time. The first attempt that is let in does the
/// work; another one waits for it, or is answered by what it has done. Without such keys each does
/// the work that it is asked for.
extension FeedSystem {
  /// What becomes of an attempt that has been let in.
  private enum Admission { case leads, joins, repeats }

  private func admit(_ request: UInt32, _ id: UInt32) -> Admission {
    let row = clients.requests[request]
    guard clients.settings?.isIdempotent == true else { return .leads }
    if row.carriedOut > 0 { return .repeats }
    if row.leader != RequestRow.none { return .joins }
    clients.requests[request].leader = id
    return .leads
  }

  /// An attempt has ended before it did any work.
  ///
  /// - Parameter isAnswered: by what another one has done.
  private func leave(_ request: UInt32, _ id: UInt32, isAnswered: Bool) {
    let row = clients.requests[request]
    clients.requests[request].holders -= 1
    if row.current != id { return releaseIfDone(request) }
    if isAnswered { return answer(request) }
    clients.requests[request].current = row.leader
  }

  /// An attempt that did the work has ended.
  private func end(_ request: UInt32, _ id: UInt32, carriedOut: Bool = true) {
    let row = clients.requests[request]
    clients.requests[request].holders -= 1
    if row.leader == id { clients.requests[request].leader = RequestRow.none }
    if carriedOut {
      clients.requests[request].carriedOut += row.carriedOut < .max ? 1 : 0
      clients.measurements.count(row.kind, row.isMeasured) {
        if row.carriedOut == 1 { $0.doubled += 1 }
        if row.carriedOut == 0, row.state == .failed { $0.unacknowledged += 1 }
      }
    }
    if row.state == .waiting, row.current == id { answer(request) } else { releaseIfDone(request) }
  }

  private func answer(_ request: UInt32) {
    let row = clients.requests[request]
    let latency = now - row.opened + clientRoundTrip(of: row.user)
    if row.kind == .publish, row.isMeasured { measurements.publishLatency.record(latency) }
    answer(request, after: latency)
  }

  private func fail(_ request: UInt32, _ id: UInt32, _ cause: FailureCause) {
    guard request != RequestRow.none else { return }
    let row = clients.requests[request]
    clients.requests[request].holders -= 1
    if row.leader == id { clients.requests[request].leader = RequestRow.none }
    if row.state == .waiting, row.current == id {
      endAttempt(request, cause)
    } else {
      releaseIfDone(request)
    }
  }

  // MARK: Posts

  /// Another attempt at a post.
  func openPost(again request: UInt32) {
    let row = clients.requests[request]
    open(
      PublishRow(
        author: row.user, post: PostStore.none, opened: row.opened, key: row.attemptKey,
        measured: row.isMeasured, request: request))
  }

  /// A post sets out for its author.
  func open(_ row: PublishRow) {
    measurements.postsOpened += 1
    if measuring, !row.isElsewhere { measurements.intervals[now].postsOpened += 1 }
    let id = publications.take(row)
    beginAttempt(row.request, id)
    publish(id, .opened)
  }

  /// Whether a post that has been let in is one that was let in before; if so, it has ended.
  func isRepeated(post id: UInt32) -> Bool {
    let request = publications[id].request
    guard request != RequestRow.none else { return false }
    let admission = admit(request, id)
    if admission == .leads { return false }
    measurements.postsRepeated += 1
    publications.release(id)
    leave(request, id, isAnswered: admission == .repeats)
    return true
  }

  /// A post is stored, or held back for good: its author has an answer.
  func noteAnswered(post id: UInt32, isStored: Bool) {
    let request = publications[id].request
    guard request != RequestRow.none else { return }
    publications[id].request = RequestRow.none
    end(request, id, carriedOut: isStored)
  }

  /// A post has been turned away.
  func reject(post id: UInt32, _ cause: FailureCause = .noRoom) {
    let row = publications[id]
    measurements.postsRejected += 1
    if row.measured { measurements.pipeline.postsRejected += 1 }
    publications.release(id)
    fail(row.request, id, cause)
  }

  /// An attempt at a post has left the queue that it waited in.
  func endWithdrawn(post id: UInt32, of request: UInt32) {
    measurements.postsRejected += 1
    publications.release(id)
    clients.requests[request].holders -= 1
  }

  // MARK: Reactions

  /// A viewer reacts now: the client asks for it, and may show it at once.
  func openReaction(_ id: UInt32) {
    guard clients.isUsed, engagements[id].request == RequestRow.none else { return }
    let row = engagements[id]
    let request = openRequest(.engagement, by: row.viewer, key: row.key)
    clients.requests[request].post = row.post
    clients.requests[request].reaction = row.kind
    engagements[id].request = request
    beginAttempt(request, id)
    if row.kind == .like, clients.settings?.likesAtOnce == true, measuring {
      clients.measurements.likesAtOnce += 1
    }
  }

  /// Another attempt at a reaction.
  func openReaction(again request: UInt32) {
    let row = clients.requests[request]
    measurements.engagementsOpened += 1
    let id = engagements.take(
      EngageRow(
        viewer: row.user, post: row.post, kind: row.reaction, key: row.attemptKey,
        request: request))
    beginAttempt(request, id)
    engage(id, .opened)
  }

  /// Whether a reaction that has been let in is one that was let in before; if so, it has ended.
  func isRepeated(engagement id: UInt32) -> Bool {
    let request = engagements[id].request
    guard request != RequestRow.none else { return false }
    let admission = admit(request, id)
    if admission == .leads { return false }
    measurements.engagementsRepeated += 1
    engagements.release(id)
    leave(request, id, isAnswered: admission == .repeats)
    return true
  }

  /// A reaction is counted.
  func noteAnswered(engagement id: UInt32) {
    let request = engagements[id].request
    if request != RequestRow.none { end(request, id) }
  }

  /// A reaction has been turned away.
  func reject(engagement id: UInt32, _ cause: FailureCause = .noRoom) {
    let request = engagements[id].request
    measurements.engagementsRejected += 1
    engagements.release(id)
    fail(request, id, cause)
  }

  /// An attempt at a reaction has left the queue that it waited in.
  func endWithdrawn(engagement id: UInt32, of request: UInt32) {
    measurements.engagementsRejected += 1
    engagements.release(id)
    clients.requests[request].holders -= 1
  }

  /// A like that was shown at once has failed: its client takes it back.
  func rollBack(_ row: RequestRow) {
    guard row.reaction == .like, clients.settings?.likesAtOnce == true, row.isMeasured else {
      return
    }
    clients.measurements.likesRolledBack += 1
    clients.measurements.likesShownWrong.record(now - row.opened)
  }
}
