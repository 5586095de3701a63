import Simulation

/// What happens to the models of a run.
enum LearnStep: UInt8 {
  /// Counters and observations are taken over into a view.
  case refreshed
  /// A model learns what has come since its last training; what it has learnt is served.
  case trained, served
}

extension FeedSystem {
  /// A post stood on a page, and this is what became of it: what rankers learn from.
  ///
  /// Features are as they are when the page appears, seconds after it was ranked or, from a cache,
  /// minutes. Learning only from what was examined needs no correction for the place in the feed:
  /// what the place decides is who looks (Joachims, Swaminathan, Schnabel: "Unbiased
  /// learning-to-rank with biased feedback", WSDM 2017, section 4; there the propensity of looking
  /// is estimated, here the client tells what was on screen). Reactions count at once; the seconds
  /// that readers take are nothing beside the time between trainings.
  ///
  /// - Parameters:
  ///   - position: in the feed, from 0.
  ///   - examined: whether the viewer has looked at it now, for the first time.
  ///   - actions: of bits, `Action.bit`; none where it was not looked at.
  ///   - loadKey: of the load that showed it.
  func noteShown(
    _ viewer: UInt32, _ post: UInt32, position: Int, examined: Bool, actions: UInt32,
    loadKey: UInt64
  ) {
    if measuring { experiment?.noteShown(viewer, actions: actions, at: now) }
    guard let learning, acceptsArrivals else { return }
    let traits = posts.traits(of: post)
    let arm = arm(of: viewer)
    let learner = learning.learners[arm]
    if learner.wants(examined: examined) {
      let context = rankingContext(for: viewer, arm: arm)
      writeFeatures(of: post, context, learner)
      learner.note(
        learning.row, topic: traits.topic, actions: actions, examined: examined,
        measured: measuring)
    }
    if examined {
      learning.observations.note(
        viewer, topic: traits.topic, type: traits.type,
        isFavoured: actions & Action.favours != 0, at: nowMilliseconds)
    }
  }

  /// The features of a post as the first of a list's models sees them.
  private func writeFeatures(
    of post: UInt32, _ context: RankingContext, _ learner: Learner
  ) {
    guard let learning, let view = learner.models.first?.view else { return }
    learning.features.prepare(context, view, learning.observations)
    let isOutside = learning.features.isOutside(posts[post].author)
    learning.features.write(
      post, isOutside: isOutside, context, view, to: learning.row)
  }

  // MARK: Trainings

  /// Schedules refreshes and trainings, on a grid on which the measurement window opens.
  func startLearning(opens: Instant) {
    guard let learning else { return }
    for (index, view) in learning.views.enumerated() where !view.isLive {
      view.refresh(learning.observations, posts)
      scheduleLearning(UInt32(index), .refreshed, every: view.freshness, opens: opens)
    }
    for (index, (_, model)) in learning.models.enumerated() {
      let training = model.settings.training
      guard training.mode != .never else { continue }
      scheduleLearning(UInt32(index), .trained, every: training.every, opens: opens)
    }
  }

  private func scheduleLearning(
    _ index: UInt32, _ step: LearnStep, every: Duration, opens: Instant
  ) {
    let first = opens.nanoseconds % every.nanoseconds
    let time = Instant(nanoseconds: first == 0 ? every.nanoseconds : first)
    scheduleLearning(index, step, at: time)
  }

  /// Nothing is learnt after the window.
  private func scheduleLearning(_ index: UInt32, _ step: LearnStep, at time: Instant) {
    guard time.nanoseconds < window.upperBound else { return }
    calendar.schedule(.learn(index, step), at: time)
  }

