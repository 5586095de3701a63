import Simulation

/// A call of the feature store under way.
struct FeatureCall: BitwiseCopyable {
  var load: UInt32
  var service: Duration
}

/// candidates → feature store: batches side by side, or a call a candidate → ranking
extension FeedSystem {
  /// Begins to fetch what the stage of a load's next visit wants to know; false where it wants
  /// nothing, and where there is nothing to ask for.
  func fetchFeatures(_ id: UInt32) -> Bool {
    let row = loads[id]
    guard let settings = features(of: row), row.count > 0 else { return false }
    let failing = failure(of: settings)
    let isOneByOne = (failing?.calls ?? settings.calls) == .oneByOne
    loads[id].ranking.callsAreOneByOne = isOneByOne
    loads[id].ranking.hasFetched = true
    if isOneByOne {
      loads[id].ranking.callsLeft = row.count
      callFeatureStore(id, for: 1, settings)
      return true
    }
    let batches = (Int(row.count) + settings.batch - 1) / settings.batch
    loads[id].ranking.callsLeft = UInt32(batches)
    for batch in 0..<batches {
      let size = min(settings.batch, Int(row.count) - batch * settings.batch)
      callFeatureStore(id, for: size, settings, number: batch)
    }
    return true
  }

  private func features(of row: LoadRow) -> FeatureSettings? {
    let funnel = funnel(of: row)
    return funnel.stages[funnel.passes[Int(row.ranking.pass)].lowerBound].features
  }

  /// How the store is asked now, where that is not as usual.
  private func failure(of settings: FeatureSettings) -> FeatureSettings.Failing? {
    guard let failing = settings.failing else { return nil }
    let since = now.nanoseconds - window.lowerBound - failing.at.nanoseconds
    return since >= 0 && since < failing.length.nanoseconds ? failing : nil
  }

  /// - Parameter number: of the call, among those of the visit; by what is left, one by one.
  private func callFeatureStore(
    _ id: UInt32, for candidates: Int, _ settings: FeatureSettings, number: Int = 0
  ) {
    let row = loads[id]
    let number = row.ranking.callsAreOneByOne ? Int(row.ranking.callsLeft) : number
    let features = candidates * settings.perCandidate
    let call = UInt64(row.ranking.pass) << 20 &+ UInt64(number)
    let service =
      failure(of: settings)?.latency
      ?? serviceTime(.featureStore, units: features, key: mix64(row.key &+ 6) &+ call)
    if window.contains(row.opened.nanoseconds), !row.ranking.isDegraded {
      let funnel = funnel(of: row)
      let place = funnel.passes[Int(row.ranking.pass)].lowerBound
      measurements.funnel.stages[place].features += features
    }
    let under = featureCalls.take(FeatureCall(load: id, service: service))
    _ = visit(.featureStore, service: service, then: .featuresAnswered(under))
  }

  /// A call has been answered. Of batches side by side the last to come is the one waited for.
  func endFeatureCall(_ call: UInt32) {
    leave(.featureStore)
    endFeatureCall(call, service: featureCalls[call].service, network: roundTrip)
  }

  /// A call has come to nothing: its candidates are ranked without what it would have told.
  func loseFeatureCall(_ call: UInt32) {
    endFeatureCall(call, service: .zero, network: .zero)
  }

  private func endFeatureCall(_ call: UInt32, service: Duration, network: Duration) {
    let id = featureCalls[call].load
    featureCalls.release(call)
    loads[id].ranking.callsLeft -= 1
    let left = loads[id].ranking.callsLeft
    let isOneByOne = loads[id].ranking.callsAreOneByOne
    guard isOneByOne || left == 0 else { return }
    let elapsed = now - loads[id].since
    loads[id].since = now
    loads[id].ranking.inFeatures += elapsed
    loads[id].parts.add(.featureStore, elapsed: elapsed, service: service, network: network)
    if isOutOfTime(id) {
      endRankingEarly(id)
      leaveRanking(id)
    } else if left > 0, let settings = features(of: loads[id]) {
      callFeatureStore(id, for: 1, settings)
    } else {
      visitRanking(id)
    }
  }
}
