import FeedSystem

extension LintRule {
  /// Which fan-out suits: by size, and by how much is read for what is written.
  static let strategies = [bySize, byReads]

  /// What keeps a bad day from becoming an outage.
  static let protections = [fallback, scaling, limits, replicas, alerts]

  private static let bySize = LintRule(name: "strategy-by-size", seed: "S0.25") { subject in
    let design = subject.design
    switch subject.users {
    case ..<1_000_000:
      let isSimple = subject.policy == Pull.name || subject.policy == Push.name && subject.suitsPush
      if !isSimple {
        return Advice(
          what: "\(subject.policy) fan-out for fewer than a million users",
          why: "below 1M users a simple pull with heavy caching suits",
          key: "fanOut.policy", value: Pull.name)
      }
      guard !design.cachesFeeds, design.levels == nil else { return nil }
      return Advice(
        what: "feeds are made anew for every load", why: "a simple pull lives by heavy caching",
        key: "cache.feed.size", value: "20%")
    case ..<100_000_000:
      guard !subject.isHybrid else { return nil }
      return Advice(
        what: "\(subject.policy) fan-out for a million users or more",
        why: "from 1M to 100M users a hybrid with selective push suits", key: "fanOut",
        value: subject.hybrid)
    default:
      if !subject.isHybrid {
        return Advice(
          what: "\(subject.policy) fan-out for a hundred million users or more",
          why: "from 100M users on a full hybrid with edges suits", key: "fanOut",
          value: subject.hybrid)
      }
      guard !design.hasEdge else { return nil }
      return Advice(
        what: "no edge for a hundred million users or more",
        why: "from 100M users on pages and media are held near their viewers", key: "cache.edge",
        value: "{size: 1GB}")
    }
  }

  private static let byReads = LintRule(name: "push-or-pull", seed: "S2.7") { subject in
    let ratio =
      subject.readsPerPost.isFinite ? "\(NumberText.amount(subject.readsPerPost)) : 1" : "no posts"
    let followers = NumberText.amount(subject.meanFollowers.rounded())
    if subject.policy == Push.name, !subject.suitsPush {
      return Advice(
        what: "all is pushed at \(ratio) pages to posts and \(followers) followers on average",
        why: "push suits below 10K followers on average and above 100 : 1",
        key: "fanOut", value: subject.insteadOfPush)
    }
    if subject.policy == Pull.name, subject.suitsPush, subject.users >= 1_000_000 {
      return Advice(
        what: "all is pulled at \(ratio) pages to posts and \(followers) followers on average",
        why: "below 10K followers on average and above 100 : 1 push suits most authors",
        key: "fanOut", value: subject.hybrid)
    }
    return nil
  }

  private static let fallback = LintRule(name: "fallback", seed: "S0.25") { subject in
    guard subject.design.degraded?.ranking == nil, subject.design.feed.budget == nil else {
      return nil
    }
    return Advice(
      what: "ranking does as much for each load under stress as ever",
      why: "a simpler model in degraded mode (S0.22), or a time budget, keeps feeds coming",
      key: "degraded", value: "{when: {}, ranking: [chronological]}")
  }

  private static let scaling = LintRule(name: "scaling", seed: "S0.21") { subject in
    guard subject.design.scaledTiers.isEmpty else { return nil }
    return Advice(
      what: "as many servers whatever comes",
      why: "emergency scaling gives the API three times its servers and ranking five times",
      key: "emergency", value: "{}")
  }

  private static let limits = LintRule(name: "rate-limits", seed: "S1.14") { subject in
    guard subject.design.limits == nil else { return nil }
    return Advice(
      what: "a user may ask for as much as it likes",
      why: "one client that loops costs as much as a thousand readers", key: "limits",
      value: "{}")
  }

  private static let replicas = LintRule(name: "read-replicas", seed: "S0.25") { subject in
    let design = subject.design
    let hasCopies = design.settings(of: .postStore).replicas.map { $0.count > 0 } ?? false
    guard !hasCopies, design.leafIndex == nil else { return nil }
    return Advice(
      what: "reads and writes of posts meet at the same shards",
      why: "replicas take the reads of feed generation from the primaries",
      key: "tiers.postStore.replicas", value: "{count: 1}")
  }

  private static let alerts = LintRule(name: "alerts", seed: "S0.25") { subject in
    guard subject.thresholds == 0 else { return nil }
    return Advice(
      what: "no rule says what is too slow or too much",
      why: "what nobody asks about nobody is told of", key: "thresholds",
      value: "[\"feed.latency.p99 < 500ms\", \"delivery.lost == 0\"]")
  }
}