  func advanceLearning(_ index: UInt32, _ step: LearnStep) {
    guard let learning, acceptsArrivals else { return }
    switch step {
    case .refreshed:
      let view = learning.views[Int(index)]
      view.refresh(learning.observations, posts)
      scheduleLearning(index, .refreshed, at: now + view.freshness)
    case .trained:
      let (learner, model) = learning.models[Int(index)]
      model.train(on: learner.ring, at: now)
      let training = model.settings.training
      if training.delay == .zero {
        model.serveNext()
      } else {
        scheduleLearning(index, .served, at: now + training.delay)
      }
      scheduleLearning(index, .trained, at: now + training.every)
    case .served: learning.models[Int(index)].model.serveNext()
    }
  }

  // MARK: Before the run

  /// Teaches every model what showing posts of the past to viewers would have told: to viewers as
  /// they come, posts of authors whom they follow, at some time of the last day, with counters as
  /// they are as the run begins.
  func pretrain() {
    guard let learning else { return }
    let wanted = learning.models.map(\.model.settings.pretrain).max() ?? 0
    guard wanted > 0, posts.count > 0 else { return }
    var stream = RandomStream(seed: seed, purpose: Purpose.pretraining.rawValue)
    var examples = ExampleRing(capacity: wanted)
    let view = FeatureView(freshness: .zero)
    var tries = 0
    while examples.count < wanted, tries < wanted * 20 {
      tries += 1
      guard let (viewer, post) = pastShowing(&stream) else { continue }
      let stored = Int64(posts[post].storedMilliseconds)
      let from = max(stored, -86_400_000)
      let time = from + Int64(stream.uniform() * Double(-from))
      let context = RankingContext(
        viewer: viewer, nowMilliseconds: time, posts: posts, affinity: affinity, world: world)
      learning.features.prepare(context, view, learning.observations)
      learning.features.write(
        post, isOutside: false, context, view, to: learning.row)
      examples.append(
        learning.row, topic: posts.traits(of: post).topic,
        actions: pastActions(of: viewer, on: post, at: time, &stream))
    }
    var done: [Learner] = []
    for learner in learning.learners {
      if let same = done.first(where: { $0.isTaughtAlike(learner) }) {
        learner.copy(same)
      } else {
        learner.pretrain(examples)
        done.append(learner)
      }
    }
  }

  /// A viewer as they come and a live post of somebody whom the viewer follows; nil where a draw
  /// has found none.
  private func pastShowing(
    _ stream: inout RandomStream
  ) -> (viewer: UInt32, post: UInt32)? {
    let viewer = audience.activity.reader(&stream)
    let followees = audience.graph.followees(of: viewer)
    let (author, back) = (stream.uniform(), stream.below(4))
    guard followees.count > 0 else { return nil }
    var post = posts.latest(of: followees[Int(author * Double(followees.count))])
    for _ in 0..<back where post != PostStore.none {
      let previous = posts[post].previous
      if previous == PostStore.none || previous < posts.oldestLive { break }
      post = previous
    }
    return post == PostStore.none || post < posts.oldestLive ? nil : (viewer, post)
  }

  /// What a viewer who looks at a post does with it.
  private func pastActions(
    of viewer: UInt32, on post: UInt32, at milliseconds: Int64, _ stream: inout RandomStream
  ) -> UInt32 {
    if let world {
      let record = posts[post]
      let appeal = world.appeal(
        of: posts.traits(of: post), by: record.author,
        storedMilliseconds: record.storedMilliseconds,
        to: world.viewpoint(of: viewer, at: milliseconds))
      return world.engagement.judge(appeal, place: 1, factor: 1, &stream).actions
    }
    let habits = traffic.engagementHabits
    let draw = stream.uniform()
    if draw < habits.likes { return Action.like.bit }
    if draw < habits.likes + habits.comments { return Action.comment.bit }
    return draw < habits.likes + habits.comments + habits.shares ? Action.share.bit : 0
  }
}

extension Action {
  /// All that speaks for a post.
  static let favours: UInt32 = allCases.filter { !$0.isNegative }.reduce(0) { $0 | $1.bit }
}
