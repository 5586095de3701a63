import FeedSystem

extension LintRule {
  /// The seven items of S0's production checklist.
  static let checklist = [
    hybridFanOut, cacheLevels, rankingPipeline, celebrityFanOut, streamAndBatch, diversity,
    experiment,
  ]

  /// A funnel with two trained passes over features, and what keeps it fresh and mixed.
  private static let ranking =
    "[recent, {linear: {keep: 200}}, {network: {keep: 50, features: {}}}, diversity]"

  private static let hybridFanOut = LintRule(name: "hybrid-fan-out", seed: "S0.1") { subject in
    // S0.25 advises small ones otherwise: `strategy-by-size` says so.
    guard subject.users >= 1_000_000 else { return nil }
    if subject.isHybrid,
      subject.design.fanOut.activeWindow > .zero || subject.policy == PerEdgeOptimal.name
        || subject.policy == Adaptive.name
    {
      return nil
    }
    return Advice(
      what: subject.isHybrid
        ? "the hybrid does not ask who has been active" : "all authors are \(subject.policy)ed",
      why: "posts of the many are cheap to push and those of the few are not, and a timeline that "
        + "nobody reads is written in vain",
      key: "fanOut", value: subject.hybrid)
  }

  private static let cacheLevels = LintRule(name: "cache-levels", seed: "S0.1") { subject in
    let design = subject.design
    let levels = design.levels?.levels.compactMap { $0 }.count ?? 0
    let holdsFeeds = levels > 0 || design.cachesFeeds
    let count = levels + (design.cachesFeeds && levels == 0 ? 1 : 0) + (design.hasEdge ? 1 : 0)
    guard !holdsFeeds || count < 2 else { return nil }
    return Advice(
      what: holdsFeeds ? "feeds are held in one place" : "no cache holds feeds",
      why: "an edge, a regional cache and the origin's each take what the one before it lacks",
      key: holdsFeeds ? "cache.edge" : "cache.feed.size",
      value: holdsFeeds ? "{size: 1GB}" : "20%")
  }

  private static let rankingPipeline = LintRule(name: "ranking-pipeline", seed: "S0.1") {
    subject in
    let trained = !subject.design.trainedModels.isEmpty
    guard !trained || !subject.design.has(.featureStore) else { return nil }
    return Advice(
      what: trained ? "no stage fetches features" : "no ranking stage is trained",
      why: "relevance comes from models over features that a store serves, a light pass before a "
        + "deep one (S0.7)",
      key: "ranking", value: ranking)
  }

  private static let celebrityFanOut = LintRule(name: "celebrity-fan-out", seed: "S0.1") {
    subject in
    let design = subject.design
    guard design.fanOut.plan(followers: subject.mostFollowers) == .push, design.flash == nil,
      design.fanOut.thresholdControl == nil
    else { return nil }
    return Advice(
      what: "a post of the most followed is written to all \(subject.mostFollowers) followers",
      why: "one such post holds up the deliveries of all others",
      key: "fanOut", value: subject.insteadOfPush)
  }

  private static let streamAndBatch = LintRule(name: "stream-and-batch", seed: "S0.1") { subject in
    let design = subject.design
    if design.pipeline?.bus == nil {
      return Advice(
        what: "posts come to fan-out without an event bus",
        why: "consumers that fall behind, crash or replay are what streams are for",
        key: "pipeline.bus", value: "{}")
    }
    guard !design.trainedModels.contains(where: { $0.training.mode != .never }) else { return nil }
    return Advice(
      what: "no model is trained while it runs",
      why: "batches that learn from yesterday need the stream to tell of today (S0.9)",
      key: "ranking", value: ranking)
  }

  /// Stages that keep a feed mixed, and those that know how old a post is.
  private static let mixing: [any RankingStage.Type] = [
    Diversity.self, AuthorDecay.self, TypeMix.self,
  ]
  private static let freshening: [any RankingStage.Type] = [
    Recent.self, Chronological.self, Weighted.self, TimeWeighted.self, S1Light.self,
    EdgeRank.self, HackerNews.self, Reddit.self, Earlybird.self, Linear.self, Network.self,
  ]

  private static let diversity = LintRule(name: "diversity-and-freshness", seed: "S0.1") {
    subject in
    let design = subject.design
    let isMixed = mixing.contains(where: design.has)
    let isFresh = freshening.contains(where: design.has)
    guard !isMixed || !isFresh else { return nil }
    return Advice(
      what: isFresh
        ? "nothing keeps one author or type from filling a feed"
        : "nothing makes newer posts come first",
      why: "a feed of one voice or of old news is left soon",
      key: "ranking", value: ranking)
  }

  private static let experiment = LintRule(name: "ab-test", seed: "S0.1") { subject in
    guard subject.design.experiment == nil else { return nil }
    return Advice(
      what: "nothing is tested against another ranking",
      why: "a ranking is worth what viewers make of it, side by side with the one before",
      key: "experiment",
      value: "{arms: [{name: control, share: 90%}, {name: treatment, share: 10%}]}")
  }
}

extension Design {
  /// Whether the feed cache, or a level of caches, has room for feeds.
  var cachesFeeds: Bool {
    cache.size != .share(0) && cache.size != .count(0) && cache.isRead
  }

  var hasEdge: Bool { edge.map { $0.size > 0 } ?? false }

  /// The settings of the models that rank.
  var trainedModels: [ModelSettings] {
    ranking.stages.compactMap { ($0.stage as? any TrainedStage)?.model }
  }

  /// Whether the funnel has a stage of that kind.
  fileprivate func has(_ stage: any RankingStage.Type) -> Bool {
    ranking.stages.contains { type(of: $0.stage) == stage }
  }
}
